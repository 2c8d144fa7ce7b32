package warehouse_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// memory is an in-memory database with one thread.
func memory(t testing.TB) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Memory(t.Context(), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDB(t, db) })
	return db
}

func closeDB(t testing.TB, db *warehouse.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func exec(t testing.TB, db *warehouse.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
}

// publish publishes marts.thing(id, name, score) of n rows as the given
// generation and returns the snapshot's path.
func publish(t testing.TB, dir string, generation, n int) string {
	t.Helper()
	db, err := warehouse.Create(t.Context(), filepath.Join(t.TempDir(), "build.duckdb"), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, db)
	exec(t, db,
		"CREATE SCHEMA marts", "CREATE SCHEMA ops", "CREATE SCHEMA core",
		fmt.Sprintf("CREATE TABLE marts.thing AS SELECT (%d - i)::BIGINT AS id, 'name ' || i AS name, i / 2 AS score FROM range(%[1]d) AS r(i)", n),
		"CREATE TABLE ops.secret AS SELECT 42 AS answer",
		"CREATE TABLE core.private AS SELECT 'nobody sees this' AS body")
	tables := []warehouse.PublishTable{{Name: "marts.thing", OrderBy: []string{"id"}}, {Name: "ops.secret"}}
	if err := db.Publish(t.Context(), dir, warehouse.Generation(generation), tables); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, warehouse.Generation(generation))
}

