package grafana

// supportModels is for those who decide who answers what.
func supportModels() *board {
	return &board{
		uid: "ticketmill-support-models", title: "Support models",
		description: "Which support model serves which demand type best, adjusted for what each gets, with its cost and a recommendation.",
		variables: append(filters()[2:4],
			one("score_type", "Scores of", "The demand type whose scores and metrics are shown; all demand types at first.", scoreTypeOptions)),
		sections: []section{
			banner(),
			{"Scores of $score_type", []*panel{
				bestModel(), bestProbability(), comparedTickets(), movesCount(), scoreTable(), adjustedBars(), bestBars(), partTable(),
			}},
			{"Metrics of $score_type, adjusted beside unadjusted", metricTables()},
			{"All demand types", []*panel{scoreMatrix(), probabilityMatrix()}},
			{"Recommendations", []*panel{recommendationTable()}},
			{"Cost", []*panel{costBars(), costSaving(), costTable()}},
		},
	}
}

const scoreOf = "demand_type_id = '$score_type' AND coalesce(support_model, 'none') IN ($support_model)"

const scoreDefinition = "A score is the weighted mean of its parts (resolution, first response, quality, satisfaction, cost), each between 0 and 1, as if every model had got the same tickets; no model scores well for being big. "

func bestModel() *panel {
	return number("Best model", scoreDefinition+"The comparable model with the highest probability of being the best.", unitText,
		`SELECT coalesce(arg_max(support_model, probability_best), 'not enough evidence') AS "Best model"
FROM marts.support_model_score
WHERE is_comparable
    AND `+scoreOf).size(6, 4)
}

func bestProbability() *panel {
	return number("Probability that it is", "How often that model has the highest score when the tickets are drawn anew (bootstrap).", unitShare,
		`SELECT max(probability_best) AS "Probability"
FROM marts.support_model_score
WHERE is_comparable
    AND `+scoreOf).decimals(1).size(6, 4).empty("not enough evidence")
}

func comparedTickets() *panel {
	return number("Tickets compared", "Tickets behind the scores, and how many of the models get enough tickets of the same kinds to be compared.", unitCount,
		`SELECT sum(tickets)::BIGINT AS "Tickets", count(*) FILTER (WHERE is_comparable) AS "Models compared"
FROM marts.support_model_score
WHERE `+scoreOf).size(6, 4)
}

func movesCount() *panel {
	return number("Types to move", "Demand types for which another support model, or self-service, is recommended.", unitCount,
		`SELECT count(*) FILTER (WHERE action = 'move') AS "To another model", count(*) FILTER (WHERE action = 'self_service') AS "To self-service"
FROM marts.support_model_recommendation
WHERE list_contains([$demand_type], demand_type_id)`).size(6, 4)
}

func scoreTable() *panel {
	return rows("Scores", scoreDefinition+"Columns: the adjusted score with its 95 % interval, the score without adjustment, the probability of being best; tickets, how many of them are resolved, their share, the effective sample size, and the share of weights that had to be trimmed. A model that gets too few or quite different tickets is not compared.",
		`SELECT
  support_model AS "Support model",
  score AS "Score",
  score_low AS "at least",
  score_high AS "at most",
  score_unadjusted AS "Unadjusted",
  probability_best AS "Probability of best",
  tickets AS "Tickets",
  resolved AS "Resolved",
  share AS "Share",
  effective_sample_size AS "Effective sample",
  trimmed_share AS "Trimmed",
  is_comparable AS "Comparable",
  not_comparable_because AS "Why not",
  adjusted_for AS "Adjusted for"
FROM marts.support_model_score
WHERE `+scoreOf+`
ORDER BY score DESC NULLS LAST, support_model`,
		text("Support model"), plain("Score", 3).gauge(1), plain("at least", 3), plain("at most", 3), plain("Unadjusted", 3),
		share("Probability of best"), count("Tickets"), count("Resolved"), share("Share"), plain("Effective sample", 0), share("Trimmed"),
		text("Comparable").flag("yes", colourGood, "no"), text("Why not").wrapped(), text("Adjusted for").wrapped()).size(24, 7)
}

