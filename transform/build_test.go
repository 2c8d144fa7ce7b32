package transform_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func TestBuildPublishes(t *testing.T) {
	h := newHome(t)
	h.words("a", "b", "a")
	var progress []int
	job := h.job(load(t, small()))
	job.Progress = func(done, total int, name string) {
		if total != 6 || name == "" {
			t.Errorf("progress(%d, %d, %q)", done, total, name)
		}
		progress = append(progress, done)
	}
	res, err := transform.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if res.Generation != filepath.Join(h.published(), "gen-000001.duckdb") || len(res.Steps) != 6 {
		t.Errorf("got %+v", res)
	}
	if !slices.Equal(progress, []int{1, 2, 3, 4, 5, 6}) {
		t.Errorf("progress %v", progress)
	}
	if got := h.query("SELECT word, n FROM marts.word ORDER BY word"); got != "A 2\nB 1" {
		t.Errorf("marts.word is\n%s", got)
	}
	if got := names(t, h.published()); !slices.Equal(got, []string{"CURRENT", "gen-000001.duckdb"}) {
		t.Errorf("published are %v", got)
	}
	if got := names(t, h.warehouse()); !slices.Contains(got, "gen-000001.duckdb") || slices.ContainsFunc(got, isLeftOver) {
		t.Errorf("the warehouse has %v", got)
	}
}

func isLeftOver(name string) bool {
	return strings.Contains(name, ".tmp") || strings.HasSuffix(name, ".wal")
}

func TestOnlyMartsAndOpsArePublished(t *testing.T) {
	h := newHome(t)
	h.words("a")
	h.mustBuild(small())
	got := h.query("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'pgcat' ORDER BY 1")
	if got != "marts.word\nops.check\nops.dictionary\nops.step\nops.total" {
		t.Errorf("published are\n%s", got)
	}
	if got := h.query("SELECT table_name, grain, key FROM ops.dictionary WHERE table_name IN ('marts.word', 'ops.total')"); got !=
		"marts.word One row per word. word\nops.total One row in all. n" {
		t.Errorf("the dictionary says\n%s", got)
	}
	if got := h.query(`SELECT "check", offenses FROM ops.check WHERE "check" LIKE 'no_%'`); got != "no_bad 0\nno_long 0" {
		t.Errorf("checks are\n%s", got)
	}
	if got := h.query("SELECT step, row_count, staged_files FROM ops.step WHERE step IN ('core.word', 'staging.a_landed_word') ORDER BY step"); got !=
		"core.word 1 0\nstaging.a_landed_word 1 2" {
		t.Errorf("steps are\n%s", got)
	}
}

// The same landing gives the same rows in the same order.
func TestPublishedRowsLieInTheOrderOfTheirKey(t *testing.T) {
	h := newHome(t)
	h.words("c", "a", "d", "b")
	h.mustBuild(small())
	if got := h.query("SELECT word FROM marts.word ORDER BY rowid"); got != "A\nB\nC\nD" {
		t.Errorf("got %q", got)
	}
}

func TestFailingCheckPublishesNothing(t *testing.T) {
	h := newHome(t)
	h.words("good")
	h.mustBuild(small())
	h.words("bad", "an incredibly long word")
	res, err := h.build(t.Context(), small())
	var failed *transform.ChecksFailedError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if res.Generation != "" || len(failed.Failed) != 2 {
		t.Errorf("got %+v, %+v", res, failed.Failed)
	}
	want := "2 data checks failed, nothing was published (" + failed.Kept + " shows the tables): " +
		"no_bad: 1 rows (first: word=BAD n=1) against: No word is BAD.; " +
		"no_long: 1 rows (first: word=AN INCREDIBLY LONG WORD) against: No word is long."
	if err.Error() != want {
		t.Errorf("got %s\nwant %s", err, want)
	}
	if _, err := os.Stat(failed.Kept); err != nil {
		t.Errorf("the failed generation cannot be looked into: %v", err)
	}
	if err := os.Remove(failed.Kept); err != nil {
		t.Fatal(err)
	}
	if got := h.query("SELECT word FROM marts.word"); got != "GOOD" {
		t.Errorf("readers see %q", got)
	}
	oneGeneration(t, h)
	// put right, the next build publishes
	h.files = h.files[:1]
	h.words("fine")
	if res := h.mustBuild(small()); filepath.Base(res.Generation) != "gen-000002.duckdb" {
		t.Errorf("got %s", res.Generation)
	}
}

// oneGeneration: the first generation is there and nothing else, nor a left-over.
func oneGeneration(t *testing.T, h *home) {
	t.Helper()
	if got := names(t, h.published()); !slices.Equal(got, []string{"CURRENT", "gen-000001.duckdb"}) {
		t.Errorf("published are %v", got)
	}
	got := names(t, h.warehouse())
	got = slices.DeleteFunc(got, func(n string) bool { return n == "staged" || n == "spill.tmp" })
	if !slices.Equal(got, []string{"gen-000001.duckdb"}) {
		t.Errorf("the warehouse has %v", got)
	}
}

