package sql_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform/sqltest"
)

var update = flag.Bool("update", false, "write what the statements really give into the case files; read the diff before you keep it")

// TestStatements runs the case files of testdata. Their form is described in
// transform/sqltest/FORMAT.md.
func TestStatements(t *testing.T) {
	sqltest.Run(t, sql.Files, "testdata", *update)
}

// TestEveryCheckHasCases: a check that never fails checks nothing, and one that
// always does helps nobody.
func TestEveryCheckHasCases(t *testing.T) {
	fails, passes := map[string]bool{}, map[string]bool{}
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := sqltest.Parse(path, string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Cases {
			for _, w := range c.Want {
				found := map[bool]map[string]bool{true: fails, false: passes}[w.Table != nil && len(w.Table.Rows) > 0]
				found[w.Name.Name] = true
			}
		}
	}
	checks, err := fs.Glob(sql.Files, "checks/*.sql")
	if err != nil || len(checks) == 0 {
		t.Fatalf("there are no checks (%v)", err)
	}
	for _, file := range checks {
		name := "checks." + strings.TrimSuffix(filepath.Base(file), ".sql")
		if !fails[name] || !passes[name] {
			t.Errorf("%s needs a case that wants rows (has one: %t) and a case that wants none (has one: %t)", name, fails[name], passes[name])
		}
	}
}
