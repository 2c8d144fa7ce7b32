-- One row per demand type: where it is heading.
-- key: demand_type_id
--
-- Filled by the model step "demand_trend".
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::VARCHAR AS trend, -- rising, falling, steady; null where too little is known
    NULL::DOUBLE AS change_per_year, -- of the weekly count, as a factor; 1 is none
    NULL::DOUBLE AS change_per_year_low,
    NULL::DOUBLE AS change_per_year_high,
    NULL::BOOLEAN AS is_emerging
LIMIT 0
