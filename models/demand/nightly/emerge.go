package nightly

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/models/text"
)

// A frozen model cannot say that something new comes up: it finds a place for
// every ticket. The words can. Those of the tickets since the model was made are
// compared with those of older tickets of the same types, so that a type that is
// merely asked for more often is nothing new.
const (
	newestTickets = 5000  // looked at; of more, the newest
	olderTickets  = 10000 // compared with, as many of each type
	// A term is new when it is in at least newTickets tickets, newTimes as many as
	// expected, and by chance alone not one term would be in a thousand nights.
	newTickets = 5
	newTimes   = 5
	newChance  = 0.001
	// A ticket is about something new when it has newTerms of them: a single one
	// may be a name or the number of a version. newTickets such tickets together
	// are worth a new model.
	newTerms = 2
	// pooled is how many tickets the share of a term in all types weighs beside
	// its share in one.
	pooled = 5
)

// emerging lists the tickets since the model was made that are about something
// new, by id; none when they are too few.
func (n *night) emerging() ([]string, error) {
	newest, older := n.newestAndOlder()
	if len(newest) < newTickets || len(older) == 0 {
		return nil, nil
	}
	terms, err := n.terms(append(slices.Clone(newest), older...))
	if err != nil {
		return nil, err
	}
	news := n.newTermsOf(newest, older, terms)
	var found []string
	for _, id := range newest {
		if about(terms[id], news) {
			found = append(found, id)
		}
	}
	if len(found) < newTickets {
		return nil, nil
	}
	slices.Sort(found)
	return found, nil
}

// newestAndOlder picks the tickets since the model was made, without those of
// types that are emerging as it is, and older ones of every type; which ones, is decided by a hash of their ids.
func (n *night) newestAndOlder() (newest, older []string) {
	byType := map[string][]string{}
	for id, p := range n.after.Placed {
		if p.Since > n.after.FittedNight {
			if t := n.after.Types[p.Type]; t != nil && t.Emerging {
				continue // found already; its words are not all known yet
			}
			newest = append(newest, id)
		} else {
			byType[p.Type] = append(byType[p.Type], id)
		}
	}
	drawn := func(a, b string) int { return cmp.Or(cmp.Compare(lot(a), lot(b)), strings.Compare(a, b)) }
	slices.SortFunc(newest, func(a, b string) int {
		return cmp.Or(cmp.Compare(n.after.Placed[b].Since, n.after.Placed[a].Since), drawn(a, b))
	})
	newest = newest[:min(len(newest), newestTickets)]
	for _, ids := range byType {
		slices.SortFunc(ids, drawn)
		older = append(older, ids[:min(len(ids), max(pooled, olderTickets/len(byType)))]...)
	}
	slices.Sort(older)
	return newest, older
}

// lot draws tickets: a number that has nothing to do with the order of ids.
func lot(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum64() * 0x9e3779b97f4a7c15
}

// terms reads the distinct terms of some tickets.
func (n *night) terms(ids []string) (map[string][]string, error) {
	r, err := newReader(n.after.Boilerplate, n.Options.Threads)
	if err != nil {
		return nil, err
	}
	terms := make(map[string][]string, len(ids))
	for _, id := range ids {
		terms[id] = nil
	}
	var waiting []Ticket
	flush := func() {
		for i, d := range r.read(waiting) {
			terms[waiting[i].ID] = termsOf(d)
		}
		waiting = waiting[:0]
	}
	for t, err := range n.Tickets() {
		if err != nil {
			return nil, err
		}
		if _, ok := terms[t.ID]; ok {
			if waiting = append(waiting, t); len(waiting) == together {
				flush()
			}
		}
	}
	flush()
	return terms, nil
}

// termsOf is the distinct words of a ticket and pairs of adjacent ones, which
// have a space in between.
func termsOf(d text.Doc) []string {
	var terms []string
	for i, t := range d.Tokens {
		terms = append(terms, t.Stem)
		if i > 0 {
			terms = append(terms, d.Tokens[i-1].Stem+" "+t.Stem)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// newTermsOf is the terms that are new.
func (n *night) newTermsOf(newest, older []string, terms map[string][]string) map[string]bool {
	seen := map[string]int{}
	for _, id := range newest {
		for _, t := range terms[id] {
			seen[t]++
		}
	}
	var candidates []string
	for t, times := range seen {
		if times >= newTickets {
			candidates = append(candidates, t)
		}
	}
	e := n.newExpectation(newest, older, terms)
	limit := math.Log(newChance / float64(max(len(candidates), 1)))
	news := map[string]bool{}
	for _, t := range candidates {
		expected, times := e.of(t), float64(seen[t])
		// Chernoff's bound of the tail of a Poisson variable
		if times >= newTimes*expected && times-expected-times*math.Log(times/expected) < limit {
			news[t] = true
		}
	}
	return news
}

// about tells whether enough of a ticket's terms are new. A pair counts only
// when neither of its words does.
func about(terms []string, news map[string]bool) bool {
	count := 0
	for _, t := range terms {
		first, second, pair := strings.Cut(t, " ")
		if news[t] && !(pair && (news[first] || news[second])) {
			count++
		}
	}
	return count >= newTerms
}

// expectation is how many of the newest tickets would have a term if it were as
// frequent in each type as before.
type expectation struct {
	types  []string // sorted
	newest map[string]float64
	older  map[string]float64
	have   map[string]map[string]float64 // term → type → older tickets that have it
}

func (n *night) newExpectation(newest, older []string, terms map[string][]string) *expectation {
	e := &expectation{newest: map[string]float64{}, older: map[string]float64{}, have: map[string]map[string]float64{}}
	for _, id := range newest {
		e.newest[n.after.Placed[id].Type]++
	}
	for _, id := range older {
		in := n.after.Placed[id].Type
		e.older[in]++
		for _, t := range terms[id] {
			if e.have[t] == nil {
				e.have[t] = map[string]float64{}
			}
			e.have[t][in]++
		}
	}
	for id := range e.newest {
		e.types = append(e.types, id)
	}
	slices.Sort(e.types)
	return e
}

func (e *expectation) of(term string) float64 {
	var have, older, newest, expected float64
	for _, n := range e.older { // whole numbers: exact in any order
		older += n
	}
	for _, n := range e.have[term] {
		have += n
	}
	overall := (have + 1) / (older + 1)
	for _, in := range e.types {
		n := e.newest[in]
		newest += n
		expected += n * (e.have[term][in] + pooled*overall) / (e.older[in] + pooled)
	}
	// no term is rarer than what the older tickets can tell
	return max(expected, newest/(older+1))
}
