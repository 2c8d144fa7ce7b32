package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// demandTypes is for product managers: what do people ask for, and what is new?
func demandTypes() *board {
	detail := one("detail_type", "Type in detail", "The demand type that the lower half shows; a click on a type's name sets it.", detailTypeOptions)
	return &board{
		uid: "ticketmill-demand-types", title: "Demand types",
		description: "What people ask for: share and trend of each type, what emerges, and one type in detail.",
		variables:   append([]dashboard.VariableModel{detail}, filters()...),
		sections: []section{
			banner(),
			{"All types", []*panel{
				typeCount(), otherShare(), emergingCount(), alarmCount(), typeTable(), typeVolume(), typeShare(), alarmTable(),
			}},
			{"One type: $detail_type", typeDetail()},
			{"Where types came from", []*panel{lineageTable()}},
		},
	}
}

// typeLink sets the type in detail and keeps the period; the row needs a column
// demand_type_id.
const typeLink = "/d/ticketmill-demand-types?var-detail_type=${__data.fields.demand_type_id:percentencode}&${__url_time_range}"

// sameChoices keeps what is chosen, where all five choices are there.
const sameChoices = "&${source:queryparam}&${project:queryparam}&${support_model:queryparam}&${demand_type:queryparam}&${priority:queryparam}"

func typeCount() *panel {
	return number("Types", "Demand types with tickets; “other”, which is what fits none, is not one of them.", unitCount,
		`SELECT count(*) AS "Types" FROM marts.demand_type WHERE demand_type_id <> 'other' AND size > 0`).size(6, 4)
}

func otherShare() *panel {
	return number("In no type", "Share of the period's tickets that fit no demand type: what the types leave out.", unitShare,
		`SELECT avg(CASE WHEN coalesce(demand_type_id, 'other') = 'other' THEN 1 ELSE 0 END) AS "In no type"
FROM marts.ticket
WHERE `+periodTickets).decimals(1).size(6, 4)
}

func emergingCount() *panel {
	return number("Emerging types", "Types that are new or that have lately grown beyond what was to be expected.", unitCount,
		`SELECT count(*) FILTER (WHERE is_emerging AND NOT is_hidden) AS "Emerging" FROM marts.demand_type`).
		thresholds(colourGood, step{1, colourWarn}).size(6, 4)
}

func alarmCount() *panel {
	return number("Alarms in the last whole week", "Types with more tickets in the newest whole week than chance explains.", unitCount,
		`SELECT count(*) FILTER (WHERE is_alarm) AS "Alarms"
FROM marts.demand_type_weekly
WHERE week_on = (SELECT max(week_on) FROM marts.demand_type_weekly WHERE `+inDays("week_on")+`)`).
		thresholds(colourGood, step{1, colourWarn}).size(6, 4)
}

func typeTable() *panel {
	return rows("Demand types",
		"Tickets: all of the type, over the whole history; open: not resolved now; share: of all tickets. "+
			"Trend and change a year: tickets a week extrapolated over a year from the last half year, with a 95 % interval; rising or falling only if the interval leaves out nought. "+
			"A click on the name shows the type below. Hidden types are left out.",
		`SELECT
  name AS "Type",
  group_name AS "Group",
  array_to_string(keywords[1:6], ', ') AS "Keywords",
  size AS "Tickets",
  open AS "Open",
  share AS "Share",
  trend AS "Trend",
  change_per_year AS "Change a year",
  change_per_year_low AS "at least",
  change_per_year_high AS "at most",
  is_emerging AS "Emerging",
  demand_type_id
FROM marts.demand_type
WHERE NOT is_hidden
    AND list_contains([$demand_type], demand_type_id)
ORDER BY demand_type_id = 'other', size DESC`,
		text("Type").link("Show this type", typeLink+sameChoices, false).width(220),
		text("Group").width(160), text("Keywords").width(220), count("Tickets"), count("Open"), share("Share").gauge(0.25),
		text("Trend"), plain("Change a year", 0), plain("at least", 0), plain("at most", 0),
		text("Emerging").flag("emerging", colourBad, "–"), hidden("demand_type_id")).size(24, 12)
}

// typesByWeek counts the chosen tickets by week and type.
func typesByWeek() string {
	return `WITH weekly AS (
  SELECT ` + weekOf("created_on") + ` AS week_on, coalesce(demand_type, 'none') AS name, count(*) AS size
  FROM marts.ticket
  WHERE ` + weekTickets() + `
    AND coalesce(demand_type_id, 'other') <> 'other'
  GROUP BY ALL
)`
}

func typeVolume() *panel {
	return chart("Tickets by type", "Tickets created a week, for the seven largest of the chosen types.", unitCount,
		rankedSeries(typesByWeek(), "weekly", "size")).override(ranked()...).stacked()
}

func typeShare() *panel {
	return chart("Share by type", "Share of each of the seven largest of the chosen types in the week's tickets that are of a type.", unitShare,
		rankedSeries(typesByWeek()+`,
parts AS (
  SELECT *, size::DOUBLE / sum(size) OVER (PARTITION BY week_on) AS part FROM weekly
)`, "parts", "part")).override(ranked()...)
}

func alarmTable() *panel {
	return rows("Emerging types and alarms",
		"Weeks of the period in which a type had more tickets than chance explains: tickets, what was to be expected, the 95 % band of that, and the probability of as many tickets or more if nothing had changed. The false discovery rate over all types is held down.",
		`SELECT
  w.week_on::VARCHAR AS "Week",
  w.name AS "Type",
  w.tickets AS "Tickets",
  w.expected AS "Expected",
  w.band_low AS "at least",
  w.band_high AS "at most",
  w.p_value AS "Probability by chance",
  d.is_emerging AS "Emerging",
  w.demand_type_id
FROM marts.demand_type_weekly AS w
INNER JOIN marts.demand_type AS d ON w.demand_type_id = d.demand_type_id
WHERE `+inWeeks("w.week_on")+`
    AND w.is_alarm
    AND NOT d.is_hidden
    AND list_contains([$demand_type], w.demand_type_id)
ORDER BY w.week_on DESC, w.p_value
LIMIT 200`,
		text("Week").width(110), text("Type").link("Show this type", typeLink+sameChoices, false), count("Tickets"), plain("Expected", 1),
		plain("at least", 0), plain("at most", 0), plain("Probability by chance", 6),
		text("Emerging").flag("emerging", colourBad, "–"), hidden("demand_type_id")).size(24, 8).empty("no alarms in this period: nothing beyond chance")
}

func lineageTable() *panel {
	return rows("Lineage", "How types came about since the first night: split off, merged, moved. Those with a history come first. The number of tickets is that over the whole history.",
		`SELECT name AS "Type", coalesce(lineage, 'there from the beginning') AS "Lineage", size AS "Tickets", first_seen_on::VARCHAR AS "First seen", last_seen_on::VARCHAR AS "Last seen", demand_type_id
FROM marts.demand_type
WHERE demand_type_id <> 'other'
ORDER BY lineage IS NULL, first_seen_on DESC, demand_type_id`,
		text("Type").link("Show this type", typeLink+sameChoices, false).width(300), text("Lineage").wrapped(), count("Tickets"),
		text("First seen").width(110), text("Last seen").width(110), hidden("demand_type_id")).size(24, 8)
}
