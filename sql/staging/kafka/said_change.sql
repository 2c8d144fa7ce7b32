-- One row per change of a member from one statement about a ticket to the next, or told by an event.
-- key: source, native_id
WITH member AS (
    SELECT source, ticket_ref, stream, run_id, place, at_time, is_row, unnest([
        {'field': 'status', 'value': status},
        {'field': 'assignee', 'value': assignee_id},
        {'field': 'team', 'value': team}
    ], recursive := true)
    FROM staging.kafka_said
    WHERE type = 'ticket' AND NOT is_about_tracker
),

step AS (
    SELECT
        *,
        lag(value) OVER (PARTITION BY source, ticket_ref, field ORDER BY at_time, place) AS before_value,
        row_number() OVER (PARTITION BY source, ticket_ref, field ORDER BY at_time, place) = 1 AS is_first
    FROM member
    -- a row is whole: that it has no assignee says that there is none
    WHERE value IS NOT NULL OR is_row AND field = 'assignee'
),

change AS (
    SELECT
        source, ticket_ref, stream, run_id, place, at_time, field, before_value AS from_value, value AS to_value,
        NULL::VARCHAR AS actor_id, NULL::VARCHAR AS actor_role, NULL::VARCHAR AS own_id
    FROM step
    WHERE value IS DISTINCT FROM before_value AND NOT is_first
    UNION ALL
    SELECT source, ticket_ref, stream, run_id, place, at_time, field, from_value, to_value, actor_id, actor_role, own_id
    FROM staging.kafka_said
    -- what a tracker tells itself a feed does not tell again
    WHERE type = 'event' AND field IS NOT NULL AND NOT (is_about_tracker AND field IN ('status', 'assignee'))
)

SELECT
    *,
    ticket_ref || ':' || coalesce(own_id, md5(concat_ws('|', field, at_time, coalesce(from_value, ''), coalesce(to_value, '')))) AS native_id
FROM change
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY at_time DESC, place DESC) = 1
