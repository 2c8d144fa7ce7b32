package report

import (
	"strings"
	"time"
)

// Every statement that the report runs stands here. They read the published
// names only; they divide doubles, since a serving engine may divide integers as
// PostgreSQL does; and they return BIGINT, DOUBLE, VARCHAR, BOOLEAN, DATE or
// TIMESTAMP, in an order without ties.

// span is the days that the statements are about.
type span struct {
	period, before Period
	since          time.Time // the Monday of the first week shown
}

// sql puts the days into a statement.
func (s span) sql(statement string) string {
	day := func(t time.Time) string { return "DATE '" + t.Format(time.DateOnly) + "'" }
	return strings.NewReplacer(
		"{from}", day(s.period.From), "{to}", day(s.period.To),
		"{then_from}", day(s.before.From), "{then_to}", day(s.before.To),
		"{since}", day(s.since),
	).Replace(strings.ReplaceAll(statement, "{parts}", partsSQL))
}

const partsSQL = `part(part, from_on, to_on) AS (VALUES ('now', {from}, {to}), ('then', {then_from}, {then_to}))`

// tablesSQL lists what is published.
const tablesSQL = `SELECT table_schema || '.' || table_name AS table_name
FROM information_schema.tables
WHERE table_schema IN ('marts', 'ops')
ORDER BY table_name`

const snapshotSQL = `SELECT generation, as_of, timezone FROM ops.snapshot`

// flowSQL counts what came in and went out, and what stood open at the end of
// the period or of the snapshot, whichever is earlier.
const flowSQL = `WITH {parts},
ended AS (
  SELECT part, from_on, to_on, least(to_on, (SELECT max(on_day) FROM marts.backlog_daily)) AS end_on FROM part
)
SELECT p.part,
  sum(b.opened)::DOUBLE AS opened,
  sum(b.resolved)::DOUBLE AS resolved,
  sum(b.reopened)::DOUBLE AS reopened,
  (sum(b.backlog) FILTER (WHERE b.on_day = p.end_on))::DOUBLE AS backlog
FROM ended AS p
INNER JOIN marts.backlog_daily AS b ON b.on_day BETWEEN p.from_on AND p.to_on
GROUP BY p.part
ORDER BY p.part`

// groupsSQL are the groups that the cohort of a period is looked at by.
const groupsSQL = `grouping_(dimension) AS (VALUES ('all'), ('support_model'), ('priority'))`

// groupSQL is the group of ticket t in dimension g.
const groupSQL = `CASE g.dimension WHEN 'support_model' THEN coalesce(t.support_model, 'none')
    WHEN 'priority' THEN coalesce(t.priority, 'none') ELSE 'all' END`

// observedSQL is how long ticket t has waited or was waited for, by metric m. One
// resolved nobody knows when is censored at the latest it can have been.
const observedSQL = `m.metric,
    CASE m.metric WHEN 'first_response' THEN t.first_response_at IS NOT NULL ELSE t.resolved_at IS NOT NULL END AS is_event,
    CASE m.metric
      WHEN 'first_response' THEN coalesce(t.first_response_seconds, greatest(0, date_diff('second', t.created_at, s.as_of)))
      ELSE coalesce(t.resolution_seconds, CASE WHEN NOT t.is_open THEN t.open_seconds END,
        greatest(0, date_diff('second', t.created_at, s.as_of)))
    END AS seconds`

