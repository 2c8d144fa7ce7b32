package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/lib/pq" // the driver of Grafana up to 12.3
)

const everyText = `t 1 2 3 4 5 6 7.5 -8.25 -12345.678 text ü 2026-03-04 05:06:07.5 2026-03-04 05:06:07.891 2026-03-04 05:06:07+00 ` +
	`1 mon 2 days 03:00:00 00112233-4455-6677-8899-aabbccddeeff \x6162 {"k": [1, null]} {"x":1} {a,NULL,"b \"c\""} {1,2} {} [[1],[2]] b 0.00 1999-12-31 NULL`

// TestEveryTypeAsText: the simple protocol, as Grafana uses it.
func TestEveryTypeAsText(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 10).connect(t)
	got, err := simpleText(t.Context(), conn, "SELECT * FROM marts.every_type")
	if err != nil || got != everyText {
		t.Errorf("got  %s (%v)\nwant %s", got, err, everyText)
	}
}

// TestEveryTypeInBinary: pgx's default, whose values must be those of the text.
func TestEveryTypeInBinary(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 10).connect(t)
	rows, err := conn.Query(t.Context(), "SELECT * FROM marts.every_type")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
	if err != nil {
		t.Fatal(err)
	}
	rows, err = conn.Query(t.Context(), "SELECT * FROM marts.every_type", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
	if err != nil {
		t.Fatal(err)
	}
	delete(text, "a_zero") // pgx forgets a zero's digits
	for name, want := range text {
		if got := binary[name]; !reflect.DeepEqual(got, want) && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %#v in binary and %#v as text", name, got, want)
		}
	}
	var types []string
	for _, f := range rows.FieldDescriptions() {
		types = append(types, fmt.Sprint(f.DataTypeOID))
	}
	want := "16 21 21 23 20 1700 1700 700 701 1700 25 1082 1083 1114 1184 1186 2950 17 114 114 1009 1016 1007 114 25 1700 1082 25"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("types are %s\nwant      %s", got, want)
	}
}

// TestParameters: what clients bind, in binary and as text.
func TestParameters(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 100).connect(t)
	day := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		sql  string
		args []any
		want any
	}{
		{"SELECT count(*) FROM ticket WHERE comment_count = $1", []any{3}, int64(14)},
		{"SELECT count(*) FROM ticket WHERE source = $1 AND is_open = $2", []any{"jira", true}, int64(6)},
		{"SELECT count(*) FROM ticket WHERE created_at >= $1 AND created_at < $2", []any{day, day.AddDate(0, 1, 0)}, int64(5)},
		{"SELECT count(*) FROM ticket WHERE created_on = $1", []any{day}, int64(1)},
		{"SELECT count(*) FROM ticket WHERE source = ANY($1)", []any{[]string{"jira", "x"}}, int64(50)},
		{"SELECT count(*) FROM ticket WHERE comment_count = ANY($1::int[])", []any{[]int32{1, 2}}, int64(29)},
		{"SELECT count(*) FROM ticket WHERE satisfaction_score > $1", []any{2.5}, int64(40)},
		{"SELECT $1::text", []any{"it's; -- \" \\"}, "it's; -- \" \\"},
		{"SELECT $1::int + 1", []any{41}, int32(42)},
		{"SELECT $1::text IS NULL", []any{nil}, true},
		{"SELECT count(*) FROM ticket WHERE source LIKE $1 LIMIT $2", []any{"j%", 5}, int64(50)},
		{"SELECT count(*) FROM ticket WHERE created_at < TIMESTAMP '2024-07-01' + $1::interval", []any{36 * time.Hour}, int64(1)},
	} {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			if mode != pgx.QueryExecModeCacheStatement && strings.Contains(c.sql, "ANY($1)") {
				continue // its type must be known to be sent as an array
			}
			rows, err := conn.Query(t.Context(), c.sql, append([]any{mode}, c.args...)...)
			if err != nil {
				t.Errorf("%s (%v): %v", c.sql, mode, err)
				continue
			}
			got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[any])
			if err != nil || got != c.want {
				t.Errorf("%s (%v) gives %#v (%v), want %#v", c.sql, mode, got, err, c.want)
			}
		}
	}
}

