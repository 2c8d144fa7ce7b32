package landing

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	if filepath.Base(path) != manifestName(m.Seq) || m.File != filepath.Base(m.File) && m.File != "" {
		return nil, &DamageError{Path: path, Reason: "the manifest does not belong to its name"}
	}
	return m, nil
}

// commit writes the manifest beside, syncs it and links it under its name,
// which fails if another writer was first.
func (m *Manifest) commit() error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	final := filepath.Join(m.dir, manifestName(m.Seq))
	tmp := final + ".tmp"
	if err := writeSynced(tmp, append(b, '\n')); err != nil {
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

func writeSynced(path string, b []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
