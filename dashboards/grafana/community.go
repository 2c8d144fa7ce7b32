package grafana

// community is for those who look after people and the seams between teams.
func community() *board {
	return &board{
		uid: "ticketmill-community", title: "Community and collaboration",
		description: "Who answers: contributors, newcomers, the community's share; and where tickets change hands or are linked.",
		variables:   filters()[:4],
		sections: []section{
			banner(),
			{"The period", communityNumbers()},
			{"Contributors", []*panel{newcomerChart(), answererChart(), contributorTable()}},
			{"Hand-offs", []*panel{handoffChart(), handoffByModel(), teamFlow()}},
			{"Linked tickets", []*panel{linkChart(), linkTable()}},
		},
	}
}

// all four choices, but no priority: hand-offs have none
const periodDeeds = "$__timeFilter(occurred_at)\n    AND " + chosenDaily

const communityTickets = "NOT is_deleted\n    AND $__timeFilter(created_at)\n    AND " + chosenDaily

// A first response that comes before the first one of an agent is the community's.
const byCommunity = "first_response_at IS NOT NULL AND first_response_at < coalesce(first_agent_response_at, TIMESTAMP '9999-01-01')"

const personal = " Bots, deleted accounts and what reporters do on their own tickets do not count. Only the choice of source has an effect."

func communityNumbers() []*panel {
	return []*panel{
		number("Active contributors", "People who answered or resolved tickets of others and were last seen doing so in the period: of the community, and agents."+personal, unitCount,
			`SELECT count(*) FILTER (WHERE role = 'community') AS "Community", count(*) FILTER (WHERE role = 'agent') AS "Agents"
FROM marts.contributor
WHERE source IN ($source)
    AND last_contribution_at >= $__timeFrom()::TIMESTAMP`).size(6, 4),
		number("Newcomers", "People of the community whose first contribution ever is in the period."+personal, unitCount,
			`SELECT count(*) AS "Newcomers"
FROM marts.contributor
WHERE source IN ($source)
    AND role = 'community'
    AND $__timeFilter(first_contribution_at)`).size(6, 4),
		number("First answers by the community", "Share of the period's answered tickets whose first response came from the community: from a human who is neither the reporter nor an agent.", unitShare,
			`SELECT avg(CASE WHEN first_response_at IS NULL THEN NULL WHEN `+byCommunity+` THEN 1 ELSE 0 END) AS "By the community"
FROM marts.ticket
WHERE `+communityTickets).decimals(1).size(6, 4),
		number("Hand-offs per ticket", "Changes of assignee or team per ticket created in the period.", unitPlain,
			`SELECT avg(handoff_count) AS "Hand-offs"
FROM marts.ticket
WHERE `+communityTickets).decimals(2).size(6, 4),
	}
}

func newcomerChart() *panel {
	return chart("Newcomers by week", "People of the community by the week of their first contribution ever, and how many of those came back after a week or more."+personal, unitCount,
		`SELECT `+midnight("week_on")+` AS time, newcomers AS "Newcomers", stayed AS "Came back later"
FROM (
  SELECT `+weekOf("first_contribution_on")+` AS week_on, count(*) AS newcomers,
    count(*) FILTER (WHERE last_contribution_at >= first_contribution_at + INTERVAL 7 DAY) AS stayed
  FROM marts.contributor
  WHERE source IN ($source)
    AND role = 'community'
    AND `+inWeeks("first_contribution_on")+`
  GROUP BY ALL
) AS weekly
ORDER BY time`).series("Newcomers", "Came back later").bars()
}

func answererChart() *panel {
	return chart("Who answers first", "By week of creation: tickets whose first response came from the community, from an agent, or that have none yet.", unitCount,
		`SELECT `+midnight("week_on")+` AS time, community AS "Community", agents AS "Agents", nobody AS "Nobody yet"
FROM (
  SELECT `+weekOf("created_on")+` AS week_on,
    count(*) FILTER (WHERE `+byCommunity+`) AS community,
    count(*) FILTER (WHERE first_response_at = first_agent_response_at) AS agents,
    count(*) FILTER (WHERE first_response_at IS NULL) AS nobody
  FROM marts.ticket
  WHERE NOT is_deleted
    AND `+inWeeks("created_on")+`
    AND `+chosenDaily+`
  GROUP BY ALL
) AS weekly
ORDER BY time`).series("Community", "Agents", "Nobody yet").stacked()
}

func contributorTable() *panel {
	return rows("Top contributors of the period", "People who were active in the period, by pseudonym, with their totals over the whole history: public replies to tickets of others, tickets answered, first responses, tickets resolved, and when they were first and last seen."+personal,
		`SELECT
  actor_id AS "Contributor",
  source AS "Source",
  role AS "Role",
  reply_count AS "Replies",
  ticket_answered_count AS "Tickets answered",
  first_response_count AS "First responses",
  ticket_resolved_count AS "Tickets resolved",
  first_contribution_at AS "First seen",
  last_contribution_at AS "Last seen"
FROM marts.contributor
WHERE source IN ($source)
    AND last_contribution_at >= $__timeFrom()::TIMESTAMP
ORDER BY role = 'agent', reply_count DESC, actor_id
LIMIT 100`,
		text("Contributor").width(230), text("Source"), text("Role"), count("Replies"), count("Tickets answered"), count("First responses"),
		count("Tickets resolved"), when("First seen"), when("Last seen"))
}

