package warehouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// currentFile names the generation that counts. Readers look here first and
// open the file it names; they never see a half-written one.
const currentFile = "CURRENT"

// ErrNothingPublished says that no generation has been published yet.
var ErrNothingPublished = errors.New("nothing is published yet: run `ticketmill run` first")

// Generation names the file of a generation.
func Generation(n int) string { return fmt.Sprintf("gen-%06d.duckdb", n) }

// NextGeneration is the number after the highest one found in the folders.
func NextGeneration(dirs ...string) (int, error) {
	highest := 0
	for _, dir := range dirs {
		gens, err := generations(dir)
		if err != nil {
			return 0, err
		}
		for _, g := range gens {
			highest = max(highest, number(g))
		}
	}
	return highest + 1, nil
}

func generations(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "gen-*.duckdb"))
	found = slices.DeleteFunc(found, func(p string) bool { return number(p) == 0 })
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	return found, err
}

func number(path string) int {
	var n int
	name := filepath.Base(path)
	if _, err := fmt.Sscanf(name, "gen-%d.duckdb", &n); err != nil || name != Generation(n) {
		return 0
	}
	return n
}

// PublishTable says what of a generation is published and in which order.
type PublishTable struct {
	Name    string   // "schema.table"
	OrderBy []string // its key: the same rows make the same file order
}

// Publish copies the tables into a new file dir/name, and makes CURRENT name
// it. The file is written beside, synced and renamed, so that a crash leaves
// the previous generation current.
func (db *DB) Publish(ctx context.Context, dir, name string, tables []PublishTable) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tmp := filepath.Join(dir, name+".tmp")
	if err := Remove(tmp); err != nil {
		return err
	}
	if err := db.copyTo(ctx, tmp, tables); err != nil {
		return errors.Join(fmt.Errorf("publish %s: %w", name, err), Remove(tmp))
	}
	if err := bakeCatalog(ctx, tmp); err != nil {
		return errors.Join(fmt.Errorf("publish %s: %w", name, err), Remove(tmp))
	}
	if _, err := os.Stat(tmp + ".wal"); err == nil {
		return fmt.Errorf("publish %s: DuckDB left a write-ahead log", name)
	}
	if err := Sync(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(dir, name)); err != nil {
		return err
	}
	return setCurrent(dir, name)
}

func (db *DB) copyTo(ctx context.Context, path string, tables []PublishTable) error {
	return db.Session(ctx, func(exec func(string) error) (err error) {
		if err := exec("SET preserve_insertion_order=true"); err != nil {
			return err
		}
		if err := exec("ATTACH " + Quote(path) + " AS pub"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, exec("DETACH pub")) }()
		schemas := map[string]bool{}
		for _, t := range tables {
			schema, _, _ := strings.Cut(t.Name, ".")
			if !schemas[schema] {
				schemas[schema] = true
				if err := exec("CREATE SCHEMA pub." + schema); err != nil {
					return err
				}
			}
			q := "CREATE TABLE pub." + t.Name + " AS SELECT * FROM " + t.Name
			if len(t.OrderBy) > 0 {
				q += " ORDER BY " + strings.Join(t.OrderBy, ", ")
			}
			if err := exec(q); err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
		}
		return exec("CHECKPOINT pub")
	})
}

func setCurrent(dir, name string) error {
	final := filepath.Join(dir, currentFile)
	tmp := final + ".tmp"
	if err := os.WriteFile(tmp, []byte(name+"\n"), 0o644); err != nil {
		return err
	}
	if err := Sync(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, final); err != nil {
		return err
	}
	return Sync(dir)
}

// Current is the path of the published generation that counts, or
// ErrNothingPublished.
func Current(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", ErrNothingPublished
	}
	if err != nil {
		return "", err
	}
	name := strings.TrimSpace(string(b))
	if name != filepath.Base(name) || number(name) == 0 {
		return "", fmt.Errorf("%s does not name a generation; run `ticketmill build` to publish one", filepath.Join(dir, currentFile))
	}
	return filepath.Join(dir, name), nil
}

// Prune keeps the newest n generations of a folder and removes the others, and
// whatever an interrupted build left behind. The generation that CURRENT names
// always stays.
func Prune(dir string, n int) error {
	current, err := Current(dir)
	if err != nil && !errors.Is(err, ErrNothingPublished) {
		return err
	}
	gens, err := generations(dir)
	if err != nil {
		return err
	}
	for i, g := range gens {
		if i >= len(gens)-n || g == current {
			continue
		}
		if err := Remove(g); err != nil {
			return err
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "gen-*.tmp*"))
	if err != nil {
		return err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes a database file and its write-ahead log.
func Remove(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Sync makes a written file or folder durable.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
