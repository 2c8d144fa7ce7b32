package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// SheetRows is how many rows a worksheet holds below its header: Excel's limit.
const SheetRows = excelize.TotalRows - 1

// ErrTooManyRows says that a table does not fit on a worksheet.
var ErrTooManyRows = fmt.Errorf("a worksheet holds %d rows at most; write csv or parquet instead", SheetRows)

// Sheet writes one table of any size as a workbook, row by row: what is written
// lies in a temporary file until Close, not in memory.
type Sheet struct {
	out     io.Writer
	file    *excelize.File
	stream  *excelize.StreamWriter
	columns []string
	styles  []int // by column
	rows    int
}

// NewSheet begins a workbook with one table. types are DuckDB's names of the
// columns' types; temp is a folder for the temporary file.
func NewSheet(out io.Writer, name string, columns, types []string, temp string) (*Sheet, error) {
	s := &Sheet{out: out, file: excelize.NewFile(excelize.Options{TmpDir: temp}), columns: columns}
	if err := s.begin(name, types); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

func (s *Sheet) begin(name string, types []string) (err error) {
	name = name[:min(len(name), 31)]
	if err = s.file.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	if s.stream, err = s.file.NewStreamWriter(name); err != nil {
		return err
	}
	header := make([]any, len(s.columns))
	bold, err := s.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11}})
	if err != nil {
		return err
	}
	for i, c := range s.columns {
		header[i] = excelize.Cell{StyleID: bold, Value: c}
		format, width := sheetFormat(types[i])
		style, err := s.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return err
		}
		s.styles = append(s.styles, style)
		if err := s.stream.SetColWidth(i+1, i+1, max(width, float64(len(c)+4))); err != nil {
			return err
		}
	}
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return s.stream.SetRow("A1", header)
}

// sheetFormat is how a type of DuckDB is shown, and how wide.
func sheetFormat(kind string) (format string, width float64) {
	switch {
	case strings.HasPrefix(kind, "TIMESTAMP"):
		return "yyyy-mm-dd hh:mm:ss", 19
	case kind == "DATE":
		return "yyyy-mm-dd", 11
	default:
		return "General", 10
	}
}

// Write adds rows. Texts stay texts, whatever they begin with. Write fails with
// ErrTooManyRows when the worksheet is full.
func (s *Sheet) Write(rows [][]any) error {
	if s.rows+len(rows) > SheetRows {
		return ErrTooManyRows
	}
	cells := make([]any, len(s.columns))
	for _, row := range rows {
		for i, v := range row {
			cells[i] = excelize.Cell{StyleID: s.styles[i], Value: sheetValue(v)}
		}
		s.rows++
		at, err := excelize.CoordinatesToCellName(1, s.rows+1)
		if err != nil {
			return err
		}
		if err := s.stream.SetRow(at, cells); err != nil {
			return err
		}
	}
	return nil
}

// exactly is up to where a worksheet's numbers are exact: they are doubles.
const exactly = 1 << 53

// sheetValue is a value as the worksheet takes it. A list becomes a text, and so
// does a number that would lose digits.
func sheetValue(v any) any {
	switch x := v.(type) {
	case int64:
		if x > exactly || x < -exactly {
			return fmt.Sprint(x)
		}
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Sprint(x)
		}
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = fmt.Sprint(e)
		}
		return strings.Join(parts, ", ")
	}
	return v
}

// Close writes the workbook. Without it nothing is written.
func (s *Sheet) Close() error {
	last, err := excelize.CoordinatesToCellName(len(s.columns), max(2, s.rows+1))
	if err == nil {
		err = s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: "data"})
	}
	if err == nil {
		err = s.stream.Flush()
	}
	if err == nil {
		// excelize would gather the whole file in memory; the entries go to where
		// they belong instead, and its own buffer stays empty.
		at := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
		s.file.ZipWriter = func(io.Writer) excelize.ZipWriter { return newDatedZip(s.out, at) }
		err = s.file.Write(s.out)
	}
	return errors.Join(err, s.file.Close())
}

// Discard gives up a workbook.
func (s *Sheet) Discard() error { return s.file.Close() }