func readOnly(t testing.TB, path string, writable ...string) *warehouse.DB {
	t.Helper()
	db, err := warehouse.OpenReadOnly(t.Context(), path, warehouse.Options{Threads: 1}, writable...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDB(t, db) })
	return db
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestCreateNeedsANewName(t *testing.T) {
	path := publish(t, t.TempDir(), 1, 1)
	if _, err := warehouse.Create(t.Context(), path, warehouse.Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}

// A snapshot serves several queries at once, in UTC, and longer than the context
// in which it was opened.
func TestReadOnlyServesSeveral(t *testing.T) {
	path := publish(t, t.TempDir(), 1, 3)
	ctx, cancel := context.WithCancel(t.Context())
	db, err := warehouse.OpenReadOnly(ctx, path, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDB(t, db) })
	cancel()
	err = db.Each(t.Context(), "SELECT 1", func([]any) error { // within it one connection is taken
		zone, err := db.Text(t.Context(), "SELECT current_setting('TimeZone')")
		if zone != "UTC" {
			t.Errorf("the time zone is %q", zone)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A snapshot's reader can reach nothing but the snapshot.
func TestReadOnlyIsLocked(t *testing.T) {
	dir := t.TempDir()
	path := publish(t, dir, 1, 3)
	outside := filepath.Join(dir, "outside.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := publish(t, t.TempDir(), 1, 3)
	db := readOnly(t, path)
	for _, s := range []string{
		"SELECT * FROM read_csv('" + outside + "')",
		"SELECT * FROM '" + outside + "'",
		"SELECT * FROM read_text('/etc/hostname')",
		"SELECT * FROM read_blob('/etc/hostname')",
		"SELECT * FROM glob('/etc/*')",
		"COPY marts.thing TO '" + filepath.Join(dir, "out.csv") + "'",
		"EXPORT DATABASE '" + filepath.Join(dir, "export") + "'",
		"ATTACH '" + other + "' AS other",
		"ATTACH '" + filepath.Join(dir, "new.duckdb") + "' AS other",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access=true",
		"RESET enable_external_access",
		"SET allowed_directories=['/']",
		"SET lock_configuration=false",
		"SET memory_limit='1TB'",
		"SET temp_directory='/tmp'",
		"CREATE TABLE marts.new AS SELECT 1",
		"DELETE FROM marts.thing",
		"DROP TABLE marts.thing",
		"UPDATE marts.thing SET name = 'x'",
	} {
		if err := db.Exec(t.Context(), s); err == nil {
			t.Errorf("%s is allowed", s)
		}
	}
	if n, err := db.Int(t.Context(), "SELECT count(*) FROM marts.thing"); err != nil || n != 3 {
		t.Errorf("the snapshot has %d rows (%v)", n, err)
	}
}

func TestReadOnlyMayWriteIntoItsFolders(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	db := readOnly(t, publish(t, dir, 1, 3), temp)
	exec(t, db, "COPY marts.thing TO "+warehouse.Quote(filepath.Join(temp, "out.csv")))
	for _, to := range []string{
		filepath.Join(dir, "out.csv"),
		temp + "/../out.csv",
		temp + "-beside.csv",
	} {
		if err := db.Exec(t.Context(), "COPY marts.thing TO "+warehouse.Quote(to)); err == nil {
			t.Errorf("writing %s is allowed", to)
		}
	}
	if err := db.Exec(t.Context(), "SELECT * FROM read_text('/etc/hostname')"); err == nil {
		t.Error("reading elsewhere is allowed")
	}
}

func TestParse(t *testing.T) {
	db := memory(t)
	for statement, want := range map[string]string{
		"SELECT 1":                             "",
		"SELECT 1;":                            "",
		"WITH a AS (SELECT 1) SELECT * FROM a": "",
		"SELECT 1 UNION ALL SELECT 2":          "",
		"SELECT 1; SELECT 2":                   "2 statements where one is due",
		"SELECT 1; DROP TABLE x":               "parse SQL: ",
		"":                                     "0 statements where one is due",
		"-- nothing":                           "0 statements where one is due",
		"DROP TABLE x":                         "parse SQL: ",
		"INSERT INTO x VALUES (1)":             "parse SQL: ",
		"COPY (SELECT 1) TO 'x'":               "parse SQL: ",
		"CREATE TABLE x AS SELECT 1":           "parse SQL: ",
		"ATTACH 'x'":                           "parse SQL: ",
		"SET threads=1":                        "parse SQL: ",
		"PRAGMA version":                       "parse SQL: ",
		"SELECT FROM WHERE":                    "parse SQL: ",
		"SELECT 'open":                         "parse SQL: ",
	} {
		_, err := db.Parse(t.Context(), statement)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%q) is %v, want %q", statement, err, want)
		}
	}
}

func TestParseNeverRuns(t *testing.T) {
	db := memory(t)
	exec(t, db, "CREATE TABLE x AS SELECT 1 AS a")
	for _, s := range []string{"DROP TABLE x", "SELECT 1; DROP TABLE x", "DELETE FROM x; SELECT 1"} {
		if _, err := db.Parse(t.Context(), s); err == nil {
			t.Errorf("%s parses", s)
		}
	}
	if n, err := db.Int(t.Context(), "SELECT count(*) FROM x"); err != nil || n != 1 {
		t.Errorf("%d rows are left (%v)", n, err)
	}
}

func TestTables(t *testing.T) {
	db := memory(t)
	for statement, want := range map[string]string{
		"SELECT 1":               "",
		"SELECT * FROM b.x, a.y": "a.y b.x",
		"SELECT * FROM a.x AS p JOIN a.x AS q ON p.i = q.i":      "a.x",
		"WITH c AS (SELECT * FROM a.x) SELECT * FROM c":          "a.x",
		"SELECT (SELECT max(i) FROM a.x)":                        "a.x",
		"SELECT 1 WHERE 1 IN (SELECT i FROM a.x)":                "a.x",
		"SELECT * FROM a.x UNION ALL (SELECT * FROM a.y)":        "a.x a.y",
		"SELECT * FROM (SELECT * FROM a.x) AS s":                 "a.x",
		"SELECT * FROM a.x QUALIFY i = (SELECT max(i) FROM b.y)": "a.x b.y",
	} {
		s, err := db.Parse(t.Context(), statement)
		if err != nil {
			t.Errorf("%s: %v", statement, err)
			continue
		}
		if got := strings.Join(s.Tables(), " "); got != want {
			t.Errorf("%s reads %q, want %q", statement, got, want)
		}
	}
}

func TestCreateTable(t *testing.T) {
	db := memory(t)
	table := warehouse.Table{
		Name:    "main.given",
		Columns: []warehouse.Column{{Name: "check", Type: "VARCHAR"}, {Name: "n", Type: "BIGINT"}},
		Rows:    [][]driver.Value{{"it's", int64(1)}, {nil, nil}},
	}
	if err := db.CreateTable(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), `SELECT "check", n FROM given ORDER BY n`)
	if err != nil || fmt.Sprint(rows.Values) != "[[it's 1] [<nil> <nil>]]" || !slices.Equal(rows.Types, []string{"VARCHAR", "BIGINT"}) {
		t.Errorf("got %v (%v)", rows, err)
	}
	table.Name = "main.bad"
	table.Rows = [][]driver.Value{{"x", "no number"}}
	if err := db.CreateTable(t.Context(), table); err == nil || !strings.HasPrefix(err.Error(), "fill main.bad: ") {
		t.Errorf("got %v", err)
	}
	if err := db.CreateTable(t.Context(), warehouse.Table{Name: "nowhere.x", Columns: table.Columns}); err == nil || !strings.HasPrefix(err.Error(), "create nowhere.x: ") {
		t.Errorf("got %v", err)
	}
}

func TestSessionsRunInUTC(t *testing.T) {
	got, err := memory(t).Text(t.Context(), "SELECT ('2026-01-05T09:00:00+02:00'::TIMESTAMPTZ)::TIMESTAMP::VARCHAR || ' ' || current_setting('TimeZone')")
	if err != nil || got != "2026-01-05 07:00:00 UTC" {
		t.Errorf("got %q (%v)", got, err)
	}
}

func TestACancelledQueryStops(t *testing.T) {
	db := memory(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Query(ctx, "SELECT count(*) FROM range(1000000000)"); err == nil {
		t.Error("a cancelled query succeeds")
	}
}
