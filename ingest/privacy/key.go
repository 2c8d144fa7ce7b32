package privacy

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// minKeyLen is the shortest key that is not worth guessing, in bytes.
const minKeyLen = 16

// LoadKey finds the key of the pseudonyms: env when it is not empty, else the
// content of the file at path, which is created with a random key when it does
// not exist. Losing the key means that new records no longer match old ones,
// so a file that is there is never overwritten.
func LoadKey(env string, path string) ([]byte, error) {
	if env != "" {
		if len(env) < minKeyLen {
			return nil, fmt.Errorf("privacy key: has %d bytes, needs at least %d; use a long random text", len(env), minKeyLen)
		}
		return []byte(env), nil
	}
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil {
		return nil, fmt.Errorf("privacy key: create %s: %w", path, err)
	}
	// Read back rather than trusting our own copy: another process may have
	// been first, and then its key counts.
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("privacy key: %w", err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("privacy key: %w", err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("privacy key: %s is not a regular file", path)
	}
	// Windows has no such bits: os reports 0666 for every writable file.
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("privacy key: %s is open to others (mode %04o); run: chmod 600 %s", path, st.Mode().Perm(), path)
	}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(f); err != nil {
		return nil, fmt.Errorf("privacy key: read %s: %w", path, err)
	}
	key := bytes.TrimSpace(buf.Bytes())
	if len(key) < minKeyLen {
		return nil, fmt.Errorf("privacy key: %s holds %d bytes, needs at least %d; restore it from a backup (a new key means new pseudonyms)", path, len(key), minKeyLen)
	}
	return key, nil
}

// createKey writes beside, syncs and links, so that a crash leaves either no
// key or a whole one, and of two processes exactly one wins.
func createKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	tmp, err := writeTemp(dir, append(hex.AppendEncode(nil, raw), '\n'))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp) }()
	if err := publishKey(tmp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeTemp(dir string, content []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, ".privacy-key-*") // O_EXCL, 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(content); err != nil {
		return "", err
	}
	return f.Name(), f.Sync()
}

// publishKey gives the finished file its name, unless the name is taken.
func publishKey(tmp, path string) error {
	err := os.Link(tmp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	// Some file systems have no hard links. There the name is looked at first;
	// what is left is a race of two first runs, which the run lock excludes.
	if _, serr := os.Lstat(path); serr == nil {
		return nil
	}
	return os.Rename(tmp, path)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be opened for syncing there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
