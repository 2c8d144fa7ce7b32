-- One row per change of one field of a ticket.
-- key: event_id
--
-- A change that is both polled and told of in messages is one change: by its
-- own id, or, where webhooks give none, by what changed into what within a few
-- seconds (a webhook carries the ticket's time, the API the change's own).
WITH streamed AS (
    SELECT source, ticket_ref, native_id, has_own_id, occurred_at, field, from_value, to_value
    FROM staging.event
    WHERE is_streamed
),

matched AS (
    SELECT e.source, e.native_id AS polled_id, s.native_id AS streamed_id
    FROM streamed AS s
    INNER JOIN staging.event AS e ON s.source = e.source AND s.native_id = e.native_id
    WHERE s.has_own_id AND e.is_streamed IS NOT TRUE
    UNION ALL
    SELECT e.source, e.native_id, s.native_id
    FROM streamed AS s
    INNER JOIN staging.event AS e
        ON s.source = e.source AND s.ticket_ref = e.ticket_ref AND s.field = e.field
        AND coalesce(s.from_value, '') = coalesce(e.from_value, '') AND coalesce(s.to_value, '') = coalesce(e.to_value, '')
        AND e.occurred_at BETWEEN s.occurred_at - INTERVAL 5 SECOND AND s.occurred_at + INTERVAL 5 SECOND
    WHERE NOT s.has_own_id AND e.is_streamed IS NOT TRUE
),

change AS (
    SELECT
        e.*,
        coalesce(e.is_streamed, false) OR (e.source, e.native_id) IN (SELECT (source, polled_id) FROM matched) AS is_in_feed
    FROM staging.event AS e
    WHERE NOT (coalesce(e.is_streamed, false) AND (e.source, e.native_id) IN (SELECT (source, streamed_id) FROM matched))
)

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
    e.is_in_feed,
    e.stream,
    e.run_id
FROM change AS e
INNER JOIN core.ticket AS t ON e.source = t.source AND e.ticket_ref = t.ticket_ref
LEFT JOIN core.agent AS a
    ON e.source = a.source AND t.project IS NOT DISTINCT FROM a.project AND e.actor_id = a.actor_id