// TestLibPQ: simple and extended, through database/sql.
func TestLibPQ(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 100)
	db, err := sql.Open("postgres", s.dsn(localUser, "", "sslmode=disable"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM marts.ticket").Scan(&n); err != nil || n != 100 {
		t.Errorf("simple: %d (%v)", n, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM marts.ticket WHERE source = $1 AND created_at < $2", "jira", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)).Scan(&n); err != nil || n != 50 {
		t.Errorf("extended: %d (%v)", n, err)
	}
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow("SELECT generation FROM ops.snapshot_no").Scan(&n); err != nil || n != 1 {
		t.Errorf("in a transaction: %d (%v)", n, err)
	}
	if _, err := tx.Exec("SELECT nothing"); err == nil {
		t.Error("an unknown column is known")
	}
	if _, err := tx.Exec("SELECT 1"); err == nil || !strings.Contains(err.Error(), "25P02") && !strings.Contains(err.Error(), "aborted") {
		t.Errorf("a failed transaction goes on: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
}

// TestPsql: the commands that people type first.
func TestPsql(t *testing.T) {
	t.Parallel()
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not here")
	}
	s := serveSnapshot(t, 10)
	for command, want := range map[string][]string{
		`\d`:                        {"marts  | ticket", "marts  | every_type", "ops    | snapshot_no"},
		`\dt`:                       {"marts  | ticket"},
		`\dt *.*`:                   {"pg_catalog", "marts"},
		`\d+ marts.ticket`:          {`Table "marts.ticket"`, "labels                 | text[]", "created_at             | timestamp without time zone", "first_response_seconds | bigint"},
		`\d every_type`:             {"a_decimal     | numeric(12,3)", "a_huge        | numeric", "a_json        | json"},
		`\l`:                        {"ticketmill | ticketmill | UTF8"},
		`\dn`:                       {"marts  | ticketmill", "ops "},
		`\du`:                       {"viewer"},
		`\df`:                       {"(0 rows)"},
		`\dT`:                       {"List of data types"},
		`\dT+ int8`:                 {"bigint"},
		`\dv`:                       {"Did not find any relations"},
		`\dp`:                       {"ticket"},
		`\dx`:                       {"(0 rows)"},
		`\di`:                       {"Did not find any relations"},
		`\db`:                       {"pg_default"},
		`\dO`:                       {"List of collations"},
		`\dconfig search_path`:      {"marts, ops"},
		`\conninfo`:                 {`database "ticketmill" as user "ticketmill"`},
		`SELECT 1 AS one, 'ü' AS u`: {"1 | ü"},
		`SHOW server_version`:       {"15.8"},
		`EXPLAIN SELECT 1`:          {"QUERY PLAN"},
	} {
		out, err := exec.Command(psql, "-X", "-c", command, s.dsn(localUser, "")).CombinedOutput()
		for _, w := range want {
			if err != nil || !strings.Contains(string(out), w) {
				t.Errorf("%s does not show %q (%v):\n%s", command, w, err, out)
			}
		}
	}
}

// C is Grafana's condition for tables on the search path.
const onSearchPath = `quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
	FROM generate_series(array_lower(string_to_array(current_setting('search_path'),','),1), array_upper(string_to_array(current_setting('search_path'),','),1)) as i,
	string_to_array(current_setting('search_path'),',') s)`

// TestGrafanaQueries: the texts that Grafana 12.4 itself sends, and what its
// macros expand to.
func TestGrafanaQueries(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 1000).connect(t)
	for _, c := range []struct{ sql, want string }{
		{"-- ping", ""},
		{";", ""},
		{`SELECT CASE WHEN ` + onSearchPath + ` THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
			FROM information_schema.tables
			WHERE quote_ident(table_schema) NOT IN ('information_schema','pg_catalog','_timescaledb_cache','_timescaledb_catalog','_timescaledb_internal','_timescaledb_config','timescaledb_information','timescaledb_experimental')
			ORDER BY CASE WHEN ` + onSearchPath + ` THEN 0 ELSE 1 END, 1`, "backlog_daily|every_type|snapshot_no|ticket|texts.example"},
		{`SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns
			WHERE CASE WHEN array_length(parse_ident('marts.backlog_daily'),1) = 2
			THEN quote_ident(table_schema) = (parse_ident('marts.backlog_daily'))[1] AND quote_ident(table_name) = (parse_ident('marts.backlog_daily'))[2]
			ELSE quote_ident(table_name) = 'marts.backlog_daily' AND ` + onSearchPath + ` END`, "on_day date|source text|support_model text|opened bigint|backlog bigint"},
		{`SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns
			WHERE CASE WHEN array_length(parse_ident('snapshot_no'),1) = 2
			THEN quote_ident(table_schema) = (parse_ident('snapshot_no'))[1] AND quote_ident(table_name) = (parse_ident('snapshot_no'))[2]
			ELSE quote_ident(table_name) = 'snapshot_no' AND ` + onSearchPath + ` END`, "generation integer"},
		{"SELECT current_setting('server_version_num')::int/100 as version", "1500"},
		{"SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", ""},
		{
			`SELECT created_at AS "time", count(*) AS n FROM ticket WHERE created_at BETWEEN '2024-07-01T00:00:00Z' AND '2024-07-02T00:00:00Z' GROUP BY 1 ORDER BY 1`,
			"2024-07-01 00:00:00 1|2024-07-01 17:31:12 1",
		},
		{
			`SELECT floor(extract(epoch from created_at)/86400)*86400 AS "time", count(*) AS v FROM ticket WHERE created_at BETWEEN '2024-07-01T00:00:00Z' AND '2024-07-02T23:00:00.123456789Z' GROUP BY 1 ORDER BY 1`,
			"1719792000 2|1719878400 1",
		},
		{`SELECT floor((first_response_seconds)/300)*300 AS "time", 1 FROM ticket ORDER BY 1 LIMIT 0`, ""},
		{`SELECT count(*) FROM ticket WHERE extract(epoch from created_at) >= 1719792000 AND extract(epoch from created_at) <= 1719878399`, "2"},
		{
			`SELECT date_trunc('month', created_at) AS "time", support_model AS metric, count(*) FROM ticket WHERE source IN ('jira','x') GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1`,
			"2024-07-01 00:00:00 community 9",
		},
		{`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY comment_count), avg(is_open::int), sum(comment_count) FROM ticket`, "3 0.112 2997"},
		{`SELECT DISTINCT support_model AS __text, support_model AS __value FROM ticket ORDER BY 1`, "community community|hybrid hybrid|paid paid"},
		{`SELECT 'a''b', $$c'd$$, E'e\'f'`, "a'b c'd e'f"},
		{`SELECT 1; SELECT 2`, "1|2"},
	} {
		got, err := simpleText(t.Context(), conn, c.sql)
		if err != nil || got != c.want {
			t.Errorf("%s\ngives %q (%v)\nwant  %q", c.sql, got, err, c.want)
		}
	}
}

// TestTags: Grafana drops results whose tag is not SELECT's, and shows errors by
// their code.
func TestTags(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 10).connect(t)
	for sql, want := range map[string]string{
		"SELECT 1": "SELECT 1", "WITH a AS (SELECT 1) TABLE a": "SELECT 1", "VALUES (1), (2)": "SELECT 2", "TABLE ops.snapshot_no": "SELECT 1",
		"(SELECT 1)": "SELECT 1", "SHOW TimeZone": "SHOW", "SET application_name TO 'x'": "SET", "BEGIN; COMMIT": "COMMIT", "DISCARD ALL": "DISCARD ALL",
		"EXPLAIN SELECT 1": "EXPLAIN", "EXPLAIN (ANALYZE, COSTS off) SELECT 1": "EXPLAIN", "RESET ALL": "RESET", "DEALLOCATE ALL": "DEALLOCATE ALL",
	} {
		results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
		if err != nil || len(results) == 0 || results[len(results)-1].CommandTag.String() != want {
			t.Errorf("%s gives %v (%v), want %s", sql, results, err, want)
		}
	}
	for sql, want := range map[string]string{
		"SELECT * FROM nope": `relation "nope" does not exist 42P01`, "SELECT nope FROM ticket": "42703", "SELECT nope()": "function nope does not exist 42883",
		"SELECT 1 +": "42601", "SELECT 'x'::int": "22P02", "SELECT 1::smallint * 40000::smallint": "22003", "SELECT source, count(*) FROM ticket": "42803", "SELECT ''::nope": "42704",
	} {
		_, err := simpleText(t.Context(), conn, sql)
		var failed *pgconn.PgError
		if !errors.As(err, &failed) || !strings.Contains(failed.Message+" "+failed.Code, want) || strings.Contains(failed.Message, "LINE") {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
}

// TestRoles: an analyst reads the texts, a viewer does not.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 10, func(c *Config) {
		c.Serve.Users = []ServeUser{{Name: "vera", Password: "${VERA}", Role: "viewer"}, {Name: "anna", Password: "${ANNA}", Role: "analyst"}}
	})
	for user, password := range map[string]string{"vera": "vera's password", "anna": "anna's"} {
		conn, err := pgx.Connect(t.Context(), s.dsn(user, password, "sslmode=disable"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		for _, sql := range []string{"SELECT body FROM texts.example", `SELECT body FROM "texts"."example"`, "SELECT body FROM ticketmill.texts.example", "TABLE texts.example"} {
			got, err := simpleText(t.Context(), conn, sql)
			if user == "anna" && got != "a secret text" || user == "vera" && (err == nil || !strings.Contains(err.Error(), "42501")) {
				t.Errorf("%s as %s gives %q (%v)", sql, user, got, err)
			}
		}
		if got, err := simpleText(t.Context(), conn, "SELECT current_user, session_user"); err != nil || got != user+" "+user {
			t.Errorf("the user is %q (%v)", got, err)
		}
	}
	for user, password := range map[string]string{"vera": "wrong", "anna": "", "nobody": "x", "": "x", localUser: ""} {
		if _, err := pgx.Connect(t.Context(), s.dsn(user, password, "sslmode=disable")); user != "" && (err == nil || !strings.Contains(err.Error(), "28P01")) {
			t.Errorf("%q is let in: %v", user, err)
		}
	}
}

// TestServeNeedsItsPort: a taken port is the environment's fault.
func TestServeNeedsItsPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := serveSnapshot(t, 1)
	home := t.TempDir()
	publishServed(t, home, 1, 1)
	c := &Config{Home: home, Serve: ServeConfig{PG: l.Addr().String()}}
	if err := s.app.serve(t.Context(), c, func(uint64) error { return nil }); exitStatus(err) != exitEnvironment {
		t.Errorf("exit %d: %v", exitStatus(err), err)
	}
	c = &Config{Home: t.TempDir()}
	if err := s.app.serve(t.Context(), c, func(uint64) error { return nil }); exitStatus(err) != exitEnvironment {
		t.Errorf("nothing published: exit %d: %v", exitStatus(err), err)
	}
}

func TestCursors(t *testing.T) {
	t.Parallel()
	conn := serveSnapshot(t, 1000).connect(t)
	// A portal, read a few rows at a time, as pgjdbc does with a fetch size.
	results := conn.PgConn().ExecParams(t.Context(), "SELECT ticket_id FROM ticket ORDER BY created_at", nil, nil, nil, nil)
	n := 0
	for results.NextRow() {
		n++
	}
	if _, err := results.Close(); err != nil || n != 1000 {
		t.Errorf("%d rows (%v)", n, err)
	}
	batch := &pgx.Batch{}
	for i := range 20 {
		batch.Queue("SELECT $1::int", i)
	}
	answers := conn.SendBatch(t.Context(), batch)
	var got []int
	for range 20 {
		var i int
		if err := answers.QueryRow().Scan(&i); err != nil {
			t.Fatal(err)
		}
		got = append(got, i)
	}
	if err := answers.Close(); err != nil || !slices.IsSorted(got) || got[19] != 19 {
		t.Errorf("the batch gives %v (%v)", got, err)
	}
}
