package grafana

// overview is for those who have a minute: is support keeping up?
func overview() *board {
	return &board{
		uid: "ticketmill-overview", title: "Support overview",
		description: "Is support keeping up: backlog, response, resolution, service levels, satisfaction, and what has changed.",
		variables:   filters(),
		sections: []section{
			banner(),
			{"Now and over the period", overviewNumbers()},
			{"What changed", []*panel{weekChanges()}},
			{"Backlog", []*panel{backlogChart(), flowChart(), ageChart(), openByModel()}},
			{"Response and satisfaction", []*panel{responseChart(), within24Chart(), slaChart(), satisfactionChart()}},
		},
	}
}

// periodTickets are the tickets created in the period, periodClocks their clocks.
const (
	periodTickets = "$__timeFilter(created_at)\n    AND " + chosenTickets
	periodClocks  = "$__timeFilter(created_at)\n    AND " + chosen
)

// weekTickets are the tickets created in the weeks of the period, weekClocks their
// clocks.
func weekTickets() string { return inWeeks("created_on") + "\n    AND " + chosenTickets }
func weekClocks() string  { return inWeeks("created_on") + "\n    AND " + chosen }

func overviewNumbers() []*panel {
	return []*panel{
		number("Backlog", "Tickets not resolved at the end of the period's last day, reopened ones included."+noPriority, unitCount,
			`SELECT sum(backlog)::BIGINT AS "Open"
FROM marts.backlog_daily
WHERE on_day = `+lastBacklogDay()+`
    AND `+chosenDaily),
		number("Median age", "Median time since the creation of the tickets that are open now, whenever created.", unitSeconds,
			`SELECT median(date_diff('second', created_at, as_of)) AS "Median age"
FROM marts.ticket
CROSS JOIN ops.snapshot
WHERE is_open
    AND `+chosenTickets),
		number("Opened", "Tickets created in the period, of whatever state they are now.", unitCount,
			`SELECT count(*) AS "Opened"
FROM marts.ticket
WHERE `+periodTickets),
		number("Resolved", "How often a ticket turned resolved on the days of the period, whenever it was created, as in the report; one that is reopened and resolved anew counts again."+noPriority, unitCount,
			`SELECT coalesce(sum(resolved), 0)::BIGINT AS "Resolved"
FROM marts.backlog_daily
WHERE `+inDays("on_day")+`
    AND `+chosenDaily),
		number("Answered in 24 hours",
			"Share of the period's tickets with a first response within 24 hours of creation: a public comment by a human other than the reporter. "+
				"Tickets that have waited for less count for as long as they have (Kaplan–Meier).", unitShare,
			pooled(firstResponse(), periodTickets)+"\nSELECT within_24h_share AS \"Answered in 24 h\" FROM estimate").decimals(1),
		number("First response, median",
			"Half of the period's tickets get their first response within this time. Unanswered ones count as still waiting (Kaplan–Meier), so that it does not flatter.",
			unitSeconds, pooled(firstResponse(), periodTickets)+"\nSELECT p50_seconds AS \"Median\" FROM estimate").missing("not reached yet"),
		number("Resolution, median",
			"Half of the period's tickets are resolved within this time of creation. Open ones count as still waiting (Kaplan–Meier).",
			unitSeconds, pooled(resolution(), periodTickets)+"\nSELECT p50_seconds AS \"Median\" FROM estimate").missing("not reached yet"),
		number("SLA met", "Share of the decided service-level clocks of the period's tickets that were met; an open ticket past its target is breached.", unitShare,
			`SELECT avg(CASE state WHEN 'met' THEN 1 WHEN 'breached' THEN 0 END) AS "SLA met"
FROM marts.sla
WHERE `+periodClocks).decimals(1).thresholds(colourBad, step{0.8, colourWarn}, step{0.95, colourGood}).empty("no SLA configured"),
		number("Satisfaction", "Mean of the surveys' scores, 1 to 5, of the period's tickets; tickets without a survey do not count.", unitPoints,
			`SELECT avg(satisfaction_score) AS "Satisfaction"
FROM marts.ticket
WHERE `+periodTickets).decimals(2).empty("no surveys"),
		number("Reopened", "Share of the period's tickets that were resolved and then opened again at least once.", unitShare,
			`SELECT avg(CASE WHEN is_reopened THEN 1 ELSE 0 END) AS "Reopened"
FROM marts.ticket
WHERE `+periodTickets).decimals(1),
		number("One touch", "Share of the period's resolved tickets that took exactly one public reply by an agent.", unitShare,
			`SELECT avg(CASE WHEN is_open THEN NULL WHEN is_one_touch THEN 1 ELSE 0 END) AS "One touch"
FROM marts.ticket
WHERE `+periodTickets).decimals(1),
		number("Still unanswered", "Open tickets of the period without any first response yet.", unitCount,
			`SELECT count(*) AS "Unanswered"
FROM marts.ticket
WHERE is_open AND first_response_at IS NULL
    AND `+periodTickets),
	}
}

