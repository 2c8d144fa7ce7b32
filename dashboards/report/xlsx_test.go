package report

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tealeg/xlsx/v3"
	"github.com/thedatashed/xlsxreader"
)

// TestXLSXReread reads the workbook with libraries that did not write it.
func TestXLSXReread(t *testing.T) {
	t.Parallel()
	b := write(t, fixture(), English, (*Report).XLSX)
	f, err := xlsx.OpenBinary(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sheets {
		if len(s.SheetViews) == 0 || s.Name != "Summary" && (s.SheetViews[0].Pane == nil || s.SheetViews[0].Pane.State != "frozen" || s.AutoFilter == nil) {
			t.Errorf("%s: the header is not frozen or has no filter", s.Name)
		}
		_ = s.ForEachRow(func(r *xlsx.Row) error {
			return r.ForEachCell(func(c *xlsx.Cell) error {
				if c.Formula() != "" {
					t.Errorf("%s: a cell is a formula", s.Name)
				}
				return nil
			})
		})
	}
	weeks := f.Sheet["Weeks"]
	cell := func(row, col int) *xlsx.Cell {
		c, err := weeks.Cell(row, col)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if at, err := cell(1, 0).GetTime(false); err != nil || !at.Equal(day("2026-01-05")) {
		t.Errorf("the first week is %v, %v", at, err)
	}
	if n, err := cell(1, 1).Int(); err != nil || n != 60 || cell(1, 1).Type() != xlsx.CellTypeNumeric {
		t.Errorf("the first week's tickets are %v, %v", n, err)
	}
	if h, err := cell(1, 5).Float(); err != nil || h != 10 {
		t.Errorf("the first week's median is %v hours, %v", h, err)
	}
	if c := cell(8, 4); c.Value != "" {
		t.Errorf("a week without a share has %q", c.Value)
	}
}

// TestXLSXTexts: whatever a name looks like, it is text.
func TestXLSXTexts(t *testing.T) {
	t.Parallel()
	f, err := xlsxreader.NewReader(write(t, fixture(), Chinese, (*Report).XLSX))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range f.Sheets {
		for row := range f.ReadRows(name) {
			if row.Error != nil {
				t.Fatal(row.Error)
			}
			for _, c := range row.Cells {
				found[c.Value] = true
			}
		}
	}
	for _, text := range []string{hostile.formula, hostile.markup, hostile.rtl, hostile.german, hostile.chinese} {
		if !found[text] {
			t.Errorf("%q is not there as it is", text)
		}
	}
}

// TestXLSXParts: charts of its own, no formulas, and no time but the snapshot's.
func TestXLSXParts(t *testing.T) {
	t.Parallel()
	b := write(t, fixture(), English, (*Report).XLSX)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	charts := 0
	for _, f := range z.File {
		if !f.Modified.Truncate(2 * time.Second).Equal(fixture().AsOf) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
		if strings.HasPrefix(f.Name, "xl/charts/chart") {
			charts++
		}
		if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil || bytes.Contains(text, []byte("<f>")) {
				t.Errorf("%s has a formula, or %v", f.Name, err)
			}
		}
	}
	if charts != 5 {
		t.Errorf("%d charts, want 5", charts)
	}
}
