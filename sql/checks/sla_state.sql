-- Clocks of service agreements that contradict their ticket.
SELECT s.ticket_id, s.metric, s.state, s.elapsed_seconds, s.target_seconds, s.breach_at
FROM marts.sla AS s
INNER JOIN marts.ticket AS t ON s.ticket_id = t.ticket_id
WHERE (s.state = 'breached') <> (s.elapsed_seconds > s.target_seconds)
    OR s.elapsed_seconds < 0
    OR s.metric = 'resolution' AND s.state = 'met' AND t.is_open
    OR s.metric = 'resolution' AND s.state IN ('running', 'paused') AND NOT t.is_open
