package grafana

func slaStates() *panel {
	return rows("By policy and clock", "SLA clocks of the period's tickets: target and elapsed time run in the policy's calendar, pauses while the ticket waits for the customer left out. Met: stopped in time; breached: past the target, open tickets included; met share: of the decided ones.",
		`SELECT
  policy AS "Policy",
  CASE metric WHEN 'first_response' THEN 'First response' ELSE 'Resolution' END AS "Clock",
  calendar AS "Calendar",
  any_value(target_seconds) AS "Target",
  count(*) FILTER (WHERE state = 'met') AS "Met",
  count(*) FILTER (WHERE state = 'breached') AS "Breached",
  count(*) FILTER (WHERE state = 'running') AS "Running",
  count(*) FILTER (WHERE state = 'paused') AS "Paused",
  avg(CASE state WHEN 'met' THEN 1 WHEN 'breached' THEN 0 END) AS "Met share"
FROM marts.sla
WHERE `+periodClocks+`
GROUP BY policy, metric, calendar
ORDER BY policy, metric`,
		text("Policy"), text("Clock"), text("Calendar"), seconds("Target"), count("Met"), count("Breached"), count("Running"), count("Paused"),
		share("Met share").coloured(colourBad, step{0.8, colourWarn}, step{0.95, colourGood})).size(24, 7).empty("no SLA configured")
}

func breachChart() *panel {
	return chart("Breaches by week", "SLA clocks that passed their target, by the week in which they did, for first responses and resolutions.", unitCount,
		`SELECT `+midnight("week_on")+` AS time, metric, count(*) AS value
FROM (
  SELECT `+weekOf("breach_on")+` AS week_on,
    CASE metric WHEN 'first_response' THEN 'First response' ELSE 'Resolution' END AS metric
  FROM marts.sla
  WHERE state = 'breached'
    AND `+inWeeks("breach_on")+`
    AND `+chosen+`
) AS breaches
GROUP BY ALL
ORDER BY time, metric`).series("First response", "Resolution").stacked().empty("no breaches in this period")
}

// clockColumns are those of the two tables of single clocks.
func clockColumns() []column {
	return []column{
		text("Ticket").link("Open the ticket", "${__data.fields.link:raw}", true).width(140), text("Title").width(380),
		text("Clock"), text("Policy"), text("Priority"), text("Support model"), seconds("Target"), seconds("Elapsed"),
		seconds("Left").coloured(colourBad, step{0, colourWarn}, step{14400, "transparent"}), when("Breach"), hidden("link"),
	}
}

func clockTable(where, order string) string {
	return `SELECT
  t.ticket_key AS "Ticket",
  t.title_redacted AS "Title",
  CASE s.metric WHEN 'first_response' THEN 'First response' ELSE 'Resolution' END AS "Clock",
  s.policy AS "Policy",
  s.priority AS "Priority",
  s.support_model AS "Support model",
  s.target_seconds AS "Target",
  s.elapsed_seconds AS "Elapsed",
  s.remaining_seconds AS "Left",
  s.breach_at AS "Breach",
  ` + ticketLink("t") + ` AS link
FROM (
  SELECT *
  FROM marts.sla
  WHERE ` + where + `
    AND ` + chosen + `
  ORDER BY ` + order + `
  LIMIT 50
) AS s
INNER JOIN marts.ticket AS t ON s.ticket_id = t.ticket_id
ORDER BY s.` + order
}

func nextBreaches() *panel {
	return rows("What will breach next", "Running clocks of open tickets in the order in which they pass their target, whenever created, at most 50: target, elapsed and left are working time in the policy's calendar; breach is the moment by the clock if nothing happens.",
		clockTable("state = 'running'", "breach_at"), clockColumns()...).size(24, 10).empty("no clock is running")
}

func openBreaches() *panel {
	return rows("Breached and still open", "Clocks past their target that have not stopped, at most 50, the worst first: left is negative by how much working time they are over.",
		clockTable("state = 'breached' AND is_open", "remaining_seconds"), clockColumns()...).size(24, 10).empty("nothing is over its target")
}

// clocks are the period's service clocks of one metric.
func clocks(metric, period string) string { return "metric = '" + metric + "'\n    AND " + period }

func businessNumbers() *panel {
	return number("In working time", "Half of the clocks that the period's tickets have under a service agreement stop within this working time of the policy's calendar, pauses left out. Clocks that still run count as running (Kaplan–Meier).",
		unitSeconds, `SELECT f.p50_seconds AS "First response, median", r.p50_seconds AS "Resolution, median"
FROM (
  `+pooled(workingTime(), clocks("first_response", periodClocks))+`
  SELECT * FROM estimate
) AS f
FULL JOIN (
  `+pooled(workingTime(), clocks("resolution", periodClocks))+`
  SELECT * FROM estimate
) AS r ON f.everything = r.everything`).size(8, 8).empty("no ticket has a calendar")
}

func businessChart() *panel {
	return chart("Time to first response in working time", "By week of creation: working time of the policy's calendar within which half and nine tenths of the tickets under a service agreement get their first response (Kaplan–Meier).", unitSeconds,
		byWeekSeries(workingTime(), clocks("first_response", weekClocks()), `p50_seconds AS "Median", p90_seconds AS "90 %"`)).
		series("Median", "90 %").size(16, 8).empty("no ticket has a calendar")
}
