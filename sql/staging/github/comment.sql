-- One row per comment on a GitHub issue or pull request in its current version.
-- key: source, native_id
SELECT
    c.source,
    c.stream,
    c.run_id,
    n.native_id AS ticket_ref, -- null: the issue has not landed
    c.native_id,
    c.author_id,
    c.author_role,
    c.created_at,
    c.updated_at,
    true AS is_public,
    false AS is_streamed
FROM staging.github_landed_comment AS c
INNER JOIN staging.github_current_comment AS v ON landed_place(c._file, c._row) = v.place
LEFT JOIN staging.github_issue_name AS n
    ON c.source = n.source AND c.project = n.project AND c.number = n.number