// estimatesSQL goes on from "observed" to "estimate", with tickets, events,
// p50_seconds, p90_seconds (null when not reached) and within_24h_share (null for
// a cohort too young to know) by Kaplan and Meier (1958), exactly as
// marts.response_weekly. {by} are the columns that identify a group.
const estimatesSQL = `step AS (
  SELECT {by}, seconds, count(*) FILTER (WHERE is_event) AS events, count(*) AS leaving
  FROM observed
  GROUP BY ALL
),
risk AS (
  SELECT *, sum(leaving) OVER (PARTITION BY {by} ORDER BY seconds DESC) AS at_risk FROM step
),
curve AS (
  SELECT *, product(1 - events::DOUBLE / at_risk::DOUBLE) OVER (PARTITION BY {by} ORDER BY seconds) AS survival
  FROM risk
),
estimate AS (
  SELECT {by},
    sum(leaving)::BIGINT AS tickets,
    sum(events)::BIGINT AS events,
    (min(seconds) FILTER (WHERE survival <= 0.5 + 1e-9))::DOUBLE AS p50_seconds,
    (min(seconds) FILTER (WHERE survival <= 0.1 + 1e-9))::DOUBLE AS p90_seconds,
    CASE WHEN max(seconds) >= 86400 OR sum(events) > 0
      THEN round(1 - coalesce(min(survival) FILTER (WHERE seconds <= 86400), 1), 9) END AS within_24h_share
  FROM curve
  GROUP BY {by}
)`

// cohortSQL estimates the responsiveness of the periods' cohorts by group.
func cohortSQL() string {
	return `WITH {parts}, ` + groupsSQL + `,
observed AS (
  SELECT p.part, g.dimension, ` + groupSQL + ` AS member, ` + observedSQL + `
  FROM marts.ticket AS t
  INNER JOIN part AS p ON t.created_on BETWEEN p.from_on AND p.to_on
  CROSS JOIN ops.snapshot AS s
  CROSS JOIN grouping_ AS g
  CROSS JOIN (VALUES ('first_response'), ('resolution')) AS m(metric)
  WHERE NOT t.is_deleted
),
` + strings.ReplaceAll(estimatesSQL, "{by}", "part, dimension, member, metric") + `
SELECT r.part, r.dimension, r.member, r.tickets,
  r.tickets - r.events AS unanswered, e.tickets - e.events AS unresolved,
  r.within_24h_share AS answered_24h_share,
  r.p50_seconds AS first_p50, r.p90_seconds AS first_p90,
  e.p50_seconds AS resolution_p50
FROM estimate AS r
INNER JOIN estimate AS e ON r.part = e.part AND r.dimension = e.dimension AND r.member = e.member
WHERE r.metric = 'first_response' AND e.metric = 'resolution'
ORDER BY r.part, r.dimension, r.tickets DESC, r.member`
}

// qualitySQL is what the periods' cohorts say of quality.
const qualitySQL = `WITH {parts}
SELECT p.part,
  round(avg(t.satisfaction_score), 6)::DOUBLE AS satisfaction,
  count(t.satisfaction_score) AS surveys,
  (count(*) FILTER (WHERE t.is_reopened))::DOUBLE / count(*)::DOUBLE AS reopen_rate
FROM marts.ticket AS t
INNER JOIN part AS p ON t.created_on BETWEEN p.from_on AND p.to_on
WHERE NOT t.is_deleted
GROUP BY p.part
ORDER BY p.part`

// slaSQL counts the clocks of the periods' cohorts by group.
func slaSQL() string {
	return `WITH {parts}, ` + groupsSQL + `
SELECT p.part, g.dimension, ` + groupSQL + ` AS member,
  count(*) FILTER (WHERE a.state = 'met') AS met,
  count(*) FILTER (WHERE a.state = 'breached') AS breached,
  count(*) FILTER (WHERE a.state = 'met' AND a.metric = 'first_response') AS met_first,
  count(*) FILTER (WHERE a.state = 'breached' AND a.metric = 'first_response') AS breached_first,
  count(*) FILTER (WHERE a.state = 'met' AND a.metric = 'resolution') AS met_resolution,
  count(*) FILTER (WHERE a.state = 'breached' AND a.metric = 'resolution') AS breached_resolution
FROM marts.sla AS a
INNER JOIN marts.ticket AS t ON a.ticket_id = t.ticket_id
INNER JOIN part AS p ON t.created_on BETWEEN p.from_on AND p.to_on
CROSS JOIN grouping_ AS g
GROUP BY ALL
ORDER BY p.part, g.dimension, member`
}

