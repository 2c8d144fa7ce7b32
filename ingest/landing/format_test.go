package landing

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/parquet/file"
)

// TestFormatDocument holds FORMAT.md against a file as it is written: every
// column with its type, compression and dictionary, and every field of a
// manifest must stand there.
func TestFormatDocument(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := newStore(t)
	w := open(t, s, issues, Limits{})
	land(t, w, page(1, record("1", "a")))
	m := manifests(t, s)[0]
	r, err := file.OpenParquetFile(m.Path(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range r.MetaData().Schema.NumColumns() {
		c := r.MetaData().Schema.Column(i)
		chunk, err := r.MetaData().RowGroup(0).ColumnChunk(i)
		if err != nil {
			t.Fatal(err)
		}
		statistics, err := chunk.StatsSet()
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("| `%s` | %s | %s | %s | %s |", c.Name(), c.PhysicalType(), logical.Replace(c.LogicalType().String()), yes(chunk.HasDictionaryPage()), yes(statistics))
		if !bytes.Contains(doc, []byte(line)) {
			t.Errorf("FORMAT.md has no line\n%s", line)
		}
		if got := chunk.Compression().String(); got != "SNAPPY" {
			t.Errorf("%s is compressed with %s, FORMAT.md says Snappy", c.Name(), got)
		}
		if c.MaxDefinitionLevel() != 0 {
			t.Errorf("%s may be null, FORMAT.md says that no column is", c.Name())
		}
	}
	if got := r.MetaData().GetCreatedBy(); got != "ticketmill" {
		t.Errorf("created by %q", got)
	}
	if v := r.MetaData().Version().String(); v != "v2.6" {
		t.Errorf("Parquet version %s, FORMAT.md says 2.6", v)
	}
	source, err := os.ReadFile("manifest.go")
	if err != nil {
		t.Fatal(err)
	}
	fields := regexp.MustCompile("json:\"([a-z0-9_]+)").FindAllSubmatch(source, -1)
	if len(fields) < 15 {
		t.Fatalf("only %d fields found in manifest.go", len(fields))
	}
	for _, f := range fields {
		if !bytes.Contains(doc, fmt.Appendf(nil, "| `%s` |", f[1])) {
			t.Errorf("FORMAT.md does not explain the manifest's field %s", f[1])
		}
	}
	if !strings.Contains(string(doc), fmt.Sprintf("rows a group at most: %d", rowGroupRows)) {
		t.Errorf("FORMAT.md does not say that a row group has %d rows at most", rowGroupRows)
	}
	if filepath.Ext(m.Path()) != ".parquet" {
		t.Errorf("file %s", m.Path())
	}
}

// logical gives the names that FORMAT.md uses.
var logical = strings.NewReplacer(
	"Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, is_from_converted_type=false, force_set_converted_type=false)", "Timestamp(UTC, microseconds)",
	"None", "–")

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
