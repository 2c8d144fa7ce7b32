-- One row per demand type and week of creation: tickets, what was to be expected, and whether it is beyond chance.
-- key: demand_type_id, week_on
SELECT
    w.demand_type_id,
    d.name,
    w.week_on,
    w.tickets,
    w.expected,
    w.band_low,
    w.band_high,
    w.p_value,
    w.is_alarm
FROM models.demand_type_week AS w
INNER JOIN marts.demand_type AS d ON w.demand_type_id = d.demand_type_id
