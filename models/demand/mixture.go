package demand

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Parameters of the mixture (after Yin and Wang 2014): alpha smooths cluster
// sizes, beta word counts, gamma weighs the cosine against the likelihood;
// wordCap bounds what one ticket says with one word.
const (
	alpha   = 1.0
	beta    = 0.1
	gamma   = 10.0
	wordCap = 5
	// solutionGamma is gamma where whole clusterings are compared: their
	// likelihoods hardly differ where one has merged two subjects, the cosines do.
	solutionGamma = 20.0
	sweeps        = 15
	settledPart   = 0.002
)

// mixture is a Dirichlet–multinomial mixture with a cosine term: the frozen
// counts that score tickets.
type mixture struct {
	size    []float64     // tickets of each cluster
	tokens  []float64     // words counted in each cluster
	counts  *linalg.Dense // words × clusters: whole numbers
	logs    *linalg.Dense // ln(counts + beta)
	centres *linalg.Dense // clusters × dims, unit length
	cohere  []float64     // length of the sum of each cluster's positions
}

// tickets is what a mixture is fitted to.
type tickets struct {
	x      *linalg.Dense  // positions
	counts *linalg.Sparse // of the mixture's words
	byWord *linalg.Sparse // counts transposed
	length []float64      // words counted in each ticket
}

func newTickets(x *linalg.Dense, counts *linalg.Sparse) *tickets {
	t := &tickets{x: x, counts: counts, byWord: counts.Transpose(), length: make([]float64, counts.Rows)}
	for i := range t.length {
		_, val := counts.Row(i)
		t.length[i] = total(val)
	}
	return t
}

// subset is some of the tickets.
func (t *tickets) subset(rows []int32) *tickets {
	x := linalg.NewDense(len(rows), t.x.Cols)
	counts := &linalg.Sparse{Rows: len(rows), Cols: t.counts.Cols, Ptr: make([]int, 1, len(rows)+1)}
	for i, r := range rows {
		copy(x.Row(i), t.x.Row(int(r)))
		idx, val := t.counts.Row(int(r))
		counts.Idx, counts.Val = append(counts.Idx, idx...), append(counts.Val, val...)
		counts.Ptr = append(counts.Ptr, len(counts.Idx))
	}
	return newTickets(x, counts)
}

// collect counts the clusters z of the tickets.
func (t *tickets) collect(z []int32, k, threads int) *mixture {
	m := &mixture{
		size: make([]float64, k), tokens: make([]float64, k),
		counts: linalg.NewDense(t.counts.Cols, k),
		cohere: make([]float64, k),
	}
	for i, c := range z {
		m.size[c]++
		m.tokens[c] += t.length[i]
	}
	linalg.Blocks(t.counts.Cols, 256, threads, func(_, lo, hi int) {
		for w := lo; w < hi; w++ {
			rows, val := t.byWord.Row(w)
			to := m.counts.Row(w)
			for p, i := range rows {
				to[z[i]] += val[p] // whole numbers: exact in any order
			}
		}
	})
	m.takeLogs(threads)
	m.centres = means(t.x, z, k, threads)
	for c := range k {
		m.cohere[c] = linalg.Norm(m.centres.Row(c)) * m.size[c]
	}
	m.centres.NormalizeRows()
	return m
}

func (m *mixture) takeLogs(threads int) {
	m.logs = linalg.NewDense(m.counts.Rows, m.counts.Cols)
	none := float32(math.Log(beta))
	linalg.Blocks(m.counts.Rows, 256, threads, func(_, lo, hi int) {
		for w := lo; w < hi; w++ {
			to := m.logs.Row(w)
			for c, n := range m.counts.Row(w) {
				if to[c] = none; n > 0 {
					to[c] = float32(math.Log(float64(n) + beta))
				}
			}
		}
	})
}

// coherence is the mean cosine between the tickets of cluster c, which is not
// empty, and its centre.
func (m *mixture) coherence(c int) float64 { return m.cohere[c] / m.size[c] }

// common is the coherence of all tickets taken as one cluster.
func (m *mixture) common() float64 {
	sum := make([]float64, m.centres.Cols)
	for c, length := range m.cohere {
		for d, v := range m.centres.Row(c) {
			sum[d] += length * float64(v)
		}
	}
	return floats.Norm(sum, 2) / max(1, floats.Sum(m.size))
}

