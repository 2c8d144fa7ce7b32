-- A ticket's state agrees with where its status history ends.
SELECT t.ticket_id, t.status, t.is_open, x.is_resolved
FROM marts.ticket AS t
INNER JOIN core.transition AS x ON t.ticket_id = x.ticket_id AND x.until_at IS NULL
WHERE t.is_open = x.is_resolved
