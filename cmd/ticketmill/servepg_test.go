package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// servedTables are published by the tests of serving: a ticket mart like the
// real one, of any size.
func servedTables(rows int) []string {
	return []string{
		"CREATE SCHEMA marts", "CREATE SCHEMA ops", "CREATE SCHEMA texts", "CREATE SCHEMA core",
		fmt.Sprintf(`CREATE TABLE marts.ticket AS SELECT
			'demo:' || i AS ticket_id, ['jira', 'github'][1 + i %% 2] AS source, 'a title of ticket ' || i AS title_redacted,
			['community', 'paid', 'hybrid'][1 + (hash(i) %% 3)::BIGINT] AS support_model, 'type-' || (hash(i * 7) %% 40) AS demand_type_id,
			['urgent', 'high', 'normal', 'low'][1 + i %% 4] AS priority,
			CASE i %% 3 WHEN 0 THEN ['a', 'b c'] WHEN 1 THEN []::VARCHAR[] END AS labels,
			TIMESTAMP '2024-07-01' + to_seconds((i * 63072000.0 / %[1]d)::BIGINT) AS created_at,
			(DATE '2024-07-01' + (i * 730 // %[1]d)::INTEGER) AS created_on,
			(hash(i * 3) %% 900000)::BIGINT AS first_response_seconds, (hash(i * 5) %% 9000000)::BIGINT AS resolution_seconds,
			i %% 9 = 0 AS is_open, (i %% 5)::DOUBLE AS satisfaction_score, (i %% 7)::INTEGER AS comment_count
		FROM range(%[1]d) AS r(i)`, rows),
		`CREATE TABLE marts.backlog_daily AS SELECT created_on AS on_day, source, support_model, count(*) AS opened,
			count(*) FILTER (WHERE is_open) AS backlog FROM marts.ticket GROUP BY ALL`,
		`CREATE TABLE marts.every_type AS SELECT true AS a_bool, 1::TINYINT AS a_tiny, 2::SMALLINT AS a_small, 3::INTEGER AS an_int, 4::BIGINT AS a_big,
			5::HUGEINT AS a_huge, 6::UBIGINT AS a_ubig, 7.5::FLOAT AS a_float, -8.25::DOUBLE AS a_double, -12345.678::DECIMAL(12,3) AS a_decimal,
			'text ü' AS a_text, DATE '2026-03-04' AS a_date, TIME '05:06:07.5' AS a_time, TIMESTAMP '2026-03-04 05:06:07.891' AS a_timestamp,
			TIMESTAMPTZ '2026-03-04 05:06:07+00' AS a_timestamptz, INTERVAL '1 month 2 days 3 hours' AS an_interval,
			UUID '00112233-4455-6677-8899-aabbccddeeff' AS a_uuid, 'ab'::BLOB AS a_blob, '{"k": [1, null]}'::JSON AS a_json, {'x': 1} AS a_struct,
			['a', NULL, 'b "c"'] AS texts, [1, 2]::BIGINT[] AS bigs, []::INTEGER[] AS none, [[1], [2]] AS nested, 'b'::ENUM('a', 'b') AS an_enum,
			0.00::DECIMAL(5,2) AS a_zero, DATE '1999-12-31' AS an_old_date, NULL::VARCHAR AS a_null`,
		"CREATE TABLE ops.snapshot_no AS SELECT 0 AS generation",
		"CREATE TABLE texts.example AS SELECT 'a secret text' AS body",
		"CREATE TABLE core.private AS SELECT 'nobody sees this' AS body",
	}
}

// publishServed publishes a generation whose number is in ops.snapshot_no.
func publishServed(t testing.TB, home string, generation, rows int) {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.Create(ctx, filepath.Join(t.TempDir(), "build.duckdb"), warehouse.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append(servedTables(rows), fmt.Sprintf("UPDATE ops.snapshot_no SET generation = %d", generation)) {
		if err := db.Exec(ctx, s); err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
	var tables []warehouse.PublishTable
	for _, name := range []string{"marts.ticket", "marts.backlog_daily", "marts.every_type", "ops.snapshot_no", "texts.example"} {
		tables = append(tables, warehouse.PublishTable{Name: name})
	}
	if err := db.Publish(ctx, filepath.Join(home, "published"), warehouse.Generation(generation), tables); err != nil {
		t.Fatal(err)
	}
}

// served is a running `serve` of a snapshot.
type served struct {
	home, address string
	app           *app
	stop          func() error // ends it and gives its error
}

// serveSnapshot serves in this process. The configuration may be changed; the
// user without one is localUser.
func serveSnapshot(t testing.TB, rows int, change ...func(*Config)) *served {
	t.Helper()
	home := t.TempDir()
	publishServed(t, home, 1, rows)
	c := &Config{Home: home, Serve: ServeConfig{PG: "127.0.0.1:0", HTTP: "127.0.0.1:0", Memory: "1GB"}}
	for _, f := range change {
		f(c)
	}
	if err := c.Serve.validate(); err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	a := &app{env: environment("VERA", "vera's password", "ANNA", "anna's"), stdout: w, stderr: io.Discard, now: time.Now, log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := a.serve(ctx, c, func(uint64) error { return nil })
		w.CloseWithError(err)
		ended <- err
	}()
	s := &served{home: home, app: a}
	lines := bufio.NewScanner(r)
	for s.address == "" && lines.Scan() {
		if f := strings.Fields(lines.Text()); f[0] == "PostgreSQL" {
			s.address = f[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if s.address == "" {
		t.Fatalf("it does not serve: %v", <-ended)
	}
	s.stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("serve ends with %v", err)
		}
	})
	return s
}

// dsn is the address of a user.
func (s *served) dsn(user, password string, more ...string) string {
	host, port, _ := net.SplitHostPort(s.address)
	d := fmt.Sprintf("host=%s port=%s user=%s dbname=ticketmill connect_timeout=10", host, port, user)
	if password != "" {
		d += fmt.Sprintf(` password='%s'`, strings.ReplaceAll(password, "'", `\'`))
	}
	return strings.Join(append([]string{d}, more...), " ")
}

// connect connects with pgx as localUser.
func (s *served) connect(t testing.TB, more ...string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.dsn(localUser, "", append([]string{"sslmode=disable"}, more...)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// text runs a query over the simple protocol: rows joined by |, cells by a
// space.
func simpleText(ctx context.Context, conn *pgx.Conn, sql string) (string, error) {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", err
	}
	var rows []string
	for _, r := range results {
		for _, row := range r.Rows {
			var cells []string
			for _, cell := range row {
				if cell == nil {
					cell = []byte("NULL")
				}
				cells = append(cells, string(cell))
			}
			rows = append(rows, strings.Join(cells, " "))
		}
	}
	return strings.Join(rows, "|"), nil
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
