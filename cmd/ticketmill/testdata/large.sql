-- Fills empty marts with {n} made-up tickets of two years: three sources, eight
-- projects, four support models, 200 demand types of unequal size. Whoever has
-- not waited for long yet has no answer. hash() is the only chance in it.
INSERT INTO ops.snapshot VALUES ('gen-000001', TIMESTAMP '2026-07-01', TIMESTAMP '2026-07-01', 'Europe/Berlin');

INSERT INTO marts.demand_type BY NAME
SELECT
    CASE WHEN i = 0 THEN 'other' ELSE 'd' || lpad(i::VARCHAR, 8, '0') END AS demand_type_id,
    'What people ask for, no. ' || i AS name,
    ['word' || i, 'login', 'upgrade', 'report', 'billing', 'search', 'export'] AS keywords,
    'g' || (i % 20) AS group_id, 'Group ' || (i % 20) AS group_name,
    ({n} // (i + 10))::BIGINT AS size, ({n} // (i + 100))::BIGINT AS open, 1 / (i + 10) AS share,
    DATE '2024-07-01' AS first_seen_on, DATE '2026-06-30' AS last_seen_on, 'steady' AS trend, 0 AS change_per_year,
    i % 50 = 7 AS is_emerging, 0.6 AS coherence, ['helpdesk:' || (i * 8)] AS example_ticket_ids, false AS is_pinned, false AS is_hidden
FROM range(200) AS r(i);

INSERT INTO marts.ticket BY NAME
WITH chance AS (
    SELECT i, (hash(i) % 1000003) / 1000003.0 AS u, (hash(i + 7e9) % 1000003 + 1) / 1000004.0 AS v, (hash(i + 9e9) % 1000003 + 1) / 1000004.0 AS w,
        ['helpdesk', 'helpdesk', 'helpdesk', 'oss', 'oss', 'oss', 'events', 'events'][1 + i % 8] AS source,
        TIMESTAMP '2024-07-01' + to_seconds((i * 63071000.0 / {n})::BIGINT) AS created_at
    FROM range({n}) AS r(i)
),
timed AS (
    SELECT *, date_diff('second', created_at, TIMESTAMP '2026-07-01') AS until_now,
        (10 - 40000 * ln(v))::BIGINT AS answer, (60 - 40000 * ln(v) - 900000 * ln(w))::BIGINT AS solution
    FROM chance
)
SELECT
    t.source || ':' || t.i AS ticket_id, t.source, 'jira' AS source_kind, 'SUP-' || t.i AS ticket_key, 'https://tracker.example/browse/SUP-' || t.i AS url,
    'The service no. ' || (t.i % 977) || ' stops answering after the upgrade' AS title_redacted, 'project-' || (t.i % 8) AS project, 'Bug' AS ticket_type,
    ['urgent', 'high', 'normal', 'normal', 'low'][1 + (t.u * 1000)::BIGINT % 5] AS priority, status_category AS status, status_category,
    ['a', 'b'] AS labels, 'en' AS language,
    CASE WHEN t.u * 100 % 1 < 0.15 THEN 'hybrid' WHEN t.u * 100 % 1 < 0.2 THEN 'partner' ELSE CASE t.source WHEN 'helpdesk' THEN 'paid' WHEN 'oss' THEN 'community' ELSE 'hybrid' END END AS support_model,
    'source' AS support_model_rule, d.demand_type_id, d.name AS demand_type, 'p_' || (t.i % 40000) AS reporter_id, 'p_' || (t.i % 400) AS assignee_id,
    t.created_at, timezone('Europe/Berlin', timezone('UTC', t.created_at))::DATE AS created_on,
    CASE WHEN first_response_seconds IS NOT NULL THEN t.created_at + to_seconds(first_response_seconds) END AS first_response_at,
    CASE WHEN first_response_seconds IS NOT NULL THEN t.created_at + to_seconds(first_response_seconds + (t.i % 3) * 600) END AS first_agent_response_at,
    CASE WHEN resolution_seconds IS NOT NULL THEN t.created_at + to_seconds(resolution_seconds) END AS first_resolved_at,
    CASE WHEN resolution_seconds IS NOT NULL THEN t.created_at + to_seconds(resolution_seconds) END AS resolved_at,
    t.created_at + to_seconds(t.answer) AS updated_at, first_response_seconds, resolution_seconds, coalesce(resolution_seconds, t.until_now) AS open_seconds,
    (t.i % 13 = 0)::BIGINT AS reopen_count, t.i % 7 AS comment_count, t.i % 5 AS agent_reply_count, 2 + t.i % 4 AS participant_count, (t.i % 4 = 0)::BIGINT AS handoff_count,
    resolution_seconds IS NULL AS is_open, t.i % 13 = 0 AS is_reopened, resolution_seconds IS NOT NULL AND t.i % 5 = 1 AS is_one_touch, t.i % 301 = 0 AS is_deleted,
    CASE WHEN t.i % 6 = 0 THEN 1 + t.i % 5 END AS satisfaction_score
FROM (
    SELECT *, CASE WHEN i % 11 <> 0 AND answer <= until_now THEN answer END AS first_response_seconds,
        CASE WHEN i % 9 <> 0 AND solution <= until_now THEN solution END AS resolution_seconds,
        CASE WHEN i % 9 <> 0 AND solution <= until_now THEN 'resolved' WHEN i % 9 = 3 THEN 'pending' ELSE 'open' END AS status_category
    FROM timed
) AS t
INNER JOIN marts.demand_type AS d ON d.name = 'What people ask for, no. ' || (200 * t.u * t.u)::BIGINT % 200;

INSERT INTO marts.sla BY NAME
SELECT ticket_id, metric, policy, 'office' AS calendar, source, project, support_model, demand_type_id, priority, created_at, created_on,
    target_seconds, elapsed_seconds, target_seconds - elapsed_seconds AS remaining_seconds,
    CASE WHEN elapsed_seconds > target_seconds THEN 'breached' WHEN is_open THEN 'running' ELSE 'met' END AS state, is_open,
    CASE WHEN elapsed_seconds > target_seconds THEN created_at + to_seconds(3 * target_seconds) END AS breach_at, breach_at::DATE AS breach_on
FROM (
    SELECT * REPLACE (first_response_seconds IS NULL AS is_open), support_model AS policy, 'first_response' AS metric, 28800 AS target_seconds,
        coalesce(first_response_seconds, date_diff('second', created_at, TIMESTAMP '2026-07-01')) // 4 AS elapsed_seconds
    FROM marts.ticket
    WHERE support_model IN ('paid', 'hybrid') AND NOT is_deleted
    UNION ALL BY NAME
    SELECT *, support_model AS policy, 'resolution' AS metric, 288000 AS target_seconds, open_seconds // 4 AS elapsed_seconds
    FROM marts.ticket
    WHERE support_model IN ('paid', 'hybrid') AND NOT is_deleted
) AS clock;

INSERT INTO marts.backlog_daily BY NAME
WITH turn AS (
    SELECT created_on AS on_day, source, project, support_model, demand_type_id, 1 AS opened, 0 AS resolved FROM marts.ticket WHERE NOT is_deleted
    UNION ALL
    SELECT resolved_at::DATE, source, project, support_model, demand_type_id, 0, 1 FROM marts.ticket WHERE resolved_at IS NOT NULL AND NOT is_deleted
),
flow AS (SELECT on_day, source, project, support_model, demand_type_id, sum(opened) AS opened, sum(resolved) AS resolved FROM turn GROUP BY ALL),
span AS (SELECT DISTINCT source, project, support_model, demand_type_id FROM turn),
day AS (SELECT DATE '2024-07-01' + i::INTEGER AS on_day FROM range(731) AS r(i))
SELECT on_day, source, project, support_model, demand_type_id, coalesce(opened, 0)::BIGINT AS opened, coalesce(resolved, 0)::BIGINT AS resolved, 0::BIGINT AS reopened,
    sum(coalesce(opened, 0) - coalesce(resolved, 0)) OVER (PARTITION BY source, project, support_model, demand_type_id ORDER BY on_day)::BIGINT AS backlog
FROM span
CROSS JOIN day
LEFT JOIN flow USING (on_day, source, project, support_model, demand_type_id);

INSERT INTO marts.collaboration BY NAME
SELECT ticket_id || ':' || kind AS collaboration_id, kind, ticket_id, created_at + INTERVAL 1 HOUR AS occurred_at, created_on AS occurred_on, source, project,
    support_model, demand_type_id, CASE WHEN kind <> 'link' THEN 'Team ' || comment_count END AS from_party, CASE WHEN kind <> 'link' THEN 'Team ' || agent_reply_count END AS to_party,
    CASE WHEN kind = 'link' THEN 'oss:' || (8 * (substr(ticket_key, 5)::BIGINT // 9) + 3) END AS other_ticket_id,
    CASE WHEN kind = 'link' THEN 'oss' END AS other_source, CASE WHEN kind = 'link' THEN 'community' END AS other_support_model,
    CASE WHEN kind = 'link' THEN 'duplicates' END AS relation, CASE WHEN kind = 'link' THEN source <> 'oss' END AS is_across_sources
FROM (SELECT *, CASE WHEN comment_count = 0 THEN 'link' WHEN comment_count < 4 THEN 'team' ELSE 'assignee' END AS kind FROM marts.ticket WHERE handoff_count > 0 AND NOT is_deleted) AS t;

INSERT INTO marts.contributor BY NAME
SELECT 'oss' AS source, 'p_' || i AS actor_id, CASE WHEN i % 10 = 0 THEN 'agent' ELSE 'community' END AS role, 1 + 100000 // (i + 20) AS reply_count,
    1 + 90000 // (i + 20) AS ticket_answered_count, 1 AS first_response_count, 1 AS ticket_resolved_count,
    TIMESTAMP '2024-07-01' + to_hours((hash(i) % 17000)::BIGINT) AS first_contribution_at, first_contribution_at + to_hours((hash(i + 1) % 900)::BIGINT) AS last_contribution_at,
    first_contribution_at::DATE AS first_contribution_on, last_contribution_at::DATE AS last_contribution_on
FROM range(40000) AS r(i);

INSERT INTO marts.demand_type_weekly BY NAME
SELECT demand_type_id, name, DATE '2024-07-01' + 7 * i::INTEGER AS week_on, size // 104 AS tickets, size / 104 AS expected, size / 150 AS band_low, size / 80 AS band_high,
    0.01 AS p_value, hash(i, demand_type_id) % 97 = 0 AS is_alarm
FROM marts.demand_type, range(104) AS r(i);

INSERT INTO marts.support_model_metric BY NAME
SELECT demand_type_id, name AS demand_type, support_model, 'metric ' || i AS metric, ['share', 'seconds', 'points', 'cost'][1 + i % 4] AS unit, size // 4 AS n, 0.5 AS value, 0.4 AS low, 0.6 AS high
FROM (FROM marts.demand_type UNION ALL BY NAME SELECT 'all' AS demand_type_id, 'all demand types' AS name, {n} AS size) AS t, unnest(['community', 'paid', 'hybrid', 'partner']) AS m(support_model), range(24) AS r(i);

INSERT INTO marts.support_model_score BY NAME
SELECT demand_type_id, demand_type, support_model, any_value(n) AS tickets, any_value(n) AS resolved, 0.25 AS share, true AS is_comparable,
    0.4 + strlen(support_model) / 100 AS score, 0.3 AS score_low, 0.6 AS score_high, 'adjusted' AS score_basis, 0.5 AS score_unadjusted, 0.25 AS probability_best
FROM marts.support_model_metric GROUP BY ALL;

INSERT INTO marts.support_model_recommendation BY NAME
SELECT demand_type_id, name AS demand_type, size AS tickets, size / 24 AS tickets_per_month, 'paid' AS current_model, 'paid 60 %, hybrid 40 %' AS current_mix, 'hybrid' AS recommended_model,
    ['move', 'keep', 'self_service', 'not_enough_evidence'][1 + size % 4] AS action, 0.9 AS confidence, -10 AS cost_change_per_month, 'Because it is so.' AS sentence, example_ticket_ids[1] AS example_ticket_id
FROM marts.demand_type WHERE demand_type_id <> 'other';

INSERT INTO ops.access BY NAME
SELECT '2026-06-30:' || i AS access_id, TIMESTAMP '2026-06-01' + to_seconds(25 * i) AS accessed_at, accessed_at::DATE AS accessed_on, 'user-' || (i % 9) AS user_name, 'viewer' AS role,
    '127.0.0.1' AS client, 'pg' AS via, 'grafana' AS application, 'SELECT ?' AS statement, i % 500 AS row_count, (hash(i) % 1200)::BIGINT AS duration_ms,
    CASE WHEN i % 40 = 0 THEN '42501' ELSE 'ok' END AS outcome, i % 40 <> 0 AS is_ok
FROM range(100000) AS r(i);

INSERT INTO ops.run BY NAME
SELECT 'run-' || i AS run_id, 'run' AS verb, TIMESTAMP '2024-07-01 02:15:00' + to_days(i::INTEGER) AS started_at, started_at + INTERVAL 10 MINUTE AS ended_at, 600 AS duration_seconds,
    'done' AS outcome, 0 AS exit_status, 1400 AS records_landed, 7000000 AS bytes_landed
FROM range(730) AS r(i);

INSERT INTO ops.completeness BY NAME
SELECT ['helpdesk', 'oss', 'events'][1 + s % 3] AS source, 'stream-' || s AS stream, 'run-' || i AS run_id, TIMESTAMP '2024-07-01 02:20:00' + to_days(i::INTEGER) AS landed_at, true AS is_walk_complete,
    i = 729 AS is_latest, 500 AS landed, 500 AS staged, s % 2 AS rejected, 5 AS superseded, 1 AS excluded, 0 AS orphaned, 494 AS in_core, 0 AS unexplained, 0 AS missing_at_source, 0 AS missing_unexplained
FROM range(20) AS x(s), range(730) AS r(i);

INSERT INTO ops.source_freshness BY NAME
SELECT source, 'jira' AS source_kind, stream, max(landed_at) AS landed_at, max(landed_at) AS complete_at, max(landed_at) AS attempted_at, 'done' AS last_outcome, sum(landed)::BIGINT AS landed, 100 AS age_seconds, false AS is_stale
FROM ops.completeness GROUP BY ALL
