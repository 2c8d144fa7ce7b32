-- One row per ticket: what the customer wrote, scrubbed at the border. It is never published.
-- key: ticket_id
-- as: view
WITH best AS (
    -- the polled text, and what messages tell where there is none
    SELECT source, ticket_ref, arg_min(body, is_streamed) FILTER (WHERE trim(body) <> '') AS body
    FROM staging.text
    GROUP BY source, ticket_ref
)

SELECT
    t.ticket_id,
    t.source,
    t.title_redacted AS title,
    b.body,
    t.reporter_id,
    t.created_at
FROM core.ticket AS t
LEFT JOIN best AS b ON t.source = b.source AND t.ticket_ref = b.ticket_ref
