-- One row per demand type and support model that had tickets of it, and per model over all types ("all").
-- key: demand_type_id, support_model
--
-- Filled by the model step "support".
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::VARCHAR AS support_model,
    NULL::BIGINT AS tickets,
    NULL::BIGINT AS resolved,
    NULL::DOUBLE AS share, -- of the type's tickets
    NULL::DOUBLE AS effective_sample_size, -- Kish's, of the weighted tickets
    NULL::DOUBLE AS trimmed_share, -- of the type's tickets that hardly ever go to the model
    NULL::BOOLEAN AS is_comparable,
    NULL::VARCHAR AS not_comparable_because,
    NULL::DOUBLE AS score, -- 0 to 1
    NULL::DOUBLE AS score_low, -- 95 % interval
    NULL::DOUBLE AS score_high,
    NULL::VARCHAR AS score_basis, -- adjusted, or unadjusted where nothing compares
    NULL::DOUBLE AS score_unadjusted,
    NULL::DOUBLE AS probability_best, -- among the comparable models
    NULL::VARCHAR AS adjusted_for, -- what the adjusted figures hold equal
    NULL::DOUBLE AS resolution_yardstick_seconds, -- at which the type's resolution_utility is a half
    NULL::DOUBLE AS resolution_horizon_seconds, -- up to which times count in it
    NULL::DOUBLE AS first_response_yardstick_seconds,
    NULL::DOUBLE AS first_response_horizon_seconds
LIMIT 0
