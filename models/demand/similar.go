package demand

import "github.com/ticketmill/ticketmill/models/internal/linalg"

// Similar gives the cosine, between -1 and 1, of the ticket i of c with every
// ticket of among, in the space that the model was fitted to; 0 where either
// has no known word.
func (m *Model) Similar(c *Corpus, i int, among *Corpus, threads int) []float64 {
	one, _ := m.space.points(c, []int32{int32(i)}, 1)
	all, _ := m.space.points(among, sample(among.Len(), among.Len(), nil), threads)
	out := make([]float64, all.Rows)
	for k := range out {
		out[k] = float64(linalg.Dot(one.Row(0), all.Row(k)))
	}
	return out
}
