package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// explorer is the list of tickets behind all figures.
func explorer() *board {
	return &board{
		uid: "ticketmill-tickets", title: "Ticket explorer",
		description: "The tickets behind the figures, with links to their sources.",
		variables: append([]dashboard.VariableModel{
			typed("search", "Search", "Part of a title or of a key, upper or lower case alike."),
			choices("status", "Status", "Open, waiting for the customer, or resolved.", "open", "pending", "resolved"),
		}, filters()...),
		sections: []section{banner(), {"", explorerNumbers()}, {"", []*panel{ticketTable()}}},
	}
}

const foundTickets = `$__timeFilter(created_at)
    AND list_contains([$status], status_category)
    AND ('$search' = '' OR contains(lower(concat_ws(' ', ticket_key, title_redacted)), lower('$search')))
    AND ` + chosenTickets

func explorerNumbers() []*panel {
	return []*panel{
		number("Found", "Tickets that fit all choices, created in the period.", unitCount,
			"SELECT count(*) AS \"Found\"\nFROM marts.ticket\nWHERE "+foundTickets).size(6, 3),
		number("Open", "Of the found tickets, those that are not resolved now.", unitCount,
			"SELECT count(*) FILTER (WHERE is_open) AS \"Open\"\nFROM marts.ticket\nWHERE "+foundTickets).size(6, 3),
		number("First response, median", "Half of these get their first response within this time; unanswered ones count as waiting (Kaplan–Meier).", unitSeconds,
			pooled(firstResponse(), foundTickets)+"\nSELECT p50_seconds AS \"Median\" FROM estimate").missing("not reached yet").size(6, 3),
		number("Resolution, median", "Half of these are resolved within this time; open ones count as waiting (Kaplan–Meier).", unitSeconds,
			pooled(resolution(), foundTickets)+"\nSELECT p50_seconds AS \"Median\" FROM estimate").missing("not reached yet").size(6, 3),
	}
}

func ticketTable() *panel {
	return rows("Tickets", "The newest 500 tickets that fit; titles are redacted. First response: time until the first public comment by a human other than the reporter; resolution: until it was resolved for the last time; both a dash while that is to come. The key leads to the source.",
		`SELECT
  ticket_key AS "Ticket",
  title_redacted AS "Title",
  source AS "Source",
  coalesce(project, 'none') AS "Project",
  coalesce(demand_type, 'none') AS "Demand type",
  coalesce(support_model, 'none') AS "Support model",
  priority AS "Priority",
  status_category AS "State",
  status AS "Status",
  created_at AS "Created",
  first_response_seconds AS "First response",
  resolution_seconds AS "Resolution",
  comment_count AS "Comments",
  reopen_count AS "Reopened",
  handoff_count AS "Hand-offs",
  satisfaction_score AS "Satisfaction",
  `+ticketLink("ticket")+` AS link,
  coalesce(demand_type_id, 'none') AS demand_type_id
FROM marts.ticket
WHERE `+foundTickets+`
ORDER BY created_at DESC, ticket_id
LIMIT 500`,
		text("Ticket").link("Open the ticket", "${__data.fields.link:raw}", true).width(130), text("Title").width(330), text("Source"), text("Project"),
		text("Demand type").link("Show this type", typeLink+sameChoices, false).width(180), text("Support model"), text("Priority"), text("State"), text("Status"), when("Created"),
		seconds("First response"), seconds("Resolution"), count("Comments"), count("Reopened"), count("Hand-offs"), columnOf("Satisfaction", unitPoints).with(property("decimals", 1)),
		hidden("link"), hidden("demand_type_id")).size(24, 22)
}
