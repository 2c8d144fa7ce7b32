-- One row per item of a Jira issue's history in its current version.
-- key: source, native_id
--
-- Keyed by history and item index: one history may touch one field twice.
WITH each_change AS (
    SELECT
        i.source,
        i.stream,
        i.run_id,
        i.native_id AS native_ticket_id,
        unnest(i.changes) AS c
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v
        ON i._file = v.version._file AND i._row = v.version._row
)

SELECT
    source,
    stream,
    run_id,
    native_ticket_id,
    native_ticket_id || ':' || c.event_id AS native_id,
    lpad(c.history_id, 20, '0') || ':' || lpad(c.item_index::VARCHAR, 6, '0') AS event_order,
    c.occurred_at AS occurred_at,
    c.actor_id AS actor_id,
    c.actor_role AS actor_role,
    c.field AS field,
    c.from_value AS from_value,
    c.from_text AS from_text,
    c.to_value AS to_value,
    c.to_text AS to_text
FROM each_change
WHERE c.event_id IS NOT NULL AND c.occurred_at IS NOT NULL
