package demand

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A term may name a type only when this many tickets of this many reporters
// have it.
const (
	sharedTickets   = 5
	sharedReporters = 3
)

// Words in a label, and how much weaker than a type's best term its phrases
// may be.
const (
	labelMin    = 2
	labelMax    = 5
	phraseShare = 0.3
)

// phrase is one to three stems in reading order, -1 where there are fewer.
type phrase [3]int32

func (p phrase) len() int {
	n := 0
	for n < len(p) && p[n] >= 0 {
		n++
	}
	return n
}

func (p phrase) overlaps(q phrase) bool {
	for _, s := range p[:p.len()] {
		if slices.Contains(q[:q.len()], s) {
			return true
		}
	}
	return false
}

// usage is who uses a phrase.
type usage struct {
	uses, tickets int
	last          int32
	reporters     [sharedReporters]int32
	known         int // of reporters
}

func (u *usage) add(row, reporter int32) {
	u.uses++
	if u.tickets == 0 || u.last != row {
		u.tickets++
		u.last = row
	}
	if reporter >= 0 && u.known < sharedReporters && !slices.Contains(u.reporters[:u.known], reporter) {
		u.reporters[u.known] = reporter
		u.known++
	}
}

func (u *usage) shared() bool { return u.tickets >= sharedTickets && u.known == sharedReporters }

// name fills in labels and keywords by class-based TF-IDF (Grootendorst 2022)
// over words and phrases: share of the type's words times ln(1 + mean words of
// a type / uses in all types).
func name(c *Corpus, rows [][]int32, out []Type) {
	n := &namer{corpus: c, rows: rows, terms: map[phrase]*usage{}, plain: plainForms(c)}
	for length := 1; length <= len(phrase{}); length++ {
		n.count(length)
	}
	chosen := make([]choice, len(rows))
	forms := map[phrase]map[string]int{}
	for t := range rows {
		chosen[t] = n.choose(rows[t])
		for _, p := range slices.Concat(chosen[t].label, chosen[t].keywords) {
			forms[p] = map[string]int{}
		}
	}
	n.spell(forms)
	for t, ch := range chosen {
		out[t].Label = strings.Join(spellings(forms, ch.label), " ")
		out[t].Keywords = spellings(forms, ch.keywords)
	}
}

type namer struct {
	corpus *Corpus
	rows   [][]int32
	terms  map[phrase]*usage
	words  float64 // in all rows
	plain  []bool  // form → may be part of a name
}

// plainForms leaves out single ideographs, which their pairs say better, numbers,
// and pairs with hiragana, which are endings and particles of Japanese words more
// often than words.
func plainForms(c *Corpus) []bool {
	out := make([]bool, len(c.surface))
	for f, s := range c.surface {
		out[f] = !singleIdeograph(s) && strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsFunc(s, isHiragana)
	}
	return out
}

func isHiragana(r rune) bool { return unicode.Is(unicode.Hiragana, r) }

// phrases calls visit for the phrases of a ticket that have the length and
// whose parts are shared, with the forms they are written in.
func (n *namer) phrases(row int32, length int, visit func(phrase, []int32)) {
	var forms []int32
	ticket := n.corpus.ticket(int(row))
	for _, f := range ticket[:min(len(ticket), describedWords)] {
		if n.plain[f] {
			forms = append(forms, f)
		}
	}
	for i := range len(forms) - length + 1 {
		p := phrase{-1, -1, -1}
		for j, f := range forms[i : i+length] {
			p[j] = n.corpus.stemOf[f]
		}
		if distinct(p) && n.partsShared(p, length) {
			visit(p, forms[i:i+length])
		}
	}
}

func distinct(p phrase) bool {
	return p[1] < 0 || p[0] != p[1] && p[1] != p[2] && p[0] != p[2]
}

func (n *namer) partsShared(p phrase, length int) bool {
	if length == 1 {
		return true
	}
	head, tail := phrase{-1, -1, -1}, phrase{-1, -1, -1}
	copy(head[:], p[:length-1])
	copy(tail[:], p[1:length])
	return n.shared(head) && n.shared(tail)
}

