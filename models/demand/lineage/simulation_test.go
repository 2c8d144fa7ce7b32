package lineage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// world is tickets on a plane of types: each has a place near the centre of
// the demand it belongs to, and a clustering gives it to the nearest centre as
// seen tonight, through noise.
type world struct {
	rng     *rand.Rand
	centres [][]float32
	share   []float64
	tickets [][]float32
	ids     []string // the id each ticket has now
	types   []string // the ids of the types, by first member
}

const dims = 8

func newWorld(types int, seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 9))}
	for range types {
		w.centres = append(w.centres, w.near(make([]float32, dims), 1))
		w.share = append(w.share, math.Exp(w.rng.NormFloat64()))
	}
	return w
}

func (w *world) near(x []float32, sd float64) []float32 {
	y := make([]float32, len(x))
	for d := range y {
		y[d] = x[d] + float32(sd*w.rng.NormFloat64())
	}
	return y
}

// arrive adds n tickets, after the types have drifted in size and place.
func (w *world) arrive(n int) {
	var total float64
	for k := range w.share {
		w.share[k] *= math.Exp(0.05 * w.rng.NormFloat64())
		w.centres[k] = w.near(w.centres[k], 0.005)
		total += w.share[k]
	}
	for range n {
		k, u := 0, w.rng.Float64()*total
		for u > w.share[k] && k < len(w.share)-1 {
			u -= w.share[k]
			k++
		}
		w.tickets = append(w.tickets, w.near(w.centres[k], 0.3))
		w.ids = append(w.ids, "")
	}
}

// logScore of a ticket for a centre: a Gaussian's.
func logScore(x, c []float32) float64 {
	var sum float64
	for d := range x {
		sum += float64(x[d]-c[d]) * float64(x[d]-c[d])
	}
	return -sum / (2 * 0.3 * 0.3)
}

// night fits the clusters anew: centres seen through noise, numbers permuted,
// a share moved of tickets in a wrong cluster, and the clusters then matched
// and the tickets settled. It returns the share of known tickets that keep
// their id.
func (w *world) night(centres [][]float32, moved float64) float64 {
	seen := make([][]float32, len(centres))
	for k, p := range w.rng.Perm(len(centres)) {
		seen[p] = w.near(centres[k], 0.01)
	}
	cluster := make([]int, len(w.tickets))
	for i, x := range w.tickets {
		best := math.Inf(-1)
		for k, c := range seen {
			if s := logScore(x, c); s > best {
				cluster[i], best = k, s
			}
		}
		if w.rng.Float64() < moved {
			cluster[i] = w.rng.IntN(len(seen))
		}
	}

	place := map[string]int{}
	var old []Old
	for _, id := range w.types {
		place[id] = len(old)
		old = append(old, Old{ID: id})
	}
	next := make([]New, len(seen))
	counts := map[[2]int]int{}
	for i, k := range cluster {
		if next[k].Size == 0 {
			next[k].Seed = fmt.Sprintf("T-%06d", i)
		}
		next[k].Size++
		if w.ids[i] != "" {
			old[place[w.ids[i]]].Size++
			counts[[2]int{place[w.ids[i]], k}]++
		}
	}
	var overlaps []Overlap
	for pair, n := range counts {
		overlaps = append(overlaps, Overlap{Old: pair[0], New: pair[1], Tickets: n})
	}
	ids, _ := Match(old, next, overlaps, nil, Options{})

	byID := map[string]int{}
	for k, id := range ids {
		byID[id] = k
	}
	w.types = ids
	kept, known := 0, 0
	for i, k := range cluster {
		before, score := w.ids[i], math.Inf(-1)
		if b, ok := byID[before]; ok {
			score = logScore(w.tickets[i], seen[b])
		}
		w.ids[i] = settled(before, ids[k], score, logScore(w.tickets[i], seen[k]), 2)
		if before != "" {
			known++
			if before == w.ids[i] {
				kept++
			}
		}
	}
	return float64(kept) / float64(max(known, 1))
}

func TestIdentityOverAYear(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorld(40, seed)
		w.arrive(3000)
		w.night(w.centres, 0)
		worst := 1.0
		for range 52 {
			w.arrive(len(w.tickets) / 50)
			worst = min(worst, w.night(w.centres, 0.03))
		}
		t.Logf("seed %d: at least %.4f of the tickets keep their id over a night", seed, worst)
		if worst < 0.98 {
			t.Errorf("seed %d: only %.4f keep their id", seed, worst)
		}
	}
}

// A fit from scratch numbers the clusters anew, moves 5 % of the tickets,
// splits two clusters and merges two pairs; Settle takes no part.
func TestIdentityOverRetraining(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 7))
		const types, tickets = 40, 8000
		before := make([]int, tickets)
		for i := range before {
			before[i] = max(rng.IntN(types), rng.IntN(types)) // unequal sizes
		}
		perm := rng.Perm(types + 2)
		after := make([]int, tickets)
		for i, k := range before {
			if rng.Float64() < 0.05 {
				k = max(rng.IntN(types), rng.IntN(types))
			}
			switch {
			case k == 10 || k == 12: // merged with its neighbour
				k++
			case k >= 20 && k < 22 && rng.Float64() < 0.3: // a part splits off
				k += 20
			}
			after[i] = perm[k]
		}
		old, next := make([]Old, types), make([]New, types+2)
		for k := range old {
			old[k].ID = fmt.Sprintf("old%02d", k)
		}
		counts := map[[2]int]int{}
		for i := range tickets {
			old[before[i]].Size++
			next[after[i]].Size++
			counts[[2]int{before[i], after[i]}]++
			next[after[i]].Seed = fmt.Sprint("T-", i)
		}
		var overlaps []Overlap
		for pair, n := range counts {
			overlaps = append(overlaps, Overlap{Old: pair[0], New: pair[1], Tickets: n})
		}
		ids, events := Match(old, next, overlaps, nil, Options{})
		kept := 0
		for i := range tickets {
			if ids[after[i]] == old[before[i]].ID {
				kept++
			}
		}
		kinds := map[string]int{}
		for _, e := range events {
			kinds[e.Kind]++
		}
		share := float64(kept) / tickets
		t.Logf("seed %d: %.3f of the tickets keep their id; %v", seed, share, kinds)
		if share < 0.9 || kinds[Merged] != 2 || kinds[Split] != 2 || kinds[Kept] != types-2 {
			t.Errorf("seed %d: %.3f, %v", seed, share, kinds)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	const k = 300
	rng := rand.New(rand.NewPCG(1, 2))
	old, next := make([]Old, k), make([]New, k)
	var overlaps []Overlap
	for i := range k {
		old[i] = Old{ID: fmt.Sprint(i), Size: 100, Centroid: make([]float32, 150)}
		next[i] = New{Size: 100, Seed: fmt.Sprint("T-", i), Centroid: make([]float32, 150)}
		for d := range 150 {
			old[i].Centroid[d], next[i].Centroid[d] = rng.Float32(), rng.Float32()
		}
		overlaps = append(overlaps, Overlap{i, i, 80})
		for range 10 {
			overlaps = append(overlaps, Overlap{i, rng.IntN(k), 2})
		}
	}
	for b.Loop() {
		Match(old, next, overlaps, nil, Options{})
	}
}

// settled keeps a ticket's type unless another one's log score is higher by more
// than the margin.
func settled(before, after string, beforeScore, afterScore, margin float64) string {
	if before == "" || afterScore-beforeScore > margin {
		return after
	}
	return before
}
