package warehouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// bakeCatalog adds PostgreSQL's catalogue to a file that is about to be
// published, so that its readers find it made.
func bakeCatalog(ctx context.Context, path string) (err error) {
	db, err := open(ctx, path, Options{Threads: 1}, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	columns, err := db.publishedColumns(ctx)
	if err != nil {
		return err
	}
	statements, err := pgcat.Statements(columns)
	if err != nil {
		return err
	}
	return db.Session(ctx, func(exec func(string) error) error {
		for _, s := range statements {
			if err := exec(s); err != nil {
				return fmt.Errorf("catalogue: %w", err)
			}
		}
		return exec("CHECKPOINT")
	})
}

func (db *DB) publishedColumns(ctx context.Context) ([]pgcat.Column, error) {
	rows, err := db.Query(ctx, `SELECT schema_name, table_name, column_name, data_type, is_nullable
		FROM duckdb_columns() WHERE NOT internal ORDER BY schema_name, table_name, column_index`)
	if err != nil {
		return nil, err
	}
	columns := make([]pgcat.Column, len(rows.Values))
	for i, r := range rows.Values {
		c := &columns[i]
		c.Schema, _ = r[0].(string)
		c.Table, _ = r[1].(string)
		c.Name, _ = r[2].(string)
		c.Type, _ = r[3].(string)
		c.Nullable, _ = r[4].(bool)
	}
	return columns, nil
}
