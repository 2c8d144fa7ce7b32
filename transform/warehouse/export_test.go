package warehouse_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func TestOpenMartNames(t *testing.T) {
	db := readOnly(t, publish(t, t.TempDir(), 1, 3))
	for name, want := range map[string]string{
		"thing":                     "",
		"marts.thing":               "",
		"ops.secret":                "",
		"secret":                    `there is no mart "secret"; there are marts.thing, ops.secret`,
		"core.private":              `there is no mart "core.private"`,
		"duckdb_tables()":           "there is no mart",
		"thing; DROP TABLE x":       "there is no mart",
		"marts.thing WHERE id > 1":  "there is no mart",
		"":                          "there is no mart",
		"(SELECT 1)":                "there is no mart",
		"information_schema.tables": "there is no mart",
	} {
		_, err := db.OpenMart(t.Context(), name, "", t.TempDir())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("OpenMart(%q) is %v, want %q", name, err, want)
		}
	}
}

func TestWhereIsACondition(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, 4), temp)
	for where, rows := range map[string]int{
		"id = 1":                         1,
		"name = 'no; such -- name'":      0,
		"id IN (1, 2) OR score IS NULL":  2,
		"id BETWEEN 1 AND 3":             3,
		"":                               4,
		"true":                           4,
		"id = 1 -- a remark":             1,
		"id /* which */ = 1":             1,
		"CASE WHEN id = 1 THEN true END": 1,
		"NOT (id = 1)":                   3,
		// A page's border is inside: this is all rows, each once.
		"1=1) OR (1=1": 4,
	} {
		m, err := db.OpenMart(t.Context(), "thing", where, temp)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if got := csvRows(t, m); got != rows {
			t.Errorf("%s gives %d rows, want %d", where, got, rows)
		}
	}
}

func TestWhereMayUseFunctions(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, 4), temp)
	for where, rows := range map[string]int{
		"id > 1 AND name LIKE 'name %'":               3,
		"id % 2 = 0":                                  2,
		"list_contains([1, 2], id)":                   2,
		"len(list_filter([id], lambda x: x > 2)) > 0": 2,
		"lower(name) = 'name 1'":                      1,
		"-id < -2":                                    2,
	} {
		m, err := db.OpenMart(t.Context(), "thing", where, temp)
		if err != nil {
			t.Errorf("%s: %v", where, err)
		} else if got := csvRows(t, m); got != rows {
			t.Errorf("%s gives %d rows, want %d", where, got, rows)
		}
	}
}

func TestWhereIsNothingElse(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, 4), temp)
	for _, where := range []string{
		// other tables
		"id IN (SELECT answer FROM ops.secret)",
		"EXISTS (SELECT 1)",
		"(SELECT true)",
		"id = (SELECT max(id) FROM marts.thing)",
		"true) UNION ALL SELECT * FROM (SELECT * FROM marts.thing",
		"true) UNION SELECT answer, '', 0 FROM ops.secret WHERE (true",
		"true) EXCEPT SELECT * FROM marts.thing WHERE (id = 1",
		"id = ANY (SELECT answer FROM ops.secret)",
		"ARRAY(SELECT answer FROM ops.secret) IS NOT NULL",
		// further clauses
		"true) LIMIT (1",
		"true) LIMIT 1 OFFSET (1",
		"true) ORDER BY (id",
		// further statements
		"true); DROP TABLE marts.thing; SELECT (1",
		"true; SELECT 1",
		// comments and quotes that would swallow what follows
		"true) --",
		"true) /*",
		"true /*",
		"'",
		"true) -- \n; DROP TABLE marts.thing --",
		// not a condition at all
		" ",
		")",
		"id +",
		"nope = 1",
		"core.private.body = 'x'",
		"read_text('/etc/hostname') IS NOT NULL",
		"count(*) > 0",
		"row_number() OVER () = 1",
		"unnest([true, true])",
		"id = $1",
		"id = ?",
	} {
		_, err := db.OpenMart(t.Context(), "thing", where, temp)
		if err == nil {
			t.Errorf("%q is allowed", where)
		} else if strings.Contains(err.Error(), "Stack Trace") {
			t.Errorf("%q: the error shows DuckDB's inside: %v", where, err)
		}
	}
}

// Clauses that would make a page differ from the sum of its rows.
func TestWhereHasNoClausesBehindIt(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, 4), temp)
	for _, where := range []string{
		"true) GROUP BY ALL HAVING (true",
		"true) QUALIFY (row_number() OVER () = 1",
		"true) USING SAMPLE (1",
	} {
		if _, err := db.OpenMart(t.Context(), "thing", where, temp); err == nil {
			t.Errorf("%q is allowed", where)
		}
	}
}

func csvRows(t testing.TB, m *warehouse.Mart) int {
	t.Helper()
	var out bytes.Buffer
	if err := m.WriteText(t.Context(), &out, "csv", func(int64) {}); err != nil {
		t.Error(err)
		return -1
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Error(err)
	}
	return len(records) - 1
}

