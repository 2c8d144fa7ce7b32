package report

import (
	"io"
	"strings"
)

// Markdown writes the report as GitHub-flavoured Markdown; its charts are their
// tables and texts.
func (rep *Report) Markdown(w io.Writer, l Lang) error {
	d := rep.document(l)
	var b strings.Builder
	b.WriteString("# " + d.title + "\n\n**" + d.subtitle + "**\n\n")
	for _, f := range d.facts {
		b.WriteString("- " + f.name + ": " + escape(f.text) + "\n")
	}
	for _, warning := range d.warnings {
		b.WriteString("\n> " + warning + "\n")
	}
	b.WriteString("\n## " + l.tr("Headline") + "\n\n")
	d.cardTable().markdown(&b, l)
	for _, s := range d.sections {
		s.markdown(&b, l)
	}
	b.WriteString("\n## " + l.tr("What the numbers mean") + "\n\n")
	for _, t := range d.terms {
		b.WriteString("- **" + t.name + "**: " + t.text + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cardTable is the headline as a table of words.
func (d document) cardTable() *table {
	l := d.lang
	t := &table{columns: []column{{l.tr("Figure"), kindText}, {l.tr("Value"), kindText}, {l.tr("Before"), kindText}, {l.tr("Change"), kindText}}}
	for _, c := range d.cards {
		change := l.write(c.change, c.delta) + c.judged(l) + c.based()
		if c.note != "" {
			change = c.note
		}
		t.add(c.title, l.write(c.value, c.kind), l.write(c.before, c.kind), change)
	}
	return t
}

func (s section) markdown(b *strings.Builder, l Lang) {
	b.WriteString("\n## " + s.title + "\n\n")
	for _, text := range []string{s.intro, s.absent} {
		if text != "" {
			b.WriteString(escape(text) + "\n\n")
		}
	}
	for _, a := range s.advice {
		b.WriteString("- ")
		if label := a.label(l); label != "" {
			b.WriteString("**" + label + "**: ")
		}
		b.WriteString(escape(a.sentence))
		if a.detail != "" {
			b.WriteString(" (" + escape(a.detail) + ")")
		}
		b.WriteString("\n")
	}
	for _, c := range s.charts {
		b.WriteString("- " + c.title + ": " + escape(c.text) + "\n")
	}
	for _, t := range s.tables {
		b.WriteString("\n### " + t.title + "\n\n")
		if t.note != "" {
			b.WriteString(t.note + "\n\n")
		}
		t.markdown(b, l)
	}
}

func (t *table) markdown(b *strings.Builder, l Lang) {
	if len(t.rows) == 0 {
		b.WriteString(t.empty + "\n")
		return
	}
	for _, c := range t.columns {
		b.WriteString("| " + c.title + " ")
	}
	b.WriteString("|\n")
	for _, c := range t.columns {
		if c.kind.isNumber() {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		for i, v := range row {
			b.WriteString("| " + escape(l.write(v, t.columns[i].kind)) + " ")
		}
		b.WriteString("|\n")
	}
}

// escape keeps a text from being read as Markdown or HTML, and on one line.
func escape(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>|#~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
