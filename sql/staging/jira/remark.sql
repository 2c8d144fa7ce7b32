-- One row per comment of a Jira issue's current version: what it says.
-- key: source, native_id
-- as: view
SELECT c.source, c.native_id, c.body, false AS is_streamed
FROM staging.jira_landed_comment AS c
INNER JOIN staging.jira_current_issue AS v ON landed_place(c._file, c.issue_row) = v.place
