-- One row per comment in a landed version of a Jira issue.
-- key: _file, issue_row, native_id
--
-- issue_row is the row of the version in its landing file. A comment without
-- an id or a time of its own is left out: it can be neither counted nor placed.
WITH parsed AS (
    SELECT
        _source AS source,
        _row AS issue_row,
        TRY(from_json(payload, '{
            "id": "VARCHAR",
            "fields": {"comment": {"comments": [{"id": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR",
                "author": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "body": "JSON",
                "visibility": {"type": "VARCHAR"}, "jsdPublic": "BOOLEAN"}]}}
        }')) AS j
    FROM landing.jira_issues
),

each_comment AS (
    SELECT source, issue_row, j.id AS native_ticket_id, unnest(j.fields.comment.comments) AS c FROM parsed
)

SELECT DISTINCT ON (issue_row, c.id)
    source,
    issue_row,
    native_ticket_id,
    c.id AS native_id,
    c.author._actor AS author_id,
    c.author._role AS author_role,
    to_utc(c.created) AS created_at,
    coalesce(to_utc(c.updated), to_utc(c.created)) AS updated_at,
    -- Jira restricts a comment to a role or group; a service desk also has internal ones.
    c.visibility IS NULL AND coalesce(c.jsdPublic, true) AS is_public,
    rich_text(c.body) AS body,
    ticket_urls(rich_text(c.body)) AS urls
FROM each_comment
WHERE c.id IS NOT NULL AND to_utc(c.created) IS NOT NULL
ORDER BY issue_row, c.id, updated_at DESC
