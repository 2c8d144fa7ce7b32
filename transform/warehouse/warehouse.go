// Package warehouse is ticketmill's DuckDB: it creates generations, runs
// statements in them, publishes snapshots and reads those back.
//
// It is the only package that imports the DuckDB driver.
package warehouse

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Options bounds what a database may use.
type Options struct {
	// Memory is DuckDB's memory limit, such as "3GB"; empty: DuckDB's default
	// of 80 % of the machine.
	Memory string
	// Threads is the number of worker threads; 0: one per core.
	Threads int
	// TempDir is where DuckDB spills; empty: beside the database.
	TempDir string
}

// DB is one open database file or an in-memory database.
type DB struct{ sql *sql.DB }

// Create makes a new database file. It fails if the file exists: DuckDB keeps
// one instance per path and process, so every generation needs its own name.
func Create(ctx context.Context, path string, o Options) (*DB, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("create %s: %w", path, os.ErrExist)
	}
	return open(ctx, path, o, nil)
}

// Memory opens an in-memory database.
func Memory(ctx context.Context, o Options) (*DB, error) { return open(ctx, "", o, nil) }

// OpenReadOnly opens a published snapshot. Its statements can read that file
// and nothing else, except that they may write into the given folders.
func OpenReadOnly(ctx context.Context, path string, o Options, writable ...string) (*DB, error) {
	lock := []string{}
	if len(writable) > 0 {
		quoted := make([]string, len(writable))
		for i, w := range writable {
			quoted[i] = Quote(w)
		}
		lock = append(lock, "SET allowed_directories=["+strings.Join(quoted, ", ")+"]")
	}
	lock = append(lock, "SET enable_external_access=false", "SET lock_configuration=true")
	return open(ctx, path, o, lock)
}

func open(ctx context.Context, path string, o Options, lock []string) (*DB, error) {
	q := url.Values{}
	if lock != nil {
		q.Set("access_mode", "READ_ONLY")
	}
	if o.Threads > 0 {
		q.Set("threads", strconv.Itoa(o.Threads))
	}
	if o.Memory != "" {
		q.Set("memory_limit", o.Memory)
	}
	if o.TempDir != "" {
		q.Set("temp_directory", o.TempDir)
	}
	// Extensions come from a host we may not reach and must not trust blindly;
	// what is used here (json, parquet, icu) is linked in.
	q.Set("autoinstall_known_extensions", "false")
	q.Set("autoload_known_extensions", "false")
	connector, err := duckdb.NewConnector(path+"?"+q.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", displayPath(path), clean(err))
	}
	db := &DB{sql: sql.OpenDB(connector)}
	// One connection first: it sets what is global before others can start, which
	// after the lock can set nothing.
	for _, s := range append([]string{"SET GLOBAL TimeZone='UTC'"}, lock...) {
		if err := db.Exec(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", displayPath(path), err), db.Close())
		}
	}
	return db, nil
}

func displayPath(path string) string {
	if path == "" {
		return "in-memory database"
	}
	return path
}

// Close closes the database. A written file has no WAL left afterwards.
func (db *DB) Close() error { return db.sql.Close() }

// Exec runs one statement.
func (db *DB) Exec(ctx context.Context, statement string) error {
	_, err := db.sql.ExecContext(ctx, statement)
	return clean(err)
}

// Session runs f on one connection, for statements that share its state.
func (db *DB) Session(ctx context.Context, f func(exec func(statement string) error) error) error {
	c, err := db.sql.Conn(ctx)
	if err != nil {
		return clean(err)
	}
	defer c.Close()
	return f(func(statement string) error {
		_, err := c.ExecContext(ctx, statement)
		return clean(err)
	})
}

// Rows is a small result, whole in memory.
type Rows struct {
	Columns []string
	Types   []string // DuckDB's type names
	Values  [][]any
}

