-- One row per item of a Jira issue's history in its current version.
-- key: source, native_id
-- as: view
SELECT
    c.source,
    v.stream,
    v.run_id,
    v.native_id AS ticket_ref,
    c.native_ticket_id || ':' || c.history_id || ':' || c.item_index AS native_id,
    lpad(c.history_id, 20, '0') || ':' || lpad(c.item_index::VARCHAR, 6, '0') AS event_order,
    c.occurred_at,
    c.actor_id,
    c.actor_role,
    c.field,
    c.from_value,
    c.from_text,
    c.to_value,
    c.to_text,
    true AS has_own_id,
    false AS is_streamed
FROM staging.jira_landed_change AS c
INNER JOIN staging.jira_current_issue AS v ON landed_place(c._file, c.issue_row) = v.place
