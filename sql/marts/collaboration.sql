-- One row per hand-off between people or teams and per link between two tickets.
-- key: collaboration_id
--
-- A link has no time of its own and stands at its ticket's creation. Deleted
-- tickets are left out, at either end.
WITH deed AS (
    SELECT
        event_id || ':' || kind AS collaboration_id,
        kind,
        ticket_id,
        occurred_at,
        from_party,
        to_party,
        NULL AS other_ticket_id,
        NULL AS relation,
        NULL::BOOLEAN AS is_across_sources
    FROM core.handoff
    UNION ALL
    SELECT
        concat_ws(':', l.ticket_id, l.relation, l.other_ticket_id),
        'link',
        l.ticket_id,
        t.created_at,
        NULL,
        NULL,
        l.other_ticket_id,
        l.relation,
        l.is_across_sources
    FROM core.link AS l
    INNER JOIN core.ticket AS t ON l.ticket_id = t.ticket_id
)

SELECT
    d.collaboration_id,
    d.kind,
    d.ticket_id,
    d.occurred_at,
    local_day(d.occurred_at, c.timezone) AS occurred_on,
    t.source,
    t.project,
    t.support_model,
    t.demand_type_id,
    d.from_party,
    d.to_party,
    d.other_ticket_id,
    o.source AS other_source,
    o.support_model AS other_support_model,
    d.relation,
    d.is_across_sources
FROM deed AS d
CROSS JOIN config.setting AS c
INNER JOIN marts.ticket AS t ON d.ticket_id = t.ticket_id
LEFT JOIN marts.ticket AS o ON d.other_ticket_id = o.ticket_id
WHERE t.is_deleted IS NOT TRUE AND o.is_deleted IS NOT TRUE
