package report

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// XLSX writes the report as a workbook: one sheet a topic, with real dates and
// numbers (durations in hours) and charts of its own. Texts are always text: a
// name that begins with "=" is no formula.
func (rep *Report) XLSX(w io.Writer, l Lang) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	f.ZipWriter = func(w io.Writer) excelize.ZipWriter { return newDatedZip(w, rep.AsOf) }
	b := &book{file: f, lang: l, styles: map[string]int{}}
	b.write(rep.document(l))
	if b.err != nil {
		return b.err
	}
	return f.Write(w)
}

// book writes sheets until one fails.
type book struct {
	file   *excelize.File
	lang   Lang
	names  []string       // of the sheets
	styles map[string]int // by what makes them up
	err    error
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) write(d document) {
	at := d.asOf.UTC().Format(time.RFC3339)
	b.do(b.file.SetDocProps(&excelize.DocProperties{
		Title: d.title + " · " + d.subtitle, Creator: "ticketmill", LastModifiedBy: "ticketmill",
		Created: at, Modified: at, Language: b.lang.tag(),
	}))
	b.summary(d)
	for _, s := range d.sections {
		if len(s.advice) > 0 {
			b.table(s.adviceTable(b.lang), nil)
		}
		for _, t := range s.tables {
			b.table(t, slices.DeleteFunc(slices.Clone(s.charts), func(c chart) bool { return c.table != t }))
		}
	}
	b.file.SetActiveSheet(0)
}

// adviceTable is the recommendations' sentences as a table.
func (s section) adviceTable(l Lang) *table {
	t := &table{id: "advice", title: s.title, columns: []column{{l.tr("What to do"), kindText}, {l.tr("Recommendation"), kindText}, {l.tr("Support model now"), kindText}}}
	for _, a := range s.advice {
		t.add(l.word(a.action), a.sentence, a.detail)
	}
	return t
}

// sheet makes a sheet and gives its name: at most 31 letters, without what Excel
// does not take.
func (b *book) sheet(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title)
	name := []rune(title)
	name = name[:min(len(name), 31)]
	if len(b.names) == 0 {
		b.do(b.file.SetSheetName("Sheet1", string(name)))
	} else {
		_, err := b.file.NewSheet(string(name))
		b.do(err)
	}
	b.names = append(b.names, string(name))
	return string(name)
}

// layout makes a sheet print on A4, as wide as the paper. It comes last: a
// filter writes over the sheet's properties.
func (b *book) layout(name string) {
	paper, landscape, wide, high, fit := 9, "landscape", 1, 0, true
	b.do(b.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high}))
	b.do(b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}))
}

func (b *book) style(format string, bold bool) int {
	key := format
	if bold {
		key += "\x00bold"
	}
	if id, ok := b.styles[key]; ok {
		return id
	}
	s := &excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: format == ""}}
	if format != "" {
		s.CustomNumFmt = &format
	}
	if bold {
		s.Font = &excelize.Font{Bold: true, Family: "Calibri", Size: 11}
		s.Alignment.WrapText = true
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF3"}}
		s.Border = []excelize.Border{{Type: "bottom", Color: "888888", Style: 1}}
	}
	id, err := b.file.NewStyle(s)
	b.do(err)
	b.styles[key] = id
	return id
}

// numberFormat is how Excel shows a kind; durations are hours.
func (k kind) numberFormat() string {
	switch k {
	case kindCount:
		return "#,##0"
	case kindSigned, kindEarned:
		return "+#,##0;-#,##0;0"
	case kindShare:
		return "0.0%"
	case kindChance:
		return "0%"
	case kindPoints:
		return "+0.0%;-0.0%;0.0%"
	case kindSeconds:
		return "#,##0.0"
	case kindLater:
		return "+#,##0.0;-#,##0.0;0.0"
	case kindScore, kindMoney:
		return "0.00"
	case kindScored:
		return "+0.00;-0.00;0.00"
	case kindDay:
		return "yyyy-mm-dd"
	case kindMoment:
		return "yyyy-mm-dd hh:mm"
	default:
		return ""
	}
}

