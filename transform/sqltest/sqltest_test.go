package sqltest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// statements are a small warehouse of all layers.
func statements() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"macros.sql": file("-- Twice.\nCREATE MACRO twice(x) AS x * 2;\n-- The end.\n"),
		"staging/a/landed_thing.sql": file(`-- One row per landed thing.
-- key: _file, _row
SELECT _source AS source, _run_id AS run_id, _key AS landed_key, _deleted AS is_deleted, _schema AS schema_name,
    _row AS landed_row, payload ->> '$.name' AS name
FROM landing.a_things`),
		"staging/a/ticket.sql": file("-- One row per thing.\n-- key: source, name\nSELECT source, name, _file, _row FROM staging.a_landed_thing"),
		"staging/b/ticket.sql": file("-- One row per thing.\n-- key: source, name\nSELECT 'b' AS source, name FROM staging.b_landed_thing"),
		"staging/b/landed_thing.sql": file("-- One row per landed thing.\n-- key: _file, _row\n" +
			"SELECT payload ->> '$.name' AS name FROM landing.b_things"),
		"core/thing.sql": file("-- One row per thing.\n-- key: name\nSELECT name, count(*) AS n, min(s.as_of) AS as_of " +
			"FROM staging.ticket CROSS JOIN config.setting AS s GROUP BY name"),
		"marts/thing.sql":  file("-- One row per thing.\n-- key: name\nSELECT name, twice(n) AS doubled, as_of FROM core.thing"),
		"checks/even.sql":  file("-- Doubled numbers are even.\nSELECT name, doubled FROM marts.thing WHERE doubled % 2 <> 0"),
		"checks/known.sql": file("-- Names are known.\nSELECT name FROM marts.thing WHERE name IS NULL"),
	}
}

const clock = "given config.setting\n  as_of:TIMESTAMP\n  2026-01-05 09:00\n"

