-- One row per demand type: where it is heading.
-- key: demand_type_id
--
-- Filled by the model step "demand_trend".
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::VARCHAR AS trend, -- rising, falling or steady
    NULL::DOUBLE AS change_per_year, -- of the tickets a week, over a year, from the last half year
    NULL::DOUBLE AS change_per_year_low, -- 95 % interval
    NULL::DOUBLE AS change_per_year_high,
    NULL::BOOLEAN AS is_emerging
LIMIT 0
