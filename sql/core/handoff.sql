-- One row per change of a ticket from one assignee or team to another.
-- key: ticket_id, kind, handoff_no
--
-- With or without nobody in between; the first assignment is none.
WITH assignment AS (
    SELECT
        ticket_id,
        field AS kind,
        event_id,
        occurred_at,
        event_order,
        -- people are told by their id, teams by their name
        CASE field WHEN 'team' THEN coalesce(from_text, from_value) ELSE from_value END AS giver,
        CASE field WHEN 'team' THEN coalesce(to_text, to_value) ELSE to_value END AS taker
    FROM core.event
    WHERE field IN ('assignee', 'team')
),

held AS (
    SELECT
        *,
        -- the last one goes for who held the ticket before its first change
        coalesce(lag(taker IGNORE NULLS) OVER w, giver, lag(giver IGNORE NULLS) OVER w) AS holder
    FROM assignment
    WINDOW w AS (PARTITION BY ticket_id, kind ORDER BY occurred_at, event_order)
)

SELECT
    ticket_id,
    kind,
    row_number() OVER (PARTITION BY ticket_id, kind ORDER BY occurred_at, event_order)::INTEGER AS handoff_no,
    event_id,
    occurred_at,
    holder AS from_party,
    taker AS to_party
FROM held
WHERE holder <> taker
