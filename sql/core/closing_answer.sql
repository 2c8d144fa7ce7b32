-- One row per resolved ticket and answer that may have closed it: the last three before its resolution.
-- key: ticket_id, place
--
-- Trackers often resolve first and tell why a moment later; an hour is allowed
-- for that. The reply is the reporter's first word after the answer, before the
-- next answer.
WITH answer AS (
    SELECT
        c.ticket_id,
        c.source,
        c.comment_id,
        c.created_at,
        c.author_role = 'agent' AS is_by_agent,
        coalesce(c.author_id = r.actor_id, false) AS is_by_resolver,
        row_number() OVER w AS place,
        lag(c.created_at) OVER w AS next_answer_at
    FROM core.comment AS c
    INNER JOIN core.ticket_activity AS a ON c.ticket_id = a.ticket_id
    LEFT JOIN core.resolver AS r ON c.ticket_id = r.ticket_id
    WHERE c.is_response AND c.created_at <= a.resolved_at + INTERVAL 1 HOUR
    WINDOW w AS (PARTITION BY c.ticket_id ORDER BY c.created_at DESC, c.comment_id DESC)
),

last_ones AS (
    SELECT * FROM answer WHERE place <= 3
),

reply AS (
    SELECT n.ticket_id, n.place, arg_min(c.comment_id, (c.created_at, c.comment_id)) AS reply_id
    FROM last_ones AS n
    INNER JOIN core.comment AS c
        ON n.ticket_id = c.ticket_id AND c.created_at > n.created_at
        AND c.created_at <= coalesce(n.next_answer_at, TIMESTAMP 'infinity')
    WHERE c.author_role = 'reporter'
    GROUP BY n.ticket_id, n.place
)

SELECT
    n.ticket_id,
    n.place::INTEGER AS place,
    n.source,
    n.comment_id,
    n.is_by_agent,
    n.is_by_resolver,
    r.reply_id
FROM last_ones AS n
LEFT JOIN reply AS r ON n.ticket_id = r.ticket_id AND n.place = r.place