func TestFailingStatementNamesItsStep(t *testing.T) {
	cases := map[string]struct {
		changes map[string]string
		want    string
	}{
		"a step": {
			map[string]string{"core/word.sql": "-- One row per word.\n-- key: word\nSELECT wrod AS word, 1 AS n FROM staging.ticket"},
			"build core.word: ",
		},
		"a failing value": {
			map[string]string{"ops/total.sql": "-- One row in all.\n-- key: n?\nSELECT sum(word::INTEGER) AS n FROM core.word"},
			"build ops.total: ",
		},
		"staging": {
			map[string]string{"staging/a/landed_word.sql": "-- One row per word.\n-- key: _file, _row\nSELECT loud(payload ->> '$.word') AS word, error('no') AS x FROM landing.a_words"},
			"build staging.a_landed_word: stage staging.a_landed_word from ",
		},
		"a check": {
			map[string]string{"checks/no_bad.sql": "-- No word is BAD.\nSELECT wrod FROM marts.word"},
			"check no_bad: ",
		},
		"a macro": {
			map[string]string{"macros.sql": "CREATE MACRO loud(word) AS upper(word);\nCREATE MACRO broken(x) AS ;\n"},
			"sql/macros.sql: ",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.words("good")
			h.mustBuild(small())
			_, err := h.build(t.Context(), with(c.changes))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "Stack Trace") {
				t.Errorf("the error shows DuckDB's inside: %v", err)
			}
			oneGeneration(t, h)
		})
	}
}

func TestKeysAreChecked(t *testing.T) {
	const head = "-- One row per word.\n-- key: "
	cases := map[string]struct{ statement, want string }{
		"a duplicate":       {head + "word\nSELECT word, 1 AS n FROM core.word UNION ALL SELECT word, 2 FROM core.word", "key of marts.word: 1 rows (first: word=GOOD row_count=2)"},
		"a null":            {head + "word\nSELECT NULL::VARCHAR AS word, 1 AS n", "key of marts.word: 1 rows (first: word=<nil> row_count=1)"},
		"a duplicate null":  {head + "word, n?\nSELECT word, NULL::INTEGER AS n FROM core.word, range(2)", "key of marts.word: 1 rows (first: word=GOOD n=<nil> row_count=2)"},
		"an allowed null":   {head + "word, n?\nSELECT word, NULL::INTEGER AS n FROM core.word", ""},
		"all columns of it": {head + "word, n\nSELECT word, unnest([1, 2]) AS n FROM core.word", ""},
		"no rows":           {head + "word\nSELECT word, n FROM core.word WHERE false", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.words("good")
			_, err := h.build(t.Context(), with(map[string]string{"marts/word.sql": c.statement}))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.want != "" && len(names(t, h.published())) != 0 {
				t.Errorf("published are %v", names(t, h.published()))
			}
		})
	}
}

func TestInterruptedBuildLeavesNothing(t *testing.T) {
	h := newHome(t)
	h.words("good")
	h.mustBuild(small())
	h.words("more")
	for _, after := range []string{"staging.a_landed_word", "core.word", "marts.word"} {
		ctx, cancel := context.WithCancel(t.Context())
		job := h.job(load(t, small()))
		job.Progress = func(_, _ int, name string) {
			if name == after {
				cancel()
			}
		}
		_, err := transform.Build(ctx, job)
		cancel()
		if err == nil {
			t.Fatalf("interrupted after %s, the build succeeds", after)
		}
		oneGeneration(t, h)
	}
	// A statement that would run for hours stops too.
	slow := with(map[string]string{"ops/total.sql": "-- One row in all.\n-- key: n?\nSELECT count(*) AS n FROM range(100000000) AS a, range(100000) AS b WHERE hash(a.range, b.range) = 0"})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := h.build(ctx, slow); err == nil || time.Since(begun) > 20*time.Second {
		t.Errorf("got %v after %s", err, time.Since(begun))
	}
	oneGeneration(t, h)
	h.mustBuild(small())
	if got := h.query("SELECT word FROM marts.word ORDER BY word"); got != "GOOD\nMORE" {
		t.Errorf("got %q", got)
	}
}

// A build that was killed leaves a half-made file; the next build makes its own.
func TestLeftOversOfAKilledBuildAreRemoved(t *testing.T) {
	h := newHome(t)
	h.words("good")
	for _, dir := range []string{h.warehouse(), h.published()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gen-000001.duckdb.tmp", "gen-000001.duckdb.tmp.wal"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.mustBuild(small())
	oneGeneration(t, h)
	if got := names(t, h.warehouse()); slices.ContainsFunc(got, isLeftOver) {
		t.Errorf("the warehouse has %v", got)
	}
}

func TestOldGenerationsArePruned(t *testing.T) {
	h := newHome(t)
	h.keep = 2
	h.words("a")
	for range 4 {
		h.mustBuild(small())
	}
	if got := names(t, h.published()); !slices.Equal(got, []string{"CURRENT", "gen-000003.duckdb", "gen-000004.duckdb"}) {
		t.Errorf("published are %v", got)
	}
	// An operator went back to an older one: it stays as long as it counts.
	if err := os.WriteFile(filepath.Join(h.published(), "CURRENT"), []byte("gen-000003.duckdb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := warehouse.Prune(h.published(), 1); err != nil {
		t.Fatal(err)
	}
	if got := names(t, h.published()); !slices.Equal(got, []string{"CURRENT", "gen-000003.duckdb", "gen-000004.duckdb"}) {
		t.Errorf("published are %v", got)
	}
}

// A reader that has an old generation open goes on reading it.
func TestReadersKeepTheirSnapshot(t *testing.T) {
	h := newHome(t)
	h.keep = 1
	h.words("a")
	first := h.mustBuild(small())
	db, err := warehouse.OpenReadOnly(t.Context(), first.Generation, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h.words("b")
	h.mustBuild(small())
	if n, err := db.Int(t.Context(), "SELECT count(*) FROM marts.word"); err != nil || n != 1 {
		t.Errorf("the old reader sees %d rows (%v)", n, err)
	}
	if got := h.query("SELECT count(*) FROM marts.word"); got != "2" {
		t.Errorf("a new reader sees %s rows", got)
	}
}
