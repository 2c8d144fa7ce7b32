package landing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/file"

	"github.com/ticketmill/ticketmill/ingest"
)

// row is what a Parquet file says about one record.
type row struct {
	Source, Kind, Stream, Key, Version string
	ObservedAt, LandedAt               time.Time
	RunID                              string
	Deleted                            bool
	Schema, Payload                    string
}

// readRows reads a file with Arrow's own reader.
func readRows(t testing.TB, path string) []row {
	t.Helper()
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := make([]row, 0, r.NumRows())
	for g := range r.NumRowGroups() {
		rg := r.RowGroup(g)
		n := int(rg.NumRows())
		if n > rowGroupRows {
			t.Errorf("%s: row group %d has %d rows", path, g, n)
		}
		part := make([]row, n)
		for col := range rg.NumColumns() {
			c, err := rg.Column(col)
			if err != nil {
				t.Fatal(err)
			}
			readColumn(t, c, col, part)
		}
		rows = append(rows, part...)
	}
	return rows
}

func readColumn(t testing.TB, c file.ColumnChunkReader, col int, rows []row) {
	t.Helper()
	for at := 0; at < len(rows); {
		var n int
		var err error
		switch c := c.(type) {
		case *file.ByteArrayColumnChunkReader:
			vs := make([]parquet.ByteArray, len(rows)-at)
			_, n, err = c.ReadBatch(int64(len(vs)), vs, nil, nil)
			for i := range n {
				r := &rows[at+i]
				*map[int]*string{
					colSource: &r.Source, colKind: &r.Kind, colStream: &r.Stream, colKey: &r.Key, colVersion: &r.Version,
					colRunID: &r.RunID, colSchema: &r.Schema, colPayload: &r.Payload,
				}[col] = string(vs[i])
			}
		case *file.Int64ColumnChunkReader:
			vs := make([]int64, len(rows)-at)
			_, n, err = c.ReadBatch(int64(len(vs)), vs, nil, nil)
			for i := range n {
				r := &rows[at+i]
				*map[int]*time.Time{colObservedAt: &r.ObservedAt, colLandedAt: &r.LandedAt}[col] = time.UnixMicro(vs[i]).UTC()
			}
		case *file.BooleanColumnChunkReader:
			vs := make([]bool, len(rows)-at)
			_, n, err = c.ReadBatch(int64(len(vs)), vs, nil, nil)
			for i := range n {
				rows[at+i].Deleted = vs[i]
			}
		default:
			t.Fatalf("column %d: %T", col, c)
		}
		if err != nil || n == 0 {
			t.Fatalf("column %d: %d of %d values, %v", col, at+n, len(rows), err)
		}
		at += n
	}
}

