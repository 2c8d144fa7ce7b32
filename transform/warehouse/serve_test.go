package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/transform/warehouse"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// serveTables are what the served snapshots of these tests hold.
var serveTables = []string{
	"CREATE SCHEMA marts", "CREATE SCHEMA ops", "CREATE SCHEMA texts",
	`CREATE TABLE marts.thing AS SELECT i::BIGINT AS id, 'name ' || i AS name, i / 2 AS score, ['a', 'b c', NULL] AS labels,
		TIMESTAMP '2026-01-01' + to_hours(i::INTEGER) AS created_at, (i % 3)::DECIMAL(10,2) AS price, i % 2 = 0 AS is_even,
		DATE '2026-01-01' + i::INTEGER AS created_on, {'a': i} AS extra
	FROM range(ROWS) AS r(i)`,
	"CREATE TABLE ops.dictionary AS SELECT 'marts.thing' AS table_name, 'One row per thing.' AS grain",
	"CREATE TABLE texts.example AS SELECT 'a secret text' AS body",
}

// publishServed publishes a snapshot whose marts.thing has n rows.
func publishServed(t testing.TB, dir string, generation, n int) {
	t.Helper()
	db, err := warehouse.Create(t.Context(), filepath.Join(t.TempDir(), "build.duckdb"), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, db)
	for _, s := range serveTables {
		if strings.Contains(s, "ROWS") {
			s = strings.ReplaceAll(s, "ROWS", fmt.Sprint(n))
		}
		exec(t, db, s)
	}
	tables := []warehouse.PublishTable{{Name: "marts.thing", OrderBy: []string{"id"}}, {Name: "ops.dictionary"}, {Name: "texts.example"}}
	if err := db.Publish(t.Context(), dir, warehouse.Generation(generation), tables); err != nil {
		t.Fatal(err)
	}
}

func serve(t testing.TB, dir string, change ...func(*warehouse.ServerOptions)) *warehouse.Server {
	t.Helper()
	o := warehouse.ServerOptions{Dir: dir, Threads: 2, Memory: "500MB", Timeout: 10 * time.Second, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	s, err := warehouse.OpenServer(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// request makes a viewer's request of one statement.
func request(t testing.TB, sql string, params ...string) warehouse.Request {
	t.Helper()
	statements, err := pgcat.Split(sql)
	if err != nil || len(statements) != 1 {
		t.Fatalf("%s: %d statements, %v", sql, len(statements), err)
	}
	r := warehouse.Request{Role: pgcat.Viewer, Statement: statements[0], Session: pgcat.Session{
		User: "vera", PID: 7, Setting: func(name string) (string, bool) { return "marts, ops", name == "search_path" },
	}}
	for _, p := range params {
		r.Params = append(r.Params, &p)
	}
	return r
}

// all reads a result: its rows as texts.
func all(s *warehouse.Server, t testing.TB, r warehouse.Request) ([]string, error) {
	t.Helper()
	c, err := s.Query(t.Context(), r)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var out []string
	for {
		row, err := c.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, strings.Trim(fmt.Sprint(row), "[]"))
	}
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 5)
	s := serve(t, dir)
	for sql, want := range map[string]string{
		"SELECT 1":                   "1",
		"SELECT count(*) FROM thing": "5",
		"SELECT 7 / 2, 7 / 2.0, 1::numeric / 3 < 0.34":                                        "3 3.5 true",
		"SELECT sum(id) FROM marts.thing":                                                     "10",
		"SELECT labels FROM marts.thing LIMIT 1":                                              "a b c <nil>",
		"SELECT price FROM marts.thing WHERE id = 2":                                          "2.00",
		"SELECT extra FROM marts.thing WHERE id = 2":                                          `{"a":2}`,
		"SELECT a, a FROM (SELECT 1 AS a)":                                                    "1 1",
		"SELECT id FROM thing WHERE name ~ '^name [34]$' ORDER BY 1":                          "3|4",
		"SELECT id FROM thing WHERE id = ANY('{1,3}') ORDER BY 1":                             "1|3",
		"SELECT current_user, current_database(), version()":                                  "vera ticketmill PostgreSQL 15.8 (ticketmill)",
		"SELECT '{a,\"b c\"}'::text[]":                                                        "a b c",
		"SELECT 'marts.thing'::regclass::oid > 16000":                                         "true",
		"SELECT c.oid::regclass FROM pg_class c WHERE relname = 'thing'":                      "thing",
		"SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^(mart|op)' ORDER BY 1": "marts|ops",
		"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'thing' ORDER BY ordinal_position LIMIT 4": "id bigint|name text|score double precision|labels ARRAY",
		"SELECT i FROM generate_series(1, 3) AS i":                              "1|2|3",
		"SELECT l FROM unnest(ARRAY['x','y']) l":                                "x|y",
		"SELECT x.n FROM unnest(ARRAY[1,2]) AS x(n)":                            "1|2",
		"VALUES (1, 'a'), (2, 'b')":                                             "1 a|2 b",
		"TABLE ops.dictionary":                                                  "marts.thing One row per thing.",
		"WITH a AS (SELECT 1 AS x) SELECT x FROM a":                             "1",
		"SELECT name FROM thing ORDER BY score NULLS LAST, id DESC LIMIT 2":     "name 0|name 1",
		"SELECT to_char(TIMESTAMP '2026-03-04 05:06:07', 'YYYY-MM-DD HH24:MI')": "2026-03-04 05:06",
		"SELECT obj_description('marts.thing'::regclass)":                       "One row per thing.",
		"SELECT interval '1 month 2 days'":                                      "{1 2 0}",
	} {
		got, err := all(s, t, request(t, sql))
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s\ngives %q (%v)\nwant  %q", sql, strings.Join(got, "|"), err, want)
		}
	}
}

