package transform_test

import (
	"fmt"
	"testing"

	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// randomLives fills what marts.backlog_daily reads: tickets of four groups,
// each open, resolved, reopened and so on at random moments of three months
// around the days on which Berlin's clocks go forward; a tenth is deleted.
func randomLives(seed int) []string {
	return []string{
		`CREATE SCHEMA config`, `CREATE SCHEMA core`, `CREATE SCHEMA marts`,
		`CREATE TABLE config.setting AS SELECT TIMESTAMP '2026-04-20 07:30' AS as_of, 'Europe/Berlin' AS timezone`,
		fmt.Sprintf(`CREATE TABLE marts.ticket AS SELECT
			'jira:' || i AS ticket_id, 'jira' AS source,
			CASE hash(i, %[1]d) %% 3 WHEN 0 THEN 'SUP' WHEN 1 THEN 'OPS' END AS project,
			CASE hash(i, %[1]d, 'm') %% 2 WHEN 0 THEN 'paid' END AS support_model,
			NULL::VARCHAR AS demand_type_id,
			hash(i, %[1]d, 'd') %% 10 = 0 AS is_deleted,
			TIMESTAMP '2026-02-01' + to_minutes((hash(i, %[1]d, 'c') %% 90000)::BIGINT) AS created_at
			FROM range(120) AS r(i)`, seed),
		fmt.Sprintf(`CREATE TABLE core.transition AS
			WITH turn AS (
				SELECT ticket_id, k + 1 AS transition_no, k %% 2 = 1 AS is_resolved, k = 0 AS is_creation, false AS is_inferred,
					created_at + to_minutes((sum(CASE WHEN k = 0 THEN 0 ELSE hash(ticket_id, k, %[1]d) %% 20000 END) OVER w)::BIGINT) AS occurred_at
				FROM marts.ticket, range(6) AS r(k)
				WHERE k <= hash(ticket_id, %[1]d, 'n') %% 6
				WINDOW w AS (PARTITION BY ticket_id ORDER BY k)
			)
			SELECT *, lead(occurred_at) OVER (PARTITION BY ticket_id ORDER BY transition_no) AS until_at FROM turn`, seed),
	}
}

// backlogAges is the median age the slow and plain way: every open ticket on
// every day, and a quantile over them.
const backlogAges = `
	WITH turn AS (
		SELECT t.source, t.project, t.support_model, t.created_at,
			local_day(x.occurred_at, c.timezone) AS on_day,
			coalesce(local_day(x.until_at, c.timezone), local_day(c.as_of, c.timezone) + 1) AS until_day
		FROM core.transition AS x
		INNER JOIN marts.ticket AS t USING (ticket_id)
		CROSS JOIN config.setting AS c
		WHERE NOT x.is_resolved AND NOT t.is_deleted
	),
	standing AS (
		SELECT *, unnest(generate_series(on_day::TIMESTAMP, (until_day - 1)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
		FROM turn WHERE until_day > on_day
	)
	SELECT day AS on_day, source, project, support_model, count(*) AS backlog,
		round(epoch(least(any_value(c.as_of), (day + 1)::TIMESTAMP AT TIME ZONE any_value(c.timezone) AT TIME ZONE 'UTC'))
			- quantile_cont(epoch(created_at), 0.5))::BIGINT AS backlog_age_p50_seconds
	FROM standing CROSS JOIN config.setting AS c
	WHERE day <= local_day(c.as_of, c.timezone)
	GROUP BY day, source, project, support_model`

// TestBacklogAgainstBruteForce: the statement finds medians by counting; here
// they are looked up ticket by ticket.
func TestBacklogAgainstBruteForce(t *testing.T) {
	plan := load(t, sql.Files)
	for seed := range 20 {
		db, err := warehouse.Memory(t.Context(), warehouse.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		const localDay = "CREATE MACRO local_day(utc, zone) AS (utc AT TIME ZONE 'UTC' AT TIME ZONE zone)::DATE"
		statements := append(randomLives(seed), localDay,
			"CREATE TABLE marts.backlog_daily AS "+plan.Steps["marts.backlog_daily"].SQL,
			"CREATE TABLE plain AS "+backlogAges)
		for _, s := range statements {
			if err := db.Exec(t.Context(), s); err != nil {
				t.Fatalf("%v in %s", err, s)
			}
		}
		const shown = "SELECT on_day, source, project, support_model, backlog, backlog_age_p50_seconds FROM "
		rows, err := db.Query(t.Context(), "SELECT 'only in the mart' AS place, * FROM ("+shown+"marts.backlog_daily WHERE backlog > 0 EXCEPT ALL "+shown+"plain) "+
			"UNION ALL SELECT 'only by brute force', * FROM ("+shown+"plain EXCEPT ALL "+shown+"marts.backlog_daily) ORDER BY 2, 3, 4, 5, 1 LIMIT 6")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows.Values {
			t.Errorf("seed %d: %v", seed, r)
		}
		if n, err := db.Int(t.Context(), "SELECT count(*) FROM plain"); err != nil || n < 200 {
			t.Errorf("seed %d: only %d rows to compare (%v)", seed, n, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
