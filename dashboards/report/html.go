package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

var (
	//go:embed page.html.tmpl
	pageText string
	//go:embed style.css
	styleText string
)

// page is what the template prints.
type page struct {
	Lang, Title, Subtitle, Headline, TermsTitle string
	Style                                       template.CSS
	Facts, Terms                                []pageFact
	Warnings                                    []string
	Cards                                       []pageCard
	Sections                                    []pageSection
}

type pageFact struct{ Name, Text string }

type pageCard struct{ Title, Value, Change, Sense string }

type pageSection struct {
	ID, Title, Intro, Absent string
	Advice                   []pageAdvice
	Charts                   []pageChart
	Tables                   []pageTable
}

type pageAdvice struct{ Action, Sentence, Detail string }

type pageChart struct {
	ID, Title string
	SVG       template.HTML
}

type pageTable struct {
	Title, Note, Empty string
	Folded             bool
	Columns            []pageColumn
	Rows               [][]pageCell
}

type pageColumn struct {
	Title    string
	IsNumber bool
}

type pageCell struct {
	Text     string
	IsNumber bool
}

// HTML writes the report as one page that needs neither a network nor scripts.
func (rep *Report) HTML(w io.Writer, l Lang) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(w, rep.document(l).page())
}

// Style is the style of the report's page, for a page that shows its Body.
func Style() template.CSS { return template.CSS(styleText) }

// Body is what the page shows below its heading, for a page that has one of its
// own.
func (rep *Report) Body(l Lang) (template.HTML, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.ExecuteTemplate(&b, "body", rep.document(l).page())
	return template.HTML(b.String()), err
}

func (d document) page() page {
	p := page{
		Lang: d.lang.tag(), Title: d.title, Subtitle: d.subtitle, Headline: d.lang.tr("Headline"), TermsTitle: d.lang.tr("What the numbers mean"),
		Style: Style(), Facts: pageFacts(d.facts), Terms: pageFacts(d.terms), Warnings: d.warnings,
	}
	for _, c := range d.cards {
		p.Cards = append(p.Cards, pageCard{c.title, d.lang.write(c.value, c.kind), c.words(d.lang), c.direction()})
	}
	for _, s := range d.sections {
		p.Sections = append(p.Sections, s.page(d.lang))
	}
	return p
}

func pageFacts(facts []fact) []pageFact {
	out := make([]pageFact, len(facts))
	for i, f := range facts {
		out[i] = pageFact{f.name, f.text}
	}
	return out
}

func (s section) page(l Lang) pageSection {
	p := pageSection{ID: s.id, Title: s.title, Intro: s.intro, Absent: s.absent}
	for _, a := range s.advice {
		p.Advice = append(p.Advice, pageAdvice{a.label(l), a.sentence, a.detail})
	}
	for _, c := range s.charts {
		p.Charts = append(p.Charts, pageChart{c.id, c.title, template.HTML(c.svg(l))})
	}
	for _, t := range s.tables {
		p.Tables = append(p.Tables, t.page(l))
	}
	return p
}

func (t *table) page(l Lang) pageTable {
	p := pageTable{Title: t.title, Note: t.note, Empty: t.empty, Folded: t.folded}
	for _, c := range t.columns {
		p.Columns = append(p.Columns, pageColumn{c.title, c.kind.isNumber()})
	}
	for _, row := range t.rows {
		cells := make([]pageCell, len(row))
		for i, v := range row {
			k := t.columns[i].kind
			cells[i] = pageCell{l.write(v, k), k.isNumber()}
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}

// isNumber tells what is set flush to the end of its column.
func (k kind) isNumber() bool {
	return k != kindText && k != kindDay && k != kindMoment && k != kindFlag
}

// words compares a card with the period before.
func (c card) words(l Lang) string {
	if c.note != "" {
		return c.note
	}
	if c.change == nil {
		return l.tr("no figure for the period before") + c.based()
	}
	return l.trf("%s from %s", l.write(c.change, c.delta), l.write(c.before, c.kind)) + c.judged(l) + c.based()
}

// based ends the words on a card with what it rests on.
func (c card) based() string {
	if c.basis == "" {
		return ""
	}
	return " · " + c.basis
}

// judged says in a word whether a change is good.
func (c card) judged(l Lang) string {
	switch c.direction() {
	case "better":
		return " · " + l.tr("better")
	case "worse":
		return " · " + l.tr("worse")
	}
	return ""
}

// direction is better, worse or nothing.
func (c card) direction() string {
	x, ok := asNumber(c.change)
	switch x *= float64(c.sense); {
	case !ok || x == 0:
		return ""
	case x > 0:
		return "better"
	default:
		return "worse"
	}
}
