-- One row per resolved ticket whose history tells that somebody else than its reporter resolved it, and who.
-- key: ticket_id
SELECT DISTINCT ON (x.ticket_id)
    x.ticket_id,
    e.source,
    e.actor_id,
    e.actor_role,
    x.occurred_at AS resolved_at
FROM core.transition AS x
INNER JOIN core.event AS e
    ON x.ticket_id = e.ticket_id AND x.occurred_at = e.occurred_at AND e.field = 'status'
WHERE x.is_resolved AND x.until_at IS NULL AND e.actor_role IN ('agent', 'community')
ORDER BY x.ticket_id, e.event_order DESC
