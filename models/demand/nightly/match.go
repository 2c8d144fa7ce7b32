package nightly

import (
	"cmp"
	"slices"

	"github.com/ticketmill/ticketmill/models/demand"
)

// Guess is a demand type that a request may be of.
type Guess struct {
	Type        *Shown
	Probability float64
}

// unsure is the probability below which a request is of no known type.
const unsure = 0.25

// Matcher tells of which type a new request is. It is safe for concurrent use.
type Matcher struct {
	model    *demand.Model
	reader   *reader
	state    *State
	view     *View
	division map[string]*demand.Model
}

// NewMatcher loads what a state remembers.
func NewMatcher(s *State, decisions []Decision, threads int) (*Matcher, error) {
	m := &Matcher{model: new(demand.Model), state: s, view: Show(s, decisions), division: map[string]*demand.Model{}}
	if err := m.model.UnmarshalBinary(s.Model); err != nil {
		return nil, err
	}
	for id, d := range s.Splits {
		if len(d.Parts) == 0 {
			continue
		}
		part := new(demand.Model)
		if err := part.UnmarshalBinary(d.Model); err != nil {
			return nil, err
		}
		m.division[id] = part
	}
	var err error
	m.reader, err = newReader(s.Boilerplate, threads)
	return m, err
}

// Match gives the likeliest type and the next ones, likeliest first. It is not
// known when the text has no word that the types know, or no type is likely
// enough; the guesses are then what comes closest.
func (m *Matcher) Match(text string) (guesses []Guess, language string, known bool) {
	c := newCorpus(m.reader)
	c.add(Ticket{Body: text})
	c.flush()
	a := m.model.Assign(c.Corpus, 1)[0]
	add := func(candidate demand.Candidate) {
		p := Placed{Type: m.state.clusterType(candidate.Cluster)}
		if candidate.Cluster == demand.Other || p.Type == Other {
			return
		}
		if part := m.division[p.Type]; part != nil {
			p.Part = m.state.Splits[p.Type].part(part.Assign(c.Corpus, 1)[0])
		}
		t := m.view.types[m.view.Of(p)]
		if i := slices.IndexFunc(guesses, func(g Guess) bool { return g.Type == t }); i >= 0 {
			guesses[i].Probability += candidate.Probability // two that people merged
		} else if t != nil {
			guesses = append(guesses, Guess{t, candidate.Probability})
		}
	}
	add(a.Candidate)
	for _, next := range a.Next {
		add(next)
	}
	slices.SortStableFunc(guesses, func(a, b Guess) int { return cmp.Compare(b.Probability, a.Probability) })
	known = a.Cluster != demand.Other && len(guesses) > 0 && guesses[0].Probability >= unsure
	return guesses, c.languages[0], known
}

// Similar gives how much alike the text and each title are, as a cosine.
func (m *Matcher) Similar(text string, titles []string) []float64 {
	c, among := newCorpus(m.reader), newCorpus(m.reader)
	c.add(Ticket{Body: text})
	c.flush()
	for _, t := range titles {
		among.add(Ticket{Title: t})
	}
	among.flush()
	return m.model.Similar(c.Corpus, 0, among.Corpus, m.reader.threads)
}