// policiesSQL counts the clocks of the period's cohort by policy.
const policiesSQL = `SELECT a.policy, a.metric, a.calendar, min(a.target_seconds)::DOUBLE AS target_seconds,
  count(*) FILTER (WHERE a.state = 'met') AS met,
  count(*) FILTER (WHERE a.state = 'breached') AS breached,
  count(*) FILTER (WHERE a.state = 'running') AS running,
  count(*) FILTER (WHERE a.state = 'paused') AS paused
FROM marts.sla AS a
INNER JOIN marts.ticket AS t ON a.ticket_id = t.ticket_id
WHERE t.created_on BETWEEN {from} AND {to}
GROUP BY a.policy, a.metric, a.calendar
ORDER BY a.policy, a.metric, a.calendar`

// weeksSQL counts by week, and gives the backlog at each whole week's end.
const weeksSQL = `SELECT date_trunc('week', on_day)::DATE AS week_on,
  sum(opened)::BIGINT AS opened, sum(resolved)::BIGINT AS resolved,
  (sum(backlog) FILTER (WHERE on_day = date_trunc('week', on_day)::DATE + 6))::BIGINT AS backlog
FROM marts.backlog_daily
WHERE on_day BETWEEN {since} AND {to} + 6
GROUP BY ALL
HAVING backlog IS NOT NULL
ORDER BY week_on`

// weeklySQL estimates the responsiveness of each week's cohort.
func weeklySQL() string {
	return `WITH observed AS (
  SELECT date_trunc('week', t.created_on)::DATE AS week_on, ` + observedSQL + `
  FROM marts.ticket AS t
  CROSS JOIN ops.snapshot AS s
  CROSS JOIN (VALUES ('first_response')) AS m(metric)
  WHERE t.created_on BETWEEN {since} AND {to} + 6 AND NOT t.is_deleted
),
` + strings.ReplaceAll(estimatesSQL, "{by}", "week_on") + `
SELECT week_on, within_24h_share AS answered_24h_share, p50_seconds AS first_p50
FROM estimate
ORDER BY week_on`
}

// typesSQL counts the demand types' tickets in both periods.
const typesSQL = `WITH {parts},
counted AS (
  SELECT t.demand_type_id,
    count(*) FILTER (WHERE p.part = 'now') AS tickets,
    count(*) FILTER (WHERE p.part = 'then') AS tickets_then
  FROM marts.ticket AS t
  INNER JOIN part AS p ON t.created_on BETWEEN p.from_on AND p.to_on
  WHERE t.demand_type_id IS NOT NULL AND NOT t.is_deleted
  GROUP BY t.demand_type_id
)
SELECT d.demand_type_id, d.name, c.tickets, c.tickets_then, d.trend
FROM counted AS c
INNER JOIN marts.demand_type AS d ON c.demand_type_id = d.demand_type_id
WHERE NOT coalesce(d.is_hidden, false)
ORDER BY c.tickets DESC, d.demand_type_id`

// emergingSQL finds the types that are new, or beyond their band in the period.
const emergingSQL = `WITH alarm AS (
  SELECT demand_type_id, count(*) FILTER (WHERE is_alarm) AS alarms
  FROM marts.demand_type_weekly
  WHERE week_on BETWEEN {from} - 6 AND {to}
  GROUP BY demand_type_id
),
asked AS (
  SELECT demand_type_id, count(*) AS tickets FROM marts.ticket WHERE created_on BETWEEN {from} AND {to} AND NOT is_deleted GROUP BY ALL
)
SELECT d.name, array_to_string(d.keywords[1:6], ', ') AS keywords, d.first_seen_on,
  coalesce(k.tickets, 0) AS tickets, coalesce(a.alarms, 0) AS alarms, coalesce(d.is_emerging, false) AS is_emerging
FROM marts.demand_type AS d
LEFT JOIN alarm AS a ON d.demand_type_id = a.demand_type_id
LEFT JOIN asked AS k ON d.demand_type_id = k.demand_type_id
WHERE d.demand_type_id <> 'other' AND NOT coalesce(d.is_hidden, false)
  AND d.first_seen_on <= {to} AND (coalesce(d.is_emerging, false) OR a.alarms > 0)
ORDER BY is_emerging DESC, alarms DESC, tickets DESC, d.demand_type_id`

