package landing

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// FormatVersion is the version of the landing format this package writes; a
// manifest with another one is refused.
const FormatVersion = 1

// Manifest commits one Parquet file, or only a cursor, to a stream. It is the
// unit of truth: a Parquet file that no manifest names does not exist.
type Manifest struct {
	Format int    `json:"format"`
	Seq    int    `json:"seq"` // 1, 2, 3 … without holes within a stream
	Source string `json:"source"`
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	// File is the Parquet file's name beside the manifest; empty where the
	// manifest only moves the cursor or confirms that nothing is new.
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of the file, hex
	Bytes  int64  `json:"bytes,omitempty"`  // of the file
	Rows   int64  `json:"rows"`
	// PayloadBytes is the size of the raw payloads inside the file.
	PayloadBytes int64         `json:"payload_bytes,omitempty"`
	CursorBefore ingest.Cursor `json:"cursor_before"`
	CursorAfter  ingest.Cursor `json:"cursor_after"`
	RunID        string        `json:"run_id"`
	Schemas      []string      `json:"schemas,omitempty"` // of the rows, sorted
	CreatedAt    time.Time     `json:"created_at"`
	// Complete says that with this manifest the stream holds everything that
	// its source had when the walk began.
	Complete bool `json:"complete"`
	// SourceCount is the source's own count of the stream's records, null
	// where it cannot say.
	SourceCount *int64       `json:"source_count"`
	Gaps        []ingest.Gap `json:"gaps,omitempty"`
	Quarantined int64        `json:"quarantined,omitempty"` // rows landed without their content

	dir string
}

// Path is where the Parquet file lies; empty without one.
func (m *Manifest) Path() string {
	if m.File == "" {
		return ""
	}
	return filepath.Join(m.dir, m.File)
}

func manifestName(seq int) string { return fmt.Sprintf("%06d.json", seq) }

func parquetName(seq int, sha string) string { return fmt.Sprintf("%06d-%s.parquet", seq, sha[:8]) }

func readManifest(path string) (*Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Manifest{dir: filepath.Dir(path)}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, &DamageError{Path: path, Reason: "the manifest is not readable: " + err.Error()}
	}
	if m.Format != FormatVersion {
		return nil, fmt.Errorf("%s: landing format %d is not known to this version of ticketmill (it knows %d)", path, m.Format, FormatVersion)
	}
	if reason := m.contradiction(path); reason != "" {
		return nil, &DamageError{Path: path, Reason: reason}
	}
	return m, nil
}

// contradiction says in what a manifest contradicts itself or its place.
func (m *Manifest) contradiction(path string) string {
	switch {
	case filepath.Base(path) != manifestName(m.Seq):
		return "the manifest does not belong to its name"
	case m.Source != filepath.Base(filepath.Dir(m.dir)) || url.PathEscape(m.Stream) != filepath.Base(m.dir):
		return fmt.Sprintf("the manifest belongs to source %q and stream %q and not to its folder", m.Source, m.Stream)
	case (m.File == "") != (m.Rows == 0) || m.Rows < 0:
		return fmt.Sprintf("the manifest promises %d rows in the file %q", m.Rows, m.File)
	case m.File != "" && (!sha256Hex.MatchString(m.SHA256) || m.File != parquetName(m.Seq, m.SHA256)):
		return "the manifest's file does not have the name that follows from its sha256"
	}
	return ""
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// commit writes the manifest beside, syncs it and links it under its name,
// which fails if another writer was first.
func (m *Manifest) commit() error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	final := filepath.Join(m.dir, manifestName(m.Seq))
	// A name of its own: two writers must not share the file they link.
	tmp, err := writeSynced(m.dir, append(b, '\n'))
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, final); err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%w: %s exists already", ErrConflict, final)
		}
		return err
	}
	return syncDir(m.dir)
}

func writeSynced(dir string, b []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, tempPattern)
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
