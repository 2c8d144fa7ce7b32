package nightly

import (
	"cmp"
	"slices"
	"strings"
)

// seedTickets is how many tickets a pinned type is seeded with at most.
const seedTickets = 200

// seeds are the tickets that pinned types begin with.
type seeds struct {
	ids      []string // of the pinned types
	examples []map[string]bool
	keywords [][]string
	found    [][]seed
}

type seed struct {
	ticket int32
	weight float64 // the higher, the more typical
}

// newSeeds lists the types that are pinned.
func (n *night) newSeeds() *seeds {
	s := &seeds{}
	for _, d := range n.inForce {
		if d.Verb != Pin {
			continue
		}
		id := d.PinnedID()
		if len(d.IDs) > 0 {
			id = d.IDs[0]
		}
		if slices.Contains(s.ids, id) {
			continue
		}
		examples := map[string]bool{}
		for _, e := range d.Examples {
			examples[e] = true
		}
		var words []string
		for _, w := range d.Keywords {
			words = append(words, strings.ToLower(w))
		}
		s.ids = append(s.ids, id)
		s.examples, s.keywords, s.found = append(s.examples, examples), append(s.keywords, words), append(s.found, nil)
	}
	return s
}

// look decides whether the ticket, number at of the corpus, seeds a pinned type:
// it was named, it was in the type before, or keywords of the type stand in it.
func (s *seeds) look(at int, t Ticket, before Placed) {
	title, body := strings.ToLower(t.Title), ""
	for k := range s.ids {
		var weight float64
		if s.examples[k][t.ID] {
			weight += 100
		}
		if before.Type == s.ids[k] {
			weight += before.Probability
		}
		for _, w := range s.keywords[k] {
			if body == "" {
				body = strings.ToLower(t.Body)
			}
			if strings.Contains(title, w) {
				weight += 2
			} else if strings.Contains(body, w) {
				weight += 0.5
			}
		}
		if weight >= 0.5 {
			s.found[k] = append(s.found[k], seed{int32(at), weight})
		}
	}
}

// tickets lists the seeds of each pinned type, the most typical ones.
func (s *seeds) tickets() [][]int32 {
	out := make([][]int32, len(s.ids))
	for k, found := range s.found {
		slices.SortStableFunc(found, func(a, b seed) int { return cmp.Compare(b.weight, a.weight) })
		for _, f := range found[:min(len(found), seedTickets)] {
			out[k] = append(out[k], f.ticket)
		}
		slices.Sort(out[k])
	}
	return out
}
