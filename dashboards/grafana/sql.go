package grafana

import (
	"fmt"
	"strings"
)

// What every query keeps to: published tables by their full names; NULL is
// chosen as 'none', so that All means all; nothing but a plain column is given to
// a macro ($__timeFilter ends at the first parenthesis); dates get their time
// zone only when they become a point of a chart; and a quotient has a double in
// it, since over the wire, as in PostgreSQL, whole numbers divide to whole ones.

// chosen is the condition that a row of marts.sla is among the five choices.
// list_contains and not IN: the engine looks a list up once for each different
// value and not for each of a million rows.
const chosen = chosenDaily + `
    AND list_contains([$priority], coalesce(priority, 'none'))`

// chosenTickets is the same for marts.ticket, which alone keeps deleted ones.
const chosenTickets = "NOT is_deleted\n    AND " + chosen

// chosenDaily is the same for marts.backlog_daily, which has no priorities.
const chosenDaily = `list_contains([$source], source)
    AND list_contains([$project], coalesce(project, 'none'))
    AND list_contains([$support_model], coalesce(support_model, 'none'))
    AND list_contains([$demand_type], coalesce(demand_type_id, 'none'))`

// noPriority ends the descriptions of panels over marts.backlog_daily.
const noPriority = " Not divided by priority: that choice has no effect here."

// midnight is the moment at which a day begins in the configured time zone.
func midnight(day string) string {
	return "timezone((SELECT timezone FROM ops.snapshot), " + day + "::TIMESTAMP)"
}

// dayOf is the day of a moment of ops.snapshot in the configured time zone.
func dayOf(moment string) string { return "timezone(timezone, timezone('UTC', " + moment + "))::DATE" }

// firstDay and lastDay are the configured time zone's days on which the period
// begins and ends.
const (
	firstDay = "timezone((SELECT timezone FROM ops.snapshot), $__timeFrom()::TIMESTAMPTZ)::DATE"
	lastDay  = "timezone((SELECT timezone FROM ops.snapshot), $__timeTo()::TIMESTAMPTZ)::DATE"
)

// inDays is the condition that a day is one of the period, its first and last one
// counting whole.
func inDays(day string) string { return day + " BETWEEN " + firstDay + " AND " + lastDay }

// inWeeks is the condition that a day lies in a week of the period, the first of
// which counts whole: half a week would look like a slump.
func inWeeks(day string) string {
	return day + " BETWEEN date_trunc('week', " + firstDay + ")::DATE AND " + lastDay
}

// weekOf is the Monday of a day's week.
func weekOf(day string) string { return "date_trunc('week', " + day + ")::DATE" }

// lastBacklogDay is the newest day of the backlog in the period.
func lastBacklogDay() string {
	return "(SELECT max(on_day) FROM marts.backlog_daily WHERE " + inDays("on_day") + ")"
}

// duration is something that takes time and may not have ended yet.
type duration struct {
	table    string
	week     string // of creation
	happened string // seconds until it happened, null when it has not
	censored string // seconds for which it is known not to have happened
}

const waited = "greatest(0, date_diff('second', created_at, as_of))"

func firstResponse() duration {
	return duration{"marts.ticket", weekOf("created_on"), "first_response_seconds", waited}
}

// A ticket may be resolved and nobody knows when: it is censored at the latest
// that can have been.
func resolution() duration {
	return duration{
		"marts.ticket", weekOf("created_on"), "resolution_seconds",
		"coalesce(CASE WHEN NOT is_open THEN open_seconds END, " + waited + ")",
	}
}

// workingTime is what the clocks of service agreements have counted.
func workingTime() duration {
	return duration{"marts.sla", weekOf("created_on"), "CASE WHEN NOT is_open THEN elapsed_seconds END", "elapsed_seconds"}
}

// group is a column by which estimates are made.
type group struct{ expression, name string }

