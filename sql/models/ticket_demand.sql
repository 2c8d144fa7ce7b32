-- One row per ticket: the demand type that the clustering puts it in.
-- key: ticket_id
--
-- Filled by the model step "demand"; this statement gives the shape, and what
-- there is without it: nothing. A ticket that is in no type has the id "other".
SELECT
    NULL::VARCHAR AS ticket_id,
    NULL::VARCHAR AS demand_type_id,
    NULL::DOUBLE AS probability, -- that the ticket is of this type, by the model
    NULL::VARCHAR AS language -- ISO 639-1, null where it is not clear
LIMIT 0
