-- One row per ticket that messages tell of: what the customer wrote.
-- key: source, ticket_ref
--
-- Where the description is empty, the customer's first message says it.
WITH ticket AS (
    SELECT source, native_id AS ticket_ref, body, reporter_id FROM staging.kafka_jira
    WHERE is_version
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY updated_at DESC, place DESC) = 1
    UNION ALL
    SELECT source, native_id, body, reporter_id FROM staging.kafka_github
    WHERE NOT is_pull_request
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY updated_at DESC, place DESC) = 1
    UNION ALL
    SELECT source, ticket_ref, body, reporter_id FROM staging.kafka_said_ticket
),

message AS (
    SELECT source, native_id AS ticket_ref, comment_author_id AS author_id, NULL AS author_role, comment_created_at AS at_time, comment_body AS body
    FROM staging.kafka_jira
    WHERE comment_id IS NOT NULL
    UNION ALL
    SELECT source, native_id, comment_author_id, NULL, comment_created_at, comment_body
    FROM staging.kafka_github
    WHERE comment_id IS NOT NULL
    UNION ALL
    SELECT source, ticket_ref, author_id, author_role, at_time, body
    FROM staging.kafka_said
    WHERE type = 'comment'
),

said AS (
    SELECT t.source, t.ticket_ref, arg_min(m.body, (m.at_time, m.body)) AS body
    FROM ticket AS t
    INNER JOIN message AS m ON t.source = m.source AND t.ticket_ref = m.ticket_ref
        AND (t.reporter_id = m.author_id OR m.author_role = 'customer')
    WHERE trim(coalesce(t.body, '')) = '' AND trim(m.body) <> ''
    GROUP BY t.source, t.ticket_ref
)

SELECT t.source, t.ticket_ref, coalesce(s.body, t.body) AS body, true AS is_streamed
FROM ticket AS t
LEFT JOIN said AS s ON t.source = s.source AND t.ticket_ref = s.ticket_ref
