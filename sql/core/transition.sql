-- One row per moment at which a ticket became resolved or unresolved again.
-- key: ticket_id, transition_no
--
-- The first row is the creation. Moves among unresolved statuses, or among
-- resolved ones, are none.
WITH edge AS (
    SELECT
        ticket_id,
        interval_no,
        since_at,
        status_category = 'resolved' AS is_resolved,
        is_inferred,
        lag(status_category = 'resolved') OVER (PARTITION BY ticket_id ORDER BY interval_no) AS was_resolved
    FROM core.status_interval
),

turn AS (
    SELECT * FROM edge WHERE was_resolved IS NULL OR was_resolved <> is_resolved
)

SELECT
    ticket_id,
    row_number() OVER w::INTEGER AS transition_no,
    since_at AS occurred_at,
    lead(since_at) OVER w AS until_at,
    is_resolved,
    was_resolved IS NULL AS is_creation,
    is_inferred AND was_resolved IS NOT NULL AS is_inferred
FROM turn
WINDOW w AS (PARTITION BY ticket_id ORDER BY interval_no)
