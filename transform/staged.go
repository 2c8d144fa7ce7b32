package transform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// LandingFile is one committed Parquet file of landing.
type LandingFile struct {
	Kind   string
	Stream string // the stream's name without its scope, such as "issues"
	Path   string
	SHA256 string
}

// stager runs the statements that read landing, once per file, and remembers
// the results beside the warehouse: what is staged from an immutable file
// never changes. A result is keyed by the file's sha256, the statement, the
// macros and the DuckDB version.
type stager struct {
	dir     string // warehouse/staged
	macros  string
	version string
	options warehouse.Options
	workers int
}

// emptyKey names the result staged from no rows: it gives the table its
// columns when a stream has no files.
const emptyKey = "empty"

// stage makes sure that every file's result exists and returns their paths in
// the files' order, the empty one first, and how many had to be made.
func (g *stager) stage(ctx context.Context, s *Step, files []LandingFile) (paths []string, made int, err error) {
	dir := filepath.Join(g.dir, s.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, 0, err
	}
	type job struct{ from, to string }
	var todo []job
	plan := func(from, sha string) error {
		to := filepath.Join(dir, g.key(s, sha)+".parquet")
		paths = append(paths, to)
		whole, err := isWhole(to)
		if !whole {
			todo = append(todo, job{from, to})
		}
		return err
	}
	if err := plan("", emptyKey); err != nil {
		return nil, 0, err
	}
	for _, f := range files {
		if err := plan(f.Path, f.SHA256); err != nil {
			return nil, 0, err
		}
	}
	jobs := make(chan job)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(jobs)
		for _, j := range todo {
			select {
			case jobs <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(g.workers, len(todo)) {
		group.Go(func() error {
			w, err := g.worker(ctx)
			if err != nil {
				return err
			}
			defer w.Close()
			for j := range jobs {
				if err := stageOne(ctx, w, s, j.from, j.to); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return paths, len(todo), group.Wait()
}

func (g *stager) key(s *Step, sha string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{sha, s.SQL, g.macros, g.version}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// worker is a DuckDB of its own with one thread: files are independent, so
// several such beat one with several threads, and row order is kept.
func (g *stager) worker(ctx context.Context) (*warehouse.DB, error) {
	db, err := warehouse.Memory(ctx, warehouse.Options{Threads: 1, Memory: g.options.Memory, TempDir: g.options.TempDir})
	if err != nil {
		return nil, err
	}
	if err := runMacros(ctx, db, g.macros); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Exec(ctx, "CREATE SCHEMA landing"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// stageOne stages one landing file, or none for an empty from.
func stageOne(ctx context.Context, db *warehouse.DB, s *Step, from, to string) error {
	source := "(SELECT *, file_row_number AS _row FROM read_parquet(" + warehouse.Quote(from) + "))"
	if from == "" {
		source = emptyLanding
	}
	tmp := to + ".tmp"
	for _, q := range []string{
		"CREATE OR REPLACE VIEW landing." + s.Landed + " AS SELECT * FROM " + source,
		"COPY (" + s.SQL + "\n) TO " + warehouse.Quote(tmp) + " (FORMAT parquet, COMPRESSION snappy)",
	} {
		if err := db.Exec(ctx, q); err != nil {
			return fmt.Errorf("stage %s from %s: %w", s.Name, from, err)
		}
	}
	if err := warehouse.Sync(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, to)
}

// isWhole tells whether a remembered result is there and ends as Parquet does.
// One that a power cut has truncated is simply staged again.
func isWhole(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() < 12 {
		return false, err
	}
	var end [4]byte
	_, err = f.ReadAt(end[:], st.Size()-4)
	return string(end[:]) == "PAR1", err
}

// emptyLanding has landing's columns and no rows.
const emptyLanding = `(SELECT
	NULL::VARCHAR AS _source, NULL::VARCHAR AS _kind, NULL::VARCHAR AS _stream, NULL::VARCHAR AS _key,
	NULL::VARCHAR AS _version, NULL::TIMESTAMPTZ AS _observed_at, NULL::TIMESTAMPTZ AS _landed_at,
	NULL::VARCHAR AS _run_id, NULL::BOOLEAN AS _deleted, NULL::VARCHAR AS _schema, NULL::VARCHAR AS payload,
	NULL::BIGINT AS _row
	LIMIT 0)`

// view shows the results of all files as one table. _file and _row say where a
// row was landed: together they are the order of landing.
func (g *stager) view(s *Step, paths []string) string {
	return "CREATE VIEW " + s.Name + " AS SELECT *, file_index AS _file, file_row_number AS _row FROM read_parquet(" +
		warehouse.QuoteList(paths) + ")"
}

// forget removes the results of a step that the paths do not name.
func (g *stager) forget(s *Step, paths []string) error {
	keep := map[string]bool{}
	for _, p := range paths {
		keep[p] = true
	}
	all, err := filepath.Glob(filepath.Join(g.dir, s.Name, "*"))
	if err != nil {
		return err
	}
	for _, p := range all {
		if keep[p] {
			continue
		}
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	return nil
}

// runMacros runs a file of CREATE MACRO statements. They are split here
// because the driver would run all but the last one at prepare time.
func runMacros(ctx context.Context, db *warehouse.DB, macros string) error {
	for _, statement := range strings.Split(macros, ";\n") {
		if strings.TrimSpace(stripComments(statement)) == "" {
			continue
		}
		if err := db.Exec(ctx, statement); err != nil {
			return fmt.Errorf("sql/macros.sql: %w", err)
		}
	}
	return nil
}

func stripComments(statement string) string {
	var out strings.Builder
	for line := range strings.Lines(statement) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			out.WriteString(line)
		}
	}
	return out.String()
}
