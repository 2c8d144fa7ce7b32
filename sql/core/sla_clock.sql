-- One row per ticket and metric of its service agreement: the clock.
-- key: ticket_id, metric
--
-- The first response's clock runs from the creation to the first response, or
-- until the ticket was resolved without one. The resolution's clock runs while
-- the ticket is open: not while the customer is to act (pending), not while it is
-- resolved. A ticket resolved nobody knows when has no clock that this would stop.
WITH covered AS (
    SELECT
        p.*,
        t.status_category = 'resolved' AND a.resolved_at IS NULL AS is_end_unknown,
        coalesce(a.first_response_at, a.first_resolved_at) IS NULL AS is_unanswered
    FROM core.ticket_policy AS p
    INNER JOIN core.ticket AS t ON p.ticket_id = t.ticket_id
    INNER JOIN core.ticket_activity AS a ON p.ticket_id = a.ticket_id
),

target AS (
    SELECT ticket_id, 'first_response' AS metric, policy, calendar, first_response_seconds AS target_seconds
    FROM covered
    WHERE first_response_seconds IS NOT NULL AND NOT (is_end_unknown AND is_unanswered)
    UNION ALL
    SELECT ticket_id, 'resolution', policy, calendar, resolution_seconds
    FROM covered
    WHERE resolution_seconds IS NOT NULL AND NOT is_end_unknown
),

-- when the clock ran; the last stretch of an open ticket ends now
stretch AS (
    SELECT
        t.ticket_id,
        'first_response' AS metric,
        1 AS stretch_no,
        t.created_at AS since_at,
        coalesce(least(a.first_response_at, a.first_resolved_at), c.as_of) AS until_at,
        coalesce(a.first_response_at, a.first_resolved_at) IS NULL AS is_running
    FROM core.ticket AS t
    INNER JOIN core.ticket_activity AS a ON t.ticket_id = a.ticket_id
    CROSS JOIN config.setting AS c
    UNION ALL
    SELECT i.ticket_id, 'resolution', i.interval_no, i.since_at, coalesce(i.until_at, c.as_of), i.until_at IS NULL
    FROM core.status_interval AS i
    CROSS JOIN config.setting AS c
    WHERE i.status_category = 'open'
),

-- A ticket changed after the clock's now has stretches that end before they begin.
ran AS (
    SELECT
        s.ticket_id,
        s.metric,
        t.policy,
        t.calendar,
        t.target_seconds,
        s.stretch_no,
        s.is_running,
        a.worked_seconds AS worked_at_start,
        worked_between(a.worked_seconds, b.worked_seconds) AS seconds
    FROM stretch AS s
    INNER JOIN target AS t ON s.ticket_id = t.ticket_id AND s.metric = t.metric
    INNER JOIN core.worked AS a ON s.ticket_id = a.ticket_id AND date_trunc('second', s.since_at) = a.moment_at
    INNER JOIN core.worked AS b ON s.ticket_id = b.ticket_id AND date_trunc('second', s.until_at) = b.moment_at
),

added AS (
    SELECT
        *,
        coalesce(sum(seconds) OVER (
            PARTITION BY ticket_id, metric ORDER BY stretch_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS seconds_before
    FROM ran
),

-- Where the target falls into a stretch, or beyond one that still runs, is the
-- working second at which it is missed. Stretches may be empty, and begin at the
-- same moment as the next.
clock AS (
    SELECT
        ticket_id,
        metric,
        sum(seconds)::BIGINT AS elapsed_seconds,
        bool_or(is_running) AS is_running,
        min(worked_at_start + target_seconds - seconds_before)
            FILTER (WHERE seconds_before <= target_seconds AND (seconds_before + seconds > target_seconds OR is_running))
            AS breach_worked
    FROM added
    GROUP BY ticket_id, metric
),

-- The last stretch that begins before that working second holds it.
breach AS (
    SELECT
        c.ticket_id,
        c.metric,
        CASE
            WHEN t.calendar IS NULL THEN make_timestamp(c.breach_worked::BIGINT * 1000000)
            ELSE w.starts_at + to_seconds(c.breach_worked - w.worked_before)
        END AS breach_at
    FROM clock AS c
    INNER JOIN target AS t ON c.ticket_id = t.ticket_id AND c.metric = t.metric
    ASOF LEFT JOIN config.working_time AS w ON t.calendar = w.calendar AND c.breach_worked > w.worked_before
    WHERE c.breach_worked IS NOT NULL
)

SELECT
    t.ticket_id,
    t.metric,
    t.policy,
    t.calendar,
    t.target_seconds,
    coalesce(c.elapsed_seconds, 0) AS elapsed_seconds,
    coalesce(c.is_running, false) AS is_running,
    b.breach_at
FROM target AS t
LEFT JOIN clock AS c ON t.ticket_id = c.ticket_id AND t.metric = c.metric
LEFT JOIN breach AS b ON t.ticket_id = b.ticket_id AND t.metric = b.metric
