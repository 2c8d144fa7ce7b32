package warehouse

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Column is one column of a Table, with DuckDB's type.
type Column struct{ Name, Type string }

// Table is a small table made in Go: configuration, ledgers, journals.
type Table struct {
	Name    string // "schema.table"
	Columns []Column
	Rows    [][]driver.Value
}

// CreateTable makes the table and fills it.
func (db *DB) CreateTable(ctx context.Context, t Table) error {
	defs := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		defs[i] = fmt.Sprintf("%q %s", c.Name, c.Type)
	}
	if err := db.Exec(ctx, "CREATE TABLE "+t.Name+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return fmt.Errorf("create %s: %w", t.Name, err)
	}
	return db.Append(ctx, t.Name, t.Rows)
}

// Append adds rows to a table, values in the order of its columns.
func (db *DB) Append(ctx context.Context, table string, rows [][]driver.Value) error {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return clean(err)
	}
	defer conn.Close()
	return conn.Raw(func(dc any) error {
		schema, name, _ := strings.Cut(table, ".")
		a, err := duckdb.NewAppenderFromConn(dc.(driver.Conn), schema, name)
		if err != nil {
			return fmt.Errorf("fill %s: %w", table, clean(err))
		}
		for _, row := range rows {
			if err := a.AppendRow(row...); err != nil {
				_ = a.Close() // the first error says more
				return fmt.Errorf("fill %s: %w", table, clean(err))
			}
		}
		return clean(a.Close())
	})
}
