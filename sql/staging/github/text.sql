-- One row per GitHub issue in its current version: what the customer wrote.
-- key: source, ticket_ref
-- as: view
--
-- Where the description is empty, the reporter's first comment says it.
WITH issue AS (
    SELECT i.source, i.native_id, i.body, i.reporter_id
    FROM staging.github_landed_issue AS i
    INNER JOIN staging.github_current_issue AS v ON landed_place(i._file, i._row) = v.place
    WHERE NOT i.is_pull_request
),

said AS (
    SELECT i.source, i.native_id, arg_min(l.body, (l.created_at, l.native_id)) AS body
    FROM issue AS i
    INNER JOIN staging.github_comment AS c
        ON i.source = c.source AND i.native_id = c.ticket_ref AND i.reporter_id = c.author_id
    INNER JOIN staging.github_current_comment AS v ON c.source = v.source AND c.native_id = v.native_id
    INNER JOIN staging.github_landed_comment AS l ON landed_place(l._file, l._row) = v.place
    WHERE trim(coalesce(i.body, '')) = '' AND trim(l.body) <> ''
    GROUP BY i.source, i.native_id
)

SELECT i.source, i.native_id AS ticket_ref, coalesce(s.body, i.body) AS body, false AS is_streamed
FROM issue AS i
LEFT JOIN said AS s ON i.source = s.source AND i.native_id = s.native_id
