-- One row per week of creation, source, support model and demand type.
-- key: week_on, source, support_model?, demand_type_id?
--
-- A cohort's unanswered and unresolved tickets count as censored at the build's
-- clock: quantiles and shares come from the Kaplan-Meier estimate
-- S(t) = Π (1 − d/n) over the event times up to t (Kaplan and Meier 1958), d
-- events among n at risk; a ticket censored at an event time is still at risk
-- then. A quantile q is the first t with S(t) ≤ 1 − q, null when not reached.
-- Deleted tickets are left out.
WITH observed AS (
    SELECT
        date_trunc('week', local_day(t.created_at, c.timezone))::DATE AS week_on,
        t.source,
        t.support_model,
        t.demand_type_id,
        unnest(['first_response', 'resolution']) AS metric,
        unnest([
            coalesce(t.first_response_seconds, seconds_between(t.created_at, c.as_of)),
            -- resolved, but nobody knows when: censored at the latest it can have been
            coalesce(t.resolution_seconds, CASE WHEN NOT t.is_open THEN t.open_seconds END,
                seconds_between(t.created_at, c.as_of))
        ]) AS elapsed_seconds,
        unnest([t.first_response_at IS NOT NULL, t.resolved_at IS NOT NULL]) AS is_event
    FROM marts.ticket AS t
    CROSS JOIN config.setting AS c
    WHERE t.is_deleted IS NOT TRUE
),

step AS (
    SELECT
        week_on,
        source,
        support_model,
        demand_type_id,
        metric,
        elapsed_seconds,
        count(*) FILTER (WHERE is_event) AS events,
        count(*) AS leaving
    FROM observed
    GROUP BY ALL
),

risk AS (
    SELECT
        *,
        sum(leaving) OVER (
            PARTITION BY week_on, source, support_model, demand_type_id, metric ORDER BY elapsed_seconds DESC
        ) AS at_risk
    FROM step
),

curve AS (
    SELECT
        *,
        product(1 - events / at_risk) OVER (
            PARTITION BY week_on, source, support_model, demand_type_id, metric ORDER BY elapsed_seconds
        ) AS survival
    FROM risk
),

-- The slack absorbs rounding in the product: a median of exactly one half counts.
summary AS (
    SELECT
        week_on,
        source,
        support_model,
        demand_type_id,
        metric,
        sum(leaving)::BIGINT AS opened,
        sum(events)::BIGINT AS happened,
        min(elapsed_seconds) FILTER (WHERE survival <= 0.5 + 1e-9) AS p50_seconds,
        min(elapsed_seconds) FILTER (WHERE survival <= 0.1 + 1e-9) AS p90_seconds,
        -- Unknown while nobody has been answered or has waited for 24 hours yet.
        CASE
            WHEN max(elapsed_seconds) >= 86400 OR sum(events) > 0
                THEN round(1 - coalesce(min(survival) FILTER (WHERE elapsed_seconds <= 86400), 1), 9)
        END AS within_24h_share
    FROM curve
    GROUP BY week_on, source, support_model, demand_type_id, metric
)

SELECT
    r.week_on,
    r.source,
    r.support_model,
    r.demand_type_id,
    r.opened,
    r.happened AS answered,
    r.within_24h_share AS answered_24h_share,
    r.p50_seconds AS first_response_p50_seconds,
    r.p90_seconds AS first_response_p90_seconds,
    s.happened AS resolved,
    s.p50_seconds AS resolution_p50_seconds,
    s.p90_seconds AS resolution_p90_seconds
FROM summary AS r
INNER JOIN summary AS s
    ON r.week_on = s.week_on AND r.source = s.source
    AND r.support_model IS NOT DISTINCT FROM s.support_model
    AND r.demand_type_id IS NOT DISTINCT FROM s.demand_type_id
WHERE r.metric = 'first_response' AND s.metric = 'resolution'
