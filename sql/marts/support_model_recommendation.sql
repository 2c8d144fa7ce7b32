-- One row per demand type: its present mix of support models, which one should have it, and what that would change.
-- key: demand_type_id
SELECT
    a.demand_type_id,
    d.name AS demand_type,
    a.* EXCLUDE (demand_type_id)
FROM models.support_model_advice AS a
LEFT JOIN models.demand_type AS d ON a.demand_type_id = d.demand_type_id