func adjustedBars() *panel {
	return categories("Adjusted beside unadjusted", scoreDefinition+"The difference between the two bars is what the mix of tickets did.", unitPlain,
		`SELECT support_model AS "Support model", score AS "Adjusted", score_unadjusted AS "Unadjusted"
FROM marts.support_model_score
WHERE `+scoreOf+`
ORDER BY support_model`).series("Adjusted", "Unadjusted").decimals(2).upTo(1).size(12, 8)
}

func bestBars() *panel {
	return categories("Probability of being best", "How often each model has the highest score when the tickets are drawn anew (bootstrap). Near one half: the data cannot tell.", unitShare,
		`SELECT support_model AS "Support model", probability_best AS "Probability of best"
FROM marts.support_model_score
WHERE `+scoreOf+`
ORDER BY support_model`).decimals(0).upTo(1).size(12, 8)
}

func partTable() *panel {
	return rows("What the score is made of", "The figures behind the score's parts, adjusted for the kinds of tickets where the model can be compared, else as they were. Speed of resolution and of first response: mean over tickets of 2^(−time/target), 1 for at once, one half at the configured target. Quality comes from the share reopened (one half at 10 %), satisfaction from the surveys (1 to 5), cost from the replies a ticket times the cost of one. A part that a compared model lacks is left out for all.",
		`SELECT
  support_model AS "Support model",
  score_basis AS "Basis",
  coalesce(resolution_utility_adjusted, resolution_utility) AS "Speed of resolution",
  coalesce(first_response_utility_adjusted, first_response_utility) AS "Speed of first response",
  coalesce(reopen_rate_adjusted, reopen_rate) AS "Reopened",
  coalesce(satisfaction_adjusted, satisfaction) AS "Satisfaction",
  coalesce(touches_adjusted, touches) AS "Replies a ticket",
  coalesce(cost_per_ticket_adjusted, cost_per_ticket) AS "Cost a ticket"
FROM marts.support_model_score
WHERE `+scoreOf+`
ORDER BY support_model`,
		text("Support model"), text("Basis"), plain("Speed of resolution", 2).gauge(1), plain("Speed of first response", 2).gauge(1), share("Reopened"),
		columnOf("Satisfaction", unitPoints).with(property("decimals", 2)), plain("Replies a ticket", 2), plain("Cost a ticket", 2)).size(24, 6)
}

// metricTables has one table a unit, because a column has one unit.
func metricTables() []*panel {
	return []*panel{
		metricTable("Shares", "'share'", share).size(24, 10),
		metricTable("Times", "'seconds'", seconds).size(24, 10),
		metricTable("Points, touches and cost", "'points', 'touches', 'cost'", func(name string) column { return plain(name, 2) }).size(24, 8),
	}
}

func metricTable(title, units string, value func(string) column) *panel {
	return rows(title, "Per metric and support model: the number of tickets, the raw value with its 95 % interval, the value shrunk towards that of all models where tickets are few, and the value adjusted for the kinds of tickets the model gets, with its 95 % interval. Times count open tickets as still waiting; means look no further than a common horizon.",
		`SELECT
  metric AS "Metric",
  support_model AS "Support model",
  n AS "Tickets",
  value AS "Unadjusted",
  low AS "at least",
  high AS "at most",
  shrunk AS "Shrunk",
  adjusted AS "Adjusted",
  adjusted_low AS "adj. at least",
  adjusted_high AS "adj. at most",
  unit AS "Unit"
FROM marts.support_model_metric
WHERE unit IN (`+units+`)
    AND `+scoreOf+`
ORDER BY metric, support_model`,
		text("Metric").width(200), text("Support model"), count("Tickets"), value("Unadjusted"), value("at least"), value("at most"),
		value("Shrunk"), value("Adjusted"), value("adj. at least"), value("adj. at most"), text("Unit"))
}

func scoreMatrix() *panel {
	p := rows("Score by type and model", scoreDefinition+"A dash: too few tickets.",
		`SELECT demand_type AS "Demand type", support_model AS model, round(score, 3) AS score
FROM marts.support_model_score
WHERE demand_type_id <> 'all'
    AND coalesce(support_model, 'none') IN ($support_model)
    AND list_contains([$demand_type], demand_type_id)
ORDER BY demand_type, support_model`, text("Demand type"), text("model"), plain("score", 2))
	return matrix(p, unitPlain, 2)
}