// scoresSQL reads the scores, all demand types first, then by tickets.
const scoresSQL = `SELECT demand_type_id, demand_type, support_model, tickets::BIGINT AS tickets,
  CASE WHEN NOT is_comparable THEN not_comparable_because END AS not_comparable_because,
  score::DOUBLE AS score, score_low::DOUBLE AS score_low, score_high::DOUBLE AS score_high,
  score_unadjusted::DOUBLE AS score_unadjusted, probability_best::DOUBLE AS probability_best,
  answered_24h_share::DOUBLE AS answered, answered_24h_share_adjusted::DOUBLE AS answered_adjusted,
  resolution_mean_seconds::DOUBLE AS resolution, resolution_mean_seconds_adjusted::DOUBLE AS resolution_adjusted,
  first_response_mean_seconds::DOUBLE AS first_response, first_response_mean_seconds_adjusted::DOUBLE AS first_response_adjusted,
  reopen_rate::DOUBLE AS reopened, reopen_rate_adjusted::DOUBLE AS reopened_adjusted,
  cost_per_ticket::DOUBLE AS cost, cost_per_ticket_adjusted::DOUBLE AS cost_adjusted
FROM marts.support_model_score
ORDER BY demand_type_id <> 'all', sum(tickets) OVER (PARTITION BY demand_type_id) DESC, demand_type_id,
  score DESC NULLS LAST, support_model`

// recommendationsSQL reads the recommendations, what to change first.
const recommendationsSQL = `SELECT demand_type_id, demand_type, sentence, action, current_model, recommended_model, current_mix,
  tickets_per_month::DOUBLE AS tickets_per_month, confidence::DOUBLE AS confidence,
  first_response_change_seconds::DOUBLE AS first_response_change, resolution_change_seconds::DOUBLE AS resolution_change,
  cost_change_per_month::DOUBLE AS cost_change
FROM marts.support_model_recommendation
ORDER BY CASE action WHEN 'move' THEN 1 WHEN 'self_service' THEN 2 WHEN 'keep' THEN 3 ELSE 4 END,
  tickets_per_month DESC NULLS LAST, demand_type_id`

// freshnessSQL sums up the sources: as fresh as their oldest stream.
const freshnessSQL = `SELECT source, any_value(source_kind) AS source_kind, count(*) AS streams,
  count(*) FILTER (WHERE is_stale) AS stale,
  min(complete_at) AS complete_at, max(age_seconds)::DOUBLE AS age_seconds
FROM ops.source_freshness
GROUP BY source
ORDER BY source`

const checksSQL = `SELECT "check" AS name, what, offenses::BIGINT AS offenses FROM ops.check ORDER BY name`

// completenessSQL says where each source's records went, over all runs.
const completenessSQL = `SELECT source, sum(landed)::BIGINT AS landed, sum(in_core)::BIGINT AS in_core,
  sum(rejected)::BIGINT AS rejected, sum(excluded)::BIGINT AS excluded, sum(orphaned)::BIGINT AS orphaned,
  sum(superseded)::BIGINT AS superseded, sum(unexplained)::BIGINT AS unexplained,
  (sum(missing_at_source) FILTER (WHERE is_latest))::BIGINT AS missing_at_source,
  string_agg(reject_reasons, '; ' ORDER BY reject_reasons) AS reject_reasons
FROM ops.completeness
GROUP BY source
ORDER BY source`
