-- One row per demand type (or "all"), support model and metric: as it was, and adjusted to the same tickets.
-- key: demand_type_id, support_model, metric
SELECT
    m.demand_type_id,
    coalesce(d.name, 'all demand types') AS demand_type,
    m.support_model,
    m.metric,
    CASE
        WHEN m.metric LIKE '%_seconds' THEN 'seconds'
        WHEN m.metric = 'satisfaction' THEN 'points'
        WHEN m.metric = 'touches' THEN 'touches'
        WHEN m.metric = 'cost_per_ticket' THEN 'cost'
        ELSE 'share'
    END AS unit,
    m.n,
    m.value,
    m.low,
    m.high,
    m.shrunk,
    m.shrunk_low,
    m.shrunk_high,
    m.adjusted,
    m.adjusted_low,
    m.adjusted_high
FROM models.support_model_metric AS m
LEFT JOIN models.demand_type AS d ON m.demand_type_id = d.demand_type_id
