package grafana

// typeDetail is the drill-down to the type that the variable names.
func typeDetail() []*panel {
	return []*panel{typeCard(), typeNumbers(), typeBand(), typeModels(), typeChannels(), typeExamples()}
}

func typeCard() *panel {
	return rows("What it is", "The type's ten most distinctive words, its group, how alike its tickets are (0 to 1), where it came from and what people have decided about it.",
		`SELECT what AS "What", value AS "Value"
FROM (
  SELECT unnest(['Name', 'Keywords', 'Group', 'Trend', 'Emerging', 'Coherence (0 to 1)', 'Lineage', 'Pinned by hand']) AS what,
    unnest([name, array_to_string(keywords, ', '), group_name, trend, CASE WHEN is_emerging THEN 'yes' ELSE 'no' END,
      round(coherence, 2)::VARCHAR, coalesce(lineage, 'there from the beginning'), CASE WHEN is_pinned THEN 'yes' ELSE 'no' END]) AS value
  FROM marts.demand_type
  WHERE demand_type_id = '$detail_type'
) AS card
WHERE value IS NOT NULL`, text("What").width(160), text("Value").wrapped()).size(12, 9)
}

func typeNumbers() *panel {
	p := number("How it does", "Over the type's whole history: tickets, how many are open now, share of all tickets, share reopened, satisfaction (mean of surveys, 1 to 5), and when it was first and last asked.",
		unitCount, `SELECT
  d.size AS "Tickets",
  d.open AS "Open",
  d.share AS "Share of all",
  t.reopened AS "Reopened",
  t.score AS "Satisfaction",
  `+midnight("d.first_seen_on")+` AS "First seen",
  `+midnight("d.last_seen_on")+` AS "Last seen"
FROM marts.demand_type AS d
LEFT JOIN (
  SELECT demand_type_id, avg(CASE WHEN is_reopened THEN 1 ELSE 0 END) AS reopened, avg(satisfaction_score) AS score
  FROM marts.ticket
  WHERE demand_type_id = '$detail_type' AND NOT is_deleted
  GROUP BY ALL
) AS t ON d.demand_type_id = t.demand_type_id
WHERE d.demand_type_id = '$detail_type'`)
	p.override(
		byName("Share of all", property("unit", unitShare), property("decimals", 1)),
		byName("Reopened", property("unit", unitShare), property("decimals", 1)),
		byName("Satisfaction", property("unit", unitPoints), property("decimals", 2)),
		byName("First seen", property("unit", "dateTimeFromNow")),
		byName("Last seen", property("unit", "dateTimeFromNow")),
	)
	return p.size(12, 9)
}

func typeBand() *panel {
	p := chart("Tickets against what was to be expected",
		"Tickets of the type a week, the number expected from its past and season, and the 95 % band of chance around it; only whole weeks are judged, an alarm is a week beyond the band.",
		unitCount, `SELECT `+midnight("week_on")+` AS time,
  band_low AS "Band, low", band_high AS "Band, high", expected AS "Expected", tickets AS "Tickets",
  CASE WHEN is_alarm THEN tickets END AS "Alarm"
FROM marts.demand_type_weekly
WHERE demand_type_id = '$detail_type'
    AND `+inWeeks("week_on")+`
ORDER BY time`)
	return p.override(
		byName("Tickets", fixed(blue)),
		byName("Expected", fixed(orange), property("custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{8, 6}})),
		byName("Band, low", fixed(grey), property("custom.lineWidth", 0), property("custom.fillOpacity", 0)),
		byName("Band, high", fixed(grey), property("custom.lineWidth", 0), property("custom.fillBelowTo", "Band, low"), property("custom.fillOpacity", 20)),
		byName("Alarm", fixed(vermilion), property("custom.drawStyle", "points"), property("custom.pointSize", 11)),
	).size(24, 9)
}

func typeModels() *panel {
	return rows("Support models for this type",
		"Per support model, adjusted for the kinds of tickets it gets: the score (0 to 1) with its 95 % interval, the probability of being the best for this type, the number and share of its tickets.",
		`SELECT support_model AS "Support model", tickets AS "Tickets", share AS "Share", score AS "Score", score_low AS "at least", score_high AS "at most",
  probability_best AS "Probability of best", is_comparable AS "Comparable", not_comparable_because AS "Why not"
FROM marts.support_model_score
WHERE demand_type_id = '$detail_type'
ORDER BY score DESC NULLS LAST, support_model`,
		text("Support model").link("Support models of this type", "/d/ticketmill-support-models?var-score_type=${detail_type:percentencode}&${__url_time_range}", false),
		count("Tickets"), share("Share"), plain("Score", 2).gauge(1), plain("at least", 2), plain("at most", 2), share("Probability of best"),
		text("Comparable").flag("yes", colourGood, "no"), text("Why not").wrapped()).size(14, 8).empty("not enough tickets to compare support models")
}

func typeChannels() *panel {
	return rows("Where it is asked", "The type's tickets of the period by source and project, and how many of them are open now.",
		`SELECT source AS "Source", coalesce(project, 'none') AS "Project", count(*) AS "Tickets", count(*) FILTER (WHERE is_open) AS "Open"
FROM marts.ticket
WHERE demand_type_id = '$detail_type' AND NOT is_deleted
    AND $__timeFilter(created_at)
GROUP BY ALL
ORDER BY "Tickets" DESC`, text("Source"), text("Project"), count("Tickets"), count("Open")).size(10, 8)
}

func typeExamples() *panel {
	return rows("Example tickets", "The most typical tickets of the type, then its newest ones; the key leads to the source.",
		`WITH example AS (
  SELECT unnest(example_ticket_ids) AS ticket_id, generate_subscripts(example_ticket_ids, 1) AS place
  FROM marts.demand_type
  WHERE demand_type_id = '$detail_type'
),
newest AS (
  SELECT ticket_id, 100 AS place
  FROM marts.ticket
  WHERE demand_type_id = '$detail_type' AND NOT is_deleted
  ORDER BY created_at DESC
  LIMIT 20
),
listed AS (
  SELECT ticket_id, min(place) AS place FROM (FROM example UNION ALL FROM newest) AS either GROUP BY ticket_id
)
SELECT
  t.ticket_key AS "Ticket",
  t.title_redacted AS "Title",
  CASE WHEN l.place < 100 THEN 'typical' ELSE 'new' END AS "Why",
  t.source AS "Source",
  t.support_model AS "Support model",
  t.priority AS "Priority",
  t.status_category AS "Status",
  t.created_at AS "Created",
  t.resolution_seconds AS "Resolution",
  `+ticketLink("t")+` AS link
FROM listed AS l
INNER JOIN marts.ticket AS t ON l.ticket_id = t.ticket_id
ORDER BY l.place, t.created_at DESC`,
		text("Ticket").link("Open the ticket", "${__data.fields.link:raw}", true).width(140), text("Title").width(480), text("Why"),
		text("Source"), text("Support model"), text("Priority"), text("Status"), when("Created"), seconds("Resolution"), hidden("link"))
}
