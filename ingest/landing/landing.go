// Package landing keeps what the sources gave, as it came: immutable Parquet
// files of raw payloads, each committed by a manifest that holds the cursor.
// FORMAT.md describes the bytes.
//
// It is the only package that imports Arrow.
package landing

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// ErrConflict says that another writer committed to the same stream.
var ErrConflict = errors.New("landing: another writer committed to this stream")

// DamageError names a file of landing that is not what its manifest says.
type DamageError struct {
	Path   string
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("landing file %s is damaged: %s; restore it from a backup, or move its stream's folder away to fetch that stream again", e.Path, e.Reason)
}

// Store is a landing folder.
type Store struct {
	dir string
	now func() time.Time
}

// Open returns the store in dir, which need not exist yet. The clock stamps
// manifests and rows.
func Open(dir string, now func() time.Time) *Store { return &Store{dir: dir, now: now} }

// Dir is the store's folder.
func (s *Store) Dir() string { return s.dir }

func (s *Store) streamDir(source string, st ingest.Stream) string {
	return filepath.Join(s.dir, source, url.PathEscape(st.String()))
}

// Manifests reads all manifests, ordered by source, stream and sequence: the
// order in which landed rows count. A damaged manifest or a hole in a sequence
// is an error that names the file.
func (s *Store) Manifests() ([]*Manifest, error) {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	if err != nil {
		return nil, err
	}
	var all []*Manifest
	for _, d := range dirs {
		ms, err := readStream(d)
		if err != nil {
			return nil, err
		}
		all = append(all, ms...)
	}
	slices.SortFunc(all, func(a, b *Manifest) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Seq, b.Seq))
	})
	return all, nil
}

// readStream reads the manifests of one stream's folder in order.
func readStream(dir string) ([]*Manifest, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var ms []*Manifest
	for _, e := range entries { // ReadDir sorts by name; names sort by sequence
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		m, err := readManifest(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	slices.SortFunc(ms, func(a, b *Manifest) int { return cmp.Compare(a.Seq, b.Seq) })
	for i, m := range ms {
		if m.Seq != i+1 {
			return nil, &DamageError{Path: filepath.Join(dir, manifestName(i+1)), Reason: "the manifest is missing"}
		}
		if i > 0 && string(ms[i-1].CursorAfter) != string(m.CursorBefore) && !sameJSON(ms[i-1].CursorAfter, m.CursorBefore) {
			return nil, &DamageError{Path: filepath.Join(dir, manifestName(m.Seq)), Reason: "its cursor does not follow the one before"}
		}
	}
	return ms, nil
}

// Sweep removes what a killed run left behind: temporary files and Parquet
// files that no manifest names. The caller holds the lock on the home folder.
func (s *Store) Sweep() (removed int, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	if err != nil {
		return 0, err
	}
	for _, d := range dirs {
		ms, err := readStream(d)
		if err != nil {
			return removed, err
		}
		known := map[string]bool{}
		for _, m := range ms {
			known[m.File], known[manifestName(m.Seq)] = true, true
		}
		entries, err := os.ReadDir(d)
		if err != nil {
			return removed, err
		}
		for _, e := range entries {
			if known[e.Name()] || !isOurs(e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(d, e.Name())); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}

// isOurs tells our own left-overs from a stranger's file, which stays.
func isOurs(name string) bool {
	return strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".parquet")
}
