package warehouse_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func TestPublish(t *testing.T) {
	dir := t.TempDir()
	path := publish(t, dir, 1, 3)
	if got := files(t, dir); !slices.Equal(got, []string{"CURRENT", "gen-000001.duckdb"}) {
		t.Errorf("published are %v", got) // no .wal, no .tmp
	}
	if got, err := warehouse.Current(dir); err != nil || got != path {
		t.Errorf("current is %s (%v)", got, err)
	}
	db := readOnly(t, path)
	rows, err := db.Query(t.Context(), "SELECT id FROM marts.thing ORDER BY rowid")
	if err != nil || len(rows.Values) != 3 || rows.Values[0][0] != int64(1) || rows.Values[2][0] != int64(3) {
		t.Errorf("the rows are %v (%v)", rows.Values, err)
	}
	if marts, err := db.Marts(t.Context()); err != nil || !slices.Equal(marts, []string{"marts.thing", "ops.secret"}) {
		t.Errorf("published are %v (%v)", marts, err)
	}
	if n, err := db.Int(t.Context(), "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'core'"); err != nil || n != 0 {
		t.Errorf("%d private tables are published (%v)", n, err)
	}
}

func TestPublishOverALeftOver(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"gen-000001.duckdb.tmp", "gen-000001.duckdb.tmp.wal"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, dir, 1, 3)
	if got := files(t, dir); !slices.Equal(got, []string{"CURRENT", "gen-000001.duckdb"}) {
		t.Errorf("published are %v", got)
	}
}

func TestAFailedPublishChangesNothing(t *testing.T) {
	dir := t.TempDir()
	path := publish(t, dir, 1, 3)
	db := memory(t)
	exec(t, db, "CREATE SCHEMA marts", "CREATE TABLE marts.good AS SELECT 1 AS a")
	for _, tables := range [][]warehouse.PublishTable{
		{{Name: "marts.good"}, {Name: "marts.missing"}},
		{{Name: "marts.good", OrderBy: []string{"b"}}},
	} {
		err := db.Publish(t.Context(), dir, warehouse.Generation(2), tables)
		if err == nil || !strings.HasPrefix(err.Error(), "publish gen-000002.duckdb: marts.") {
			t.Errorf("got %v", err)
		}
		if got := files(t, dir); !slices.Equal(got, []string{"CURRENT", "gen-000001.duckdb"}) {
			t.Errorf("published are %v", got)
		}
	}
	if got, err := warehouse.Current(dir); err != nil || got != path {
		t.Errorf("current is %s (%v)", got, err)
	}
	// the database is as good as before
	if err := db.Publish(t.Context(), dir, warehouse.Generation(2), []warehouse.PublishTable{{Name: "marts.good"}}); err != nil {
		t.Error(err)
	}
}

func TestCurrent(t *testing.T) {
	dir := t.TempDir()
	if _, err := warehouse.Current(dir); !errors.Is(err, warehouse.ErrNothingPublished) {
		t.Errorf("got %v", err)
	}
	if _, err := warehouse.Current(filepath.Join(dir, "missing")); !errors.Is(err, warehouse.ErrNothingPublished) {
		t.Errorf("got %v", err)
	}
	for content, good := range map[string]bool{
		"gen-000007.duckdb\n":  true,
		"gen-000007.duckdb":    true,
		"":                     false,
		"\n":                   false,
		"\x00\x00\x00\x00":     false,
		"gen-":                 false,
		"latest.duckdb":        false,
		"../gen-000007.duckdb": false,
		"/etc/passwd":          false,
	} {
		if err := os.WriteFile(filepath.Join(dir, "CURRENT"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		path, err := warehouse.Current(dir)
		if good && (err != nil || path != filepath.Join(dir, "gen-000007.duckdb")) {
			t.Errorf("CURRENT %q: got %s (%v)", content, path, err)
		}
		if !good && (err == nil || !strings.Contains(err.Error(), "CURRENT does not name a generation; run `ticketmill build`")) {
			t.Errorf("CURRENT %q: got %s, %v", content, path, err)
		}
	}
}

func TestCurrentIsAGenerationAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"gen-000007.duckdb.tmp", "gen-000007.duckdb\ngen-8", "gen-7.duckdb", "gen-000007.duckdb.wal"} {
		if err := os.WriteFile(filepath.Join(dir, "CURRENT"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if path, err := warehouse.Current(dir); err == nil {
			t.Errorf("CURRENT %q: got %s", content, path)
		}
	}
}

func TestNextGeneration(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for path, want := range map[string]int{"": 1, filepath.Join(a, "gen-000003.duckdb"): 4, filepath.Join(b, "gen-1000000.duckdb"): 1000001} {
		if path != "" {
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		n, err := warehouse.NextGeneration(a, b, filepath.Join(a, "missing"))
		if err != nil || path == "" && n < 1 || n < want {
			t.Errorf("after %s comes %d (%v)", path, n, err)
		}
	}
}

func TestPruneKeepsTheNewestAndTheCurrentOne(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 5; n++ {
		write(warehouse.Generation(n), "")
	}
	write("gen-000001.duckdb.wal", "")
	write("gen-000006.duckdb.tmp", "")
	write("gen-000006.duckdb.tmp.wal", "")
	write("notes.txt", "")
	write("CURRENT", "gen-000002.duckdb\n")
	if err := warehouse.Prune(dir, 2); err != nil {
		t.Fatal(err)
	}
	want := []string{"CURRENT", "gen-000002.duckdb", "gen-000004.duckdb", "gen-000005.duckdb", "notes.txt"}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
	// With a damaged CURRENT nothing is removed: who knows what counts.
	write("CURRENT", "?")
	if err := warehouse.Prune(dir, 1); err == nil {
		t.Error("a damaged CURRENT is no error")
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
}

// Names sort as text, generations count as numbers.
func TestPruneBeyondSixDigits(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{999_998, 999_999, 1_000_000} {
		if err := os.WriteFile(filepath.Join(dir, warehouse.Generation(n)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := warehouse.Prune(dir, 2); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"gen-1000000.duckdb", "gen-999999.duckdb"}) {
		t.Errorf("left are %v", got)
	}
}
