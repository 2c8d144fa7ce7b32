package report

import (
	"time"
)

// document is a report in words, as all writers print it.
type document struct {
	lang     Lang
	asOf     time.Time
	title    string
	subtitle string // the period
	facts    []fact
	warnings []string
	cards    []card
	sections []section
	terms    []fact // what the numbers mean
}

type fact struct{ name, text string }

// card is one headline figure.
type card struct {
	title  string
	value  any
	before any
	change any
	kind   kind
	delta  kind
	sense  int    // of a rise: 1 better, −1 worse, 0 neither
	note   string // why there is no value
	basis  string // what it rests on
}

// section is a heading with what belongs under it, in this order.
type section struct {
	id, title string
	intro     string
	absent    string // why there is nothing else
	advice    []advice
	charts    []chart
	tables    []*table
}

// advice is a recommendation in a sentence.
type advice struct{ action, sentence, detail string }

// label says in the report's language what to do; the sentence, which is English,
// needs none in that.
func (a advice) label(l Lang) string {
	if l == English {
		return ""
	}
	return l.word(a.action)
}

// table is a table of cells; the writers print all its rows.
type table struct {
	id, title string
	note      string
	columns   []column
	rows      [][]any // nil: not known
	empty     string  // said in place of no rows
	folded    bool    // the figures of a chart: shown on demand
}

type column struct {
	title string
	kind  kind
}

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

// chartKind is how a chart draws its table.
type chartKind int

const (
	lineChart     chartKind = iota // values over time
	columnChart                    // values beside each other over time
	barChart                       // lying bars by category
	intervalChart                  // points with their interval by category
)

// chart draws columns of a table.
type chart struct {
	id, title string
	text      string // the alternative: what is to be seen
	kind      chartKind
	table     *table
	label     int   // column of days or categories
	values    []int // columns, one series each
	low, high int   // of an interval chart
	limit     int   // the first rows only; 0: all
	top       float64
	marked    *Period // shaded: the period within a longer time
}

func (c chart) rows() [][]any {
	if c.limit > 0 && len(c.table.rows) > c.limit {
		return c.table.rows[:c.limit]
	}
	return c.table.rows
}

// document puts the report into words.
func (rep *Report) document(l Lang) document {
	d := document{
		lang: l, asOf: rep.AsOf,
		title:    l.tr("Support report"),
		subtitle: l.days(rep.Period),
		facts: []fact{
			{l.tr("Compared with"), l.days(rep.Previous)},
			{l.tr("Snapshot"), rep.Generation},
			{l.tr("Open tickets measured at"), l.write(rep.AsOf, kindMoment)},
			{l.tr("Days and weeks in"), rep.Timezone},
		},
		cards: rep.cards(l),
		terms: terms(l),
	}
	if rep.IsPartial() {
		d.warnings = append(d.warnings, l.tr("The period had not ended when this snapshot was made; its figures will still change."))
	}
	if n := rep.staleSources(); n > 0 {
		d.warnings = append(d.warnings, l.trf("%d of %d sources are stale; see Data quality.", n, len(rep.Sources)))
	}
	d.sections = []section{
		rep.flowSection(l), rep.typeSection(l), rep.emergingSection(l), rep.responseSection(l),
		rep.slaSection(l), rep.scoreSection(l), rep.adviceSection(l), rep.qualitySection(l),
	}
	return d
}

func (rep *Report) staleSources() int {
	n := 0
	for _, s := range rep.Sources {
		if s.Stale > 0 {
			n++
		}
	}
	return n
}

// cards are the headline figures beside those of the period before.
func (rep *Report) cards(l Lang) []card {
	now, then := rep.Headline, rep.Before
	all := []struct {
		title     string
		now, then *float64
		kind      kind
		delta     kind
		sense     int
	}{
		{"Opened", now.Opened, then.Opened, kindCount, kindSigned, 0},
		{"Resolved", now.Resolved, then.Resolved, kindCount, kindSigned, 1},
		{"Backlog at the end", now.Backlog, then.Backlog, kindCount, kindSigned, -1},
		{"Answered within 24 h", now.Cohort.Answered24h, then.Cohort.Answered24h, kindShare, kindPoints, 1},
		{"Median first response", now.Cohort.FirstP50, then.Cohort.FirstP50, kindSeconds, kindLater, -1},
		{"Median resolution", now.Cohort.ResolutionP50, then.Cohort.ResolutionP50, kindSeconds, kindLater, -1},
		{"Service agreements met", now.Cohort.SLAMet, then.Cohort.SLAMet, kindShare, kindPoints, 1},
		{"Satisfaction (1–5)", now.Satisfaction, then.Satisfaction, kindScore, kindScored, 1},
		{"Reopened", now.ReopenRate, then.ReopenRate, kindShare, kindPoints, -1},
	}
	cards := make([]card, 0, len(all))
	for _, f := range all {
		c := card{title: l.tr(f.title), value: value(f.now), before: value(f.then), kind: f.kind, delta: f.delta, sense: f.sense}
		if f.now != nil && f.then != nil {
			c.change = *f.now - *f.then
		}
		c.note, c.basis = rep.cardNote(l, f.title, f.now), rep.basis(l, f.title)
		cards = append(cards, c)
	}
	return cards
}

// basis says of how many cases a figure is, where that is not plain.
func (rep *Report) basis(l Lang, title string) string {
	switch title {
	case "Service agreements met":
		return l.trf("of %s clocks", l.write(rep.Headline.Cohort.SLADecided, kindCount))
	case "Satisfaction (1–5)":
		return l.trf("of %s surveys", l.write(rep.Headline.Surveys, kindCount))
	}
	return ""
}

// cardNote says why a figure is not there.
func (rep *Report) cardNote(l Lang, title string, now *float64) string {
	if now != nil {
		return ""
	}
	switch title {
	case "Median first response", "Median resolution":
		return l.tr("not reached: half still wait")
	case "Service agreements met":
		return l.tr("no clock was decided")
	case "Satisfaction (1–5)":
		return l.tr("no surveys")
	default:
		return l.tr("not known")
	}
}

// terms are the definitions of the figures.
func terms(l Lang) []fact {
	names := []fact{
		{"Opened", "Tickets created in the period."},
		{"Resolved", "Resolutions in the period, whenever the ticket was created. A ticket that is reopened and resolved again counts again, so that opened less resolved plus reopened is the change of the backlog."},
		{"Backlog at the end", "Tickets not resolved at the end of the period's last day, reopened ones included."},
		{"First response", "The first public comment by a human other than the reporter."},
		{"Answered within 24 h, medians, 90 %", "Of the tickets created in the period. Those still waiting count as waiting (Kaplan–Meier), so that the figures do not flatter; a median is not reached while more than half still wait."},
		{"Service agreements met", "Met clocks among those that are met or breached, of the period's tickets. An open ticket past its target is breached."},
		{"Satisfaction (1–5)", "Mean of the surveys on the period's tickets."},
		{"Reopened", "Share of the period's tickets that were resolved and opened again at least once."},
		{"Beyond chance", "The change is larger than chance alone would make it in 95 of 100 cases."},
		{"Score, adjusted", "0 to 1; what the support model would reach if all tickets went to it, as far as comparable tickets allow to tell. Unadjusted: as the tickets came."},
	}
	out := make([]fact, len(names))
	for i, n := range names {
		out[i] = fact{l.tr(n.name), l.tr(n.text)}
	}
	return out
}
