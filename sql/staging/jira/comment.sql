-- One row per comment of a Jira issue's current version.
-- key: source, native_id
--
-- A comment that was deleted is gone from the current version and so from here.
WITH each_comment AS (
    SELECT
        i.source,
        i.stream,
        i.run_id,
        i.native_id AS native_ticket_id,
        unnest(i.comments) AS c
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v
        ON i._file = v.version._file AND i._row = v.version._row
)

SELECT DISTINCT ON (source, native_id)
    source,
    stream,
    run_id,
    native_ticket_id,
    c.comment_id AS native_id,
    c.author_id AS author_id,
    c.author_role AS author_role,
    c.created_at AS created_at,
    coalesce(c.updated_at, c.created_at) AS updated_at,
    c.is_public AS is_public
FROM each_comment
WHERE c.comment_id IS NOT NULL AND c.created_at IS NOT NULL
ORDER BY source, native_id, updated_at DESC, native_ticket_id