// suite is a Suite over statements with a common table.
func suite(t *testing.T) *Suite {
	t.Helper()
	common, err := Parse("common.txt", clock)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSuite(t.Context(), statements(), common)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check runs the only case of the text.
func check(t *testing.T, text string) error {
	t.Helper()
	f, err := Parse("x.txt", text)
	if err != nil {
		return err
	}
	return suite(t).Check(t.Context(), f, f.Cases[0])
}

func TestCases(t *testing.T) {
	Run(t, statements(), "testdata", false)
}

func TestDifferencesAreShown(t *testing.T) {
	err := check(t, `case one
given core.thing
  name | n
  a    | 1
  b    | 2
  b    | 2
run marts.thing
want marts.thing
  name | doubled
  a    | 2
  b    | 4
  c    | 6
`)
	want := `x.txt:8: case "one": marts.thing is not as wanted (- wanted, + got)
     name | doubled
     a    | 2
 +   b    | 4
     b    | 4
 -   c    | 6
`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"no case":           {"run core.thing", `x.txt:1: "run" belongs in a case`},
		"unknown word":      {"case x\nexpect y.z", "x.txt:2: a line begins with case, given, run or want"},
		"nothing above":     {"  a | b", "x.txt:1: an indented line belongs under"},
		"tab":               {"case x\ngiven a.b\n\tx", "x.txt:3: indent with spaces"},
		"no title":          {"case", "x.txt:1: a case needs a title"},
		"same title":        {"case a\nwant a.b\ncase a\nwant a.b", "x.txt:3: line 1 has a case of the same title"},
		"no want":           {"case a\nrun core.thing", `x.txt:1: the case "a" wants nothing`},
		"no header":         {"case a\ngiven core.thing\nwant core.thing", "x.txt:2: given core.thing has no header"},
		"bad name":          {"case a\ngiven thing\n  x\nwant a.b", "x.txt:2: given needs a table's name"},
		"bad run":           {"case a\nrun core.thing marts.thing\nwant a.b", "x.txt:2: run needs tables' names"},
		"cells":             {"case a\ngiven core.thing\n  name | n\n\n  # one\n  a\nwant a.b", "x.txt:6: 1 cells under a header of 2"},
		"backslash":         {"case a\ngiven core.thing\n  name\n  a\\b\nwant a.b", "x.txt:4: a backslash is written"},
		"twice":             {"case a\ngiven core.thing\n  n\ngiven core.thing\n  n\nwant a.b", "x.txt:4: core.thing is given on line 2 already"},
		"body of run":       {"case a\nrun core.thing\n  x\nwant a.b", "x.txt:3: nothing is written under run"},
		"body of case":      {"case a\n  x\nwant a.b", "x.txt:2: nothing is written under a case's title"},
		"landed setting":    {"case a\ngiven landing.a_things\n  color=red {}\nwant a.b", `x.txt:3: a landed row has no "color"`},
		"landed payload":    {"case a\ngiven landing.a_things\n  key=1\nwant a.b", "x.txt:3: a landed row has a payload"},
		"file and payload":  {"case a\ngiven landing.a_things\n  file {}\nwant a.b", "x.txt:3: after file come settings"},
		"unknown column":    {"case a\ngiven core.thing\n  nam\nwant core.thing\n  name", `x.txt:2: core.thing has no column "nam"`},
		"column twice":      {"case a\ngiven core.thing\n  n | n\nwant core.thing\n  name", `x.txt:2: given core.thing has the column "n" twice`},
		"wrong type":        {"case a\ngiven core.thing\n  n:DATE\nwant core.thing\n  name", "x.txt:2: core.thing.n is of type BIGINT, not DATE"},
		"no type":           {"case a\ngiven test.x\n  n\nwant test.x\n  n", "x.txt:2: no statement makes test.x"},
		"bad value":         {"case a\ngiven core.thing\n  n\n  1\n  many\nwant core.thing\n  n", "x.txt:5: "},
		"unknown table":     {"case a\nrun core.nothing\nwant core.nothing\n  n", `x.txt:2: case "a": there is no statement for core.nothing`},
		"given and run":     {"case a\ngiven core.thing\n  n\nrun core.thing\nwant core.thing\n  n", "x.txt:4: core.thing is given on x.txt:2"},
		"not run":           {"case a\nwant core.thing\n  n", `x.txt:2: case "a": core.thing is neither given nor run`},
		"no wanted header":  {"case a\nrun core.thing\nwant core.thing", "x.txt:3: want core.thing has no header"},
		"wrong wanted":      {"case a\nrun core.thing\nwant core.thing\n  nam", `x.txt:3: case "a": Binder Error`},
		"another table":     {"case a\nrun core.thing\nwant core.thing\n  (SELECT max(n) FROM core.thing)", "x.txt:3: case \"a\": a header names columns"},
		"failing statement": {"case a\ngiven config.setting\n  other:DATE\nrun core.thing\nwant core.thing\n  n", "x.txt:2: config.setting has no column"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := check(t, c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

func TestWhatTheCallerBringsMustBeGiven(t *testing.T) {
	_, err := NewSuite(context.Background(), statements(), nil)
	if err == nil || !strings.Contains(err.Error(), "core.thing reads config.setting, which must be given") {
		t.Errorf("got %v", err)
	}
}

func TestCommonFileHasNoCases(t *testing.T) {
	f, err := Parse("common.txt", "case a\nwant core.thing\n  n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewSuite(t.Context(), statements(), f)
	if err == nil || err.Error() != "common.txt:1: common.txt holds tables for all files and no cases" {
		t.Errorf("got %v", err)
	}
}

func TestUpdateRewritesOnlyWhatDiffers(t *testing.T) {
	before := `# Kept.
case one
given core.thing
  name | n
  b    | 10
  a    | 2
  -    | 1
run marts.thing
# Kept too.
want marts.thing
  name | doubled
  old  | 99
  # lost: comments belong above want
  old  | 100

case two
given core.thing
  name | n
  a    | 1
want core.thing
  n   |   name
  1   |   a
want core.thing
`
	after := `# Kept.
case one
given core.thing
  name | n
  b    | 10
  a    | 2
  -    | 1
run marts.thing
# Kept too.
want marts.thing
  name | doubled
  a    | 4
  b    | 20
  -    | 2

case two
given core.thing
  name | n
  a    | 1
want core.thing
  n   |   name
  1   |   a
want core.thing
  name | n | as_of
  a    | 1 | -
`
	f, err := Parse("x.txt", before)
	if err != nil {
		t.Fatal(err)
	}
	s := suite(t)
	got, err := s.Update(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got != after {
		t.Errorf("got\n%s\nwant\n%s", got, after)
	}
	f, err = Parse("x.txt", got)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Cases {
		if err := s.Check(t.Context(), f, c); err != nil {
			t.Error(err)
		}
	}
	if again, err := s.Update(t.Context(), f); err != nil || again != got {
		t.Errorf("a second update changes the file (%v):\n%s", err, again)
	}
}

func TestRunUpdatesTheFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("common.txt", clock)
	write("a.txt", "case one\ngiven core.thing\n  n\n  1\nrun marts.thing\nwant marts.thing\n  doubled\n")
	t.Run("update", func(t *testing.T) { Run(t, statements(), dir, true) })
	got, err := os.ReadFile(filepath.Join(dir, "a.txt"))
	if err != nil || !strings.HasSuffix(string(got), "want marts.thing\n  doubled\n  2\n") {
		t.Errorf("got %s (%v)", got, err)
	}
}

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("case a\ngiven a.b\n  \"x\" | \\| | \\n\n  - | \"-\" | \"\"\nwant a.b\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("x.txt", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.txt:") {
				t.Errorf("the error names no line: %v", err)
			}
			return
		}
		for _, c := range file.Cases {
			for _, w := range c.Want {
				if w.Table != nil {
					sameWhenWritten(t, w.Table)
				}
			}
		}
	})
}

// sameWhenWritten: a table that is written and read again is the same.
func sameWhenWritten(t *testing.T, table *Table) {
	t.Helper()
	text := "case a\nwant a.b\n" + strings.Join(table.format(), "\n")
	again, err := Parse("y.txt", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	got := again.Cases[0].Want[0].Table
	if strings.Join(got.Header, "\x00") != strings.Join(table.Header, "\x00") || diff(table, got) != "" {
		t.Errorf("not the same when written:\n%s", text)
	}
}
