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
	agreeWeight   = 0.75
	chooseClose   = 0.12 // below the best sum that is as good
	chooseSurer   = 0.15 // of agreement more that decides among those
	chooseLikely  = 0.7  // the least likelihood of one that does: two halves may agree on next to nothing
)

// chooseK chooses the number of clusters by cross-validation. Two halves of the
// tickets are clustered on their own, and each clustering is tried on the
// other half: how likely are the words of tickets it has not seen, and does it
// put them together as their own half's clustering does? The likelihood,
// scaled to 0–1 over the numbers tried, rises until clusters follow single
// tickets; the agreement (adjusted Rand index, scaled likewise; in the manner
// of Tibshirani and Walther 2005) is high where the clusters are those of the
// subject. The k with the largest weighted sum wins, the smaller of equals; but
// where the sums hardly differ, one whose clusters agree clearly better does.
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
		likely, agreed = append(likely, l), append(agreed, a)
		if l > likely[best] {
			best = i
		}
		if i-best >= chooseWorse {
			break
		}
	}
	return grid[bestChoice(unit(likely), unit(agreed))]
}

// bestChoice is the place of the best number, by likelihoods and agreements that
// are scaled to 0–1.
func bestChoice(likely, agreed []float64) int {
	sum := make([]float64, len(likely))
	best := 0
	for i := range sum {
		sum[i] = likely[i] + agreeWeight*agreed[i]
		if sum[i] > sum[best] {
			best = i
		}
	}
	chosen := best
	for i := range sum {
		if sum[i] >= sum[best]-chooseClose && likely[i] >= chooseLikely && agreed[i] >= agreed[best]+chooseSurer && agreed[i] > agreed[chosen] {
			chosen = i
		}
	}
	return chosen
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
