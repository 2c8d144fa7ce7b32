-- A day's backlog is the day before's plus opened minus resolved plus reopened.
SELECT * FROM (
    SELECT
        on_day, source, project, support_model, backlog, opened, resolved, reopened,
        coalesce(lag(backlog) OVER (PARTITION BY source, project, support_model, demand_type_id ORDER BY on_day), 0)
            AS backlog_before
    FROM marts.backlog_daily
) AS d
WHERE backlog <> backlog_before + opened - resolved + reopened OR backlog < 0
