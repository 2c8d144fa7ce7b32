package main

import (
	"context"
	"errors"
	"io"

	"github.com/ticketmill/ticketmill/dashboards/report"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// writeXLSX writes a mart as a workbook. temp is where it grows.
func writeXLSX(ctx context.Context, m *warehouse.Mart, w io.Writer, r exportRequest, temp string, progress func(int64)) error {
	if r.where == "" && m.Rows() > report.SheetRows {
		return usageError{report.ErrTooManyRows}
	}
	var out *report.Sheet
	err := m.Each(ctx, func(rows warehouse.Rows) (err error) {
		if out == nil {
			if out, err = report.NewSheet(w, r.mart, rows.Columns, rows.Types, temp); err != nil {
				return err
			}
		}
		return out.Write(rows.Values)
	}, progress)
	if errors.Is(err, report.ErrTooManyRows) {
		err = usageError{err}
	}
	switch {
	case out == nil:
		return err
	case err != nil:
		return errors.Join(err, out.Discard())
	default:
		return out.Close()
	}
}
