package report

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// Okabe and Ito's palette, which people with any colour vision can tell apart
// (https://jfly.uni-koeln.de/color/).
const (
	blue      = "#0072B2"
	orange    = "#E69F00"
	vermilion = "#D55E00"
	ink       = "#333"
	faint     = "#ddd"
	shade     = "#f0f4f7"
)

// plot is the drawing area of a chart, in the SVG's own units, which the page
// scales to its width.
type plot struct {
	b                        strings.Builder
	lang                     Lang
	width, height            float64
	left, right, top, bottom float64
	highest                  float64 // of the values' axis; it begins at 0
}

// svg draws a chart as a picture with a text alternative.
func (c chart) svg(l Lang) string {
	p := &plot{lang: l, width: 720, height: 250, left: 56, right: 16, top: 30, bottom: 32}
	if len(c.values) == 1 {
		p.top = 10 // no legend
	}
	switch c.kind {
	case barChart:
		p.left, p.bottom = 250, 12
		p.height = p.top + p.bottom + 34*float64(len(c.rows()))
	case intervalChart:
		p.left, p.bottom = 120, 28
		p.height = p.top + p.bottom + 34*float64(len(c.rows()))
	}
	p.scale(c)
	fmt.Fprintf(&p.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %[3]s-text" font-family="inherit" font-size="12">`,
		num(p.width), num(p.height), "chart-"+c.id)
	fmt.Fprintf(&p.b, `<title id="chart-%s-title">%s</title><desc id="chart-%[1]s-text">%[3]s</desc>`,
		c.id, html.EscapeString(c.title), html.EscapeString(c.text))
	p.legend(c)
	switch c.kind {
	case lineChart:
		p.timeAxes(c)
		p.lines(c)
	case columnChart:
		p.timeAxes(c)
		p.columns(c)
	case barChart:
		p.bars(c)
	case intervalChart:
		p.intervals(c)
	}
	p.b.WriteString("</svg>")
	return p.b.String()
}

// scale finds the axis's end: the chart's own, or a round number above all.
func (p *plot) scale(c chart) {
	p.highest = c.top
	if p.highest > 0 {
		return
	}
	for _, row := range c.rows() {
		for _, col := range c.values {
			if v, ok := asNumber(row[col]); ok {
				p.highest = max(p.highest, v)
			}
		}
	}
	p.highest = roundUp(p.highest)
}

// roundUp is the next of 1, 2, 2.5, 5 times a power of ten, times four at least.
func roundUp(x float64) float64 {
	if x <= 4 {
		return 4
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10} {
		if power*m >= x {
			return power * m
		}
	}
	return 10 * power
}

func asNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

// num writes a coordinate.
func num(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", x), "0"), ".")
}

func (p *plot) inner() float64 { return p.width - p.left - p.right }

// y is where a value lies on the upright axis.
func (p *plot) y(v float64) float64 {
	return p.height - p.bottom - v/p.highest*(p.height-p.top-p.bottom)
}

// x is where a value lies on the lying axis.
func (p *plot) x(v float64) float64 { return p.left + v/p.highest*p.inner() }

// slot is the left edge of the i-th of n places, and their width.
func (p *plot) slot(i, n int) (left, width float64) {
	width = p.inner() / float64(n)
	return p.left + float64(i)*width, width
}

func (p *plot) text(x, y float64, anchor, s string) {
	fmt.Fprintf(&p.b, `<text x="%s" y="%s" text-anchor="%s" fill="%s">%s</text>`, num(x), num(y), anchor, ink, html.EscapeString(s))
}

func (p *plot) line(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(&p.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"/>`, num(x1), num(y1), num(x2), num(y2), colour, num(width))
}

func (p *plot) rect(x, y, w, h float64, colour, tip string) {
	fmt.Fprintf(&p.b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s">`, num(x), num(y), num(w), num(h), colour)
	if tip != "" {
		fmt.Fprintf(&p.b, "<title>%s</title>", html.EscapeString(tip))
	}
	p.b.WriteString("</rect>")
}

// seriesColours are the colours of a chart's series.
func seriesColours() []string { return []string{blue, orange} }

// legend names the series where there are several.
func (p *plot) legend(c chart) {
	if len(c.values) < 2 {
		return
	}
	x := p.left
	for i, col := range c.values {
		name := c.table.columns[col].title
		if c.kind == intervalChart && i == 1 {
			fmt.Fprintf(&p.b, `<circle cx="%s" cy="12" r="4.5" fill="none" stroke="%s" stroke-width="2"/>`, num(x+5), orange)
		} else {
			p.rect(x, 7, 10, 10, seriesColours()[i], "")
		}
		p.text(x+16, 16, "start", name)
		x += 40 + textWidth(name)
	}
}

// textWidth is about how wide a text of size 12 is; Chinese letters are as wide
// as high.
func textWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		if r > 0x2E80 {
			w += 12.5
		} else {
			w += 6.6
		}
	}
	return w
}

// timeAxes draws the grid, the values' axis, the days and the shaded period.
func (p *plot) timeAxes(c chart) {
	rows := c.rows()
	if c.marked != nil {
		p.shade(c)
	}
	unit := c.table.columns[c.values[0]].kind
	for i := range 5 {
		v := p.highest * float64(i) / 4
		p.line(p.left, p.y(v), p.width-p.right, p.y(v), faint, 1)
		p.text(p.left-8, p.y(v)+4, "end", axisText(p.lang, v, unit))
	}
	every := (len(rows) + 7) / 8
	for i, row := range rows {
		day, ok := row[c.label].(time.Time)
		if !ok || (len(rows)-1-i)%every != 0 {
			continue
		}
		x, w := p.slot(i, len(rows))
		p.text(x+w/2, p.height-p.bottom+18, "middle", p.lang.shortDay(day))
	}
}