func TestServeRemembers(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 1000)
	s := serve(t, dir)
	const sql = "SELECT count(*), sum(hash(a.id * b.id) % 10) FROM thing AS a, thing AS b"
	var group errgroup.Group
	for range 20 {
		group.Go(func() error { _, err := all(s, t, request(t, sql)); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats(); n.Run != 1 || n.Cached+n.Joined != 19 {
		t.Errorf("twenty at once: %+v", n)
	}
	for _, r := range []warehouse.Request{
		request(t, "SELECT $1::int", "1"), request(t, "SELECT $1::int", "2"), request(t, "SELECT now()"), request(t, "SELECT now()"), request(t, `SELECT "NOW"()`), request(t, `SELECT "NOW"()`),
		func() warehouse.Request { r := request(t, sql); r.Role = pgcat.Analyst; return r }(),
	} {
		before := s.Stats().Run
		if _, err := all(s, t, r); err != nil || s.Stats().Run != before+1 {
			t.Errorf("%s is not run: %v", r.Statement.SQL(), err)
		}
	}
}

func TestServeLargeResults(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 60_000)
	s := serve(t, dir, func(o *warehouse.ServerOptions) { o.MaxRows = 50_000 })
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			rows, err := all(s, t, request(t, "SELECT * FROM thing ORDER BY id LIMIT 50000"))
			if err == nil && (len(rows) != 50_000 || !strings.HasPrefix(rows[49_999], "49999 name 49999 ")) {
				err = fmt.Errorf("%d rows", len(rows))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	var coded interface{ SQLState() string }
	if rows, err := all(s, t, request(t, "SELECT * FROM thing")); !errors.As(err, &coded) || coded.SQLState() != "54000" {
		t.Errorf("%d rows (%v)", len(rows), err)
	}
}

// TestServeBounds: neither a row nor a result can take all of the memory.
func TestServeBounds(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 60_000)
	s := serve(t, dir, func(o *warehouse.ServerOptions) { o.MaxBytes = 8 << 20 })
	for sql, want := range map[string]string{
		"SELECT repeat(repeat('x', 10000), 1000)":                                                  "row",
		"SELECT 1, NULL::text, repeat(repeat('x', 3000), 1000), repeat(repeat('y', 2000), 1000)":   "row",
		"SELECT range(1000000 + i) FROM range(1) AS r(i)":                                          "row",
		"SELECT list(repeat(name, 100)) FROM thing":                                                "row",
		"SELECT [repeat(repeat('x', 10000), 1000)::blob]":                                          "row",
		"SELECT {'a': repeat(repeat('x', 10000), 1000)}":                                           "row",
		"SELECT [[range(1000000 + i)]] FROM range(1) AS r(i)":                                      "row",
		"SELECT id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id FROM thing": "result",
		"SELECT id, repeat(name, 100) FROM thing":                                                  "result",
		"SELECT id, repeat(name, 100) FROM thing ORDER BY name":                                    "result",
	} {
		var coded interface{ SQLState() string }
		rows, err := all(s, t, request(t, sql))
		if !errors.As(err, &coded) || coded.SQLState() != "54000" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %d rows (%v)", sql, len(rows), err)
		}
	}
	rows, err := all(s, t, request(t, "SELECT id, name, labels, extra, NULL FROM thing ORDER BY id DESC LIMIT 20000"))
	if err != nil || len(rows) != 20_000 || !strings.HasPrefix(rows[0], "59999 name 59999 ") {
		t.Errorf("%d rows (%v)", len(rows), err)
	}
}

