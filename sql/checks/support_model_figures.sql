-- Figures of support models that are no numbers, or lie outside their interval.
SELECT demand_type_id, support_model, metric, value, low, high, adjusted, adjusted_low, adjusted_high
FROM marts.support_model_metric
WHERE isnan(value) OR isinf(value) OR isnan(shrunk) OR isinf(shrunk) OR isnan(adjusted) OR isinf(adjusted)
    OR NOT (low <= value AND value <= high) OR NOT (adjusted_low <= adjusted AND adjusted <= adjusted_high)
