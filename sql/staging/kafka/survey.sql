-- One row per answered survey about a ticket.
-- key: source, native_id
SELECT
    source,
    ticket_ref,
    ticket_ref || ':' || coalesce(own_id, at_time::VARCHAR) AS native_id,
    at_time AS answered_at,
    satisfaction_score
FROM staging.kafka_said
WHERE type = 'survey' AND satisfaction_score IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY at_time DESC, place DESC) = 1
