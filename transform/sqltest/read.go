package sqltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// read is a table's content in the wanted columns, all of them where none are
// wanted yet. A header cell may be an expression over the table's columns.
func (w *world) read(ctx context.Context, want *Want) (*Table, error) {
	expressions := []string{"*"}
	if want.Table != nil {
		expressions = want.Table.Header
	}
	if err := w.onlyExpressions(ctx, expressions); err != nil {
		return nil, err
	}
	source := "SELECT " + strings.Join(expressions, ", ") + " FROM " + want.Name.Name
	shape, err := w.db.Query(ctx, source+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	header := shape.Columns
	if want.Table != nil {
		header = want.Table.Header
	}
	columns, texts := make([]string, len(header)), make([]string, len(header))
	for i := range header {
		columns[i] = fmt.Sprintf("c%d", i)
		texts[i] = columns[i] + "::VARCHAR"
		if strings.HasPrefix(shape.Types[i], "TIMESTAMP") {
			texts[i] = fmt.Sprintf(`regexp_replace(%s::VARCHAR, '^(\S+ \d\d:\d\d):00(\+00)?$', '\1')`, columns[i])
		}
	}
	rows, err := w.db.Query(ctx, fmt.Sprintf("SELECT %s FROM (SELECT * FROM (%s) AS t(%s) ORDER BY ALL)",
		strings.Join(texts, ", "), source, strings.Join(columns, ", ")))
	if err != nil {
		return nil, err
	}
	t := &Table{Header: header}
	for _, values := range rows.Values {
		row := Row{Cells: make([]Cell, len(values))}
		for i, v := range values {
			text, ok := v.(string)
			row.Cells[i] = Cell{Text: text, Null: !ok}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// onlyExpressions refuses header cells that would read another table.
func (w *world) onlyExpressions(ctx context.Context, expressions []string) error {
	s, err := w.db.Parse(ctx, "SELECT "+strings.Join(expressions, ", "))
	if err != nil {
		return err
	}
	if tables := s.Tables(); len(tables) > 0 {
		return fmt.Errorf("a header names columns or expressions over them, not other tables (%s)", strings.Join(tables, ", "))
	}
	return nil
}

// diff shows how two tables of the same header differ, whatever the order of
// their rows; "" where they do not.
func diff(want, got *Table) string {
	left := slices.Clone(want.Rows)
	var extra []Row
	for _, row := range got.Rows {
		i := slices.IndexFunc(left, func(r Row) bool { return slices.Equal(r.Cells, row.Cells) })
		if i < 0 {
			extra = append(extra, row)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) == 0 && len(extra) == 0 {
		return ""
	}
	all := &Table{Header: want.Header, Rows: slices.Concat(got.Rows, left)}
	lines := all.format()
	var b strings.Builder
	fmt.Fprintf(&b, "   %s\n", lines[0])
	for i, row := range all.Rows {
		mark := " "
		if i >= len(got.Rows) {
			mark = "-"
		} else if j := slices.IndexFunc(extra, func(r Row) bool { return slices.Equal(r.Cells, row.Cells) }); j >= 0 {
			mark, extra = "+", slices.Delete(extra, j, j+1)
		}
		fmt.Fprintf(&b, " %s %s\n", mark, lines[i+1])
	}
	return b.String()
}
