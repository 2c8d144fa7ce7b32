package nightly

import (
	"cmp"
	"math"
	"slices"
)

// defaultMost is how many types there may be where the options do not say.
const defaultMost = 200

// mostTypes is how many types there may be after a retraining that chooses their
// number: it grows with the square root of the tickets, and by one at least, so
// that a year of retraining does not dissolve the types.
func (n *night) mostTypes(types, tickets int) int {
	grown := float64(tickets) / float64(max(n.after.FittedTickets, 1))
	most := max(types+1, int(math.Ceil(float64(types)*math.Sqrt(grown))))
	return max(types, min(most, cmp.Or(n.Options.KMax, defaultMost)))
}

// outgrown is how many times the tickets that a model was made from there are
// when its types are no longer a start for all.
const outgrown = 4

// start is where the fit of a model begins: in the types of yesterday, so that
// they go on. Types that are pinned begin in their seeds. Without a model, with
// settings that ask for another number of types, or where yesterday's tickets are
// but a small part of today's, it begins from nothing.
func (n *night) start(ids []string, seeds *seeds) (before []int32, types int) {
	s := n.after
	if len(s.Model) == 0 || s.FittedWith != n.Options.settings() || len(ids) >= outgrown*s.FittedTickets {
		return nil, 0
	}
	at := map[string]int32{}
	for _, id := range s.active() {
		if !slices.Contains(seeds.ids, id) {
			at[id] = int32(len(at))
		}
	}
	before = make([]int32, len(ids))
	for i, id := range ids {
		before[i] = -1
		if c, ok := at[s.Placed[id].Type]; ok {
			before[i] = c
		}
	}
	return before, len(at)
}
