-- One row per Jira issue in its current version: what the customer wrote.
-- key: source, ticket_ref
-- as: view
--
-- Where the description is empty, the reporter's first comment says it.
WITH issue AS (
    SELECT i.source, i.native_id, i._file, i._row, i.body, i.reporter_id
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v ON landed_place(i._file, i._row) = v.place
),

said AS (
    SELECT i.source, i.native_id, arg_min(c.body, (c.created_at, c.native_id)) AS body
    FROM issue AS i
    INNER JOIN staging.jira_landed_comment AS c ON i._file = c._file AND i._row = c.issue_row AND i.reporter_id = c.author_id
    WHERE trim(coalesce(i.body, '')) = '' AND trim(c.body) <> ''
    GROUP BY i.source, i.native_id
)

SELECT i.source, i.native_id AS ticket_ref, coalesce(s.body, i.body) AS body, false AS is_streamed
FROM issue AS i
LEFT JOIN said AS s ON i.source = s.source AND i.native_id = s.native_id
