package landing

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// Limits say when buffered pages become a file. Zero fields mean the default.
type Limits struct {
	Rows  int           // default 50,000
	Bytes int64         // of payload; default 32 MiB
	Age   time.Duration // of the oldest buffered page; default 30 s
}

// firstAge is the age at which a run's first file is written; it doubles with
// each file up to Limits.Age. So a run that is killed again and again still
// gets on, and a long one does not litter.
const firstAge = time.Second

// Writer lands the pages of one stream. It implements ingest.Sink and is not
// safe for concurrent use.
type Writer struct {
	store        *Store
	source, kind string
	stream       ingest.Stream
	runID        string
	limits       Limits
	dir          string
	last         *Manifest // the newest, nil for a new stream
	age          time.Duration

	pending  []ingest.Record
	bytes    int64
	next     ingest.Cursor
	dirty    bool // a page was taken over since the last manifest
	complete bool
	count    *int64
	gaps     []ingest.Gap
	since    time.Time

	quarantine *Writer // where unreadable records go; nil: they stay among the others
}

// Writer opens a stream for appending.
func (s *Store) Writer(source, kind string, st ingest.Stream, runID string, l Limits) (*Writer, error) {
	dir := s.streamDir(source, st)
	if err := s.makeStreamDir(dir); err != nil {
		return nil, err
	}
	ms, err := readStream(dir)
	if err != nil {
		return nil, err
	}
	if l.Rows <= 0 {
		l.Rows = 50_000
	}
	if l.Bytes <= 0 {
		l.Bytes = 32 << 20
	}
	if l.Age <= 0 {
		l.Age = 30 * time.Second
	}
	w := &Writer{store: s, source: source, kind: kind, stream: st, runID: runID, limits: l, dir: dir, age: min(firstAge, l.Age)}
	if n := len(ms); n > 0 {
		w.last = ms[n-1]
	}
	return w, nil
}

// Quarantine makes unreadable records land in a stream of their own. They are
// durable before the manifest that moves past them: a crash in between lands
// them twice, never not at all.
func (w *Writer) Quarantine(q *Writer) { w.quarantine = q }

// Complete tells whether the newest manifest ended a walk.
func (w *Writer) Complete() bool { return w.last != nil && w.last.Complete }

// Cursor is the position of the newest manifest, nil for a new stream.
func (w *Writer) Cursor() ingest.Cursor {
	if w.last == nil {
		return nil
	}
	return w.last.CursorAfter
}

// seq is the number of the newest manifest, 0 for a new stream.
func (w *Writer) seq() int {
	if w.last == nil {
		return 0
	}
	return w.last.Seq
}

// Append takes a page over and writes a file once enough has come together.
func (w *Writer) Append(ctx context.Context, p ingest.Page) error {
	if len(p.Next) == 0 {
		return errors.New("landing: a page without a cursor")
	}
	now := w.store.now()
	if !w.dirty {
		w.since = now
	}
	w.dirty = true
	w.next, w.complete = p.Next, p.Complete
	for _, r := range p.Records {
		to := w
		if w.quarantine != nil && r.Schema == ingest.QuarantineSchema {
			to = w.quarantine
			to.dirty, to.next, to.complete = true, p.Next, true // it has no walk of its own
		}
		to.pending = append(to.pending, r)
		to.bytes += int64(len(r.Payload))
	}
	if p.SourceCount != nil {
		w.count = p.SourceCount
	}
	w.gaps = append(w.gaps, p.Gaps...)
	rows, bytes := w.buffered()
	if rows >= w.limits.Rows || bytes >= w.limits.Bytes || rows > 0 && now.Sub(w.since) >= w.age {
		return w.Flush(ctx)
	}
	return nil
}

// buffered counts what has been taken over and is not durable yet.
func (w *Writer) buffered() (rows int, bytes int64) {
	rows, bytes = len(w.pending), w.bytes
	if w.quarantine != nil {
		rows, bytes = rows+len(w.quarantine.pending), bytes+w.quarantine.bytes
	}
	return rows, bytes
}

// Flush makes everything taken over durable: Parquet first, then the manifest.
func (w *Writer) Flush(ctx context.Context) error {
	if !w.dirty {
		return nil
	}
	if w.quarantine != nil && w.quarantine.dirty {
		if err := w.quarantine.Flush(ctx); err != nil {
			return err
		}
	}
	if w.idle() {
		w.dirty, w.count = false, nil
		return nil
	}
	m := &Manifest{
		Format: FormatVersion, Seq: w.seq() + 1, Source: w.source, Kind: w.kind, Stream: w.stream.String(),
		Rows: int64(len(w.pending)), PayloadBytes: w.bytes, CursorBefore: w.Cursor(), CursorAfter: w.next,
		RunID: w.runID, CreatedAt: w.store.now().UTC(), Complete: w.complete, SourceCount: w.count, Gaps: w.gaps, dir: w.dir,
	}
	if len(w.pending) > 0 {
		if err := w.writeFile(m); err != nil {
			return err
		}
	}
	if err := m.commit(); err != nil {
		return err
	}
	w.last = m
	w.pending, w.bytes, w.gaps, w.count, w.dirty = nil, 0, nil, nil, false
	w.age = min(2*w.age, w.limits.Age)
	return nil
}

// idleFor is how long a stream with nothing new may go without a manifest. A
// nightly run writes one, which moves the build's clock; one every few minutes
// would litter.
const idleFor = 20 * time.Hour

// idle tells that a manifest would say nothing that the last one does not.
func (w *Writer) idle() bool {
	return len(w.pending) == 0 && len(w.gaps) == 0 && w.last != nil &&
		w.last.Complete && w.complete && sameJSON(w.next, w.last.CursorAfter) &&
		(w.count == nil || w.last.SourceCount != nil && *w.count == *w.last.SourceCount) &&
		w.store.now().Sub(w.last.CreatedAt) < idleFor
}

// writeFile writes and syncs the Parquet file beside and renames it; the name
// carries its hash, so a file that a killed run left is never taken for it.
func (w *Writer) writeFile(m *Manifest) error {
	tmp, err := os.CreateTemp(w.dir, tempPattern)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	sum := sha256.New()
	buf := bufio.NewWriterSize(io.MultiWriter(tmp, sum), 1<<20)
	b := batch{source: w.source, kind: w.kind, stream: m.Stream, runID: w.runID, landedAt: m.CreatedAt, records: w.pending}
	if err := writeParquet(buf, b); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	if m.Bytes, err = tmp.Seek(0, io.SeekCurrent); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	m.File = parquetName(m.Seq, m.SHA256)
	schemas := map[string]bool{}
	for _, r := range w.pending {
		schemas[r.Schema] = true
		if r.Schema == ingest.QuarantineSchema {
			m.Quarantined++
		}
	}
	m.Schemas = slices.Sorted(maps.Keys(schemas))
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(w.dir, m.File)); err != nil {
		return err
	}
	// The name must be durable before a manifest can say it.
	return syncDir(w.dir)
}

// sameJSON compares two cursors by value: a manifest is indented, a cursor in
// memory is not.
func sameJSON(a, b ingest.Cursor) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
