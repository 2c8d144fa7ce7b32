package demand

import (
	"strings"

	"github.com/ticketmill/ticketmill/models/text"
)

// Corpus holds tickets ready to be clustered: four bytes a token, each
// distinct word once, so that a million tickets fit in memory.
// The zero value is not usable; call NewCorpus. Not safe for concurrent use
// while tickets are added.
type Corpus struct {
	forms     map[text.Token]int32 // (stem, surface) → form
	stems     map[string]int32
	stemOf    []int32  // form → stem
	surface   []string // form → surface
	stem      []string // stem → its text
	start     []int    // ticket → its first token; one more than tickets
	tokens    []int32  // forms
	reporters map[string]int32
	reporter  []int32 // ticket → reporter, -1 when not known
}

// NewCorpus returns an empty corpus.
func NewCorpus() *Corpus {
	return &Corpus{
		forms: map[text.Token]int32{}, stems: map[string]int32{},
		reporters: map[string]int32{}, start: []int{0},
	}
}

// Len is the number of tickets.
func (c *Corpus) Len() int { return len(c.start) - 1 }

// Add appends a ticket: its tokens in reading order, and who reported it in
// any spelling that tells reporters apart ("" when not known). It keeps no
// reference to the strings.
func (c *Corpus) Add(tokens []text.Token, reporter string) {
	for _, t := range tokens {
		form, ok := c.forms[t]
		if !ok {
			form = c.addForm(text.Token{Stem: strings.Clone(t.Stem), Surface: strings.Clone(t.Surface)})
		}
		c.tokens = append(c.tokens, form)
	}
	c.start = append(c.start, len(c.tokens))
	c.reporter = append(c.reporter, c.reporterID(reporter))
}

func (c *Corpus) addForm(t text.Token) int32 {
	stem, ok := c.stems[t.Stem]
	if !ok {
		stem = int32(len(c.stem))
		c.stems[t.Stem] = stem
		c.stem = append(c.stem, t.Stem)
	}
	form := int32(len(c.surface))
	c.forms[t] = form
	c.stemOf = append(c.stemOf, stem)
	c.surface = append(c.surface, t.Surface)
	return form
}

func (c *Corpus) reporterID(name string) int32 {
	if name == "" {
		return -1
	}
	id, ok := c.reporters[name]
	if !ok {
		id = int32(len(c.reporters))
		c.reporters[strings.Clone(name)] = id
	}
	return id
}

// ticket is the forms of ticket i, in reading order.
func (c *Corpus) ticket(i int) []int32 { return c.tokens[c.start[i]:c.start[i+1]] }
