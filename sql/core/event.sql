-- One row per change of one field of a ticket.
-- key: event_id
SELECT
    e.source || ':' || e.native_id AS event_id,
    t.ticket_id,
    e.source,
    e.occurred_at,
    e.event_order,
    e.actor_id,
    role_on_ticket(e.actor_id, e.actor_role, t.reporter_id, a.actor_id IS NOT NULL) AS actor_role,
    e.field,
    e.from_value,
    e.from_text,
    e.to_value,
    e.to_text,
    e.stream,
    e.run_id
FROM staging.event AS e
INNER JOIN core.ticket AS t ON e.source = t.source AND e.ticket_ref = t.ticket_ref
LEFT JOIN staging.agent AS a
    ON e.source = a.source AND t.project = a.project AND e.actor_id = a.actor_id
