package demand

import (
	"cmp"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Type describes a demand type.
type Type struct {
	// Size is how many tickets were assigned to it.
	Size int
	// Coherence is the mean cosine between the type's tickets and its centre:
	// 1 for equal tickets, near 0 for unrelated ones.
	Coherence float64
	// Label is a short name of two to five words, in the spelling most often
	// used; fewer where too few words are shared, even none.
	Label string
	// Keywords are the most distinctive words, best first, at most ten.
	Keywords []string
	// Representatives are the tickets closest to the centre, best first, at
	// most five and no two of the same words.
	Representatives []int
}

// How much Describe reads and tells.
const (
	describedTickets = 400 // of a type, evenly spread
	describedWords   = 100 // of a ticket, from its start
	keywords         = 10
	representatives  = 5
)

// Describe tells what the demand types of m are about, given the tickets they
// were assigned. Labels and keywords hold only terms that at least five tickets
// of three reporters share; tickets without a known reporter do not help.
func Describe(c *Corpus, m *Model, assigned []Assignment, threads int) []Type {
	out := make([]Type, m.types)
	rows := make([][]int32, m.types)
	for i, a := range assigned {
		if a.Cluster != Other {
			rows[a.Cluster] = append(rows[a.Cluster], int32(i))
		}
	}
	for t := range out {
		out[t].Size = len(rows[t])
		rows[t] = thin(rows[t], describedTickets)
	}
	m.judge(c, rows, out, threads)
	name(c, rows, out)
	return out
}

// thin keeps at most n of the rows, evenly spread.
func thin(rows []int32, n int) []int32 {
	if len(rows) <= n {
		return rows
	}
	out := make([]int32, n)
	for i := range out {
		out[i] = rows[i*len(rows)/n]
	}
	return out
}

// judge fills in coherence and representatives.
func (m *Model) judge(c *Corpus, rows [][]int32, out []Type, threads int) {
	byForm := m.space.vocab.lookup(c)
	linalg.Blocks(len(rows), 1, threads, func(t, _, _ int) {
		r := m.space.vocab.reader(c, byForm)
		x := make([]float32, dims)
		near := make([]float64, len(rows[t]))
		var sum float64
		for i, row := range rows[t] {
			r.open(int(row))
			clear(x)
			m.space.place(r, x)
			near[i] = float64(linalg.Dot(x, m.mix.centres.Row(t)))
			sum += near[i]
		}
		out[t].Coherence = sum / max(1, float64(len(near)))
		out[t].Representatives = representative(c, rows[t], near)
	})
}

// representative picks the rows that are nearest, leaving out repetitions.
func representative(c *Corpus, rows []int32, near []float64) []int {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(near[b], near[a]), cmp.Compare(a, b))
	})
	var out []int
	for _, i := range order {
		row := int(rows[i])
		same := slices.ContainsFunc(out, func(o int) bool { return slices.Equal(c.ticket(o), c.ticket(row)) })
		if !same {
			out = append(out, row)
		}
		if len(out) == representatives {
			break
		}
	}
	return out
}
