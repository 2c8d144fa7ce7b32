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
	"regexp"
	"slices"
	"time"

	"github.com/gofrs/flock"

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

// makeStreamDir makes a stream's folder and those above it durable: what is
// committed inside must not vanish with its folder.
func (s *Store) makeStreamDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	source := filepath.Dir(dir)
	return errors.Join(syncDir(source), syncDir(filepath.Dir(source)), syncDir(filepath.Dir(s.dir)))
}

// streamDirs lists the folders of all streams. What is no folder is a
// stranger's and none of our business. (No Glob: the path may hold its signs.)
func (s *Store) streamDirs() ([]string, error) {
	sources, err := folders(s.dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, source := range sources {
		streams, err := folders(source)
		if err != nil {
			return nil, err
		}
		all = append(all, streams...)
	}
	return all, nil
}

func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		isDir := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 { // a source may lie on another disk
			st, err := os.Stat(path)
			isDir = err == nil && st.IsDir()
		}
		if isDir {
			found = append(found, path)
		}
	}
	return found, nil
}

// Sources lists the sources that have landed something, sorted.
func (s *Store) Sources() ([]string, error) {
	dirs, err := folders(s.dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(dirs))
	for i, d := range dirs {
		names[i] = filepath.Base(d)
	}
	return names, nil
}

// Manifests reads the manifests of the named sources, or of all, ordered by
// source, stream and sequence: the order in which landed rows count. A damaged
// manifest or a hole in a sequence is an error that names the file.
func (s *Store) Manifests(sources ...string) ([]*Manifest, error) {
	dirs, err := s.streamDirs()
	if err != nil {
		return nil, err
	}
	var all []*Manifest
	for _, d := range dirs {
		if len(sources) > 0 && !slices.Contains(sources, filepath.Base(filepath.Dir(d))) {
			continue
		}
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
	for _, e := range entries {
		if !manifestFile.MatchString(e.Name()) {
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
		var before ingest.Cursor // of a new stream
		if i > 0 {
			before = ms[i-1].CursorAfter
		}
		if !sameJSON(before, m.CursorBefore) {
			return nil, &DamageError{Path: filepath.Join(dir, manifestName(m.Seq)), Reason: "its cursor does not follow the one before"}
		}
	}
	return ms, nil
}

// Sweep removes what a killed run left behind: temporary files and Parquet
// files that no manifest names. Streams that another process is writing are
// left to it.
func (s *Store) Sweep() (removed int, err error) {
	dirs, err := s.streamDirs()
	if err != nil {
		return 0, err
	}
	for _, d := range dirs {
		n, err := sweepStream(d)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func sweepStream(dir string) (removed int, err error) {
	l := flock.New(filepath.Join(dir, lockName))
	if ok, err := l.TryLock(); !ok {
		return 0, err
	}
	defer func() { _ = l.Unlock() }()
	ms, err := readStream(dir)
	var damaged *DamageError
	if errors.As(err, &damaged) {
		return 0, nil // its writer says so; the other streams are none the worse
	}
	if err != nil {
		return 0, err
	}
	known := map[string]bool{}
	for _, m := range ms {
		known[m.File] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if known[e.Name()] || !ours.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// tempPattern names files that are being written.
const tempPattern = "landing-*.tmp"

var (
	manifestFile = regexp.MustCompile(`^\d{6,}\.json$`)
	// ours matches what a killed run may leave behind: a temporary file or a
	// Parquet file without its manifest. Whatever else is there is a
	// stranger's and stays.
	ours = regexp.MustCompile(`^(landing-\d+\.tmp|\d{6,}-[0-9a-f]{8}\.parquet)$`)
)
