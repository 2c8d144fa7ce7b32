package landing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

var (
	ctx    = context.Background()
	issues = ingest.Stream{Name: "issues", Scope: "acme/engine"}
	epoch  = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
)

// clock is a time that only tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func newStore(t testing.TB) (*Store, *clock) {
	c := &clock{epoch}
	return Open(filepath.Join(t.TempDir(), "landing"), c.now), c
}

func open(t testing.TB, s *Store, st ingest.Stream, l Limits) *Writer {
	t.Helper()
	w, err := s.Writer("oss", "github", st, "run-1", l)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func record(key, text string) ingest.Record {
	b, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		panic(err)
	}
	return ingest.Record{Key: key, Version: "2026-01-02T03:04:05Z", ObservedAt: epoch.Add(-time.Hour), Schema: "github.issue/1", Payload: b}
}

// page is the n-th page; its cursor says so.
func page(n int, rs ...ingest.Record) ingest.Page {
	return ingest.Page{Records: rs, Next: fmt.Appendf(nil, `{"v":1,"page":%d}`, n)}
}

// land appends the pages and flushes.
func land(t testing.TB, w *Writer, ps ...ingest.Page) {
	t.Helper()
	for _, p := range ps {
		if err := w.Append(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func manifests(t testing.TB, s *Store) []*Manifest {
	t.Helper()
	ms, err := s.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

// names lists the stream's folder.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
