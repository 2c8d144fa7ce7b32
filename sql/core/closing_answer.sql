-- One row per resolved ticket that somebody answered: the last answer before its resolution.
-- key: ticket_id
--
-- Trackers often resolve first and tell why a moment later; an hour is allowed
-- for that.
SELECT
    c.ticket_id,
    c.source,
    arg_max(c.comment_id, (c.created_at, c.comment_id)) AS comment_id
FROM core.comment AS c
INNER JOIN core.ticket_activity AS a ON c.ticket_id = a.ticket_id
WHERE c.is_response AND c.created_at <= a.resolved_at + INTERVAL 1 HOUR
GROUP BY c.ticket_id, c.source
