package landing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow/go/v16/parquet/file"
)

// VerifyBytes checks that the manifest's file is there and has the promised
// size and sha256. It returns a *DamageError otherwise.
func (m *Manifest) VerifyBytes() error {
	if m.File == "" {
		return nil
	}
	f, err := os.Open(m.Path())
	if errors.Is(err, os.ErrNotExist) {
		return &DamageError{Path: m.Path(), Reason: "it is missing"}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("read %s: %w", m.Path(), err)
	}
	if n != m.Bytes {
		return &DamageError{Path: m.Path(), Reason: fmt.Sprintf("it has %d bytes, the manifest says %d", n, m.Bytes)}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.SHA256 {
		return &DamageError{Path: m.Path(), Reason: "its sha256 is " + got + ", the manifest says " + m.SHA256}
	}
	return nil
}

// Verify checks the bytes and that the Parquet footer counts as many rows as
// the manifest.
func (m *Manifest) Verify() error {
	if err := m.VerifyBytes(); err != nil || m.File == "" {
		return err
	}
	rows, err := parquetRows(m.Path())
	if err != nil {
		return &DamageError{Path: m.Path(), Reason: err.Error()}
	}
	if rows != m.Rows {
		return &DamageError{Path: m.Path(), Reason: fmt.Sprintf("it holds %d rows, the manifest says %d", rows, m.Rows)}
	}
	return nil
}

func parquetRows(path string) (rows int64, err error) {
	// The Parquet reader panics on some malformed footers; here that is only
	// one more way to be damaged.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not readable as Parquet: %v", p)
		}
	}()
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		return 0, fmt.Errorf("not readable as Parquet: %w", err)
	}
	defer r.Close()
	return r.NumRows(), nil
}
