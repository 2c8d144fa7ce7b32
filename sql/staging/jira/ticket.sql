-- One row per Jira issue in its current version, in the shape common to all kinds.
-- key: source, native_id
-- as: view
SELECT
    i.source,
    i.stream,
    i.run_id,
    i.native_id,
    i.native_id AS ticket_ref, -- how comments and events name their ticket
    i.ticket_key,
    NULL::VARCHAR AS url, -- core builds it from the source's address and the key
    i.title_redacted,
    i.project,
    i.components[1] AS component,
    i.ticket_type,
    i.priority_raw,
    i.status_id,
    i.status,
    i.status_category_key,
    NULL::VARCHAR AS initial_status, -- the changelog's first "from" tells
    i.labels,
    i.reporter_id,
    i.reporter_role,
    i.assignee_id,
    i.created_at,
    i.updated_at,
    i.updated_at AS version_at,
    i.closed_at,
    c.is_deleted,
    false AS is_pull_request,
    true AS has_all_comments, -- a version carries the comments that there were
    false AS is_streamed
FROM staging.jira_landed_issue AS i
INNER JOIN staging.jira_current_issue AS c ON landed_place(i._file, i._row) = c.place
