-- One row per ticket: what the customer wrote, scrubbed at the border. It is never published.
-- key: ticket_id
-- as: view
--
-- The polled text, and what messages tell where there is none. Joins and no
-- aggregate: the engine can put joins aside when memory is short.
WITH text AS (
    SELECT source, ticket_ref, body, is_streamed
    FROM staging.text
    WHERE trim(body) <> ''
)

SELECT
    t.ticket_id,
    t.source,
    t.title_redacted AS title,
    coalesce(p.body, s.body) AS body,
    t.reporter_id,
    t.created_at
FROM core.ticket AS t
LEFT JOIN text AS p ON t.source = p.source AND t.ticket_ref = p.ticket_ref AND NOT p.is_streamed
LEFT JOIN text AS s ON t.source = s.source AND t.ticket_ref = s.ticket_ref AND s.is_streamed
