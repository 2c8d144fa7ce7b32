-- One row per statement about a ticket in the product's own format or from a help-desk database.
-- key: _file, message_row
--
-- ticket_ref is how its source calls the ticket: the statement may name a
-- polled ticket by its key.
WITH statement AS (
    SELECT s.* EXCLUDE (via, _row, reject_reason), NULL::TIMESTAMP AS updated_at, false AS is_row
    FROM staging.kafka_landed_said AS s
    WHERE s.reject_reason IS NULL
    UNION ALL BY NAME
    SELECT r.* EXCLUDE (via), r.via AS source, NOT r.is_deleted AS is_row
    FROM staging.kafka_row AS r
    WHERE r.type IS NOT NULL AND r.ticket_name IS NOT NULL
),

known AS (
    SELECT source, ticket_key, native_id, created_at FROM staging.jira_ticket
    UNION ALL
    SELECT source, ticket_key, native_id, created_at FROM staging.github_ticket
    UNION ALL
    SELECT source, ticket_key, native_id, created_at FROM staging.kafka_jira
    UNION ALL
    SELECT source, ticket_key, native_id, created_at FROM staging.kafka_github
),

-- A key may come again with another ticket, when a project or a repository is
-- made anew: the younger one has it now.
named AS (
    SELECT source, ticket_key AS name, coalesce(arg_max(native_id, (created_at, native_id)), max(native_id)) AS native_id
    FROM known
    GROUP BY source, ticket_key
    UNION
    SELECT source, native_id, native_id FROM known
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
LEFT JOIN named AS n ON s.source = n.source AND s.ticket_name = n.name
