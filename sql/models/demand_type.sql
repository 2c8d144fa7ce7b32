-- One row per demand type that there is or was, and one for "other".
-- key: demand_type_id
--
-- Filled by the model step "demand".
SELECT
    NULL::VARCHAR AS demand_type_id,
    NULL::VARCHAR AS name,
    NULL::VARCHAR[] AS keywords, -- ten, the most distinctive first
    NULL::VARCHAR AS group_id, -- the coarser of the two levels
    NULL::VARCHAR AS group_name,
    NULL::DOUBLE AS coherence, -- 0 to 1: how alike the tickets of the type are
    NULL::VARCHAR[] AS example_ticket_ids, -- the most typical tickets
    NULL::VARCHAR AS lineage, -- how the type came about, in words; null: it was there from the beginning
    NULL::BOOLEAN AS is_pinned,
    NULL::BOOLEAN AS is_hidden,
    NULL::VARCHAR AS status -- active, merged, died
LIMIT 0
