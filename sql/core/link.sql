-- One row per pair of tickets where the first points to the second.
-- key: ticket_id, other_ticket_id, relation
--
-- Only links between landed tickets; a ticket's own URL in its text is none.
WITH named AS (
    SELECT t.ticket_id, o.ticket_id AS other_ticket_id, l.relation
    FROM staging.link AS l
    INNER JOIN core.ticket AS t ON l.source = t.source AND l.ticket_ref = t.ticket_ref
    INNER JOIN core.ticket AS o ON l.source = o.source AND l.native_other_id = o.native_id
    WHERE l.native_other_id <> ''
    UNION ALL
    SELECT t.ticket_id, o.ticket_id, l.relation
    FROM staging.link AS l
    INNER JOIN core.ticket AS t ON l.source = t.source AND l.ticket_ref = t.ticket_ref
    INNER JOIN core.ticket AS o ON l.url = o.url
    WHERE l.url <> ''
)

SELECT DISTINCT
    n.ticket_id,
    n.other_ticket_id,
    n.relation,
    split_part(n.ticket_id, ':', 1) <> split_part(n.other_ticket_id, ':', 1) AS is_across_sources
FROM named AS n
WHERE n.ticket_id <> n.other_ticket_id