func (n *namer) shared(p phrase) bool {
	u := n.terms[p]
	return u != nil && u.shared()
}

// count counts the phrases of one length; shorter ones must have been counted.
func (n *namer) count(length int) {
	for _, rows := range n.rows {
		for _, row := range rows {
			n.phrases(row, length, func(p phrase, _ []int32) {
				u := n.terms[p]
				if u == nil {
					u = &usage{}
					n.terms[p] = u
				}
				u.add(row, n.corpus.reporter[row])
				if length == 1 {
					n.words++
				}
			})
		}
	}
}

// choice is the terms that tell a type.
type choice struct{ label, keywords []phrase }

// weighted is a term of one type.
type weighted struct {
	phrase
	weight float64
}

// choose picks the terms that tell the type of these rows.
func (n *namer) choose(rows []int32) choice {
	terms := n.weigh(rows)
	var ch choice
	for _, t := range terms {
		if t.len() == 1 && len(ch.keywords) < keywords {
			ch.keywords = append(ch.keywords, t.phrase)
		}
	}
	if len(terms) == 0 {
		return ch
	}
	words := 0
	take := func(t weighted) {
		clash := slices.ContainsFunc(ch.label, t.overlaps)
		if !clash && words < labelMax-1 && words+t.len() <= labelMax {
			ch.label = append(ch.label, t.phrase)
			words += t.len()
		}
	}
	for _, t := range terms {
		if t.len() > 1 && t.weight >= phraseShare*terms[0].weight {
			take(t)
		}
	}
	for _, t := range terms {
		if words < labelMin+1 && t.len() == 1 {
			take(t)
		}
	}
	return ch
}

// weigh lists the shared terms of the rows by falling weight.
func (n *namer) weigh(rows []int32) []weighted {
	uses := map[phrase]float64{}
	var words float64
	for _, row := range rows {
		for length := 1; length <= len(phrase{}); length++ {
			n.phrases(row, length, func(p phrase, _ []int32) {
				if n.shared(p) {
					uses[p]++
				}
				if length == 1 {
					words++
				}
			})
		}
	}
	mean := n.words / float64(len(n.rows))
	var out []weighted
	for p, k := range uses {
		w := k / words * math.Log(1+mean/float64(n.terms[p].uses)) * math.Sqrt(float64(p.len()))
		out = append(out, weighted{p, w})
	}
	slices.SortFunc(out, func(a, b weighted) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), slices.Compare(a.phrase[:], b.phrase[:]))
	})
	return out
}

// spell counts how the phrases are written.
func (n *namer) spell(forms map[phrase]map[string]int) {
	for _, rows := range n.rows {
		for _, row := range rows {
			for length := 1; length <= len(phrase{}); length++ {
				n.phrases(row, length, func(p phrase, as []int32) {
					if count, ok := forms[p]; ok {
						count[n.join(as)]++
					}
				})
			}
		}
	}
}

// spellings is the most frequent spelling of each phrase, the alphabetically
// first of equals.
func spellings(forms map[phrase]map[string]int, phrases []phrase) []string {
	var out []string
	for _, p := range phrases {
		best := ""
		for _, s := range slices.Sorted(maps.Keys(forms[p])) {
			if best == "" || forms[p][s] > forms[p][best] {
				best = s
			}
		}
		out = append(out, best)
	}
	return out
}

// join writes forms as one text: words with spaces between them, pairs of
// ideographs that overlap as one run.
func (n *namer) join(forms []int32) string {
	text := ""
	for i, f := range forms {
		s := n.corpus.surface[f]
		last, _ := utf8.DecodeLastRuneInString(text)
		first, size := utf8.DecodeRuneInString(s)
		switch {
		case i == 0:
			text = s
		case first == last && ideograph(first) && utf8.RuneCountInString(s) == 2:
			text += s[size:]
		case ideograph(first) && ideograph(last):
			text += s
		default:
			text += " " + s
		}
	}
	return text
}
