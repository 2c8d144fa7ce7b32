-- One row per demand type: which support model should have it.
-- key: demand_type_id
--
-- Filled by the model step "support".
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::BIGINT AS tickets,
    NULL::DOUBLE AS tickets_per_month,
    NULL::VARCHAR AS current_model,
    NULL::VARCHAR AS current_mix,
    NULL::VARCHAR AS recommended_model, -- null unless the action is keep or move
    NULL::VARCHAR AS action, -- keep, move, self_service, not_enough_evidence
    NULL::DOUBLE AS confidence,
    NULL::VARCHAR AS moved_from, -- the models whose tickets would move and are predicted; null unless the action is move
    NULL::DOUBLE AS moved_tickets_per_month, -- of these
    NULL::DOUBLE AS first_response_change_seconds, -- of these, a ticket
    NULL::DOUBLE AS first_response_change_seconds_low,
    NULL::DOUBLE AS first_response_change_seconds_high,
    NULL::DOUBLE AS resolution_change_seconds,
    NULL::DOUBLE AS resolution_change_seconds_low,
    NULL::DOUBLE AS resolution_change_seconds_high,
    NULL::DOUBLE AS cost_change_per_month,
    NULL::DOUBLE AS cost_change_per_month_low,
    NULL::DOUBLE AS cost_change_per_month_high,
    NULL::VARCHAR AS sentence,
    NULL::DOUBLE AS same_answer_share, -- of the looked-at tickets, closed by nearly the same answer
    NULL::VARCHAR AS example_ticket_id -- one that this answer closed
LIMIT 0
