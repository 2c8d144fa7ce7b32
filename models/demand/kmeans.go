package demand

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Limits of k-means, which only has to give the mixture a start.
const (
	lloydRounds = 20
	lloydRows   = 50_000 // more rows are sampled, then assigned once
	seedingRows = 20_000 // rows the first centres are drawn from
)

// kmeans clusters the rows of x into at most k groups: k-means++ with greedy
// candidates (Arthur and Vassilvitskii 2007), then Lloyd's rounds.
func kmeans(x *linalg.Dense, k int, rng *rand.Rand, threads int) []int32 {
	centres := plusPlus(sampleRows(x, seedingRows, rng), k, rng, threads)
	part := sampleRows(x, lloydRows, rng)
	z := make([]int32, part.Rows)
	distance := make([]float32, part.Rows)
	for range lloydRounds {
		if nearest(part, centres, z, distance, threads) == 0 {
			break
		}
		centres = means(part, z, centres.Rows, threads)
		reseed(part, z, distance, centres)
	}
	if part.Rows < x.Rows {
		z, distance = make([]int32, x.Rows), make([]float32, x.Rows)
	}
	nearest(x, centres, z, distance, threads)
	return z
}

// sampleRows is x, or n of its rows.
func sampleRows(x *linalg.Dense, n int, rng *rand.Rand) *linalg.Dense {
	if x.Rows <= n {
		return x
	}
	out := linalg.NewDense(n, x.Cols)
	for i, r := range sample(x.Rows, n, rng) {
		copy(out.Row(i), x.Row(int(r)))
	}
	return out
}

// sample draws m of [0, n) without replacement, in rising order.
func sample(n, m int, rng *rand.Rand) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	if m >= n {
		return all
	}
	for i := range m {
		j := i + rng.IntN(n-i)
		all[i], all[j] = all[j], all[i]
	}
	slices.Sort(all[:m])
	return all[:m]
}

// plusPlus draws up to k rows of x as centres, each the best of 2 + ln k
// candidates that were drawn with probability proportional to the squared
// distance from the centres so far.
func plusPlus(x *linalg.Dense, k int, rng *rand.Rand, threads int) *linalg.Dense {
	centres := linalg.NewDense(k, x.Cols)
	copy(centres.Row(0), x.Row(rng.IntN(x.Rows)))
	closest := make([]float32, x.Rows)
	distances(x, centres.Row(0), closest, threads)
	tries := 2 + int(math.Log(float64(k)))
	best, trial := make([]float32, x.Rows), make([]float32, x.Rows)
	for c := 1; c < k; c++ {
		cumulated := make([]float64, x.Rows)
		var total float64
		for i, d := range closest {
			total += float64(d)
			cumulated[i] = total
		}
		if total <= 0 { // fewer distinct rows than centres
			centres.Rows, centres.Data = c, centres.Data[:c*x.Cols]
			break
		}
		least := math.Inf(1)
		for range tries {
			pick, _ := slices.BinarySearch(cumulated, rng.Float64()*total)
			pick = min(pick, x.Rows-1)
			distances(x, x.Row(pick), trial, threads)
			var sum float64
			for i, d := range closest {
				trial[i] = min(trial[i], d)
				sum += float64(trial[i])
			}
			if sum < least {
				least = sum
				copy(centres.Row(c), x.Row(pick))
				best, trial = trial, best
			}
		}
		closest, best = best, closest
	}
	return centres
}

// distances writes the squared distances of the rows of x to c.
func distances(x *linalg.Dense, c, out []float32, threads int) {
	cc := linalg.Dot(c, c)
	linalg.Blocks(x.Rows, 2048, threads, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			row := x.Row(i)
			out[i] = max(0, linalg.Dot(row, row)+cc-2*linalg.Dot(row, c))
		}
	})
}

// nearest puts the rows of x to their closest centres and returns how many
// moved; distance takes the squared distance, up to the row's own length.
func nearest(x, centres *linalg.Dense, z []int32, distance []float32, threads int) int {
	lengths := make([]float32, centres.Rows)
	for c := range lengths {
		lengths[c] = linalg.Dot(centres.Row(c), centres.Row(c))
	}
	const block = 512
	moved := make([]int, (x.Rows+block-1)/block)
	linalg.Blocks(x.Rows, block, threads, func(b, lo, hi int) {
		for i := lo; i < hi; i++ {
			row, at, least := x.Row(i), 0, float32(math.Inf(1))
			for c, length := range lengths {
				if d := length - 2*linalg.Dot(row, centres.Row(c)); d < least {
					at, least = c, d
				}
			}
			if distance[i] = least; z[i] != int32(at) {
				z[i] = int32(at)
				moved[b]++
			}
		}
	})
	total := 0
	for _, m := range moved {
		total += m
	}
	return total
}

// members lists the rows of each of k clusters, in rising order.
func members(z []int32, k int) [][]int32 {
	size := make([]int, k)
	for _, c := range z {
		size[c]++
	}
	all := make([]int32, len(z))
	out := make([][]int32, k)
	at := 0
	for c, n := range size {
		out[c] = all[at : at : at+n]
		at += n
	}
	for i, c := range z {
		out[c] = append(out[c], int32(i))
	}
	return out
}

// means is the mean row of each of k clusters; an empty one's is zero.
func means(x *linalg.Dense, z []int32, k, threads int) *linalg.Dense {
	centres := linalg.NewDense(k, x.Cols)
	rows := members(z, k)
	linalg.Blocks(k, 1, threads, func(c, _, _ int) {
		sum := make([]float64, x.Cols)
		for _, i := range rows[c] {
			for j, v := range x.Row(int(i)) {
				sum[j] += float64(v)
			}
		}
		for j, v := range sum {
			centres.Row(c)[j] = float32(v / max(1, float64(len(rows[c]))))
		}
	})
	return centres
}

// reseed moves empty clusters to the rows farthest from their centres.
func reseed(x *linalg.Dense, z []int32, distance []float32, centres *linalg.Dense) {
	for c, rows := range members(z, centres.Rows) {
		if len(rows) > 0 {
			continue
		}
		far := 0
		for i, d := range distance {
			if d > distance[far] {
				far = i
			}
		}
		distance[far] = float32(math.Inf(-1))
		copy(centres.Row(c), x.Row(far))
	}
}
