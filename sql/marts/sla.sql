-- One row per ticket and metric of its service agreement: met, breached, running or paused.
-- key: ticket_id, metric
--
-- An open ticket past its target is breached, not ignored. breach_at is when the
-- target was missed, or will be if nothing happens; none where it was met or the
-- clock stands still.
WITH clock AS (
    SELECT * REPLACE (CASE WHEN elapsed_seconds > target_seconds OR is_running THEN breach_at END AS breach_at)
    FROM core.sla_clock
)

SELECT
    s.ticket_id,
    s.metric,
    s.policy,
    s.calendar,
    t.source,
    t.project,
    t.support_model,
    t.demand_type_id,
    t.priority,
    t.created_at,
    t.created_on,
    s.target_seconds,
    s.elapsed_seconds,
    s.target_seconds - s.elapsed_seconds AS remaining_seconds,
    CASE
        WHEN s.elapsed_seconds > s.target_seconds THEN 'breached'
        WHEN s.is_running THEN 'running'
        WHEN s.metric = 'resolution' AND t.is_open THEN 'paused'
        ELSE 'met'
    END AS state,
    s.is_running OR s.metric = 'resolution' AND t.is_open AS is_open,
    s.breach_at,
    local_day(s.breach_at, c.timezone) AS breach_on
FROM clock AS s
CROSS JOIN config.setting AS c
INNER JOIN marts.ticket AS t ON s.ticket_id = t.ticket_id
WHERE NOT t.is_deleted
