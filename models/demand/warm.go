package demand

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Bounds on what a start from known clusters may change.
const (
	extraLeast = 3    // clusters tried beside them …
	extraShare = 0.25 // … or this share of them
	// MostMoved is the share of the known tickets that leaves their cluster at
	// most, a little under a tenth: what would change more is left for the next
	// time.
	MostMoved = 0.09
)

// warm clusters the tickets from where they were before: before is each one's
// cluster, numbered below k, -1 for tickets that are new. Some clusters more are
// begun where tickets fit badly, at most room; they stay if with them the whole
// is likelier. Few enough of them are begun that no more than MostMoved changes.
func (t *tickets) warm(before []int32, k, room int, seed uint64, threads int) ([]int32, *mixture) {
	z := slices.Clone(before)
	far := t.settleNew(z, k, threads)
	best := slices.Clone(z)
	m := t.refineNear(best, before, k, threads)
	for extra := min(room, max(extraLeast, int(extraShare*float64(k)))); extra > 0; extra /= 2 {
		more := slices.Clone(z)
		rng := rand.New(rand.NewPCG(seed, warmStream))
		n := k + t.beginFar(more, slices.Clone(far), k, extra, rng, threads)
		if n == k || strayed(more, before) > MostMoved {
			continue
		}
		if with := t.refineNear(more, before, n, threads); with.objective() > m.objective() {
			return more, with
		}
	}
	return best, m
}

// strayed is the share of the tickets with a known cluster that are in another.
func strayed(z, before []int32) float64 {
	known, moved := 0, 0
	for i, c := range before {
		if c >= 0 {
			known++
			if z[i] != c {
				moved++
			}
		}
	}
	return float64(moved) / float64(max(known, 1))
}

// refineNear is refine, but ends before the sweep after which more than
// MostMoved of the tickets would not be where they were before.
func (t *tickets) refineNear(z, before []int32, k, threads int) *mixture {
	m := t.collect(z, k, threads)
	for range sweeps {
		next := slices.Clone(z)
		moved := t.sweep(m, next, threads)
		if strayed(next, before) > MostMoved {
			break
		}
		copy(z, next)
		m = t.collect(z, k, threads)
		if float64(moved) < settledPart*float64(len(z)) {
			break
		}
	}
	return m
}

// settleNew puts new tickets to the nearest centre of the known ones, in z, and
// returns each ticket's squared distance from its own.
func (t *tickets) settleNew(z []int32, k, threads int) []float32 {
	var known []int32
	for i, c := range z {
		if c >= 0 {
			known = append(known, int32(i))
		}
	}
	sub := t.subset(known)
	of := make([]int32, len(known))
	for i, row := range known {
		of[i] = z[row]
	}
	centres := means(sub.x, of, k, threads)
	centres.NormalizeRows()
	nearer := make([]int32, len(z))
	far := make([]float32, len(z))
	nearest(t.x, centres, nearer, far, threads)
	for i, c := range z {
		if c < 0 {
			z[i] = nearer[i]
		}
	}
	linalg.Blocks(len(z), 1024, threads, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			far[i] = max(0, 2-2*linalg.Dot(t.x.Row(i), centres.Row(int(z[i]))))
		}
	})
	return far
}

// beginFar begins up to extra clusters at tickets that are far from their
// centres, drawn with probability proportional to the squared distance
// (k-means++), and moves what is nearer to one of them there. It returns how
// many it began.
func (t *tickets) beginFar(z []int32, far []float32, k, extra int, rng *rand.Rand, threads int) int {
	trial := make([]float32, len(z))
	for c := range extra {
		var total float64
		cumulated := make([]float64, len(far))
		for i, d := range far {
			total += float64(d)
			cumulated[i] = total
		}
		if total <= 0 {
			return c
		}
		pick := 0
		for at := rng.Float64() * total; pick < len(far)-1 && cumulated[pick] < at; {
			pick++
		}
		distances(t.x, t.x.Row(pick), trial, threads)
		for i, d := range trial {
			if d < far[i] && !math.IsNaN(float64(d)) {
				far[i], z[i] = d, int32(k+c)
			}
		}
	}
	return extra
}

// startRows turns what is known of the corpus's tickets into what is known of
// those that are clustered; false when nothing is.
func startRows(start []int32, rows, known []int32) ([]int32, bool) {
	out, some := make([]int32, len(known)), false
	for i, k := range known {
		out[i] = -1
		if row := int(rows[k]); row < len(start) && start[row] >= 0 {
			out[i], some = start[row], true
		}
	}
	return out, some
}
