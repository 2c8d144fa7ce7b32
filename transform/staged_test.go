package transform_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/sql"
)

// stagedFiles lists what is remembered of a step.
func (h *home) stagedFiles(step string) []string {
	return names(h.t, filepath.Join(h.warehouse(), "staged", step))
}

func TestOnlyNewFilesAreStaged(t *testing.T) {
	h := newHome(t)
	h.words("a")
	h.words("b")
	if res := h.mustBuild(small()); res.Staged != 3 { // and the result of no rows
		t.Errorf("%d files staged at first", res.Staged)
	}
	if res := h.mustBuild(small()); res.Staged != 0 {
		t.Errorf("%d files staged again", res.Staged)
	}
	h.words("c")
	if res := h.mustBuild(small()); res.Staged != 1 {
		t.Errorf("%d files staged after one landed", res.Staged)
	}
	if got := h.query("SELECT word FROM marts.word ORDER BY word"); got != "A\nB\nC" {
		t.Errorf("got %q", got)
	}
	// the snapshot says so too
	if got := h.query("SELECT staged_files FROM ops.step WHERE step = 'staging.a_landed_word'"); got != "1" {
		t.Errorf("ops.step has %s", got)
	}
}

func TestWhatIsRememberedDependsOnStatementMacrosAndContent(t *testing.T) {
	h := newHome(t)
	h.words("a")
	h.mustBuild(small())
	quiet := with(map[string]string{"macros.sql": "CREATE MACRO loud(word) AS lower(word);\n"})
	if res := h.mustBuild(quiet); res.Staged != 2 {
		t.Errorf("%d files staged with another macro", res.Staged)
	}
	if got := h.query("SELECT word FROM marts.word"); got != "a" {
		t.Errorf("got %q", got)
	}
	other := with(map[string]string{"staging/a/landed_word.sql": "-- One row per landed word.\n-- key: _file, _row\nSELECT _source AS source, '<' || (payload ->> '$.word') AS word FROM landing.a_words"})
	if res := h.mustBuild(other); res.Staged != 2 {
		t.Errorf("%d files staged with another statement", res.Staged)
	}
	if got := h.query("SELECT word FROM marts.word"); got != "<a" {
		t.Errorf("got %q", got)
	}
	// Statements of later layers do not matter.
	later := with(map[string]string{
		"staging/a/landed_word.sql": string(other["staging/a/landed_word.sql"].Data),
		"marts/word.sql":            "-- One row per word.\n-- key: word\nSELECT word, 2 * n AS n FROM core.word",
	})
	if res := h.mustBuild(later); res.Staged != 0 {
		t.Errorf("%d files staged with another mart", res.Staged)
	}
	// Another content under the same path is another file.
	h.files = nil
	h.words("z")
	if res := h.mustBuild(later); res.Staged != 1 {
		t.Errorf("%d files staged with another content", res.Staged)
	}
	if got := h.query("SELECT word, n FROM marts.word"); got != "<z 2" {
		t.Errorf("got %q", got)
	}
}

func TestResultsThatNoFileNeedsAreForgotten(t *testing.T) {
	h := newHome(t)
	h.words("a")
	h.words("b")
	h.mustBuild(small())
	before := h.stagedFiles("staging.a_landed_word")
	h.files = h.files[:1]
	h.mustBuild(small())
	after := h.stagedFiles("staging.a_landed_word")
	if len(before) != 3 || len(after) != 2 {
		t.Errorf("remembered are %v, then %v", before, after)
	}
	// What a killed build left is forgotten too.
	left := filepath.Join(h.warehouse(), "staged", "staging.a_landed_word", "half.parquet.tmp")
	if err := os.WriteFile(left, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.mustBuild(small())
	if got := h.stagedFiles("staging.a_landed_word"); !slices.Equal(got, after) {
		t.Errorf("remembered are %v", got)
	}
}

func TestAFailedBuildKeepsWhatWasRemembered(t *testing.T) {
	h := newHome(t)
	h.words("a")
	h.mustBuild(small())
	h.words("bad")
	if _, err := h.build(t.Context(), small()); err == nil {
		t.Fatal("the check passes")
	}
	h.files = h.files[:1]
	if res := h.mustBuild(small()); res.Staged != 0 {
		t.Errorf("%d files staged again", res.Staged)
	}
}

func TestAStreamWithoutFilesIsAnEmptyTable(t *testing.T) {
	h := newHome(t)
	if res := h.mustBuild(small()); res.Staged != 1 {
		t.Errorf("%d files staged of none", res.Staged)
	}
	if got := h.query("SELECT count(*) FROM marts.word"); got != "0" {
		t.Errorf("got %s rows", got)
	}
	// files of other streams and kinds are not this one's
	h.land("a", "other", landed{key: "x", payload: `{"word": "x"}`})
	h.land("b", "words", landed{key: "x", payload: `{"word": "x"}`})
	if res := h.mustBuild(small()); res.Staged != 0 {
		t.Errorf("%d files staged of other streams", res.Staged)
	}
}

func TestLandingOrderIsFileThenRow(t *testing.T) {
	h := newHome(t)
	files := with(map[string]string{
		"core/place.sql":  "-- One row per landed word.\n-- key: word\nSELECT word, _file AS file_no, _row AS row_no FROM staging.a_landed_word",
		"marts/place.sql": "-- One row per landed word.\n-- key: word\nSELECT * FROM core.place",
	})
	h.words("d", "c")
	h.words("b", "a")
	h.mustBuild(files)
	if got := h.query("SELECT word, file_no, row_no FROM marts.place ORDER BY file_no, row_no"); got != "D 1 0\nC 1 1\nB 2 0\nA 2 1" {
		t.Errorf("got\n%s", got)
	}
}

// everything is all published tables as text, without what a build's own
// timing puts in.
func (h *home) everything() string {
	h.t.Helper()
	tables := strings.Split(h.query("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'pgcat' AND table_name NOT IN ('step', 'run', 'snapshot') ORDER BY 1"), "\n")
	var all strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&all, "%s\n%s\n", table, h.query("SELECT * FROM "+table+" ORDER BY rowid"))
	}
	return all.String()
}

// The real statements: a build that remembers, one that does not, and one with
// several workers all publish the same, to the order of the rows.
func TestARememberedBuildEqualsAFullOne(t *testing.T) {
	h := realHome(t)
	h.landReal(0, 40, "r1")
	h.mustBuild(sql.Files)
	h.landReal(20, 60, "r2") // half of it is news of what landed before
	res := h.mustBuild(sql.Files)
	if res.Staged == 0 {
		t.Error("nothing was staged")
	}
	remembered := h.everything()
	if !strings.Contains(remembered, "marts.ticket\n") || strings.Count(remembered, "\n") < 200 {
		t.Fatalf("the published tables are too small to compare:\n%s", remembered)
	}
	for _, threads := range []int{1, 3} {
		if err := os.RemoveAll(filepath.Join(h.warehouse(), "staged")); err != nil {
			t.Fatal(err)
		}
		h.threads = threads
		if res := h.mustBuild(sql.Files); res.Staged <= 4 {
			t.Errorf("%d files staged of all", res.Staged)
		}
		if full := h.everything(); full != remembered {
			t.Errorf("with %d threads a full build publishes something else:\n%s", threads, firstDifference(remembered, full))
		}
	}
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
