-- One row per demand type and typical ticket of it: what was asked, and what closed it; only where the configuration publishes texts.
-- key: demand_type_id, place
--
-- For analysts, who name and judge demand types. The texts were scrubbed at the
-- border; they are published nowhere else.
WITH example AS (
    SELECT
        demand_type_id,
        name AS demand_type,
        unnest(example_ticket_ids) AS ticket_id,
        generate_subscripts(example_ticket_ids, 1)::INTEGER AS place
    FROM models.demand_type
    WHERE status = 'active' AND NOT coalesce(is_hidden, false)
)

SELECT
    e.demand_type_id,
    e.place,
    e.demand_type,
    e.ticket_id,
    t.title,
    t.body,
    c.body AS closing_answer
FROM example AS e
CROSS JOIN config.setting AS s
INNER JOIN core.ticket_text AS t ON e.ticket_id = t.ticket_id
LEFT JOIN core.ticket AS k ON e.ticket_id = k.ticket_id
LEFT JOIN core.closing_text AS c ON e.ticket_id = c.ticket_id
WHERE s.is_texts_published AND k.is_deleted IS NOT TRUE
