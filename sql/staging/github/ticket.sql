-- One row per GitHub issue or pull request in its current version, in the shape common to all kinds.
-- key: source, native_id
SELECT
    i.source,
    i.stream,
    i.run_id,
    i.native_id,
    -- Comments and events name their issue by repository and number. A repository
    -- that was made anew reuses numbers: then the name means the latest.
    CASE
        WHEN row_number() OVER (PARTITION BY i.source, i.project, i.number ORDER BY i.updated_at DESC, i.native_id) = 1
            THEN i.project || '#' || i.number
    END AS ticket_ref,
    i.project || '#' || i.number AS ticket_key,
    i.url,
    i.title_redacted,
    i.project,
    nullif(regexp_extract(list_extract(list_filter(i.labels,
        lambda l: regexp_matches(lower(l), '^(component|area|module)\s*[:/]')), 1), '[:/]\s*(.+)$', 1), '') AS component,
    -- GitHub's issue types are young; a label says it where they are not used.
    coalesce(i.type_name, list_extract(list_filter(i.labels,
        lambda l: regexp_matches(lower(l), '^(type\s*[:/]\s*)?(bug|enhancement|feature|feature request|question|documentation|docs|support|security)$')), 1))
        AS ticket_type,
    list_extract(list_filter(i.labels,
        lambda l: regexp_matches(lower(l), '^(priority|prio|severity|sev)\b|^p-?[0-5]\b|^p-(high|medium|low|critical)$|^(blocker|critical|urgent)$')), 1)
        AS priority_raw,
    i.state AS status_id,
    i.state AS status,
    CASE i.state WHEN 'closed' THEN 'done' ELSE 'new' END AS status_category_key,
    'open' AS initial_status,
    i.labels,
    i.reporter_id,
    i.reporter_role,
    i.assignee_id,
    i.created_at,
    i.updated_at,
    i.closed_at,
    c.is_deleted,
    i.is_pull_request
FROM staging.github_landed_issue AS i
INNER JOIN staging.github_current_issue AS c
    ON i._file = c.version._file AND i._row = c.version._row