// TestServeLanes: a light query does not wait for heavy ones.
func TestServeLanes(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 300_000)
	s := serve(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if c, err := s.Query(ctx, request(t, fmt.Sprintf("SELECT count(*) FROM thing a, thing b, thing c WHERE a.score + b.score * c.score = -%d", i+1))); err == nil {
				c.Close()
				t.Error("the heavy query ends")
			}
		})
	}
	for s.Stats().Run < 2 { // as many as run at once
		time.Sleep(time.Millisecond)
	}
	if got, err := all(s, t, request(t, "SELECT count(*) FROM ops.dictionary")); err != nil || got[0] != "1" {
		t.Errorf("the light query gives %v (%v)", got, err)
	}
	if n := s.Stats().Run; n != 3 {
		t.Errorf("%d queries were run", n)
	}
	cancel()
	group.Wait()
}

func TestServeFollows(t *testing.T) {
	dir := t.TempDir()
	publishServed(t, dir, 1, 1)
	s := serve(t, dir, func(o *warehouse.ServerOptions) { o.Poll = time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	var follow sync.WaitGroup
	follow.Go(func() { s.Follow(ctx) })
	old, err := s.Query(t.Context(), request(t, "SELECT * FROM thing, range(40000)")) // too large to be read at once
	if err != nil {
		t.Fatal(err)
	}
	publishServed(t, dir, 2, 7)
	for name := ""; name != "gen-000002.duckdb"; name, _ = s.Generation() {
		time.Sleep(time.Millisecond)
	}
	if err := warehouse.Prune(dir, 1); err != nil {
		t.Fatal(err)
	}
	if got, err := all(s, t, request(t, "SELECT count(*) FROM thing")); err != nil || got[0] != "7" {
		t.Errorf("the new generation has %v (%v)", got, err)
	}
	n := 0
	for ; err == nil; n++ {
		_, err = old.Next()
	}
	if !errors.Is(err, io.EOF) || n != 40_001 || old.Generation != "gen-000001.duckdb" {
		t.Errorf("the query of %s gives %d rows (%v)", old.Generation, n-1, err)
	}
	old.Close()
	if err := os.WriteFile(filepath.Join(dir, "CURRENT"), []byte("gen-000009.duckdb\n"), 0o600); err != nil { // not there
		t.Fatal(err)
	}
	if got, err := all(s, t, request(t, "SELECT count(*) FROM thing")); err != nil || got[0] != "7" {
		t.Errorf("with a wrong CURRENT it gives %v (%v)", got, err)
	}
	cancel()
	follow.Wait()
	s.Close()
	if _, err := s.Query(t.Context(), request(t, "SELECT 1")); err == nil {
		t.Error("it answers after its end")
	}
}

func TestOpenServerNeedsACatalogue(t *testing.T) {
	dir := t.TempDir()
	if _, err := warehouse.OpenServer(t.Context(), warehouse.ServerOptions{Dir: dir}); !errors.Is(err, warehouse.ErrNothingPublished) {
		t.Errorf("nothing published: %v", err)
	}
	db, err := warehouse.Create(t.Context(), filepath.Join(dir, warehouse.Generation(1)), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "CREATE SCHEMA marts", "CREATE SCHEMA ops")
	closeDB(t, db)
	if err := os.WriteFile(filepath.Join(dir, "CURRENT"), []byte(warehouse.Generation(1)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.OpenServer(t.Context(), warehouse.ServerOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "published by an older ticketmill") {
		t.Errorf("without a catalogue: %v", err)
	}
}