// smoothing is the total weight of the prior over words.
func (m *mixture) smoothing() float64 { return beta * float64(max(m.counts.Rows, 1)) }

// scorer holds what one sweep needs once a cluster.
type scorer struct {
	*mixture
	prior, spread []float32
}

func (m *mixture) scorer() *scorer {
	s := &scorer{mixture: m, prior: make([]float32, len(m.size)), spread: make([]float32, len(m.size))}
	for c := range m.size {
		s.prior[c] = float32(math.Log(m.size[c] + alpha))
		s.spread[c] = float32(math.Log(m.tokens[c] + m.smoothing()))
	}
	return s
}

// score writes the log-probability of a ticket in each cluster, up to a
// constant, to out:
//
//	ln(m + α) − N ln(n + βV) + Σ c_w ln(n_w + β) + γ cos
func (s *scorer) score(x []float32, idx []int32, val []float32, length float64, out []float32) {
	s.likelihood(idx, val, length, out)
	s.attract(x, out)
}

// likelihood writes the part of score that is a log-probability.
func (s *scorer) likelihood(idx []int32, val []float32, length float64, out []float32) {
	for c := range out {
		out[c] = s.prior[c] - float32(length)*s.spread[c]
	}
	for p, w := range idx {
		linalg.Axpy(val[p], s.logs.Row(int(w)), out)
	}
}

// attract adds the cosine term.
func (s *scorer) attract(x, out []float32) {
	for c := range out {
		out[c] += gamma * linalg.Dot(x, s.centres.Row(c))
	}
}

// without is the same for one cluster c from which the ticket, its member, is
// taken out.
func (s *scorer) without(c int32, x []float32, idx []int32, val []float32, length float64) float32 {
	sum := math.Log(s.size[c]-1+alpha) - length*math.Log(s.tokens[c]-length+s.smoothing())
	for p, w := range idx {
		rest := float64(s.counts.Row(int(w))[c] - val[p])
		sum += float64(val[p]) * math.Log(max(rest, 0)+beta)
	}
	return float32(sum) + gamma*linalg.Dot(x, s.centres.Row(int(c)))
}

// leaveOut scores ticket i, a member of cluster c.
func (s *scorer) leaveOut(t *tickets, i int, c int32, out []float32) {
	idx, val := t.counts.Row(i)
	s.score(t.x.Row(i), idx, val, t.length[i], out)
	out[c] = s.without(c, t.x.Row(i), idx, val, t.length[i])
}

// refine moves all tickets at once to their best clusters, again and again
// until few move, and returns the final counts.
func (t *tickets) refine(z []int32, k, threads int) *mixture {
	m := t.collect(z, k, threads)
	for range sweeps {
		moved := t.sweep(m, z, threads)
		m = t.collect(z, k, threads)
		if float64(moved) < settledPart*float64(len(z)) {
			break
		}
	}
	return m
}

// sweep moves every ticket to its best cluster under m and returns how many
// moved.
func (t *tickets) sweep(m *mixture, z []int32, threads int) int {
	s := m.scorer()
	const block = 256
	moved := make([]int, (len(z)+block-1)/block)
	linalg.Blocks(len(z), block, threads, func(b, lo, hi int) {
		out := make([]float32, len(m.size))
		for i := lo; i < hi; i++ {
			s.leaveOut(t, i, z[i], out)
			if at := argmax(out); at != int(z[i]) {
				z[i] = int32(at)
				moved[b]++
			}
		}
	})
	total := 0
	for _, n := range moved {
		total += n
	}
	return total
}

func argmax(v []float32) int {
	at := 0
	for i, x := range v {
		if x > v[at] {
			at = i
		}
	}
	return at
}

// objective is the collapsed log-likelihood of the clustering plus
// solutionGamma times the clusters' summed coherence; higher is better.
func (m *mixture) objective() float64 {
	var total float64
	for c := range m.size {
		total += m.part(c)
	}
	return total
}

// part is one cluster's share of the objective.
func (m *mixture) part(c int) float64 {
	sum := lgamma(m.smoothing()) - lgamma(m.tokens[c]+m.smoothing()) + lgamma(m.size[c]+alpha) - lgamma(alpha)
	none := lgamma(beta)
	for w := range m.counts.Rows {
		if n := m.counts.Row(w)[c]; n > 0 {
			sum += lgamma(float64(n)+beta) - none
		}
	}
	return sum + solutionGamma*m.cohere[c]
}
