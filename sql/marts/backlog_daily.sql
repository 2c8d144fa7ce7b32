-- One row per day, source, project, support model and demand type, days without tickets included.
-- key: on_day, source, project?, support_model?, demand_type_id?
--
-- opened − resolved + reopened is the change of backlog, always, because all
-- four are read off the same turns between unresolved and resolved. The last
-- day ends at the build's clock. Deleted tickets are left out: one deleted while
-- it was open would stand in the backlog for ever.
WITH turn AS (
    SELECT
        t.source,
        t.project,
        t.support_model,
        t.demand_type_id,
        t.created_at,
        local_day(x.occurred_at, c.timezone) AS on_day,
        CASE WHEN x.until_at IS NULL THEN local_day(c.as_of, c.timezone) + 1
            ELSE local_day(x.until_at, c.timezone) END AS until_day,
        x.is_creation,
        x.is_resolved
    FROM core.transition AS x
    INNER JOIN marts.ticket AS t ON x.ticket_id = t.ticket_id
    CROSS JOIN config.setting AS c
    WHERE t.is_deleted IS NOT TRUE
),

span AS (
    SELECT DISTINCT source, project, support_model, demand_type_id FROM turn
),

calendar AS (
    SELECT unnest(generate_series(
        (SELECT min(on_day) FROM turn)::TIMESTAMP,
        local_day(as_of, timezone)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS on_day
    FROM config.setting
),

flow AS (
    SELECT
        on_day,
        source,
        project,
        support_model,
        demand_type_id,
        count(*) FILTER (WHERE is_creation) AS opened,
        count(*) FILTER (WHERE is_resolved) AS resolved,
        count(*) FILTER (WHERE NOT is_resolved AND NOT is_creation) AS reopened
    FROM turn
    GROUP BY ALL
),

-- The median age of what stands open at a day's end is the day's end less the
-- median creation. Listing every open ticket for every day would be far too
-- much; so tickets are counted by day of creation, the day that holds the
-- median is found by counting, and only its tickets are looked at one by one.
standing AS (
    SELECT
        source,
        project,
        support_model,
        demand_type_id,
        on_day,
        until_day,
        created_at,
        created_at::DATE AS born_on
    FROM turn
    WHERE NOT is_resolved AND until_day > on_day
),

change AS (
    SELECT source, project, support_model, demand_type_id, born_on, day, sum(delta) AS delta
    FROM (
        SELECT source, project, support_model, demand_type_id, born_on, on_day AS day, 1 AS delta FROM standing
        UNION ALL
        SELECT source, project, support_model, demand_type_id, born_on, until_day, -1 FROM standing
    ) AS turns
    GROUP BY ALL
),

-- How many tickets born on one day stand open, from one day until another.
level AS (
    SELECT
        * EXCLUDE (delta),
        sum(delta) OVER w AS tickets,
        lead(day) OVER w AS until_day
    FROM change
    WINDOW w AS (PARTITION BY source, project, support_model, demand_type_id, born_on ORDER BY day)
),

born AS (
    SELECT
        source,
        project,
        support_model,
        demand_type_id,
        born_on,
        tickets,
        unnest(generate_series(day::TIMESTAMP, (until_day - 1)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS on_day
    FROM level
    WHERE tickets > 0 AND until_day > day
),

counted AS (
    SELECT
        *,
        sum(tickets) OVER (PARTITION BY source, project, support_model, demand_type_id, on_day ORDER BY born_on) AS up_to,
        sum(tickets) OVER (PARTITION BY source, project, support_model, demand_type_id, on_day) AS total
    FROM born
),

-- The middle ticket of an odd number, the two middle ones of an even one.
middle AS (
    SELECT
        source,
        project,
        support_model,
        demand_type_id,
        on_day,
        born_on,
        (total + 1) // 2 - (up_to - tickets) AS lower_no,
        (total + 2) // 2 - (up_to - tickets) AS upper_no,
        tickets
    FROM counted
    WHERE (total + 1) // 2 BETWEEN up_to - tickets + 1 AND up_to
        OR (total + 2) // 2 BETWEEN up_to - tickets + 1 AND up_to
),

candidate AS (
    SELECT
        m.source,
        m.project,
        m.support_model,
        m.demand_type_id,
        m.on_day,
        m.lower_no,
        m.upper_no,
        s.created_at,
        row_number() OVER (
            PARTITION BY m.source, m.project, m.support_model, m.demand_type_id, m.on_day, m.born_on
            ORDER BY s.created_at
        ) AS ticket_no
    FROM middle AS m
    INNER JOIN standing AS s
        ON m.source = s.source AND m.project IS NOT DISTINCT FROM s.project
        AND m.support_model IS NOT DISTINCT FROM s.support_model
        AND m.demand_type_id IS NOT DISTINCT FROM s.demand_type_id
        AND m.born_on = s.born_on AND m.on_day >= s.on_day AND m.on_day < s.until_day
),

age AS (
    SELECT
        on_day,
        source,
        project,
        support_model,
        demand_type_id,
        avg(epoch(created_at)) AS created_p50
    FROM candidate
    WHERE ticket_no IN (lower_no, upper_no)
    GROUP BY ALL
),

daily AS (
    SELECT
        d.on_day,
        s.source,
        s.project,
        s.support_model,
        s.demand_type_id,
        coalesce(f.opened, 0)::BIGINT AS opened,
        coalesce(f.resolved, 0)::BIGINT AS resolved,
        coalesce(f.reopened, 0)::BIGINT AS reopened,
        a.created_p50,
        least(c.as_of, ((d.on_day + 1)::TIMESTAMP AT TIME ZONE c.timezone AT TIME ZONE 'UTC')) AS ends_at
    FROM span AS s
    CROSS JOIN calendar AS d
    CROSS JOIN config.setting AS c
    LEFT JOIN flow AS f
        ON d.on_day = f.on_day AND s.source = f.source AND s.project IS NOT DISTINCT FROM f.project
        AND s.support_model IS NOT DISTINCT FROM f.support_model
        AND s.demand_type_id IS NOT DISTINCT FROM f.demand_type_id
    LEFT JOIN age AS a
        ON d.on_day = a.on_day AND s.source = a.source AND s.project IS NOT DISTINCT FROM a.project
        AND s.support_model IS NOT DISTINCT FROM a.support_model
        AND s.demand_type_id IS NOT DISTINCT FROM a.demand_type_id
)

SELECT
    on_day,
    source,
    project,
    support_model,
    demand_type_id,
    opened,
    resolved,
    reopened,
    sum(opened - resolved + reopened) OVER (
        PARTITION BY source, project, support_model, demand_type_id ORDER BY on_day
    )::BIGINT AS backlog,
    CASE WHEN created_p50 IS NOT NULL THEN greatest(0, round(epoch(ends_at) - created_p50)) END::BIGINT
        AS backlog_age_p50_seconds
FROM daily
