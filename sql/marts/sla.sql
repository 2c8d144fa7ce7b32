-- One row per ticket and metric of its service agreement: met, breached, running or paused.
-- key: ticket_id, metric
--
-- An open ticket past its target is breached, not ignored. breach_at is when the
-- target was missed, or will be if nothing happens; none where it was met or the
-- clock stands still.
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
    CASE WHEN s.elapsed_seconds > s.target_seconds OR s.is_running THEN s.breach_at END AS breach_at
FROM core.sla_clock AS s
INNER JOIN marts.ticket AS t ON s.ticket_id = t.ticket_id
WHERE NOT t.is_deleted
