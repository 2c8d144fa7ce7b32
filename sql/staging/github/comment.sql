-- One row per comment on a GitHub issue or pull request in its current version.
-- key: source, native_id
--
-- GitHub's comments name their issue by repository and number, so the issue's
-- id is looked up; a comment whose issue has not landed keeps a null there and
-- is counted as such.
SELECT
    c.source,
    c.stream,
    c.run_id,
    t.native_id AS native_ticket_id,
    c.native_id,
    c.author_id,
    c.author_role,
    c.created_at,
    c.updated_at,
    true AS is_public
FROM staging.github_landed_comment AS c
INNER JOIN staging.github_current_comment AS v
    ON c._file = v.version._file AND c._row = v.version._row
LEFT JOIN staging.github_ticket AS t
    ON c.source = t.source AND c.project || '#' || c.number = t.ticket_key
