package demand

import (
	"math"
	"math/rand/v2"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Parameters of the choice of k.
const (
	chooseRows    = 12_000 // tickets it is made on, at most
	chooseSplits  = 2
	chooseStep    = 4.0 / 3 // from one k tried to the next
	chooseWorse   = 3       // steps below the best likelihood after which it stops
	chooseTickets = 10      // tickets of a half for each cluster tried, at least
	agreeWeight   = 1.5
	leastLikely   = 0.7  // of the way to the best likelihood: with less, much is unexplained
	mostLikely    = 0.98 // of it: with more, clusters follow single tickets
)

// chooseK chooses the number of clusters by cross-validation. Two halves of the
// tickets are clustered on their own, and each clustering is tried on the
// other half: how likely are the words of tickets it has not seen, and does it
// put them together as their own half's clustering does? The likelihood,
// scaled to 0–1 over the numbers tried, says which numbers come into question:
// it rises steeply as long as clusters are mixtures, then is flat. Among those,
// likelihood and agreement (adjusted Rand index; in the manner of Tibshirani and
// Walther 2005) together decide, the smaller of equals.
func chooseK(t *tickets, o Options) int {
	grid := chooseGrid(o.KMin, min(o.KMax, min(t.x.Rows, chooseRows)/2/chooseTickets))
	if len(grid) == 0 {
		return o.KMin
	}
	halves := t.halves(o.Seed)
	likely, agreed := make([]float64, 0, len(grid)), make([]float64, 0, len(grid))
	best := 0
	for i, k := range grid {
		var l, a float64
		for s, h := range halves {
			hl, ha := h.try(k, o.Seed+uint64(s), o.Threads)
			l, a = l+hl, a+ha
		}
		likely, agreed = append(likely, l), append(agreed, a/chooseSplits)
		if l > likely[best] {
			best = i
		}
		if i-best >= chooseWorse {
			break
		}
	}
	return grid[bestChoice(unit(likely), agreed)]
}

// bestChoice is the place of the best number, by likelihoods that are scaled to
// 0–1 and agreements.
func bestChoice(likely, agreed []float64) int {
	best, most := 0, math.Inf(-1)
	for i, l := range likely {
		if sum := l + agreeWeight*agreed[i]; l >= leastLikely && sum > most {
			best, most = i, sum
		}
		if l >= mostLikely {
			break
		}
	}
	return best
}

// chooseGrid is the numbers tried: from lo to hi, each about a third larger
// than the one before.
func chooseGrid(lo, hi int) []int {
	var grid []int
	for k := lo; k <= hi; k = max(k+1, int(float64(k)*chooseStep)) {
		grid = append(grid, k)
	}
	return grid
}

// unit scales v to 0–1; equal values become 0.
func unit(v []float64) []float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	out := make([]float64, len(v))
	for i, x := range v {
		if hi > lo {
			out[i] = (x - lo) / (hi - lo)
		}
	}
	return out
}

// halves is two parts of the same tickets.
type halves [2]*tickets

// halves splits a sample of the tickets in several ways.
func (t *tickets) halves(seed uint64) [chooseSplits]halves {
	var out [chooseSplits]halves
	for s := range out {
		rng := rand.New(rand.NewPCG(seed, chooseStream+uint64(s)))
		rows := sample(t.x.Rows, chooseRows, rng)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		out[s] = halves{t.subset(rows[:len(rows)/2]), t.subset(rows[len(rows)/2:])}
	}
	return out
}

// try clusters both halves into k and returns how likely each finds the other
// (mean log-probability of a ticket) and how well they agree.
func (h halves) try(k int, seed uint64, threads int) (likely, agreed float64) {
	var z [2][]int32
	var m [2]*mixture
	for i, t := range h {
		z[i], m[i] = t.bestOf(1, k, seed<<1+uint64(i), threads)
	}
	for i, t := range h {
		placed, l := t.heldOut(m[1-i], threads)
		likely += l / 2
		agreed += adjustedRand(placed, z[i]) / 2
	}
	return likely, agreed
}

// heldOut places tickets that m has not seen and returns their mean
// log-probability under it as a mixture.
func (t *tickets) heldOut(m *mixture, threads int) ([]int32, float64) {
	s := m.scorer()
	var norm float64
	for _, n := range m.size {
		norm += n + alpha
	}
	z := make([]int32, t.x.Rows)
	each := make([]float64, t.x.Rows)
	linalg.Blocks(len(z), 256, threads, func(_, lo, hi int) {
		out := make([]float32, len(m.size))
		for i := lo; i < hi; i++ {
			idx, val := t.counts.Row(i)
			s.likelihood(idx, val, t.length[i], out)
			each[i] = logSum(out) - math.Log(norm)
			s.attract(t.x.Row(i), out)
			z[i] = int32(argmax(out))
		}
	})
	var sum float64
	for _, l := range each {
		sum += l
	}
	return z, sum / max(1, float64(len(z)))
}

// logSum is ln Σ exp v.
func logSum(v []float32) float64 {
	top := float64(v[argmax(v)])
	var sum float64
	for _, x := range v {
		sum += math.Exp(float64(x) - top)
	}
	return top + math.Log(sum)
}