func axisText(l Lang, v float64, k kind) string {
	switch {
	case k == kindShare:
		return fixed(100*v, 0) + "%"
	case v != math.Trunc(v):
		return fixed(v, 1)
	}
	return l.write(v, k)
}

// shade marks the weeks that lie in the period by more than half.
func (p *plot) shade(c chart) {
	rows := c.rows()
	first, last := -1, -1
	for i, row := range rows {
		if day, ok := row[c.label].(time.Time); ok && !day.AddDate(0, 0, 3).Before(c.marked.From) && !day.AddDate(0, 0, 3).After(c.marked.To) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first >= 0 && first > 0 {
		x, w := p.slot(first, len(rows))
		p.rect(x, p.top, float64(last-first+1)*w, p.height-p.top-p.bottom, shade, "")
	}
}

func (p *plot) tip(c chart, row []any, col int) string {
	return p.lang.write(row[c.label], c.table.columns[c.label].kind) + " · " + c.table.columns[col].title + ": " +
		p.lang.write(row[col], c.table.columns[col].kind)
}

// lines draws a line through the values; where one is missing the line breaks.
func (p *plot) lines(c chart) {
	rows := c.rows()
	for s, col := range c.values {
		var path, dots strings.Builder
		broken := true
		for i, row := range rows {
			v, ok := asNumber(row[col])
			if !ok {
				broken = true
				continue
			}
			x, w := p.slot(i, len(rows))
			command := "L"
			if broken {
				command = "M"
			}
			broken = false
			fmt.Fprintf(&path, "%s%s %s", command, num(x+w/2), num(p.y(v)))
			fmt.Fprintf(&dots, `<circle cx="%s" cy="%s" r="3" fill="%s"><title>%s</title></circle>`,
				num(x+w/2), num(p.y(v)), seriesColours()[s], html.EscapeString(p.tip(c, row, col)))
		}
		fmt.Fprintf(&p.b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>%s`, path.String(), seriesColours()[s], dots.String())
	}
}

// columns draws the series' values beside each other.
func (p *plot) columns(c chart) {
	rows := c.rows()
	for i, row := range rows {
		x, w := p.slot(i, len(rows))
		each := w * 0.76 / float64(len(c.values))
		for s, col := range c.values {
			if v, ok := asNumber(row[col]); ok {
				p.rect(x+w*0.12+float64(s)*each, p.y(v), each, p.y(0)-p.y(v), seriesColours()[s], p.tip(c, row, col))
			}
		}
	}
}

// bars draws lying bars with their numbers.
func (p *plot) bars(c chart) {
	p.right = 48
	for i, row := range c.rows() {
		y := p.top + 34*float64(i)
		p.category(row[c.label], y+15)
		height := 24.0 / float64(len(c.values))
		for s, col := range c.values {
			if v, ok := asNumber(row[col]); ok {
				p.rect(p.left, y+2+float64(s)*height, p.x(v)-p.left, height-1, seriesColours()[s], p.tip(c, row, col))
				p.text(p.x(v)+5, y+height+float64(s)*height, "start", p.lang.write(row[col], c.table.columns[col].kind))
			}
		}
	}
	p.line(p.left, p.top-2, p.left, p.height-p.bottom, ink, 1)
}

// category writes a label beside the axis, cut to its room.
func (p *plot) category(label any, y float64) {
	s, _ := label.(string)
	short := []rune(s)
	for len(short) > 0 && textWidth(string(short)) > p.left-20 {
		short = short[:len(short)-1]
	}
	text := strings.TrimSpace(string(short))
	if text != s {
		text += "…"
	}
	p.text(p.left-8, y+4, "end", text)
}

// intervals draws a point with its interval, and an open point for the second
// value.
func (p *plot) intervals(c chart) {
	base := p.height - p.bottom
	for i := range 5 {
		v := p.highest * float64(i) / 4
		p.line(p.x(v), p.top, p.x(v), base, faint, 1)
		p.text(p.x(v), base+18, "middle", fixed(v, 2))
	}
	for i, row := range c.rows() {
		y := p.top + 34*float64(i) + 17
		p.category(row[c.label], y)
		low, okLow := asNumber(row[c.low])
		high, okHigh := asNumber(row[c.high])
		if okLow && okHigh {
			p.line(p.x(low), y, p.x(high), y, blue, 2)
			p.line(p.x(low), y-5, p.x(low), y+5, blue, 2)
			p.line(p.x(high), y-5, p.x(high), y+5, blue, 2)
		}
		for s, col := range c.values {
			v, ok := asNumber(row[col])
			if !ok {
				continue
			}
			fill, stroke := blue, blue
			if s == 1 {
				fill, stroke = "none", orange
			}
			fmt.Fprintf(&p.b, `<circle cx="%s" cy="%s" r="5" fill="%s" stroke="%s" stroke-width="2"><title>%s</title></circle>`,
				num(p.x(v)), num(y), fill, stroke, html.EscapeString(p.tip(c, row, col)))
		}
	}
}