func wantRow(m *Manifest, r ingest.Record) row {
	return row{
		Source: m.Source, Kind: m.Kind, Stream: m.Stream, Key: r.Key, Version: r.Version,
		ObservedAt: r.ObservedAt.UTC().Truncate(time.Microsecond), LandedAt: m.CreatedAt.Truncate(time.Microsecond),
		RunID: m.RunID, Deleted: r.Deleted, Schema: r.Schema, Payload: string(r.Payload),
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s, c := newStore(t)
	w := open(t, s, issues, Limits{})
	gone := record("3", "")
	gone.Deleted, gone.Payload, gone.Version = true, []byte(`{}`), ""
	odd := record("4", "zero \x00, quote \", line\n, ümläut, 王伟, 🦆")
	odd.ObservedAt = time.Date(1969, 7, 20, 20, 17, 40, 999999999, time.FixedZone("", 3600))
	bad := record("5", "")
	bad.Schema, bad.Payload = ingest.QuarantineSchema, []byte(`{"_quarantined":"unreadable_payload"}`)
	big := record("6", strings.Repeat("long ", 1<<18))
	count := int64(6)
	first := page(1, record("1", "one"), record("2", ""))
	second := page(2, gone, odd, bad, big)
	second.Complete, second.SourceCount = true, &count
	second.Gaps = []ingest.Gap{{Key: "2", Reason: "history_truncated", Count: 7}}
	land(t, w, first, second)

	ms := manifests(t, s)
	if len(ms) != 1 {
		t.Fatalf("%d manifests", len(ms))
	}
	m := ms[0]
	var payload int64
	rows := readRows(t, m.Path())
	all := append(slices.Clone(first.Records), second.Records...)
	if len(rows) != len(all) {
		t.Fatalf("%d rows, want %d", len(rows), len(all))
	}
	for i, r := range all {
		payload += int64(len(r.Payload))
		if rows[i] != wantRow(m, r) {
			t.Errorf("row %d:\n%.300v\nwant\n%.300v", i, rows[i], wantRow(m, r))
		}
	}
	st, err := os.Stat(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o644 {
		t.Errorf("file mode %v", st.Mode())
	}
	if m.Format != 1 || m.Seq != 1 || m.Source != "oss" || m.Kind != "github" || m.Stream != "issues@acme/engine" || m.RunID != "run-1" {
		t.Errorf("manifest %+v", m)
	}
	if m.Rows != 6 || m.PayloadBytes != payload || m.Bytes != st.Size() || m.Quarantined != 1 {
		t.Errorf("sizes: %+v, want %d payload bytes, %d bytes", m, payload, st.Size())
	}
	if !m.Complete || m.SourceCount == nil || *m.SourceCount != 6 || len(m.Gaps) != 1 || m.Gaps[0] != second.Gaps[0] {
		t.Errorf("what the source said: %+v", m)
	}
	if m.CursorBefore != nil || !sameJSON(m.CursorAfter, second.Next) || !m.CreatedAt.Equal(c.now()) {
		t.Errorf("cursors %s → %s at %v", m.CursorBefore, m.CursorAfter, m.CreatedAt)
	}
	if !slices.Equal(m.Schemas, []string{"github.issue/1", "quarantine/1"}) {
		t.Errorf("schemas %v", m.Schemas)
	}
	if filepath.Dir(m.Path()) != filepath.Join(s.Dir(), "oss", "issues@acme%2Fengine") {
		t.Errorf("it lies in %s", m.Path())
	}
	if err := m.Verify(); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(m.Path())); !slices.Equal(got, []string{m.File, "000001.json"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// TestManyRowGroups writes more rows than one group takes.
func TestManyRowGroups(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w := open(t, s, issues, Limits{Rows: 1 << 30})
	const n = rowGroupRows + 10
	p := page(1)
	for i := range n {
		p.Records = append(p.Records, ingest.Record{Key: fmt.Sprint(i), Payload: []byte("{}"), ObservedAt: epoch})
	}
	land(t, w, p)
	rows := readRows(t, manifests(t, s)[0].Path())
	if len(rows) != n || rows[n-1].Key != fmt.Sprint(n-1) {
		t.Errorf("%d rows, the last is %+v", len(rows), rows[len(rows)-1])
	}
}

func TestCoalescing(t *testing.T) {
	t.Parallel()
	sizes := func(t *testing.T, s *Store) (rows []int64) {
		for _, m := range manifests(t, s) {
			rows = append(rows, m.Rows)
		}
		return rows
	}
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		s, _ := newStore(t)
		w := open(t, s, issues, Limits{Rows: 3})
		land(t, w, page(1, record("1", "")), page(2, record("2", "")), page(3, record("3", "")),
			page(4, record("4", ""), record("5", ""), record("6", ""), record("7", "")), page(5, record("8", "")))
		if got := sizes(t, s); !slices.Equal(got, []int64{3, 4, 1}) {
			t.Errorf("rows a file: %v", got)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		s, _ := newStore(t)
		text := strings.Repeat("x", 400)
		w := open(t, s, issues, Limits{Bytes: 1000})
		land(t, w, page(1, record("1", text)), page(2, record("2", text)), page(3, record("3", text)), page(4, record("4", text)))
		if got := sizes(t, s); !slices.Equal(got, []int64{3, 1}) {
			t.Errorf("rows a file: %v", got)
		}
	})
	// A page a tenth of a second: the first file after a second, then twice the
	// time each, up to the limit.
	t.Run("age", func(t *testing.T) {
		t.Parallel()
		s, c := newStore(t)
		w := open(t, s, issues, Limits{Age: 5 * time.Second})
		for n := range 250 {
			if err := w.Append(ctx, page(n, record(fmt.Sprint(n), ""))); err != nil {
				t.Fatal(err)
			}
			c.advance(100 * time.Millisecond)
		}
		if got := sizes(t, s); !slices.Equal(got, []int64{11, 21, 41, 51, 51, 51}) {
			t.Errorf("rows a file: %v", got)
		}
	})
	t.Run("age below the first", func(t *testing.T) {
		t.Parallel()
		s, c := newStore(t)
		w := open(t, s, issues, Limits{Age: 200 * time.Millisecond})
		for n := range 6 {
			if err := w.Append(ctx, page(n, record(fmt.Sprint(n), ""))); err != nil {
				t.Fatal(err)
			}
			c.advance(100 * time.Millisecond)
		}
		if got := sizes(t, s); !slices.Equal(got, []int64{3, 3}) {
			t.Errorf("rows a file: %v", got)
		}
	})
}

// TestCursorOnly: a page without records makes a manifest without a file, and
// nothing at all makes none.
func TestCursorOnly(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w := open(t, s, issues, Limits{})
	land(t, w)
	if ms := manifests(t, s); len(ms) != 0 {
		t.Fatalf("a flush of nothing made %d manifests", len(ms))
	}
	done := page(1)
	done.Complete = true
	land(t, w, done)
	land(t, w)
	land(t, w, page(2, record("1", "")))
	ms := manifests(t, s)
	if len(ms) != 2 {
		t.Fatalf("%d manifests", len(ms))
	}
	m := ms[0]
	if m.File != "" || m.Path() != "" || m.Rows != 0 || !m.Complete || !sameJSON(m.CursorAfter, done.Next) {
		t.Errorf("%+v", m)
	}
	if err := errors.Join(m.Verify(), m.VerifyBytes()); err != nil {
		t.Error(err)
	}
	if ms[1].Complete {
		t.Error("a page that is not complete made a complete manifest")
	}
	b, err := os.ReadFile(filepath.Join(w.dir, "000001.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"file"`, `"sha256"`, `"gaps"`} {
		if strings.Contains(string(b), field) {
			t.Errorf("it has %s:\n%s", field, b)
		}
	}
	if !strings.Contains(string(b), `"cursor_before": null`) || !strings.HasSuffix(string(b), "}\n") {
		t.Errorf("manifest:\n%s", b)
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	var want []string
	for run := 1; run <= 5; run++ {
		w, err := s.Writer("oss", "github", issues, fmt.Sprintf("run-%d", run), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if run == 1 && w.Cursor() != nil {
			t.Errorf("a new stream has the cursor %s", w.Cursor())
		}
		if run > 1 && !sameJSON(w.Cursor(), page(run-1).Next) {
			t.Errorf("run %d starts at %s", run, w.Cursor())
		}
		if err := w.Append(ctx, page(run, record(fmt.Sprint(run), ""))); err != nil {
			t.Fatal(err)
		}
		if run > 1 && !sameJSON(w.Cursor(), page(run-1).Next) {
			t.Error("the cursor moved before its records were durable")
		}
		land(t, w)
		if !sameJSON(w.Cursor(), page(run).Next) {
			t.Error("the cursor did not move with its records")
		}
		want = append(want, fmt.Sprint(run))
	}
	var got []string
	for i, m := range manifests(t, s) {
		if m.Seq != i+1 || m.RunID != fmt.Sprintf("run-%d", i+1) {
			t.Errorf("manifest %d: seq %d of %s", i, m.Seq, m.RunID)
		}
		for _, r := range readRows(t, m.Path()) {
			got = append(got, r.Key)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("landed %v, want %v", got, want)
	}
}

func TestPageWithoutCursor(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w := open(t, s, issues, Limits{})
	if err := w.Append(ctx, ingest.Page{Records: []ingest.Record{record("1", "")}}); err == nil {
		t.Error("a page without a cursor was taken")
	}
	land(t, w)
	if ms := manifests(t, s); len(ms) != 0 {
		t.Errorf("it landed: %+v", ms[0])
	}
}

// TestConflict: of two writers of a stream the second to commit fails, and
// what the first has committed stays as it was.
func TestConflict(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	a, b := open(t, s, issues, Limits{}), open(t, s, issues, Limits{})
	land(t, a, page(1, record("1", "from a")))
	if err := b.Append(ctx, page(1, record("1", "from b"))); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(ctx); !errors.Is(err, ErrConflict) {
		t.Fatalf("the second writer got %v", err)
	}
	if b.Cursor() != nil {
		t.Errorf("the loser moved to %s", b.Cursor())
	}
	land(t, a, page(2, record("2", "from a")))
	ms := manifests(t, s)
	if len(ms) != 2 {
		t.Fatalf("%d manifests", len(ms))
	}
	for _, m := range ms {
		if err := m.Verify(); err != nil {
			t.Error(err)
		}
		for _, r := range readRows(t, m.Path()) {
			if !strings.Contains(r.Payload, "from a") {
				t.Errorf("%s holds %s", m.Path(), r.Payload)
			}
		}
	}
	if n, err := s.Sweep(); n != 1 || err != nil {
		t.Errorf("Sweep removed %d, %v; the loser's file is left", n, err)
	}
	// A writer that opens now goes on.
	land(t, open(t, s, issues, Limits{}), page(3, record("3", "from c")))
}

// TestConflictRace lets many writers commit at the same moment.
func TestConflictRace(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	const rounds, writers = 10, 6
	for round := range rounds {
		type outcome struct {
			name string
			err  error
		}
		start, done := make(chan struct{}), make(chan outcome)
		for n := range writers {
			w := open(t, s, issues, Limits{})
			name := fmt.Sprintf("%d-%d", round, n)
			if err := w.Append(ctx, page(round, record(name, name))); err != nil {
				t.Fatal(err)
			}
			go func() {
				<-start
				done <- outcome{name, w.Flush(ctx)}
			}()
		}
		close(start)
		var winner string
		for range writers {
			switch o := <-done; {
			case o.err == nil && winner != "":
				t.Fatalf("%s and %s both committed", winner, o.name)
			case o.err == nil:
				winner = o.name
			case !errors.Is(o.err, ErrConflict):
				t.Fatal(o.err)
			}
		}
		ms := manifests(t, s)
		if len(ms) != round+1 {
			t.Fatalf("%d manifests after round %d", len(ms), round)
		}
		if rows := readRows(t, ms[round].Path()); len(rows) != 1 || rows[0].Key != winner {
			t.Fatalf("%s believes it committed, landed is %+v", winner, rows)
		}
	}
}

// TestStreamNames: whatever a stream is called, it has a folder of its own
// inside its source's and comes back under its own name.
func TestStreamNames(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's [a] *home*? {x}")
	s := Open(dir, func() time.Time { return epoch })
	streams := []string{
		"issues", "issues@acme/engine", "issues@acme%2Fengine", "issues@../../etc/passwd", "issues@a b", "issues@ä/王/🦆",
		"issues@[x]*?", "issues@a:b;c,d&e=f+g#h", "issues@..", `issues@a\b`, "issues@'; DROP TABLE x; --", "issues@\n\x00", "a@b@c",
	}
	for _, name := range streams {
		w, err := s.Writer("oss", "github", ingest.ParseStream(name), "run-1", Limits{})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if filepath.Dir(w.dir) != filepath.Join(dir, "oss") {
			t.Errorf("%q lies in %s", name, w.dir)
		}
		land(t, w, page(1, record("1", name)))
	}
	ms := manifests(t, s)
	if len(ms) != len(streams) {
		t.Fatalf("%d manifests of %d streams", len(ms), len(streams))
	}
	for _, m := range ms {
		if !slices.Contains(streams, m.Stream) {
			t.Errorf("the stream %q came back", m.Stream)
		}
		if rows := readRows(t, m.Path()); rows[0].Payload != string(record("1", m.Stream).Payload) || rows[0].Stream != m.Stream {
			t.Errorf("%q holds %+v", m.Stream, rows)
		}
	}
	if !slices.IsSortedFunc(ms, func(a, b *Manifest) int { return strings.Compare(a.Stream, b.Stream) }) {
		t.Error("manifests do not come in the order of their streams")
	}
}

// TestKilledAnywhere stops commits after each of their steps, with the states
// that FORMAT.md lists. Whatever was left, what can be read afterwards is what
// was committed, whole, and the next run goes on from there.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s, _ := newStore(t)
		var want []string
		for step := range 12 {
			if _, err := s.Sweep(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			w := open(t, s, issues, Limits{})
			if got := len(want); w.Cursor() == nil != (got == 0) || got > 0 && !sameJSON(w.Cursor(), page(got).Next) {
				t.Fatalf("seed %d, step %d: the cursor is %s after %d records", seed, step, w.Cursor(), got)
			}
			next := len(want) + 1
			key := fmt.Sprint(next)
			if err := w.Append(ctx, page(next, record(key, key))); err != nil {
				t.Fatal(err)
			}
			if killed(t, w, rng.IntN(6)) {
				want = append(want, key)
			}
			var got []string
			for _, m := range manifests(t, s) {
				if err := m.Verify(); err != nil {
					t.Fatalf("seed %d, step %d: %v", seed, step, err)
				}
				for _, r := range readRows(t, m.Path()) {
					got = append(got, r.Key)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d: landed %v, want %v", seed, step, got, want)
			}
		}
		if _, err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		if n := len(names(t, filepath.Join(s.Dir(), "oss", "issues@acme%2Fengine"))); n != 2*len(want)+1 { // and the lock
			t.Errorf("seed %d: %d files for %d manifests", seed, n, len(want))
		}
	}
}

// killed commits what the writer holds up to the given step and leaves what a
// killed process would; it tells whether that was committed.
func killed(t *testing.T, w *Writer, after int) bool {
	t.Helper()
	switch after {
	case 0: // in the middle of the Parquet file
		write(t, filepath.Join(w.dir, "landing-123.tmp"), "PAR1 half a fi")
	case 1: // Parquet file complete, not renamed
		write(t, filepath.Join(w.dir, "landing-124.tmp"), parquetBytes(t, w))
	case 2: // renamed
		text := parquetBytes(t, w)
		write(t, filepath.Join(w.dir, parquetName(w.seq()+1, fmt.Sprintf("%064x", len(text)))), text)
	case 3: // the manifest half written
		if err := w.writeFile(&Manifest{Seq: w.seq() + 1}); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(w.dir, "landing-125.tmp"), `{"format": 1, "se`)
	case 4: // committed, the temporary name is left
		land(t, w)
		final := filepath.Join(w.dir, manifestName(w.seq()))
		if err := os.Link(final, filepath.Join(w.dir, "landing-126.tmp")); err != nil {
			t.Fatal(err)
		}
		return true
	default:
		land(t, w)
		return true
	}
	return false
}

func parquetBytes(t *testing.T, w *Writer) string {
	t.Helper()
	var b strings.Builder
	if err := writeParquet(&b, batch{records: w.pending, landedAt: epoch}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSweep(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	if n, err := s.Sweep(); n != 0 || err != nil {
		t.Errorf("a landing that is not there: %d, %v", n, err)
	}
	w := open(t, s, issues, Limits{})
	land(t, w, page(1, record("1", "")))
	land(t, w, page(2))
	leftOvers := []string{"landing-1.tmp", "landing-987654321.tmp", "000001-00000000.parquet", "000003-deadbeef.parquet"}
	strangers := []string{"README", "notes.tmp", "notes.json", "export.parquet", "3-deadbeef.parquet", "000003-DEADBEEF.parquet", ".nfs0001", "000003.json.orig"}
	for _, name := range append(slices.Clone(leftOvers), strangers...) {
		write(t, filepath.Join(w.dir, name), "x")
	}
	write(t, filepath.Join(s.Dir(), "README"), "x")
	write(t, filepath.Join(s.Dir(), "oss", ".DS_Store"), "x")
	if err := os.MkdirAll(filepath.Join(s.Dir(), "lost+found", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	ms := manifests(t, s)
	want := append(slices.Clone(strangers), ms[0].File, "000001.json", "000002.json", lockName)
	slices.Sort(want)
	if n, err := s.Sweep(); n != len(leftOvers) || err != nil {
		t.Errorf("Sweep removed %d, %v; want %d", n, err, len(leftOvers))
	}
	if got := names(t, w.dir); !slices.Equal(got, want) {
		t.Errorf("left are\n%v, want\n%v", got, want)
	}
	if n, err := s.Sweep(); n != 0 || err != nil {
		t.Errorf("a second Sweep removed %d, %v", n, err)
	}
	// Where a manifest cannot be read nobody knows what is garbage.
	write(t, filepath.Join(w.dir, "000003.json"), "{")
	write(t, filepath.Join(w.dir, "000003-deadbeef.parquet"), "x")
	if n, err := s.Sweep(); n != 0 || err != nil {
		t.Errorf("Sweep removed %d beside a damaged manifest, %v", n, err)
	}
}

// TestSymlinkedSource: a source may lie on another disk.
func TestSymlinkedSource(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	other := t.TempDir()
	if err := os.MkdirAll(s.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(s.Dir(), "oss")); err != nil {
		t.Skip(err)
	}
	land(t, open(t, s, issues, Limits{}), page(1, record("1", "")))
	if ms := manifests(t, s); len(ms) != 1 {
		t.Errorf("%d manifests behind a symbolic link", len(ms))
	}
}

// BenchmarkWriter lands 20,000 records of about 1.4 kB in pages of 100, fsyncs
// included; MB/s is of payload.
func BenchmarkWriter(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var pages []ingest.Page
	var size int64
	for n := range 200 {
		p := page(n)
		for k := range 100 {
			var text strings.Builder
			for range 120 {
				fmt.Fprintf(&text, "word%03d ", rng.IntN(900))
			}
			body, err := json.Marshal(map[string]any{"id": n*100 + k, "title": "the service stops answering", "body": text.String(), "labels": []string{"bug", "P-high"}})
			if err != nil {
				b.Fatal(err)
			}
			r := record(fmt.Sprint(n*100+k), "")
			r.Payload = body
			p.Records = append(p.Records, r)
			size += int64(len(body))
		}
		pages = append(pages, p)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		s := Open(b.TempDir(), time.Now)
		w, err := s.Writer("oss", "github", issues, "run-1", Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range pages {
			if err := w.Append(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Flush(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func TestIdleStreamWritesOneManifestADay(t *testing.T) {
	now := time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)
	s := Open(t.TempDir(), func() time.Time { return now })
	count := int64(1)
	pull := func(p ingest.Page) int {
		t.Helper()
		w, err := s.Writer("src", "kind", ingest.Stream{Name: "issues"}, "run", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		ms, err := s.Manifests("src")
		if err != nil {
			t.Fatal(err)
		}
		return len(ms)
	}
	full := ingest.Page{Records: []ingest.Record{{Key: "1", Payload: []byte("{}")}}, Next: ingest.Cursor(`{"v":1}`), Complete: true, SourceCount: &count}
	idle := ingest.Page{Next: ingest.Cursor(`{"v":1}`), Complete: true, SourceCount: &count}
	more := int64(2)
	for i, step := range []struct {
		after time.Duration
		page  ingest.Page
		want  int
	}{
		{0, full, 1},
		{time.Hour, idle, 1},
		{20 * time.Hour, idle, 2},
		{time.Hour, ingest.Page{Next: ingest.Cursor(`{"v":1}`), Complete: true}, 2},
		{time.Hour, ingest.Page{Next: ingest.Cursor(`{"v":1}`), Complete: true, SourceCount: &more}, 3},
		{time.Hour, ingest.Page{Next: ingest.Cursor(`{"v":1,"n":2}`), Complete: true, SourceCount: &more}, 4},
	} {
		now = now.Add(step.after)
		if got := pull(step.page); got != step.want {
			t.Errorf("step %d: %d manifests, want %d", i, got, step.want)
		}
	}
}
