package grafana

// responsiveness is for those who run support from week to week.
func responsiveness() *board {
	return &board{
		uid: "ticketmill-responsiveness", title: "Responsiveness and SLA",
		description: "How fast tickets are answered and resolved, by week, model and priority; what has breached its target and what will breach next.",
		variables:   filters(),
		sections: []section{
			banner(),
			{"The period", responseNumbers()},
			{"Quantiles by week", []*panel{responseChart(), resolutionChart(), responseByModel(), resolutionByModel(), responseByPriority(), resolutionByPriority()}},
			{"By priority and support model", []*panel{quantileTable()}},
			{"Service levels", []*panel{slaStates(), slaChart(), breachChart(), nextBreaches(), openBreaches()}},
			{"Business hours", []*panel{businessNumbers(), businessChart()}},
		},
	}
}

func responseNumbers() []*panel {
	quantiles := func(title, what string, d duration) *panel {
		return number(title, "Half and nine tenths of the period's tickets get "+what+" within these times of creation. Tickets that still wait count as waiting (Kaplan–Meier); no value: the share is not reached yet.",
			unitSeconds, pooled(d, periodTickets)+"\nSELECT p50_seconds AS \"Median\", p90_seconds AS \"90 %\" FROM estimate").missing("not reached yet").size(6, 5)
	}
	return []*panel{
		quantiles("First response", "their first response", firstResponse()),
		quantiles("Resolution", "resolved", resolution()),
		number("Answered in 24 hours", "Share of the period's tickets with a first response by a human other than the reporter within 24 hours of creation (Kaplan–Meier).", unitShare,
			pooled(firstResponse(), periodTickets)+"\nSELECT within_24h_share AS \"Answered in 24 h\" FROM estimate").decimals(1).size(6, 5),
		number("SLA clocks", "Clocks of the period's tickets: met or breached for good, and still running or paused.", unitCount,
			`SELECT count(*) FILTER (WHERE state = 'met') AS "Met", count(*) FILTER (WHERE state = 'breached') AS "Breached",
  count(*) FILTER (WHERE state IN ('running', 'paused')) AS "Running"
FROM marts.sla
WHERE `+periodClocks).size(6, 5).empty("no SLA configured"),
	}
}

func resolutionChart() *panel {
	return chart("Time to resolution", "By week of creation: the time within which half and nine tenths of the tickets are resolved. Open tickets count as waiting (Kaplan–Meier); a gap means that the share is not reached yet.",
		unitSeconds, byWeekSeries(resolution(), weekTickets(), `p50_seconds AS "Median", p90_seconds AS "90 %"`)).series("Median", "90 %")
}

const medianBy = "By week of creation: the time within which half of the tickets "

func responseByModel() *panel {
	return chart("First response by support model", medianBy+"get their first response, by support model (Kaplan–Meier); the seven models with the most tickets.",
		unitSeconds, medianByModel(firstResponse())).override(ranked()...)
}

func resolutionByModel() *panel {
	return chart("Resolution by support model", medianBy+"are resolved, by support model (Kaplan–Meier); the seven models with the most tickets.",
		unitSeconds, medianByModel(resolution())).override(ranked()...)
}

func medianByModel(d duration) string {
	return rankedSeries(byWeek(d, weekTickets(), group{"coalesce(support_model, 'none')", "name"})+`,
sized AS (
  SELECT *, tickets AS size FROM estimate
)`, "sized", "p50_seconds")
}

func responseByPriority() *panel {
	return chart("First response by priority", medianBy+"get their first response, by priority (Kaplan–Meier).",
		unitSeconds, medianByPriority(firstResponse())).series("urgent", "high", "normal", "low", "none")
}

func resolutionByPriority() *panel {
	return chart("Resolution by priority", medianBy+"are resolved, by priority (Kaplan–Meier).",
		unitSeconds, medianByPriority(resolution())).series("urgent", "high", "normal", "low", "none")
}

func medianByPriority(d duration) string {
	return byWeek(d, weekTickets(), group{"coalesce(priority, 'none')", "priority"}) + `
SELECT ` + midnight("week_on") + ` AS time, priority AS metric, p50_seconds AS value
FROM estimate
ORDER BY time, metric`
}

func quantileTable() *panel {
	by := []group{{"coalesce(priority, 'none')", "priority"}, {"coalesce(support_model, 'none')", "support_model"}}
	return rows("Quantiles by priority and support model", "Of the period's tickets: how many, the share answered within 24 hours, and the times within which half and nine tenths are answered and resolved (Kaplan–Meier; a dash: not reached yet).",
		`SELECT
  f.priority AS "Priority",
  f.support_model AS "Support model",
  f.tickets AS "Tickets",
  f.within_24h_share AS "Answered in 24 h",
  f.p50_seconds AS "First response, median",
  f.p90_seconds AS "First response, 90 %",
  r.p50_seconds AS "Resolution, median",
  r.p90_seconds AS "Resolution, 90 %"
FROM (
  `+pooled(firstResponse(), periodTickets, by...)+`
  SELECT * FROM estimate
) AS f
INNER JOIN (
  `+pooled(resolution(), periodTickets, by...)+`
  SELECT * FROM estimate
) AS r ON f.priority = r.priority AND f.support_model = r.support_model
ORDER BY list_position(['urgent', 'high', 'normal', 'low', 'none'], f.priority), f.support_model`,
		text("Priority"), text("Support model"), count("Tickets"), share("Answered in 24 h").gauge(1),
		seconds("First response, median"), seconds("First response, 90 %"), seconds("Resolution, median"), seconds("Resolution, 90 %")).size(24, 11)
}