func handoffChart() *panel {
	return chart("Hand-offs", "Changes of a ticket's team or assignee by the week in which they happened.", unitCount,
		`SELECT `+midnight("week_on")+` AS time, teams AS "Between teams", people AS "Between people"
FROM (
  SELECT `+weekOf("occurred_on")+` AS week_on,
    count(*) FILTER (WHERE kind = 'team') AS teams, count(*) FILTER (WHERE kind = 'assignee') AS people
  FROM marts.collaboration
  WHERE kind IN ('team', 'assignee')
    AND `+inWeeks("occurred_on")+`
    AND `+chosenDaily+`
  GROUP BY ALL
) AS weekly
ORDER BY time`).series("Between teams", "Between people").empty("no hand-offs in this period")
}

func handoffByModel() *panel {
	return rows("Hand-offs by support model", "Tickets of the period: how many, how many changed hands at least once, and hand-offs (changes of assignee or team) a ticket.",
		`SELECT coalesce(support_model, 'none') AS "Support model", count(*) AS "Tickets", count(*) FILTER (WHERE handoff_count > 0) AS "Handed off",
  avg(CASE WHEN handoff_count > 0 THEN 1 ELSE 0 END) AS "Share", avg(handoff_count) AS "Hand-offs a ticket"
FROM marts.ticket
WHERE `+communityTickets+`
GROUP BY ALL
ORDER BY "Tickets" DESC`, text("Support model"), count("Tickets"), count("Handed off"), share("Share"), plain("Hand-offs a ticket", 2)).size(12, 8)
}

func teamFlow() *panel {
	return rows("From team to team", "Hand-offs of the period between teams: how many, of how many different tickets, and how many of these tickets are open now.",
		`SELECT c.from_party AS "From", c.to_party AS "To", c.handoffs AS "Hand-offs", c.tickets AS "Tickets", c.open AS "Open"
FROM (
  SELECT coalesce(from_party, 'none') AS from_party, coalesce(to_party, 'none') AS to_party, count(*) AS handoffs,
    count(DISTINCT h.ticket_id) AS tickets, count(DISTINCT h.ticket_id) FILTER (WHERE t.is_open) AS open
  FROM (
    SELECT ticket_id, from_party, to_party
    FROM marts.collaboration
    WHERE kind = 'team'
      AND `+periodDeeds+`
  ) AS h
  INNER JOIN marts.ticket AS t ON h.ticket_id = t.ticket_id
  GROUP BY ALL
) AS c
ORDER BY c.handoffs DESC, c.from_party, c.to_party
LIMIT 100`, text("From"), text("To"), count("Hand-offs"), count("Tickets"), count("Open")).size(24, 8).empty("no hand-offs between teams in this period")
}

func linkChart() *panel {
	p := number("Links", "Links between the period's tickets and others: all, those to a ticket of another source, and those between tickets of different support models.", unitCount,
		`SELECT count(*) AS "Links", count(*) FILTER (WHERE is_across_sources) AS "To another source",
  count(*) FILTER (WHERE other_support_model IS DISTINCT FROM support_model AND other_support_model IS NOT NULL) AS "To another support model"
FROM marts.collaboration
WHERE kind = 'link'
    AND `+periodDeeds)
	return p.size(6, 10)
}

func linkTable() *panel {
	return rows("Newest links", "Links of tickets created in the period, those across sources first: how the two are related and which source and support model the other has. The keys lead to the sources.",
		`SELECT
  t.ticket_key AS "Ticket",
  t.title_redacted AS "Title",
  l.relation AS "Relation",
  coalesce(o.ticket_key, l.other_ticket_id) AS "Other ticket",
  l.other_source AS "Other source",
  l.other_support_model AS "Other support model",
  l.is_across_sources AS "Across sources",
  l.occurred_at AS "Created",
  `+ticketLink("t")+` AS link,
  `+ticketLink("o")+` AS other_link
FROM (
  SELECT *
  FROM marts.collaboration
  WHERE kind = 'link'
    AND `+periodDeeds+`
  ORDER BY is_across_sources DESC, occurred_at DESC, collaboration_id
  LIMIT 100
) AS l
INNER JOIN marts.ticket AS t ON l.ticket_id = t.ticket_id
LEFT JOIN marts.ticket AS o ON l.other_ticket_id = o.ticket_id
ORDER BY l.is_across_sources DESC, l.occurred_at DESC, l.collaboration_id`,
		text("Ticket").link("Open the ticket", "${__data.fields.link:raw}", true), text("Title").width(330), text("Relation"),
		text("Other ticket").link("Open the other ticket", "${__data.fields.other_link:raw}", true), text("Other source"), text("Other support model"),
		text("Across sources").flag("yes", colourGood, "no"), when("Created"), hidden("link"), hidden("other_link")).size(18, 10).empty("no linked tickets in this period")
}
