-- One row per stay of a ticket in one status.
-- key: ticket_id, interval_no
--
-- Built from the status history. Where the history does not reach the present
-- state (none is kept, or it is cut), a last step is added at the source's own
-- closing time, else at the last update, and marked is_inferred: the latter is
-- only an upper bound of when it happened.
WITH change AS (
    SELECT
        e.ticket_id,
        greatest(e.occurred_at, t.created_at) AS at_time,
        e.event_order,
        coalesce(e.from_value, e.from_text) AS from_id,
        coalesce(e.to_value, e.to_text) AS to_id
    FROM core.event AS e
    INNER JOIN core.ticket AS t ON e.ticket_id = t.ticket_id
    WHERE e.field = 'status' AND coalesce(e.to_value, e.to_text) IS NOT NULL
),

history AS (
    SELECT
        ticket_id,
        arg_min(from_id, (at_time, event_order)) AS first_id,
        arg_max(to_id, (at_time, event_order)) AS last_id,
        max(at_time) AS last_at
    FROM change
    GROUP BY ticket_id
),

state AS (
    SELECT
        t.ticket_id,
        t.source,
        t.created_at,
        t.status_id,
        t.status_category,
        coalesce(t.initial_status, h.first_id) AS initial_id,
        h.ticket_id IS NOT NULL AS has_history,
        s.status_category AS last_category,
        t.closed_at,
        greatest(t.updated_at, h.last_at) AS updated_at,
        h.last_at
    FROM core.ticket AS t
    LEFT JOIN history AS h ON t.ticket_id = h.ticket_id
    LEFT JOIN core.status AS s ON t.source = s.source AND h.last_id = s.status_id
),

step AS (
    -- how the ticket began
    SELECT
        ticket_id,
        source,
        created_at AS at_time,
        '' AS event_order,
        CASE
            WHEN initial_id IS NOT NULL THEN initial_id
            WHEN status_category <> 'resolved' THEN status_id
        END AS status_id,
        NOT has_history AS is_inferred
    FROM state
    UNION ALL
    SELECT c.ticket_id, s.source, c.at_time, c.event_order, c.to_id, false
    FROM change AS c
    INNER JOIN state AS s ON c.ticket_id = s.ticket_id
    UNION ALL
    -- how it stands, where no change says so
    SELECT
        ticket_id,
        source,
        CASE
            WHEN status_category = 'resolved' AND closed_at >= coalesce(last_at, created_at) THEN closed_at
            ELSE greatest(updated_at, created_at)
        END,
        '~',
        status_id,
        NOT (status_category = 'resolved' AND closed_at IS NOT NULL AND closed_at >= coalesce(last_at, created_at))
    FROM state
    WHERE coalesce(last_category, 'open') <> status_category
        AND (has_history OR status_category = 'resolved')
),

numbered AS (
    SELECT
        *,
        row_number() OVER w AS interval_no,
        lead(at_time) OVER w AS until_at
    FROM step
    WINDOW w AS (PARTITION BY ticket_id ORDER BY at_time, event_order)
)

SELECT
    n.ticket_id,
    n.interval_no::INTEGER AS interval_no,
    s.status,
    coalesce(s.status_category, 'open') AS status_category,
    n.at_time AS since_at,
    n.until_at,
    n.is_inferred
FROM numbered AS n
LEFT JOIN core.status AS s ON n.source = s.source AND n.status_id = s.status_id
