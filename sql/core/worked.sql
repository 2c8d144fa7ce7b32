-- One row per covered ticket and moment of its life, with the working seconds of its calendar up to then.
-- key: ticket_id, moment_at
--
-- The working time between two moments is the difference of two such rows: the
-- calendar is a table of stretches with what was worked before each, so that a
-- moment needs one look-up (ASOF), not a walk through the days. Moments are
-- whole seconds, as durations are elsewhere. Without a calendar every second
-- counts.
WITH moment AS (
    SELECT ticket_id, created_at AS at_time FROM core.ticket
    UNION
    SELECT ticket_id, first_response_at FROM core.ticket_activity
    UNION
    SELECT ticket_id, first_resolved_at FROM core.ticket_activity
    UNION
    SELECT ticket_id, resolved_at FROM core.ticket_activity
    UNION
    SELECT ticket_id, since_at FROM core.status_interval
    UNION
    SELECT t.ticket_id, c.as_of FROM core.ticket AS t CROSS JOIN config.setting AS c
),

covered AS (
    SELECT DISTINCT m.ticket_id, p.calendar, date_trunc('second', m.at_time) AS moment_at
    FROM moment AS m
    INNER JOIN core.ticket_policy AS p ON m.ticket_id = p.ticket_id
    WHERE m.at_time IS NOT NULL
)

SELECT
    c.ticket_id,
    c.calendar,
    c.moment_at,
    CASE
        WHEN c.calendar IS NULL THEN epoch(c.moment_at)::BIGINT
        ELSE coalesce(w.worked_before + date_diff('second', w.starts_at, least(c.moment_at, w.ends_at)), 0)
    END AS worked_seconds
FROM covered AS c
ASOF LEFT JOIN config.working_time AS w ON c.calendar = w.calendar AND c.moment_at >= w.starts_at
