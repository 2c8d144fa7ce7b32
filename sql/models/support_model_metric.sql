-- One row per demand type (or "all"), support model and metric.
-- key: demand_type_id, support_model, metric
--
-- Filled by the model step "support". Intervals are of 95 %; null is what the
-- tickets do not tell.
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::VARCHAR AS support_model,
    NULL::VARCHAR AS metric,
    NULL::BIGINT AS n, -- tickets that the metric is about
    NULL::DOUBLE AS value, -- as it was
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    NULL::DOUBLE AS shrunk, -- drawn towards the model's mean over its types
    NULL::DOUBLE AS shrunk_low,
    NULL::DOUBLE AS shrunk_high,
    NULL::DOUBLE AS adjusted, -- as it would be if the model got all tickets of the type
    NULL::DOUBLE AS adjusted_low,
    NULL::DOUBLE AS adjusted_high
LIMIT 0
