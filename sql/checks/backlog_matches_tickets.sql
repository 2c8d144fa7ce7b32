-- The newest day's backlog is the number of tickets that are open by the build's clock.
WITH now_open AS (
    SELECT count(*) AS tickets
    FROM core.transition AS x
    LEFT JOIN core.ticket AS t ON x.ticket_id = t.ticket_id
    CROSS JOIN config.setting AS c
    WHERE NOT x.is_resolved AND t.is_deleted IS NOT TRUE
        AND local_day(x.occurred_at, c.timezone) <= local_day(c.as_of, c.timezone)
        AND (x.until_at IS NULL OR local_day(x.until_at, c.timezone) > local_day(c.as_of, c.timezone))
),

shown AS (
    SELECT sum(backlog) AS tickets FROM marts.backlog_daily
    WHERE on_day = (SELECT max(on_day) FROM marts.backlog_daily)
)

SELECT n.tickets AS open_tickets, s.tickets AS backlog
FROM now_open AS n CROSS JOIN shown AS s
WHERE n.tickets <> s.tickets
