package grafana

// weekChanges is the one table of what changed since last week.
func weekChanges() *panel {
	return rows("What changed since last week",
		"The last seven whole days of the period beside the seven before. Tickets opened, resolved and reopened are counted by their day; "+
			"the backlog is that at the end of each week; responses and resolutions are those of the tickets created in the week, the open ones counted as waiting (Kaplan–Meier); "+
			"SLA breaches are the clocks that passed their target in the week; satisfaction is the mean of the surveys of the week's tickets. "+
			"Below: the five demand types whose number of new tickets changed most.",
		changesSQL(),
		text("What").width(330), text("This week").with(property("custom.align", "right")),
		text("Week before").with(property("custom.align", "right")),
		share("Change").coloured("transparent"), text("Definition").wrapped()).size(24, 13)
}

// created is the condition that a ticket was created in either week.
const created = "created_on BETWEEN (SELECT last_day - 13 FROM edge) AND (SELECT last_day FROM edge)\n    AND " + chosenTickets

const isNow = "created_on > (SELECT last_day - 7 FROM edge)"

// changesSQL ends with yesterday: a part of a day would look like a slump.
func changesSQL() string {
	return `WITH edge AS (
  SELECT least(` + lastBacklogDay() + `, ` + dayOf("as_of") + ` - 1) AS last_day
  FROM ops.snapshot
),
flow AS (
  SELECT on_day > last_day - 7 AS is_now, sum(opened) AS opened, sum(resolved) AS resolved, sum(reopened) AS reopened,
    sum(backlog) FILTER (WHERE on_day IN (last_day, last_day - 7)) AS backlog
  FROM marts.backlog_daily
  CROSS JOIN edge
  WHERE on_day BETWEEN last_day - 13 AND last_day
    AND ` + chosenDaily + `
  GROUP BY ALL
),
response AS (
  ` + pooled(firstResponse(), created, group{isNow, "is_now"}) + `
  SELECT * FROM estimate
),
resolving AS (
  ` + pooled(resolution(), created, group{isNow, "is_now"}) + `
  SELECT * FROM estimate
),
survey AS (
  SELECT created_on > last_day - 7 AS is_now, avg(satisfaction_score) AS score
  FROM marts.ticket
  CROSS JOIN edge
  WHERE ` + created + `
  GROUP BY ALL
),
breach AS (
  SELECT breach_on > last_day - 7 AS is_now, count(*) AS breaches
  FROM marts.sla
  CROSS JOIN edge
  WHERE breach_on BETWEEN last_day - 13 AND last_day
    AND state = 'breached'
    AND ` + chosen + `
  GROUP BY ALL
),
asked AS (
  SELECT created_on > last_day - 7 AS is_now, coalesce(demand_type, 'none') AS name, count(*) AS tickets
  FROM marts.ticket
  CROSS JOIN edge
  WHERE ` + created + `
  GROUP BY ALL
),
mover AS (
  SELECT name, row_number() OVER (ORDER BY abs(sum(CASE WHEN is_now THEN tickets ELSE -tickets END)) DESC, name) AS place
  FROM asked
  GROUP BY name
),
measure AS (
  SELECT 1 AS place, 'Tickets opened' AS what, 'tickets' AS unit, 'created in the week' AS definition, is_now, opened::DOUBLE AS value FROM flow
  UNION ALL
  SELECT 2, 'Tickets resolved', 'tickets', 'turned resolved in the week', is_now, resolved::DOUBLE FROM flow
  UNION ALL
  SELECT 3, 'Tickets reopened', 'tickets', 'turned from resolved to open in the week', is_now, reopened::DOUBLE FROM flow
  UNION ALL
  SELECT 4, 'Open backlog', 'tickets', 'not resolved at the end of the week', is_now, backlog::DOUBLE FROM flow
  UNION ALL
  SELECT 5, 'Answered within 24 hours', 'share', 'of the tickets created in the week', is_now, within_24h_share FROM response
  UNION ALL
  SELECT 6, 'Median first response', 'hours', 'of the tickets created in the week, not reached while fewer than half are answered', is_now, p50_seconds::DOUBLE FROM response
  UNION ALL
  SELECT 7, 'Median resolution', 'hours', 'of the tickets created in the week, not reached while fewer than half are resolved', is_now, p50_seconds::DOUBLE FROM resolving
  UNION ALL
  SELECT 8, 'SLA breaches', 'tickets', 'clocks that passed their target in the week', is_now, breaches::DOUBLE FROM breach
  UNION ALL
  SELECT 9, 'Satisfaction', 'points', 'mean of the surveys, 1 to 5, of the tickets created in the week', is_now, score FROM survey
  UNION ALL
  SELECT 9 + place, 'New tickets: ' || name, 'tickets', 'created in the week, of this demand type', is_now, tickets::DOUBLE
  FROM asked
  INNER JOIN mover USING (name)
  WHERE place <= 5
),
beside AS (
  SELECT place, what, unit, definition,
    coalesce(max(value) FILTER (WHERE is_now), CASE WHEN unit = 'tickets' THEN 0 END) AS now,
    coalesce(max(value) FILTER (WHERE NOT is_now), CASE WHEN unit = 'tickets' THEN 0 END) AS before
  FROM measure
  GROUP BY place, what, unit, definition
)
SELECT
  what AS "What",
  ` + written("now") + ` AS "This week",
  ` + written("before") + ` AS "Week before",
  (now - before) / nullif(before, 0) AS "Change",
  definition AS "Definition"
FROM beside
ORDER BY place`
}

// written is a measure with its unit as text: one column holds several units.
func written(value string) string {
	return `CASE unit
    WHEN 'tickets' THEN ` + value + `::BIGINT::VARCHAR
    WHEN 'share' THEN coalesce(round(100 * ` + value + `, 1)::VARCHAR || ' %', 'unknown')
    WHEN 'hours' THEN coalesce(round(` + value + ` / 3600, 1)::VARCHAR || ' h', 'not reached')
    ELSE coalesce(round(` + value + `, 2)::VARCHAR, 'no surveys')
  END`
}
