package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// exportPage is how many rows are in memory or in a temporary file at once.
const exportPage = 200_000

// Mart is one published table, opened for export. Published tables lie in the
// order of their key, so that the same rows export to the same bytes.
type Mart struct {
	db    *DB
	name  string
	where string
	dir   string // for temporary files; the only place the engine may write
	rows  int64
}

// OpenMart opens a mart by its name ("ticket" or "marts.ticket") with an
// optional condition. The condition is parsed first: it may only be an
// expression over that mart's own columns.
func (db *DB) OpenMart(ctx context.Context, name, where, tempDir string) (*Mart, error) {
	if !strings.Contains(name, ".") {
		name = "marts." + name
	}
	known, err := db.Marts(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(known, name) {
		return nil, fmt.Errorf("there is no mart %q; there are %s", strings.TrimPrefix(name, "marts."), strings.Join(known, ", "))
	}
	m := &Mart{db: db, name: name, where: "true", dir: tempDir}
	if where != "" {
		if err := db.checkWhere(ctx, name, where); err != nil {
			return nil, err
		}
		m.where = "(" + where + "\n)"
	}
	m.rows, err = db.Int(ctx, "SELECT coalesce(max(rowid) + 1, 0) FROM "+name)
	return m, err
}

// Marts lists the published tables.
func (db *DB) Marts(ctx context.Context) ([]string, error) {
	rows, err := db.Query(ctx, `SELECT schema_name || '.' || table_name FROM duckdb_tables()
		WHERE schema_name IN ('marts', 'ops') ORDER BY schema_name, table_name`)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rows.Values))
	for i, r := range rows.Values {
		names[i], _ = r[0].(string)
	}
	return names, nil
}

// checkWhere refuses whatever is more than a condition on the mart's rows.
func (db *DB) checkWhere(ctx context.Context, name, where string) error {
	s, err := db.Parse(ctx, "SELECT * FROM "+name+" WHERE ("+where+"\n)")
	if err != nil {
		return fmt.Errorf("the condition is not valid SQL: %w", err)
	}
	plain, err := db.Parse(ctx, "SELECT * FROM "+name+" WHERE (true\n)")
	if err != nil {
		return err
	}
	// A clause that follows the condition shows beside it; a table can only
	// come in by a subquery.
	if !s.sameBesideWhere(plain) || s.Count("SUBQUERY") > 0 {
		return errors.New("the condition may only compare the mart's own columns: no subqueries, other tables or clauses")
	}
	// Bind it too, so that a misspelt column fails before anything is written.
	if _, err := db.Query(ctx, "SELECT * FROM "+name+" WHERE ("+where+"\n) LIMIT 0"); err != nil {
		return fmt.Errorf("the condition does not work: %w", err)
	}
	return nil
}

// Rows is how many rows the mart holds, whatever the condition.
func (m *Mart) Rows() int64 { return m.rows }

// WriteText writes the mart as "csv" (with a header) or "json" (one object a
// line), page by page. progress is called with the rows passed.
func (m *Mart) WriteText(ctx context.Context, w io.Writer, format string, progress func(int64)) error {
	options := map[string]string{"csv": "FORMAT csv, HEADER %t", "json": "FORMAT json"}[format]
	if options == "" {
		return fmt.Errorf("unknown format %q", format)
	}
	// An empty mart still has a header: one page at least.
	for start := int64(0); start == 0 || start < m.rows; start += exportPage {
		page := options
		if format == "csv" {
			page = fmt.Sprintf(options, start == 0)
		}
		if err := m.copyTo(ctx, w, page, start, start+exportPage); err != nil {
			return err
		}
		progress(min(m.rows, start+exportPage))
	}
	return nil
}

// WriteParquet writes the mart as one Parquet file.
func (m *Mart) WriteParquet(ctx context.Context, w io.Writer) error {
	return m.copyTo(ctx, w, "FORMAT parquet, COMPRESSION zstd", 0, m.rows)
}

// copyTo lets DuckDB write rows [from, to) into a temporary file and passes
// that on.
func (m *Mart) copyTo(ctx context.Context, w io.Writer, options string, from, to int64) error {
	tmp := filepath.Join(m.dir, "page")
	if err := m.db.Exec(ctx, fmt.Sprintf("COPY (%s) TO %s (%s)", m.page(from, to), Quote(tmp), options)); err != nil {
		return fmt.Errorf("export %s: %w", m.name, err)
	}
	f, err := os.Open(tmp)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return errors.Join(err, f.Close(), os.Remove(tmp))
}

func (m *Mart) page(from, to int64) string {
	// The page is cut inside, so that no condition can reach past it.
	return fmt.Sprintf("SELECT * FROM (SELECT * FROM %s WHERE rowid >= %d AND rowid < %d) AS page WHERE %s", m.name, from, to, m.where)
}

// Each calls f with the mart's rows, a page at a time; the page's Values are
// only valid during the call. f is called at least once.
func (m *Mart) Each(ctx context.Context, f func(Rows) error, progress func(int64)) error {
	const page = exportPage / 4 // these live in Go's memory
	for start := int64(0); start == 0 || start < m.rows; start += page {
		rows, err := m.db.Query(ctx, m.page(start, start+page))
		if err != nil {
			return fmt.Errorf("export %s: %w", m.name, err)
		}
		if err := f(rows); err != nil {
			return err
		}
		progress(min(m.rows, start+page))
	}
	return nil
}
