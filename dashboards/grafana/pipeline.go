package grafana

// pipeline is for those who run ticketmill: where to look first.
func pipeline() *board {
	return &board{
		uid: "ticketmill-pipeline", title: "Pipeline health",
		description: "How fresh and how complete what is published is: sources, records, runs, steps, checks, and who asks.",
		sections: []section{
			banner(),
			{"Freshness", []*panel{freshnessTable()}},
			{"Completeness", []*panel{ledgerTable(), rejectedTable()}},
			{"Runs and checks", []*panel{runChart(), landedChart(), runTable(), checkTable(), stepTable()}},
			{"Access", []*panel{accessChart(), accessTable(), refusedTable()}},
		},
	}
}

func freshnessTable() *panel {
	return rows("Freshness by source and stream", "When each stream was last landed, last read to its end and last tried, with which outcome. Age: between its last complete reading and the build's clock. Stale: the last run failed on it or its first walk has not finished.",
		`SELECT
  source AS "Source",
  source_kind AS "Kind",
  stream AS "Stream",
  is_stale AS "State",
  landed AS "Records",
  age_seconds AS "Age",
  complete_at AS "Complete",
  landed_at AS "Landed",
  attempted_at AS "Tried",
  last_outcome AS "Outcome"
FROM ops.source_freshness
ORDER BY is_stale DESC, age_seconds DESC NULLS FIRST, source, stream`,
		text("Source"), text("Kind"), text("Stream").width(230), text("State").flag("stale", colourBad, "fresh"), count("Records"),
		seconds("Age").coloured("transparent", step{86400, colourWarn}, step{259200, colourBad}),
		when("Complete"), when("Landed"), when("Tried"), text("Outcome")).size(24, 10)
}

func ledgerTable() *panel {
	return rows("Completeness ledger", "Where every landed record went, summed over all runs: into the tables, superseded by a newer version, left out because it is no ticket (pull requests), orphaned (its ticket is not there), or rejected as unreadable; what is left over is unexplained. Missing: what the source counts and landing lacks, less what the source admits to withhold. Holes: what the poll knows and the tracker's webhooks did not tell.",
		`SELECT
  source AS "Source",
  stream AS "Stream",
  sum(landed)::BIGINT AS "Landed",
  sum(in_core)::BIGINT AS "In tables",
  sum(superseded)::BIGINT AS "Superseded",
  sum(excluded)::BIGINT AS "Not tickets",
  sum(orphaned)::BIGINT AS "Orphaned",
  sum(rejected)::BIGINT AS "Rejected",
  sum(unexplained)::BIGINT AS "Unexplained",
  max(counted_at_source) FILTER (WHERE is_latest) AS "At source",
  max(held) FILTER (WHERE is_latest) AS "Held",
  coalesce(sum(missing_unexplained) FILTER (WHERE is_latest), 0)::BIGINT AS "Missing",
  sum(filled_holes)::BIGINT AS "Holes filled"
FROM ops.completeness
GROUP BY ALL
ORDER BY "Unexplained" DESC, source, stream`,
		text("Source"), text("Stream").width(230), count("Landed"), count("In tables"), count("Superseded"), count("Not tickets"), count("Orphaned"),
		count("Rejected").coloured("transparent", step{1, colourWarn}), count("Unexplained").coloured("transparent", step{1, colourBad}),
		count("At source"), count("Held"), count("Missing").coloured("transparent", step{1, colourBad}), count("Holes filled")).size(24, 11)
}

func rejectedTable() *panel {
	return rows("Rejected and quarantined", "Records that could not be read, by run, with the reasons and their numbers, and what landed in quarantine because it was no message of a known form. They are kept as they came and are read again when the program learns how.",
		`SELECT
  landed_at AS "Landed at",
  source AS "Source",
  stream AS "Stream",
  CASE WHEN starts_with(stream, 'quarantine@') THEN landed ELSE 0 END AS "Quarantined",
  rejected AS "Rejected",
  reject_reasons AS "Reasons",
  gap_reasons AS "Gaps at the source"
FROM ops.completeness
WHERE rejected > 0 OR starts_with(stream, 'quarantine@') OR gap_reasons IS NOT NULL
ORDER BY landed_at DESC, source, stream
LIMIT 200`,
		when("Landed at"), text("Source"), text("Stream"), count("Quarantined"), count("Rejected"), text("Reasons").wrapped(), text("Gaps at the source").wrapped()).
		size(24, 8).empty("nothing rejected, nothing in quarantine")
}

func runChart() *panel {
	return chart("Duration of runs", "How long each run took, by its verb; the one that built this snapshot until then.", unitSeconds,
		`SELECT started_at AS time, verb AS metric, coalesce(duration_seconds, date_diff('second', started_at, built_at)) AS value
FROM ops.run
CROSS JOIN ops.snapshot
WHERE $__timeFilter(started_at)
ORDER BY time, metric`).series("run", "ingest", "build", "demo").bars()
}

func landedChart() *panel {
	return chart("Records landed by run", "New or changed records that each run of the period wrote to landing.", unitCount,
		`SELECT started_at AS time, coalesce(records_landed, 0) AS "Records"
FROM ops.run
WHERE $__timeFilter(started_at)
ORDER BY time`).series("Records").bars()
}

func runTable() *panel {
	return rows("Runs", "The last 100 runs: verb, outcome, exit status (0 done, 1 failed, 2 usage, 3 environment, 4 checks failed, 5 done with a stale source), records and bytes landed, duration. The run that built this snapshot is still running in it.",
		`SELECT
  started_at AS "Started",
  verb AS "Verb",
  outcome AS "Outcome",
  exit_status AS "Exit",
  records_landed AS "Records",
  bytes_landed AS "Landed",
  duration_seconds AS "Duration",
  message AS "Message"
FROM ops.run
ORDER BY started_at DESC
LIMIT 100`,
		when("Started"), text("Verb"), text("Outcome"), plain("Exit", 0).coloured("transparent", step{1, colourWarn}), count("Records"),
		columnOf("Landed", unitBytes), seconds("Duration"), text("Message").wrapped()).size(24, 9)
}

func checkTable() *panel {
	return rows("Checks", "Every check that this snapshot passed: what it demands and how many rows offended. A build with an offence is not published.",
		`SELECT "check" AS "Check", what AS "Demands", offenses AS "Offences"
FROM ops."check"
ORDER BY offenses DESC, starts_with("check", 'key of'), "check"`,
		text("Check").width(220), text("Demands").wrapped(), count("Offences").coloured("transparent", step{1, colourBad})).size(12, 12)
}

func stepTable() *panel {
	return rows("Steps of the build", "The statements and models of the build that made this snapshot, the slowest first: how long each took, how many rows it made, how many landing files it had to read anew.",
		`SELECT step AS "Step", duration_ms AS "Duration", row_count AS "Rows", staged_files AS "New files"
FROM ops.step
ORDER BY duration_ms DESC, step`,
		text("Step").width(250), columnOf("Duration", unitMillis), count("Rows"), count("New files")).size(12, 12)
}
