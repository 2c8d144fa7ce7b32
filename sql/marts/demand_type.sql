-- One row per demand type: what customers ask for, how often, and where it is heading.
-- key: demand_type_id
--
-- "other" is what is in no type; its share says how much the types leave out.
-- Deleted tickets are not counted.
WITH asked AS (
    SELECT
        demand_type_id,
        count(*) AS size,
        count(*) FILTER (WHERE is_open) AS open,
        min(local_day(created_at, c.timezone)) AS first_seen_on,
        max(local_day(created_at, c.timezone)) AS last_seen_on
    FROM marts.ticket
    CROSS JOIN config.setting AS c
    WHERE demand_type_id IS NOT NULL AND is_deleted IS NOT TRUE
    GROUP BY demand_type_id
)

SELECT
    d.demand_type_id,
    d.name,
    d.keywords,
    d.group_id,
    d.group_name,
    coalesce(a.size, 0) AS size,
    coalesce(a.open, 0) AS open,
    coalesce(a.size / sum(a.size) OVER (), 0)::DOUBLE AS share,
    a.first_seen_on,
    a.last_seen_on,
    t.trend,
    t.change_per_year,
    t.change_per_year_low,
    t.change_per_year_high,
    -- what was split off an older type is not new to anybody
    coalesce(t.is_emerging, false) AND coalesce(d.lineage NOT LIKE 'split from %', true) AS is_emerging,
    d.lineage,
    d.coherence,
    d.example_ticket_ids,
    d.is_pinned,
    d.is_hidden
FROM models.demand_type AS d
LEFT JOIN asked AS a ON d.demand_type_id = a.demand_type_id
LEFT JOIN models.demand_type_trend AS t ON d.demand_type_id = t.demand_type_id
-- a type that has gone lives on in the lineage of others
WHERE d.status = 'active' OR a.size > 0