func backlogChart() *panel {
	return chart("Open backlog", "Tickets not resolved at the end of each day, by source; the largest seven."+noPriority, unitCount,
		rankedSeries(`WITH daily AS (
  SELECT on_day AS week_on, source AS name, sum(backlog)::BIGINT AS size
  FROM marts.backlog_daily
  WHERE `+inDays("on_day")+`
    AND `+chosenDaily+`
  GROUP BY ALL
)`, "daily", "size")).override(ranked()...)
}

func flowChart() *panel {
	return chart("Opened and resolved", "Tickets created, resolved and reopened a week. Opened less resolved plus reopened is the change of the backlog."+noPriority, unitCount,
		`SELECT `+midnight("week_on")+` AS time, opened AS "Opened", resolved AS "Resolved", reopened AS "Reopened"
FROM (
  SELECT `+weekOf("on_day")+` AS week_on, sum(opened)::BIGINT AS opened, sum(resolved)::BIGINT AS resolved, sum(reopened)::BIGINT AS reopened
  FROM marts.backlog_daily
  WHERE `+inWeeks("on_day")+`
    AND `+chosenDaily+`
  GROUP BY ALL
) AS weekly
ORDER BY time`).series("Opened", "Resolved", "Reopened")
}

func ageChart() *panel {
	return categories("Age of open tickets", "Tickets that are open now, by the time since their creation.", unitCount,
		`SELECT age AS "Age", count(*) AS "Open tickets"
FROM (
  SELECT date_diff('hour', created_at, as_of) AS hours,
    CASE WHEN hours < 24 THEN 'under 1 day' WHEN hours < 168 THEN '1 to 7 days' WHEN hours < 720 THEN '7 to 30 days'
      WHEN hours < 2160 THEN '30 to 90 days' ELSE 'over 90 days' END AS age
  FROM marts.ticket
  CROSS JOIN ops.snapshot
  WHERE is_open
    AND `+chosenTickets+`
) AS waiting
GROUP BY age
ORDER BY min(hours)`)
}

func openByModel() *panel {
	return rows("Open tickets by support model", "Open tickets now: how many, how many have no first response, the median and the highest age in time since creation.",
		`SELECT
  coalesce(support_model, 'none') AS "Support model",
  count(*) AS "Open",
  count(*) FILTER (WHERE first_response_at IS NULL) AS "Unanswered",
  median(date_diff('second', created_at, as_of)) AS "Median age",
  max(date_diff('second', created_at, as_of)) AS "Oldest"
FROM marts.ticket
CROSS JOIN ops.snapshot
WHERE is_open
    AND `+chosenTickets+`
GROUP BY ALL
ORDER BY "Open" DESC`, text("Support model"), count("Open"), count("Unanswered"), seconds("Median age"), seconds("Oldest")).size(12, 8)
}

func responseChart() *panel {
	return chart("Time to first response", "By week of creation: the time within which half and nine tenths of the tickets get their first response. Unanswered tickets count as waiting (Kaplan–Meier); a gap means that the share is not reached yet.",
		unitSeconds, byWeekSeries(firstResponse(), weekTickets(), `p50_seconds AS "Median", p90_seconds AS "90 %"`)).series("Median", "90 %")
}

func within24Chart() *panel {
	return chart("Answered within 24 hours", "By week of creation: share of tickets with a first response within 24 hours (Kaplan–Meier).",
		unitShare, byWeekSeries(firstResponse(), weekTickets(), `within_24h_share AS "Answered within 24 h"`)).series("Answered within 24 h").upTo(1)
}

func slaChart() *panel {
	return chart("SLA met by week", "By week of creation: share of the decided clocks that were met, for first responses and for resolutions.", unitShare,
		`SELECT `+midnight("week_on")+` AS time, metric, met_share AS value
FROM (
  SELECT `+weekOf("created_on")+` AS week_on,
    CASE metric WHEN 'first_response' THEN 'First response' ELSE 'Resolution' END AS metric,
    avg(CASE state WHEN 'met' THEN 1 WHEN 'breached' THEN 0 END) AS met_share
  FROM marts.sla
  WHERE `+weekClocks()+`
  GROUP BY ALL
) AS weekly
WHERE met_share IS NOT NULL
ORDER BY time, metric`).series("First response", "Resolution").upTo(1).empty("no SLA configured")
}

func satisfactionChart() *panel {
	return chart("Satisfaction by week", "By week of creation: mean of the surveys' scores, 1 to 5.", unitPoints,
		`SELECT `+midnight("week_on")+` AS time, score AS "Satisfaction"
FROM (
  SELECT `+weekOf("created_on")+` AS week_on, avg(satisfaction_score) AS score
  FROM marts.ticket
  WHERE satisfaction_score IS NOT NULL
    AND `+weekTickets()+`
  GROUP BY ALL
) AS weekly
ORDER BY time`).series("Satisfaction").upTo(5).decimals(2).empty("no surveys")
}
