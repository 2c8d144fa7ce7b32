package nightly

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mathext"

	"github.com/ticketmill/ticketmill/models/text"
)

// A frozen model cannot say that something new comes up: it finds a place for
// every ticket. The words can. Those of the newest tickets are compared with those
// of older tickets of the same types, so that a type that is merely asked for more
// often is nothing new.
const (
	newestShare   = 0.04  // of all tickets, looked at beside those of this night …
	newestTickets = 5000  // … but no more than this
	olderTickets  = 10000 // compared with, as many of each type
	// A term is new when it is in at least newTickets tickets, newTimes as many as
	// before, and by chance alone not one term would be in a hundred nights.
	newTickets = 5
	newTimes   = 5
	newChance  = 0.01
	// A ticket is about something new when it has newTerms of them: a single one
	// may be a name or the number of a version. newTickets such tickets together
	// are worth a new model.
	newTerms = 2
)

// emerging lists the newest tickets that are about something new, by id; none
// when they are too few.
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

// newestAndOlder picks the newest tickets, without those of types that are
// emerging as it is, and older ones of every type; which ones, where there are
// more than enough, is decided by a hash of their ids.
func (n *night) newestAndOlder() (newest, older []string) {
	from := n.newestFrom()
	byType := map[string][]string{}
	for id, p := range n.after.Placed {
		if p.Since < from {
			byType[p.Type] = append(byType[p.Type], id)
		} else if t := n.after.Types[p.Type]; t == nil || !t.Emerging {
			newest = append(newest, id)
		}
	}
	newest = drawn(newest, newestTickets)
	for _, ids := range byType {
		older = append(older, drawn(ids, max(1, olderTickets/len(byType)))...)
	}
	slices.Sort(older)
	return newest, older
}

// newestFrom is the first of the nights whose tickets are the newest: this one
// and others since the model was made, while they are few.
func (n *night) newestFrom() int {
	count := map[int]int{}
	for _, p := range n.after.Placed {
		count[p.Since]++
	}
	from := n.after.Night
	for sum := count[from]; from-1 > n.after.FittedNight; from-- {
		if sum += count[from-1]; float64(sum) > newestShare*float64(len(n.after.Placed)) {
			break
		}
	}
	return from
}

// drawn is at most most of the tickets, which it sorts.
func drawn(ids []string, most int) []string {
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(lot(a), lot(b)), strings.Compare(a, b)) })
	return ids[:min(len(ids), most)]
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
	times := map[string]int{}
	for _, id := range newest {
		for _, t := range terms[id] {
			times[t]++
		}
	}
	candidates := map[string]*usage{}
	for t, n := range times {
		if n >= newTickets {
			candidates[t] = &usage{map[string]float64{}, map[string]float64{}}
		}
	}
	count := func(ids []string, of func(*usage) map[string]float64) map[string]float64 {
		all := map[string]float64{}
		for _, id := range ids {
			in := n.after.Placed[id].Type
			all[in]++
			for _, t := range terms[id] {
				if u := candidates[t]; u != nil {
					of(u)[in]++
				}
			}
		}
		return all
	}
	all := usage{
		newest: count(newest, func(u *usage) map[string]float64 { return u.newest }),
		older:  count(older, func(u *usage) map[string]float64 { return u.older }),
	}
	limit := newChance / float64(max(len(candidates), 1))
	news := map[string]bool{}
	for t, u := range candidates {
		if u.isNew(&all, limit) {
			news[t] = true
		}
	}
	return news
}

// usage is how many tickets there are, or have a term, by type.
type usage struct{ newest, older map[string]float64 }

// isNew tells whether a term is in clearly more of the newest tickets than of
// the older ones of the same types, all being the numbers of tickets. If it is
// not new, a ticket that has it is one of the newest with the share that these
// are of its type; limit is how unlikely it must be that so many are. The tail
// is that of a binomial variable of the mean share, which is the longer one
// (Hoeffding 1956).
func (u *usage) isNew(all *usage, limit float64) bool {
	var have, newest, chance, before float64
	for _, in := range slices.Sorted(maps.Keys(all.newest)) {
		a, b := u.newest[in], u.older[in]
		share := all.newest[in] / (all.newest[in] + all.older[in])
		newest += a
		have += a + b
		chance += (a + b) * share
		before += b * all.newest[in] / max(all.older[in], 1)
	}
	if newest <= chance || newest < newTimes*before {
		return false
	}
	return mathext.RegIncBeta(newest, have-newest+1, chance/have) < limit
}

// about tells whether enough of a ticket's terms are new. A pair counts only
// when neither of its words does.
func about(terms []string, news map[string]bool) bool {
	count := 0
	for _, t := range terms {
		first, second, isPair := strings.Cut(t, " ")
		if isPair && (news[first] || news[second]) {
			continue
		}
		if news[t] {
			count++
		}
	}
	return count >= newTerms
}