// byWeek is common table expressions that end with "estimate": one row per week
// of creation, and what else is named, of the tickets that fulfil a condition,
// with tickets, events, p50_seconds and p90_seconds (null when not reached) and
// within_24h_share, by Kaplan and Meier (1958), exactly as in
// marts.response_weekly. Medians of its rows cannot be averaged over sources or
// types, therefore this goes back to the tickets.
//
// Up to the first censored time the estimate is the plain share, which a hash
// aggregate finds; and what lies beyond the last quantile only counts as being
// at risk. Both ends become one step each, so that few rows must be sorted; a
// group whose figures all lie before its first censored time has none. Steps know
// their group by a number, which sorts faster than its names.
func byWeek(d duration, where string, more ...group) string {
	return grouped(byWeekSQL, d, where, append([]group{{d.week, "week_on"}}, more...))
}

// pooled gives the same columns for groups that hold much of all tickets. Some of
// them are new and censored early, so all would have to be sorted; instead seconds
// are rounded up, to four digits over all tickets and to three in groups, which
// is what "14.7 hours" shows.
func pooled(d duration, where string, groups ...group) string {
	exact := 1000
	if len(groups) == 0 {
		groups, exact = []group{{"1", "everything"}}, 10_000
	}
	return strings.ReplaceAll(grouped(pooledSQL, d, where, groups), "{rounded}", rounded("seconds", exact))
}

// rounded keeps whole numbers below a power of ten and rounds larger ones up to as
// many digits as those have. 24 hours stay what they are.
func rounded(value string, limit int) string {
	return fmt.Sprintf(`CASE WHEN %[1]s < %[2]d THEN %[1]s WHEN %[1]s < %[2]d0 THEN (%[1]s + 9) // 10 * 10
    WHEN %[1]s < %[2]d00 THEN (%[1]s + 99) // 100 * 100 WHEN %[1]s < %[2]d000 THEN (%[1]s + 999) // 1000 * 1000
    ELSE (%[1]s + 9999) // 10000 * 10000 END`, value, limit)
}

func grouped(query string, d duration, where string, groups []group) string {
	var names, selected []string
	for _, g := range groups {
		names = append(names, g.name)
		selected = append(selected, g.expression+" AS "+g.name)
	}
	return strings.NewReplacer(
		"{selected}", strings.Join(selected, ", "), "{by}", strings.Join(names, ", "),
		"{table}", d.table, "{happened}", d.happened, "{censored}", d.censored, "{where}", where,
	).Replace(query)
}

const pooledSQL = `WITH observed AS (
  SELECT {selected}, {happened} IS NOT NULL AS is_event, coalesce({happened}, {censored}) AS seconds
  FROM {table}
  CROSS JOIN ops.snapshot
  WHERE {where}
),
counted AS MATERIALIZED (
  SELECT {by}, {rounded} AS seconds, count(*) FILTER (WHERE is_event) AS events, count(*) AS leaving
  FROM observed
  GROUP BY ALL
),
known AS MATERIALIZED (
  SELECT *, row_number() OVER (ORDER BY {by}) AS group_no FROM (SELECT DISTINCT {by} FROM counted) AS groups
),
risk AS (
  SELECT group_no, seconds, events, leaving,
    sum(leaving::DOUBLE) OVER (PARTITION BY group_no ORDER BY seconds DESC) AS at_risk
  FROM counted
  INNER JOIN known USING ({by})
),
curve AS (
  SELECT *, product(1 - events / at_risk) OVER (PARTITION BY group_no ORDER BY seconds) AS survival FROM risk
),
estimate AS (
  SELECT {by}, sum(leaving)::BIGINT AS tickets, sum(events)::BIGINT AS events,
    min(seconds) FILTER (WHERE survival <= 0.5 + 1e-9) AS p50_seconds,
    min(seconds) FILTER (WHERE survival <= 0.1 + 1e-9) AS p90_seconds,
    CASE WHEN max(seconds) >= 86400 OR sum(events) > 0
      THEN 1 - coalesce(min(survival) FILTER (WHERE seconds <= 86400), 1) END AS within_24h_share
  FROM curve
  INNER JOIN known USING (group_no)
  GROUP BY {by}
)`

