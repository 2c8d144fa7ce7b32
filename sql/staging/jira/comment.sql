-- One row per comment of a Jira issue's current version.
-- key: source, native_id
-- as: view
--
-- A comment that was deleted is gone from the current version and so from here.
SELECT
    c.source,
    v.stream,
    v.run_id,
    v.native_id AS ticket_ref,
    c.native_id,
    c.author_id,
    c.author_role,
    c.created_at,
    c.updated_at,
    c.is_public,
    false AS is_streamed
FROM staging.jira_landed_comment AS c
INNER JOIN staging.jira_current_issue AS v ON landed_place(c._file, c.issue_row) = v.place
