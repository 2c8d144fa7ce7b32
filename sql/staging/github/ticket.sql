-- One row per GitHub issue or pull request in its current version, in the shape common to all kinds.
-- key: source, native_id
-- as: view
SELECT
    i.source,
    i.stream,
    i.run_id,
    i.native_id,
    i.native_id AS ticket_ref, -- how comments and events name their ticket
    i.project || '#' || i.number AS ticket_key,
    i.url,
    i.title_redacted,
    i.project,
    i.component,
    i.ticket_type,
    i.priority_raw,
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
    i.updated_at AS version_at,
    i.closed_at,
    c.is_deleted,
    i.is_pull_request,
    false AS has_all_comments,
    false AS is_streamed
FROM staging.github_landed_issue AS i
INNER JOIN staging.github_current_issue AS c
    ON landed_place(i._file, i._row) = c.place
