package sqltest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// fill makes a given table. A header cell is a column's name, or name:TYPE
// for a table that no statement makes and common.txt does not give. Columns
// that the header leaves out are null.
func (w *world) fill(ctx context.Context, g place) error {
	columns, names, err := w.headerColumns(g)
	if err != nil {
		return err
	}
	if err := w.db.CreateTable(ctx, warehouse.Table{Name: g.Name.Name, Columns: columns}); err != nil {
		return g.file.errorf(g.Line, "%w", err)
	}
	insert := "INSERT INTO " + g.Name.Name + " (" + quoteNames(names) + ") VALUES ("
	for _, row := range g.Table.Rows {
		values := make([]string, len(row.Cells))
		for i, c := range row.Cells {
			values[i] = "NULL"
			if !c.Null {
				values[i] = warehouse.Quote(c.Text)
			}
		}
		if err := w.db.Exec(ctx, insert+strings.Join(values, ", ")+")"); err != nil {
			return g.file.errorf(row.Line, "%w", err)
		}
	}
	return nil
}

func (w *world) headerColumns(g place) (columns []warehouse.Column, names []string, err error) {
	known := w.columns[g.Name.Name]
	for _, cell := range g.Table.Header {
		name, kind, typed := strings.Cut(cell, ":")
		at := slices.IndexFunc(known, func(c warehouse.Column) bool { return c.Name == name })
		switch {
		case slices.Contains(names, name):
			return nil, nil, g.file.errorf(g.Line, "given %s has the column %q twice", g.Name.Name, name)
		case known != nil && at < 0:
			return nil, nil, g.file.errorf(g.Line, "%s has no column %q", g.Name.Name, name)
		case known != nil && typed && known[at].Type != kind:
			return nil, nil, g.file.errorf(g.Line, "%s.%s is of type %s, not %s", g.Name.Name, name, known[at].Type, kind)
		case known == nil && !typed:
			return nil, nil, g.file.errorf(g.Line, "no statement makes %s: write its columns with their types, such as %s:VARCHAR", g.Name.Name, name)
		case known == nil:
			columns = append(columns, warehouse.Column{Name: name, Type: kind})
		}
		names = append(names, name)
	}
	if known != nil {
		columns = known
	}
	return columns, names, nil
}

func quoteNames(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}

// createLanding makes the table of a stream's landed rows. The statements read
// views of it, one for each file.
func (w *world) createLanding(ctx context.Context, stream string) error {
	t := warehouse.Table{Name: "landing.rows_" + stream, Columns: []warehouse.Column{
		{Name: "file_no", Type: "BIGINT"}, {Name: "_row", Type: "BIGINT"},
	}}
	for _, c := range landedTypes {
		t.Columns = append(t.Columns, warehouse.Column{Name: c[1], Type: c[2]})
	}
	return w.db.CreateTable(ctx, t)
}

// landedTypes are landing's columns: the name in a case, the real one, the type.
var landedTypes = [][3]string{
	{"source", "_source", "VARCHAR"},
	{"kind", "_kind", "VARCHAR"},
	{"stream", "_stream", "VARCHAR"},
	{"key", "_key", "VARCHAR"},
	{"version", "_version", "VARCHAR"},
	{"observed", "_observed_at", "TIMESTAMPTZ"},
	{"landed", "_landed_at", "TIMESTAMPTZ"},
	{"run", "_run_id", "VARCHAR"},
	{"deleted", "_deleted", "BOOLEAN"},
	{"schema", "_schema", "VARCHAR"},
	{"payload", "payload", "VARCHAR"},
}

// fillLanding makes a landing table of the given files.
func (w *world) fillLanding(ctx context.Context, g place) error {
	landed := strings.TrimPrefix(g.Name.Name, "landing.")
	if err := w.createLanding(ctx, landed); err != nil {
		return err
	}
	kind, stream, _ := strings.Cut(landed, "_")
	for fileNo, file := range g.Files {
		for rowNo, row := range file.Rows {
			values := []string{fmt.Sprint(fileNo + 1), fmt.Sprint(rowNo)}
			for _, c := range landedTypes {
				values = append(values, row.literal(c[0], kind, stream))
			}
			if err := w.db.Exec(ctx, "INSERT INTO landing.rows_"+landed+" VALUES ("+strings.Join(values, ", ")+")"); err != nil {
				return g.file.errorf(row.Line, "%w", err)
			}
		}
	}
	return nil
}

// literal is a landed column's value as SQL.
func (r LandingRow) literal(column, kind, stream string) string {
	if column == "payload" {
		return warehouse.Quote(r.Payload)
	}
	if value, ok := r.Columns[column]; ok {
		return warehouse.Quote(value)
	}
	value := map[string]string{
		"source": kind, "kind": kind, "stream": stream, "schema": kind + "." + stream + "/1",
		"run": landingColumns["run"], "deleted": landingColumns["deleted"],
	}[column]
	if value == "" {
		return "NULL"
	}
	return warehouse.Quote(value)
}
