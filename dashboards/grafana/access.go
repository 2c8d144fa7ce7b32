package grafana

const periodAccess = "$__timeFilter(accessed_at)"

// outcomeOf says in words what an outcome is: "ok" or an SQLSTATE.
const outcomeOf = `CASE WHEN is_ok THEN 'done' WHEN outcome = '57014' THEN 'cancelled'
    WHEN outcome IN ('0A000', '25006', '42501', '54000') THEN 'refused' ELSE 'failed' END`

const accessNote = " As of the build of this snapshot; literals of statements are left out."

func accessChart() *panel {
	return chart("Statements", "Statements that users sent to the server, by day and outcome: done, refused (not allowed or too large), cancelled (or out of time), failed."+accessNote, unitCount,
		`SELECT `+midnight("coalesce(day, "+dayOf("built_at")+")")+` AS time, coalesce(a.outcome, 'done') AS metric, coalesce(a.statements, 0) AS value
FROM ops.snapshot
LEFT JOIN (
  SELECT accessed_on AS day, `+outcomeOf+` AS outcome, count(*) AS statements
  FROM ops.access
  WHERE `+inDays("accessed_on")+`
  GROUP BY ALL
) AS a ON true
ORDER BY time, metric`).series("done", "refused", "failed", "cancelled").stacked()
}

func accessTable() *panel {
	return rows("Who asks", "Statements of the period by user, role and way in: how many, how many did not end well, median and highest duration, rows returned, and the last one."+accessNote,
		`SELECT
  coalesce(user_name, 'nobody yet') AS "User",
  role AS "Role",
  via AS "Via",
  application AS "Application",
  count(access_id) AS "Statements",
  count(*) FILTER (WHERE NOT is_ok) AS "Not done",
  median(duration_ms) AS "Median",
  max(duration_ms) AS "Slowest",
  sum(row_count)::BIGINT AS "Rows",
  max(accessed_at) AS "Last"
FROM ops.snapshot
LEFT JOIN ops.access ON `+periodAccess+`
GROUP BY ALL
ORDER BY "Statements" DESC, "User"`,
		text("User"), text("Role"), text("Via"), text("Application"), count("Statements"), count("Not done").coloured("transparent", step{1, colourWarn}),
		columnOf("Median", unitMillis), columnOf("Slowest", unitMillis), count("Rows"), when("Last")).size(12, 8)
}

func refusedTable() *panel {
	return rows("Refused, failed and slow statements", "The last 100 statements of the period that did not end well or took more than a second: who, from where, what, how long; the code is an SQLSTATE."+accessNote,
		`SELECT
  accessed_at AS "When",
  user_name AS "User",
  client AS "From",
  via AS "Via",
  CASE WHEN access_id IS NULL THEN 'nothing to show' ELSE `+outcomeOf+` END AS "Outcome",
  outcome AS "Code",
  duration_ms AS "Duration",
  row_count AS "Rows",
  statement AS "Statement"
FROM ops.snapshot
LEFT JOIN ops.access ON `+periodAccess+` AND (NOT is_ok OR duration_ms > 1000)
ORDER BY accessed_at DESC
LIMIT 100`,
		when("When"), text("User"), text("From"), text("Via"), text("Outcome"), text("Code"), columnOf("Duration", unitMillis), count("Rows"),
		text("Statement").wrapped().width(560)).
		size(24, 8)
}
