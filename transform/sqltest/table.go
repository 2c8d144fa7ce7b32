package sqltest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is a written table: a header and rows of cells.
type Table struct {
	Header []string
	Rows   []Row
}

// Row is one row and where it stands.
type Row struct {
	Cells []Cell
	Line  int
}

// Cell is one value as text, or null.
type Cell struct {
	Text string
	Null bool
}

// null is how a case file writes null.
const null = "-"

// parseTable reads a header and rows; nil where there are no lines.
func (f *File) parseTable(body []line) (*Table, error) {
	var t *Table
	for _, l := range body {
		cells, err := splitCells(l.text)
		if err != nil {
			return nil, f.errorf(l.no, "%w", err)
		}
		if t == nil {
			t = &Table{}
			for _, c := range cells {
				if c.Null || c.Text == "" {
					return nil, f.errorf(l.no, "a column of the header has no name")
				}
				t.Header = append(t.Header, c.Text)
			}
			continue
		}
		if len(cells) != len(t.Header) {
			return nil, f.errorf(l.no, "%d cells under a header of %d", len(cells), len(t.Header))
		}
		t.Rows = append(t.Rows, Row{Cells: cells, Line: l.no})
	}
	return t, nil
}

// splitCells reads one line of a table: cells between bars, \| and \n and \\
// written with a backslash, a cell in double quotes taken as it is.
func splitCells(text string) ([]Cell, error) {
	var cells []Cell
	var b strings.Builder
	end := func() error {
		c, err := readCell(strings.TrimSpace(b.String()))
		cells = append(cells, c)
		b.Reset()
		return err
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '|':
			if err := end(); err != nil {
				return nil, err
			}
		case text[i] == '\\' && i+1 < len(text):
			b.WriteString(text[i : i+2])
			i++
		default:
			b.WriteByte(text[i])
		}
	}
	return cells, end()
}

func readCell(text string) (Cell, error) {
	if text == null {
		return Cell{Null: true}, nil
	}
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch {
		case i < len(text) && text[i] == 'n':
			b.WriteByte('\n')
		case i < len(text) && (text[i] == '|' || text[i] == '\\'):
			b.WriteByte(text[i])
		default:
			return Cell{}, fmt.Errorf(`a backslash is written \\, a bar \| and a line break \n, in %q`, text)
		}
	}
	return Cell{Text: b.String()}, nil
}

// write is the inverse of readCell.
func (c Cell) write() string {
	if c.Null {
		return null
	}
	text := strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", `\n`).Replace(c.Text)
	quoted := len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"'
	if text == "" || text == null || quoted || text != strings.TrimSpace(text) || text[0] == '#' {
		return `"` + text + `"`
	}
	return text
}

// format writes the table, aligned and indented, a line an element.
func (t *Table) format() []string {
	grid := make([][]string, 0, len(t.Rows)+1)
	header := make([]string, len(t.Header))
	for i, h := range t.Header {
		header[i] = Cell{Text: h}.write()
	}
	grid = append(grid, header)
	for _, r := range t.Rows {
		row := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			row[i] = c.write()
		}
		grid = append(grid, row)
	}
	return align(grid)
}

func align(grid [][]string) []string {
	width := make([]int, len(grid[0]))
	for _, row := range grid {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(grid))
	for n, row := range grid {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(map[bool]string{true: "  ", false: " | "}[i == 0])
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell)))
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
