package transform_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform"
)

func TestLoadErrors(t *testing.T) {
	const grain = "-- One row per x.\n-- key: x\n"
	cases := map[string]struct {
		changes map[string]string
		want    string
	}{
		"no grain": {
			map[string]string{"core/x.sql": "SELECT 1 AS x"},
			"sql/core/x.sql: the first line must be a comment that says what one row is",
		},
		"no key": {
			map[string]string{"core/x.sql": "-- One row per x.\nSELECT 1 AS x"},
			`sql/core/x.sql: a line "-- key: column, …" is missing`,
		},
		"core reads landing": {
			map[string]string{"core/x.sql": grain + "SELECT _key AS x FROM landing.a_words"},
			"sql/core/x.sql: a core statement must not read landing.a_words (it may read staging, core, config)",
		},
		"core reads marts": {
			map[string]string{"core/x.sql": grain + "SELECT word AS x FROM marts.word"},
			"sql/core/x.sql: a core statement must not read marts.word",
		},
		"marts read staging": {
			map[string]string{"marts/x.sql": grain + "SELECT word AS x FROM staging.ticket"},
			"sql/marts/x.sql: a marts statement must not read staging.ticket",
		},
		"marts read the ledger": {
			map[string]string{"marts/x.sql": grain + "SELECT run_id AS x FROM ledger.manifest"},
			"sql/marts/x.sql: a marts statement must not read ledger.manifest",
		},
		"staging reads core": {
			map[string]string{"staging/a/x.sql": grain + "SELECT word AS x FROM core.word"},
			"sql/staging/a/x.sql: a staging statement must not read core.word",
		},
		"a table within a subquery counts": {
			map[string]string{"marts/x.sql": grain + "SELECT 1 AS x WHERE EXISTS (SELECT 1 FROM staging.ticket)"},
			"sql/marts/x.sql: a marts statement must not read staging.ticket",
		},
		"two streams": {
			map[string]string{"staging/a/x.sql": grain + "SELECT a._key AS x FROM landing.a_words AS a, landing.a_other AS b"},
			"sql/staging/a/x.sql: it reads two landing streams, a_other and a_words",
		},
		"landing and more": {
			map[string]string{"staging/a/x.sql": grain + "SELECT a._key AS x FROM landing.a_words AS a, config.setting AS b"},
			"sql/staging/a/x.sql: it reads landing and other tables",
		},
		"unknown table": {
			map[string]string{"core/x.sql": grain + "SELECT y AS x FROM core.y"},
			"sql: core.x reads core.y, which nothing makes",
		},
		"circle": {
			map[string]string{"core/x.sql": grain + "SELECT x FROM core.y", "core/y.sql": grain + "SELECT x FROM core.x"},
			"sql: a circle: core.x → core.y → core.x",
		},
		"circle of one": {
			map[string]string{"core/x.sql": grain + "SELECT x FROM core.x"},
			"sql: a circle: core.x → core.x",
		},
		"two statements": {
			map[string]string{"core/x.sql": grain + "SELECT 1 AS x; SELECT 2 AS x"},
			"sql/core/x.sql: parse SQL: 2 statements where one is due",
		},
		"no SELECT": {
			map[string]string{"core/x.sql": grain + "DROP TABLE core.word"},
			"sql/core/x.sql: parse SQL: ",
		},
		"no SQL": {
			map[string]string{"core/x.sql": grain + "SELEKT"},
			"sql/core/x.sql: parse SQL: ",
		},
		"a check without a sentence": {
			map[string]string{"checks/x.sql": "SELECT 1"},
			"sql/checks/x.sql: the first line must be a comment",
		},
		"no macros": {
			map[string]string{"macros.sql": ""},
			"open macros.sql: file does not exist",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := transform.Load(t.Context(), with(c.changes))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	p := load(t, with(map[string]string{
		"staging/b/ticket.sql":       "-- One row per b.\n-- key: word\nSELECT word FROM staging.b_landed_word",
		"staging/b/landed_word.sql":  "-- One row per b.\n-- key: _file, _row\nSELECT payload AS word FROM landing.b_words",
		"staging/b/not_a_ticket.sql": "-- One row per b.\n-- key: word\nSELECT word FROM staging.b_landed_word",
		"README.md":                  "no statement",
	}))
	word := p.Steps["marts.word"]
	if word.Grain != "One row per word." || !slices.Equal(word.Needs, []string{"config.setting", "core.word"}) || word.Landed != "" {
		t.Errorf("got %+v", word)
	}
	if got := p.Steps["ops.total"].Key; !slices.Equal(got, []transform.KeyColumn{{Name: "n", Nullable: true}}) {
		t.Errorf("got key %v", got)
	}
	if got := p.Steps["staging.a_landed_word"]; got.Landed != "a_words" || len(got.Key) != 2 {
		t.Errorf("got %+v", got)
	}
	// a name that only ends like a shared table's joins no union
	if got := p.Unions; len(got) != 1 || !slices.Equal(got["staging.ticket"], []string{"staging.a_ticket", "staging.b_ticket"}) {
		t.Errorf("got unions %v", got)
	}
	if len(p.Checks) != 2 || p.Checks[0].Name != "no_bad" || p.Checks[0].What != "No word is BAD." {
		t.Errorf("got checks %v", p.Checks)
	}
}

// before checks that each step and union comes after what it reads.
func before(t *testing.T, p *transform.Plan) {
	t.Helper()
	order, err := p.Order()
	if err != nil {
		t.Fatal(err)
	}
	if len(order) != len(p.Steps)+len(p.Unions) {
		t.Errorf("%d nodes in the order of %d steps and %d unions", len(order), len(p.Steps), len(p.Unions))
	}
	place := map[string]int{}
	for i, name := range order {
		place[name] = i
	}
	for name, s := range p.Steps {
		for _, n := range s.Needs {
			if at, ok := place[n]; ok && at >= place[name] {
				t.Errorf("%s comes before %s, which it reads", name, n)
			}
		}
	}
	for name, members := range p.Unions {
		for _, m := range members {
			if place[m] >= place[name] {
				t.Errorf("%s comes before %s, which is part of it", name, m)
			}
		}
	}
	again, err := p.Order()
	if err != nil || !slices.Equal(order, again) {
		t.Errorf("the order is not always the same: %v, then %v", order, again)
	}
}

func TestOrder(t *testing.T) {
	before(t, load(t, small()))
}

func TestEmbeddedStatements(t *testing.T) {
	p := load(t, sql.Files)
	before(t, p)
	for _, union := range slices.Sorted(maps.Keys(p.Unions)) {
		if len(p.Unions[union]) == 0 {
			t.Errorf("%s has no members", union)
		}
	}
	if p.Unions["staging.ticket"] == nil || p.Steps["marts.ticket"] == nil || len(p.Checks) == 0 {
		t.Error("the embedded statements are not all there")
	}
}

func TestLoadNeedsAFileSystemThatWorks(t *testing.T) {
	var broken fs.FS = fstest.MapFS{"macros.sql": text(""), "core": &fstest.MapFile{Mode: fs.ModeDir}, "core/x.sql": {Mode: fs.ModeDir}}
	if _, err := transform.Load(t.Context(), broken); err != nil {
		t.Errorf("a folder named x.sql is no statement: %v", err)
	}
}
