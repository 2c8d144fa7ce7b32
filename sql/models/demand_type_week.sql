-- One row per demand type and week of creation: how many tickets were to be expected.
-- key: demand_type_id, week_on
--
-- Filled by the model step "demand_trend". Only whole weeks are judged.
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::DATE AS week_on,
    NULL::BIGINT AS tickets,
    NULL::DOUBLE AS expected,
    NULL::DOUBLE AS band_low, -- 95 % predictive band
    NULL::DOUBLE AS band_high,
    NULL::DOUBLE AS p_value, -- of as many tickets or more
    NULL::BOOLEAN AS is_alarm
LIMIT 0