// Each runs a query and hands its rows over one by one. The row is only valid
// during the call.
func (db *DB) Each(ctx context.Context, query string, row func([]any) error) error {
	rows, err := db.sql.QueryContext(ctx, query)
	if err != nil {
		return clean(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return clean(err)
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return clean(err)
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return clean(rows.Err())
}

// Query runs a query whose result is known to be small.
func (db *DB) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	var out Rows
	rows, err := db.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return out, clean(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return out, clean(err)
	}
	for _, t := range types {
		out.Columns = append(out.Columns, t.Name())
		out.Types = append(out.Types, t.DatabaseTypeName())
	}
	for rows.Next() {
		row := make([]any, len(types))
		into := make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return out, clean(err)
		}
		out.Values = append(out.Values, row)
	}
	return out, clean(rows.Err())
}

// Int runs a query that answers one whole number.
func (db *DB) Int(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := db.sql.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, clean(err)
}

// Text runs a query that answers one text.
func (db *DB) Text(ctx context.Context, query string, args ...any) (string, error) {
	var s string
	err := db.sql.QueryRowContext(ctx, query, args...).Scan(&s)
	return s, clean(err)
}

// Version is DuckDB's version, such as "v1.5.6".
func Version(ctx context.Context) (string, error) {
	db, err := Memory(ctx, Options{})
	if err != nil {
		return "", err
	}
	defer db.Close()
	return db.Text(ctx, "SELECT version()")
}

// Syntax is what DuckDB's parser says about one SELECT statement.
type Syntax struct {
	tree map[string]any
}

// Parse parses one SELECT statement without running it. Anything else, or more
// than one statement, is an error.
func (db *DB) Parse(ctx context.Context, statement string) (*Syntax, error) {
	text, err := db.Text(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", statement)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error      bool             `json:"error"`
		Message    string           `json:"error_message"`
		Statements []map[string]any `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, fmt.Errorf("parse SQL: %w", err)
	}
	if answer.Error {
		return nil, fmt.Errorf("parse SQL: %s", answer.Message)
	}
	if len(answer.Statements) != 1 {
		return nil, fmt.Errorf("parse SQL: %d statements where one is due", len(answer.Statements))
	}
	return &Syntax{tree: answer.Statements[0]}, nil
}

// Tables lists the tables the statement reads that name a schema, as
// "schema.table", sorted. Names without a schema are its own WITH clauses.
func (s *Syntax) Tables() []string {
	found := map[string]bool{}
	walk(s.tree, func(node map[string]any) {
		schema, _ := node["schema_name"].(string)
		table, _ := node["table_name"].(string)
		if node["type"] == "BASE_TABLE" && schema != "" {
			found[schema+"."+table] = true
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// Count tells how many nodes of the tree have the given type.
func (s *Syntax) Count(nodeType string) int {
	n := 0
	walk(s.tree, func(node map[string]any) {
		if node["type"] == nodeType {
			n++
		}
	})
	return n
}

// sameBesideWhere tells whether two SELECTs differ in nothing but their WHERE.
func (s *Syntax) sameBesideWhere(other *Syntax) bool {
	rest := func(tree map[string]any) map[string]any {
		tree = maps.Clone(tree)
		node, _ := tree["node"].(map[string]any)
		node = maps.Clone(node)
		delete(node, "where_clause")
		tree["node"] = node
		return tree
	}
	return reflect.DeepEqual(rest(s.tree), rest(other.tree))
}

func walk(v any, visit func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		visit(x)
		for _, child := range x {
			walk(child, visit)
		}
	case []any:
		for _, child := range x {
			walk(child, visit)
		}
	}
}

// Quote makes a SQL string literal.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// QuoteList writes a list of SQL string literals.
func QuoteList(all []string) string { return "[" + quoteAll(all) + "]" }

// QuoteSet writes SQL string literals as they stand after IN.
func QuoteSet(all []string) string { return "(" + quoteAll(all) + ")" }

func quoteAll(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = Quote(s)
	}
	return strings.Join(quoted, ",\n")
}

// clean drops the C++ stack trace that DuckDB appends to internal errors.
func clean(err error) error {
	if err == nil {
		return nil
	}
	if i := strings.Index(err.Error(), "\n\nStack Trace:"); i > 0 {
		return errors.New(err.Error()[:i])
	}
	return err
}
