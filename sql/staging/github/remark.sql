-- One row per comment on a GitHub issue or pull request in its current version: what it says.
-- key: source, native_id
-- as: view
SELECT c.source, c.native_id, c.body, false AS is_streamed
FROM staging.github_landed_comment AS c
INNER JOIN staging.github_current_comment AS v ON landed_place(c._file, c._row) = v.place