// More rows than a page holds: 200,000 in files, 50,000 in memory.
const manyRows = 410_001

func TestExportsHaveAllRows(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, manyRows), temp)
	for where, want := range map[string]int64{
		"":                             manyRows,
		"id > 150000 AND id <= 250000": 100_000,  // across a border
		"1=1) OR (1=1":                 manyRows, // not once a page
		"id = 0":                       0,
		"id > 400000":                  10_001, // the last page alone
		"id IN (1, 200001, 410001)":    3,
	} {
		m, err := db.OpenMart(t.Context(), "thing", where, temp)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if m.Rows() != manyRows {
			t.Errorf("the mart has %d rows", m.Rows())
		}
		for format, count := range map[string]func(testing.TB, *warehouse.Mart) int64{
			"csv": countCSV, "json": countJSON, "parquet": countParquet, "each": countEach,
		} {
			if got := count(t, m); got != want {
				t.Errorf("%s of %q has %d rows, want %d", format, where, got, want)
			}
		}
	}
	if left := files(t, temp); len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// counter counts lines without keeping them.
type counter struct {
	lines int64
	first []byte
}

func (c *counter) Write(p []byte) (int, error) {
	if len(c.first) < 100 {
		c.first = append(c.first, p[:min(len(p), 100)]...)
	}
	c.lines += int64(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

func countCSV(t testing.TB, m *warehouse.Mart) int64 {
	var c counter
	var last int64
	if err := m.WriteText(t.Context(), &c, "csv", func(n int64) { last = n }); err != nil {
		t.Error(err)
	}
	if !bytes.HasPrefix(c.first, []byte("id,name,score\n")) {
		t.Errorf("the header is %.40q", c.first)
	}
	if last != manyRows {
		t.Errorf("progress ends at %d", last)
	}
	return c.lines - 1
}

func countJSON(t testing.TB, m *warehouse.Mart) int64 {
	var c counter
	if err := m.WriteText(t.Context(), &c, "json", func(int64) {}); err != nil {
		t.Error(err)
	}
	return c.lines
}

func countParquet(t testing.TB, m *warehouse.Mart) int64 {
	path := filepath.Join(t.TempDir(), "out.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WriteParquet(t.Context(), f); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	n, err := memory(t).Int(t.Context(), "SELECT count(DISTINCT id) FROM read_parquet("+warehouse.Quote(path)+")")
	if err != nil {
		t.Error(err)
	}
	return n
}

func countEach(t testing.TB, m *warehouse.Mart) int64 {
	var n, last int64
	calls := 0
	err := m.Each(t.Context(), func(rows warehouse.Rows) error {
		calls++
		n += int64(len(rows.Values))
		if len(rows.Columns) != 3 {
			t.Errorf("columns are %v", rows.Columns)
		}
		return nil
	}, func(done int64) { last = done })
	if err != nil {
		t.Error(err)
	}
	if calls < 2 || last != manyRows {
		t.Errorf("%d pages, progress to %d", calls, last)
	}
	return n
}

func TestExportOfAnEmptyMart(t *testing.T) {
	temp := t.TempDir()
	db := readOnly(t, publish(t, t.TempDir(), 1, 0), temp)
	m, err := db.OpenMart(t.Context(), "thing", "", temp)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := m.WriteText(t.Context(), &out, "csv", func(int64) {}); err != nil || out.String() != "id,name,score\n" {
		t.Errorf("CSV is %q (%v)", out.String(), err)
	}
	out.Reset()
	if err := m.WriteText(t.Context(), &out, "json", func(int64) {}); err != nil || strings.TrimSpace(out.String()) != "" {
		t.Errorf("JSON is %q (%v)", out.String(), err)
	}
	out.Reset()
	if err := m.WriteParquet(t.Context(), &out); err != nil || !bytes.HasPrefix(out.Bytes(), []byte("PAR1")) {
		t.Errorf("Parquet is %.20q (%v)", out.String(), err)
	}
	calls := 0
	if err := m.Each(t.Context(), func(r warehouse.Rows) error { calls++; return nil }, func(int64) {}); err != nil || calls != 1 {
		t.Errorf("%d pages (%v)", calls, err)
	}
	if err := m.WriteText(t.Context(), &out, "xml", func(int64) {}); err == nil {
		t.Error("XML is a format")
	}
}

func TestExportIsTheSameTwice(t *testing.T) {
	var outs []string
	for range 2 {
		temp := t.TempDir()
		db := readOnly(t, publish(t, t.TempDir(), 1, 1000), temp)
		m, err := db.OpenMart(t.Context(), "thing", "", temp)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := m.WriteText(t.Context(), &out, "csv", func(int64) {}); err != nil {
			t.Fatal(err)
		}
		outs = append(outs, out.String())
	}
	if outs[0] != outs[1] || !strings.HasPrefix(outs[0], "id,name,score\n1,") {
		t.Error("two exports of the same rows differ, or are not in the order of the key")
	}
}
