-- One row per statement about a ticket in the product's own format or from a help-desk database.
-- key: _file, message_row
--
-- ticket_ref is how its source calls the ticket: the statement may name a
-- polled ticket by its key.
WITH statement AS (
    SELECT s.* EXCLUDE (via, _row, reject_reason), NULL::TIMESTAMP AS updated_at
    FROM staging.kafka_landed_said AS s
    WHERE s.reject_reason IS NULL
    UNION ALL BY NAME
    SELECT r.* EXCLUDE (via), r.via AS source
    FROM staging.kafka_row AS r
    WHERE r.type IS NOT NULL AND r.ticket_name IS NOT NULL
),

named AS (
    SELECT source, ticket_key, native_id FROM staging.jira_ticket
    UNION
    SELECT source, ticket_key, native_id FROM staging.github_ticket
    UNION
    SELECT source, ticket_key, native_id FROM staging.kafka_jira
    UNION
    SELECT source, ticket_key, native_id FROM staging.kafka_github
)

SELECT
    s.*,
    coalesce(n.native_id, s.ticket_name) AS ticket_ref,
    coalesce(c.kind, 'kafka') <> 'kafka' OR n.native_id IS NOT NULL AS is_about_tracker,
    m.via,
    m.stream,
    m.run_id,
    m.place
FROM statement AS s
INNER JOIN staging.kafka_message AS m ON s._file = m._file AND s.message_row = m.message_row
LEFT JOIN config.source AS c ON s.source = c.source
LEFT JOIN named AS n ON s.source = n.source AND s.ticket_name = n.ticket_key