const byWeekSQL = `WITH observed AS MATERIALIZED (
  SELECT {selected}, {happened} AS happened, coalesce({happened}, {censored}) AS seconds
  FROM {table}
  CROSS JOIN ops.snapshot
  WHERE {where}
),
early AS MATERIALIZED (
  SELECT *, row_number() OVER (ORDER BY {by}) AS group_no, quantile[1] AS q50, quantile[2] AS q90,
    q90 > censored_from OR censored_from < 86400 AS is_open
  FROM (
    SELECT {by}, count(*) AS tickets, max(seconds) AS longest, count(happened) AS events,
      count(*) FILTER (WHERE happened <= 86400) AS day_events,
      coalesce(min(seconds) FILTER (WHERE happened IS NULL), 1000000000000) AS censored_from,
      quantile_disc(coalesce(happened, 1000000000000), [0.5, 0.9]) AS quantile
    FROM observed
    GROUP BY ALL
  ) AS counted
),
beyond AS MATERIALIZED (
  SELECT group_no, least(seconds, q90 + 86401) AS seconds,
    count(happened) FILTER (WHERE seconds <= q90 + 86400) AS events, count(happened) AS all_events, count(*) AS leaving
  FROM observed
  INNER JOIN (SELECT {by}, group_no, censored_from, q90 FROM early WHERE is_open) AS open USING ({by})
  WHERE seconds > censored_from
  GROUP BY ALL
),
step AS (
  SELECT group_no, seconds, events, leaving FROM beyond
  UNION ALL
  SELECT group_no, censored_from, early.events - coalesce(later.events, 0), tickets - coalesce(later.leaving, 0)
  FROM early
  LEFT JOIN (SELECT group_no, sum(all_events)::BIGINT AS events, sum(leaving)::BIGINT AS leaving FROM beyond GROUP BY ALL) AS later USING (group_no)
  WHERE is_open
),
risk AS (
  SELECT *, sum(leaving::DOUBLE) OVER (PARTITION BY group_no ORDER BY seconds DESC) AS at_risk FROM step
),
curve AS (
  SELECT *, product(1 - events / at_risk) OVER (PARTITION BY group_no ORDER BY seconds) AS survival FROM risk
),
late AS (
  SELECT group_no,
    min(seconds) FILTER (WHERE survival <= 0.5 + 1e-9) AS p50,
    min(seconds) FILTER (WHERE survival <= 0.1 + 1e-9) AS p90,
    min(survival) FILTER (WHERE seconds <= 86400) AS unanswered_24h
  FROM curve
  GROUP BY ALL
),
estimate AS (
  SELECT {by}, tickets, events,
    CASE WHEN q50 <= censored_from AND events > 0 THEN q50 ELSE p50 END AS p50_seconds,
    CASE WHEN q90 <= censored_from AND events > 0 THEN q90 ELSE p90 END AS p90_seconds,
    CASE WHEN longest < 86400 AND events = 0 THEN NULL
      WHEN censored_from >= 86400 THEN day_events::DOUBLE / tickets
      ELSE 1 - unanswered_24h END AS within_24h_share
  FROM early
  LEFT JOIN late USING (group_no)
)`

// byWeekSeries is a chart's query of estimates by week; values are its columns.
func byWeekSeries(d duration, where, values string) string {
	return fmt.Sprintf("%s\nSELECT %s AS time, %s\nFROM estimate\nORDER BY time", byWeek(d, where), midnight("week_on"), values)
}

// rankedSeries is a chart's query with one series for each of the largest groups
// of a query with the columns week_on, name, size and value; the size orders
// them, and their rank gives them their colour.
func rankedSeries(with, from, value string) string {
	return fmt.Sprintf(`%s,
place AS (
  SELECT name, row_number() OVER (ORDER BY sum(size) DESC, name) AS place FROM %s GROUP BY name
)
SELECT %s AS time, place || ' · ' || name AS metric, %s AS value
FROM %s
INNER JOIN place USING (name)
WHERE place <= 7
ORDER BY time, metric`, with, from, midnight("week_on"), value, from)
}

// ticketLink is the page of a row of marts.ticket at its source, or where the
// source has none, the ticket in the explorer.
func ticketLink(alias string) string {
	return "coalesce(" + alias + ".url, '/d/ticketmill-tickets?var-search=' || url_encode(" + alias + ".ticket_key))"
}
