package nightly

import (
	"cmp"
	"slices"

	"github.com/ticketmill/ticketmill/models/demand"
)

// stayShare is how likely a ticket's type of yesterday must at least be, beside
// the likeliest, for the ticket to stay: a change of type must be clearly
// better.
const stayShare = 0.2

// settle places all tickets. One stays in its type unless another one is
// clearly better; and where the model began in the types of yesterday, no more
// than demand.MostMoved of all known ones change, the surest first.
func (f *fitted) settle() {
	s := f.after
	examples := f.examples()
	var movers []mover
	known, gone := 0, 0
	for i, id := range f.ids {
		a := f.assigned[i]
		best, p := s.clusterType(a.Cluster), a.Probability
		before, was := s.Placed[id]
		was = was && before.Hash == f.hashes[id]
		if was {
			known++
		}
		_, isNews := slices.BinarySearch(f.news, id)
		switch pinned := examples[id]; {
		case slices.Contains(s.Clusters, pinned):
			best, p = pinned, 1
		case isNews: // it was put where it was for want of something better
		case !was || before.Type == best:
		case !slices.Contains(s.Clusters, before.Type):
			gone++
		default:
			stay := f.likeness(a, before.Type)
			if stay < stayShare*p {
				movers = append(movers, mover{i, best, p, stay})
				continue
			}
			best, p = before.Type, stay
		}
		f.put(id, best, p, f.corpus.languages[i])
	}
	most := len(movers)
	if f.isWarm {
		most = int(demand.MostMoved*float64(known)) - gone
	}
	f.move(movers, most)
}

// mover is a ticket with a better type than its own.
type mover struct {
	ticket  int
	to      string
	p, stay float64 // probability of the better type, and of its own
}

// move moves the most movers of which their own type is the least likely; the
// others stay for now.
func (f *fitted) move(movers []mover, most int) {
	slices.SortStableFunc(movers, func(a, b mover) int { return cmp.Compare(a.stay*b.p, b.stay*a.p) })
	for n, m := range movers {
		id := f.ids[m.ticket]
		if n < most {
			f.put(id, m.to, m.p, f.corpus.languages[m.ticket])
		} else {
			f.put(id, f.after.Placed[id].Type, m.stay, f.corpus.languages[m.ticket])
		}
	}
}

// likeness is the probability of a type that is not the likeliest: zero where
// it is not among the next ones either.
func (f *fitted) likeness(a demand.Assignment, typeID string) float64 {
	for _, next := range a.Next {
		if next.Cluster >= 0 && f.after.clusterType(next.Cluster) == typeID {
			return next.Probability
		}
	}
	return 0
}