func probabilityMatrix() *panel {
	p := rows("Probability of being best by type and model", "How often each model has the highest score of the type when the tickets are drawn anew (bootstrap). A dash: not compared.",
		`SELECT demand_type AS "Demand type", support_model AS model, round(probability_best, 4) AS probability
FROM marts.support_model_score
WHERE demand_type_id <> 'all'
    AND coalesce(support_model, 'none') IN ($support_model)
    AND list_contains([$demand_type], demand_type_id)
ORDER BY demand_type, support_model`, text("Demand type"), text("model"), share("probability"))
	return matrix(p, unitShare, 0)
}

func recommendationTable() *panel {
	return rows("Recommendations",
		"For each demand type: tickets a month, who answers it now, what is recommended and with which confidence (0 to 100 %), the reason in one sentence, the expected change of the median times and of the cost a month (negative is better) and the share of tickets that could have had the same answer. “Not enough evidence” means what it says: keep as is.",
		`SELECT
  r.demand_type AS "Demand type",
  r.tickets_per_month AS "Tickets a month",
  r.current_mix AS "Now",
  r.recommended_model AS "Recommended",
  r.action AS "Action",
  r.confidence AS "Confidence",
  r.sentence AS "Why",
  r.first_response_change_seconds AS "First response",
  r.resolution_change_seconds AS "Resolution",
  r.cost_change_per_month AS "Cost a month",
  r.same_answer_share AS "Same answer",
  t.ticket_key AS "Example",
  `+ticketLink("t")+` AS link,
  r.demand_type_id
FROM marts.support_model_recommendation AS r
LEFT JOIN marts.ticket AS t ON r.example_ticket_id = t.ticket_id
WHERE list_contains([$demand_type], r.demand_type_id)
ORDER BY r.action = 'not_enough_evidence', r.action = 'keep', r.confidence DESC NULLS LAST, r.demand_type`,
		text("Demand type").link("Show this type", typeLink, false).width(220), plain("Tickets a month", 1), text("Now").wrapped(), text("Recommended"),
		text("Action"), share("Confidence").gauge(1), text("Why").wrapped().width(420), seconds("First response"), seconds("Resolution"),
		plain("Cost a month", 0), share("Same answer"), text("Example").link("Open the ticket", "${__data.fields.link:raw}", true), hidden("link"), hidden("demand_type_id")).size(24, 14)
}

func costBars() *panel {
	return categories("Cost per ticket", "Public agent replies per ticket times the configured cost of a touch, in the configuration's currency, of $score_type; adjusted for the kinds of tickets and not.", unitPlain,
		`SELECT support_model AS "Support model", cost_per_ticket_adjusted AS "Adjusted", cost_per_ticket AS "Unadjusted"
FROM marts.support_model_score
WHERE `+scoreOf+`
ORDER BY support_model`).series("Adjusted", "Unadjusted").decimals(2).size(12, 8)
}

func costSaving() *panel {
	return number("Cost change a month, if all recommendations were followed", "Sum of the expected changes of cost a month over the types to move; negative is a saving. In the configuration's currency.", unitPlain,
		`SELECT coalesce(sum(cost_change_per_month), 0)::DOUBLE AS "a month"
FROM marts.support_model_recommendation
WHERE action IN ('move', 'self_service')
    AND list_contains([$demand_type], demand_type_id)`).decimals(0).size(12, 8)
}

func costTable() *panel {
	return rows("Cost by demand type", "Cost per ticket and touches (public agent replies) per ticket with tickets, by demand type and support model, unadjusted; cost in the configuration's currency.",
		`SELECT demand_type AS "Demand type", support_model AS "Support model", tickets AS "Tickets", touches AS "Touches a ticket", cost_per_ticket AS "Cost a ticket",
  cost_per_ticket_low AS "at least", cost_per_ticket_high AS "at most"
FROM marts.support_model_score
WHERE demand_type_id <> 'all'
    AND coalesce(support_model, 'none') IN ($support_model)
    AND list_contains([$demand_type], demand_type_id)
ORDER BY tickets DESC, demand_type, support_model`,
		text("Demand type").width(300), text("Support model"), count("Tickets"), plain("Touches a ticket", 2), plain("Cost a ticket", 2), plain("at least", 2), plain("at most", 2))
}