// put writes one cell; nil leaves it empty.
func (b *book) put(sheet string, col, row int, v any, k kind, bold bool) {
	cell, err := excelize.CoordinatesToCellName(col, row)
	b.do(err)
	switch x := v.(type) {
	case nil:
	case string:
		b.do(b.file.SetCellStr(sheet, cell, x))
	case bool:
		b.do(b.file.SetCellStr(sheet, cell, b.lang.write(x, k)))
	case float64:
		if k == kindSeconds || k == kindLater {
			x /= 3600
		}
		b.do(b.file.SetCellFloat(sheet, cell, x, 6, 64))
	case int64:
		b.do(b.file.SetCellInt(sheet, cell, x))
	case time.Time:
		b.do(b.file.SetCellValue(sheet, cell, x.UTC()))
	}
	b.do(b.file.SetCellStyle(sheet, cell, cell, b.style(k.numberFormat(), bold)))
}

// heading is a column's title, with the unit of a duration.
func (b *book) heading(c column) string {
	if c.kind == kindSeconds || c.kind == kindLater {
		return c.title + " (" + b.lang.tr("h") + ")"
	}
	return c.title
}

// table writes a table on a sheet of its own: a header that stays in sight, a
// filter, and the charts beside it.
func (b *book) table(t *table, charts []chart) {
	name := b.sheet(b.lang.tr(sheetName(t)))
	widths := make([]float64, len(t.columns))
	for i, c := range t.columns {
		title := b.heading(c)
		b.put(name, i+1, 1, title, kindText, true)
		widths[i] = max(9, min(24, textWidth(title)/6+3))
	}
	b.do(b.file.SetRowHeight(name, 1, 30))
	for r, row := range t.rows {
		for i, v := range row {
			b.put(name, i+1, r+2, v, t.columns[i].kind, false)
			if text, ok := v.(string); ok {
				b.room(name, r+2, text, 60)
			}
			widths[i] = max(widths[i], min(60, textWidth(b.lang.write(v, t.columns[i].kind))/6+2))
		}
	}
	for i, w := range widths {
		column, err := excelize.ColumnNumberToName(i + 1)
		b.do(err)
		b.do(b.file.SetColWidth(name, column, column, w))
	}
	last, err := excelize.CoordinatesToCellName(len(t.columns), max(2, len(t.rows)+1))
	b.do(err)
	b.do(b.file.AutoFilter(name, "A1:"+last, nil))
	b.do(b.file.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	for i, c := range charts {
		b.chart(name, c, len(t.columns)+2, 2+17*i)
	}
	b.do(b.file.SetSheetDimension(name, "A1:"+last))
	b.layout(name)
}

// room makes a row as high as its text needs in a column of a width; not every
// program does so by itself.
func (b *book) room(sheet string, row int, text string, width float64) {
	if lines := math.Ceil(textWidth(text) / 6.2 / width); lines > 1 {
		b.do(b.file.SetRowHeight(sheet, row, 15*lines))
	}
}

// summary is the first sheet: what this is, the headline, and what the numbers
// mean.
func (b *book) summary(d document) {
	name := b.sheet(b.lang.tr("Summary"))
	widths := []float64{34, 72, 16, 16, 34}
	row := 1
	line := func(bold bool, cells ...string) {
		for i, c := range cells {
			b.put(name, i+1, row, c, kindText, bold)
			b.room(name, row, c, widths[i])
		}
		row++
	}
	line(true, d.title, d.subtitle)
	for _, f := range d.facts {
		line(false, f.name, f.text)
	}
	for _, w := range d.warnings {
		line(false, b.lang.tr("Note"), w)
	}
	for _, s := range d.sections {
		for _, text := range []string{s.intro, s.absent} {
			if text != "" {
				line(false, s.title, text)
			}
		}
	}
	row++
	line(true, b.lang.tr("Figure"), b.lang.tr("Value"), b.lang.tr("Before"), b.lang.tr("Change"), b.lang.tr("Note"))
	for _, c := range d.cards {
		b.put(name, 1, row, b.heading(column{c.title, c.kind}), kindText, false)
		b.put(name, 2, row, c.value, c.kind, false)
		b.put(name, 3, row, c.before, c.kind, false)
		b.put(name, 4, row, c.change, c.delta, false)
		b.put(name, 5, row, cmp.Or(c.note, c.basis), kindText, false)
		row++
	}
	row++
	line(true, b.lang.tr("What the numbers mean"), "")
	for _, t := range d.terms {
		line(false, t.name, t.text)
	}
	for i, width := range widths {
		column, err := excelize.ColumnNumberToName(i + 1)
		b.do(err)
		b.do(b.file.SetColWidth(name, column, column, width))
	}
	b.layout(name)
}

// sheetName is the English name of a table's sheet.
func sheetName(t *table) string {
	names := map[string]string{
		"weeks": "Weeks", "types-grown": "Types grown", "types-shrunk": "Types shrunk", "types-largest": "Types largest",
		"emerging": "Emerging", "response-model": "Response by model", "response-priority": "Response by priority",
		"sla": "Service agreements", "scores": "Scores", "score-metrics": "Scores, metrics", "scores-by-type": "Scores by type",
		"advice": "Recommendations", "recommendations": "Recommendations, figures", "sources": "Freshness",
		"completeness": "Completeness", "checks": "Checks",
	}
	return names[t.id]
}

// chart draws a chart of the sheet's own cells.
func (b *book) chart(sheet string, c chart, col, row int) {
	at, err := excelize.CoordinatesToCellName(col, row)
	b.do(err)
	last := len(c.rows()) + 1
	area := func(col int) string {
		from, err := excelize.CoordinatesToCellName(col+1, 2, true)
		b.do(err)
		to, err := excelize.CoordinatesToCellName(col+1, last, true)
		b.do(err)
		return "'" + sheet + "'!" + from + ":" + to
	}
	out := &excelize.Chart{
		Type: excelize.Col, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: c.title, Font: &excelize.Font{Size: 12, Bold: true}}}},
		Dimension: excelize.ChartDimension{Width: 720, Height: 320}, Legend: excelize.ChartLegend{Position: "bottom"},
		Format:       excelize.GraphicOptions{AltText: c.title + ". " + c.text, Name: c.id},
		YAxis:        excelize.ChartAxis{MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: c.table.columns[c.values[0]].kind.numberFormat()}},
		ShowBlanksAs: "gap",
	}
	switch c.kind {
	case lineChart:
		out.Type = excelize.Line
		out.XAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: kindDay.numberFormat()}
	case columnChart:
		out.XAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: kindDay.numberFormat()}
	default:
		out.Type = excelize.Bar
		out.XAxis.ReverseOrder = true // the first row on top
	}
	if c.kind == lineChart || c.kind == columnChart {
		out.XAxis.TickLabelSkip = (last + 6) / 8
	}
	if c.top > 0 {
		zero := 0.0
		out.YAxis.Minimum, out.YAxis.Maximum, out.YAxis.MajorUnit = &zero, &c.top, c.top/4
	}
	for i, v := range c.values {
		header, err := excelize.CoordinatesToCellName(v+1, 1, true)
		b.do(err)
		colour := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{strings.TrimPrefix(seriesColours()[i], "#")}}
		out.Series = append(out.Series, excelize.ChartSeries{
			Name: "'" + sheet + "'!" + header, Categories: area(c.label), Values: area(v),
			Fill: colour, Line: excelize.LineOptions{Type: excelize.LineSolid, Fill: colour, Width: 2}, Marker: excelize.ChartMarker{Symbol: "circle", Size: 4, Fill: colour},
		})
	}
	b.do(b.file.AddChart(sheet, at, out))
}
