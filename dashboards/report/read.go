package report

import (
	"context"
	"fmt"
	"time"
)

// Querier answers a statement over the published tables. Its values are nil,
// bool, int64, float64, string or time.Time for the types that the report asks
// for.
type Querier interface {
	Query(ctx context.Context, sql string) (columns []string, rows [][]any, err error)
}

// record is one row by column name.
type record map[string]any

// reader runs statements until one fails.
type reader struct {
	ctx   context.Context
	from  Querier
	span  span
	today time.Time       // the day of the snapshot's clock, which it sees in part
	has   map[string]bool // published tables
	err   error
	lost  []string // tables that a section would have needed
}

// rows runs a statement that needs the given tables. Where one is missing there
// are no rows; after an error there are none either.
func (r *reader) rows(what, statement string, tables ...string) []record {
	for _, t := range tables {
		if !r.has[t] {
			r.lost = append(r.lost, t)
			return nil
		}
	}
	if r.err != nil {
		return nil
	}
	columns, rows, err := r.from.Query(r.ctx, r.span.sql(statement))
	if err != nil {
		r.err = fmt.Errorf("read %s: %w", what, err)
		return nil
	}
	out := make([]record, len(rows))
	for i, row := range rows {
		out[i] = record{}
		for k, c := range columns {
			out[i][c] = row[k]
		}
	}
	return out
}

func (r record) text(column string) string {
	s, _ := r[column].(string)
	return s
}

func (r record) count(column string) int64 {
	n, _ := r[column].(int64)
	return n
}

func (r record) yes(column string) bool {
	b, _ := r[column].(bool)
	return b
}

func (r record) number(column string) *float64 {
	if x, ok := r[column].(float64); ok {
		return &x
	}
	return nil
}

// pair is a metric and what it is when adjusted.
func (r record) pair(column string) Pair {
	return Pair{r.number(column), r.number(column + "_adjusted")}
}

func (r record) time(column string) *time.Time {
	if t, ok := r[column].(time.Time); ok {
		t = t.UTC()
		return &t
	}
	return nil
}
