package demand

import (
	"cmp"
	"math"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Other is the cluster of tickets that belong to no demand type: of too small
// or scattered a group, or without a known word.
const Other = -1

// Candidate is a demand type a ticket may belong to.
type Candidate struct {
	Cluster     int // Other where there is none
	Probability float64
}

// Assignment is where a ticket belongs.
type Assignment struct {
	// Candidate is the likeliest cluster.
	Candidate
	// Next holds the two likeliest types beside it. Where Cluster is Other they
	// are the two types that come closest.
	Next [2]Candidate
}

// Model is all that is needed to place new tickets. Clusters are numbered from
// 0 by falling number of tickets they were fitted to. It is immutable.
type Model struct {
	space  *space
	mix    *mixture
	types  int   // clusters below this number are types, the rest is Other
	fitted int   // tickets the model was fitted to
	seeded []int // after Fit: the seed of each type, -1 for none
}

// Clusters is the number of demand types.
func (m *Model) Clusters() int { return m.types }

// Seeded tells which of Options.Seeds each type was begun with, -1 for none. Only
// a model that Fit has just made knows.
func (m *Model) Seeded() []int { return m.seeded }

// Assign places the tickets of c with the model's frozen counts. The result
// does not depend on threads.
func (m *Model) Assign(c *Corpus, threads int) []Assignment {
	return m.assign(c, sample(c.Len(), c.Len(), nil), threads)
}

// assign places the tickets rows of c.
func (m *Model) assign(c *Corpus, rows []int32, threads int) []Assignment {
	out := make([]Assignment, len(rows))
	s := m.mix.scorer()
	byForm := m.space.vocab.lookup(c)
	linalg.Blocks(len(rows), 256, threads, func(_, lo, hi int) {
		r := m.space.vocab.reader(c, byForm)
		scores, x := make([]float32, len(m.mix.size)), make([]float32, dims)
		for i := lo; i < hi; i++ {
			r.open(int(rows[i]))
			clear(x)
			m.space.place(r, x)
			idx, val := r.mixed()
			length := total(val)
			s.score(x, idx, val, length, scores)
			out[i] = m.choose(scores, length, linalg.Norm(x) > 0)
		}
	})
	return out
}

// evidence is how many words of a ticket count as independent of each other:
// beyond it, the log-probabilities of longer tickets are scaled down, or every
// long ticket would be certain.
const evidence = 8

// choose turns scores into an assignment; an unknown ticket has no known word.
func (m *Model) choose(scores []float32, length float64, known bool) Assignment {
	none := Candidate{Cluster: Other}
	a := Assignment{none, [2]Candidate{none, none}}
	if !known || len(scores) == 0 {
		return a
	}
	p := tempered(scores, length)
	top := make([]int, 0, 4)
	for c := range p {
		at, _ := slices.BinarySearchFunc(top, c, func(a, b int) int {
			return cmp.Or(cmp.Compare(p[b], p[a]), cmp.Compare(a, b))
		})
		if at < 3 && c < m.types {
			top = slices.Insert(top, at, c)[:min(len(top)+1, 3)]
		}
	}
	best := argmax(scores)
	if best < m.types {
		a.Candidate = Candidate{best, p[best]}
		top = slices.DeleteFunc(top, func(c int) bool { return c == best })
	} else {
		a.Probability = p[best]
	}
	for i, c := range top[:min(len(top), 2)] {
		a.Next[i] = Candidate{c, p[c]}
	}
	return a
}

// tempered is the clusters' probabilities.
func tempered(scores []float32, length float64) []float64 {
	scale := evidence / max(length, evidence)
	top := float64(scores[argmax(scores)])
	p := make([]float64, len(scores))
	var sum float64
	for c, v := range scores {
		p[c] = math.Exp(scale * (float64(v) - top))
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

func total(val []float32) float64 {
	var sum float64
	for _, v := range val {
		sum += float64(v)
	}
	return sum
}
