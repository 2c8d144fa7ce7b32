package support

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
	"github.com/ticketmill/ticketmill/models/support/causal"
)

const (
	// minLevel is the least number of tickets of a covariate's level that has
	// a coefficient of its own; rarer ones share one.
	minLevel = 20
	// maxTypeLevels, maxProductLevels and maxOtherLevels bound the matrices for
	// the same reason.
	maxTypeLevels    = 400
	maxProductLevels = 100
	maxOtherLevels   = 40
)

// design lays out what was known of the tickets when they came in: a constant,
// then demand type, priority, product, language and weekday as indicators, and
// text length, reporter's history and season as numbers. Columns from local on
// are not the type's.
func design(u *tickets) (x *linalg.Sparse, local int) {
	n := len(u.rows)
	x = &linalg.Sparse{Rows: n, Ptr: make([]int, n+1), Cols: 1}
	types := newFactor(u.group, maxTypeLevels, &x.Cols)
	local = x.Cols
	factors := []factor{
		types,
		newFactor(u.codes(u.Priority), maxOtherLevels, &x.Cols),
		newFactor(u.codes(u.Product), maxProductLevels, &x.Cols),
		newFactor(u.codes(u.Language), maxOtherLevels, &x.Cols),
		newFactor(u.weekdays(), maxOtherLevels, &x.Cols),
	}
	length, history := u.logarithms(u.TextLength), u.logarithms(u.ReporterTickets)
	const numbers = 4
	first := int32(x.Cols)
	x.Cols += numbers
	width := 1 + len(factors) + numbers
	x.Idx, x.Val = make([]int32, 0, n*width), make([]float32, 0, n*width)
	for k, i := range u.rows {
		x.Idx, x.Val = append(x.Idx, 0), append(x.Val, 1)
		for _, f := range factors {
			x.Idx, x.Val = append(x.Idx, f.column[f.codes[k]]), append(x.Val, 1)
		}
		sin, cos := math.Sincos(2 * math.Pi * float64(u.Created[i]) / year)
		x.Idx = append(x.Idx, first, first+1, first+2, first+3)
		x.Val = append(x.Val, length[k], history[k], float32(sin), float32(cos))
		x.Ptr[k+1] = len(x.Idx)
	}
	return x, local
}

// factor is a covariate of levels, and the column of each.
type factor struct {
	codes  []int32
	column map[int32]int32
}

// newFactor gives the most frequent levels a column each, beginning at next,
// and the others one together.
func newFactor(codes []int32, most int, next *int) factor {
	count := map[int32]int{}
	for _, c := range codes {
		count[c]++
	}
	levels := make([]int32, 0, len(count))
	for c := range count {
		levels = append(levels, c)
	}
	slices.SortFunc(levels, func(a, b int32) int {
		return cmp.Or(count[b]-count[a], int(a)-int(b))
	})
	f := factor{codes: codes, column: make(map[int32]int32, len(levels))}
	rest := -1
	for k, c := range levels {
		if k < most && count[c] >= minLevel {
			f.column[c] = int32(*next)
			*next++
			continue
		}
		if rest < 0 {
			rest = *next
			*next++
		}
		f.column[c] = int32(rest)
	}
	return f
}

// codes picks a column's values for the usable rows; all that is missing is
// one level.
func (u *tickets) codes(column []int32) []int32 {
	out := make([]int32, len(u.rows))
	for k, i := range u.rows {
		out[k] = max(column[i], -1)
	}
	return out
}

func (u *tickets) weekdays() []int32 {
	out := make([]int32, len(u.rows))
	for k, i := range u.rows {
		out[k] = int32(time.Unix(u.Created[i], 0).UTC().Weekday())
	}
	return out
}

// logarithms are those of one more than the counts, with mean 0 and standard
// deviation 1.
func (u *tickets) logarithms(column []int32) []float32 {
	var t tally
	for _, i := range u.rows {
		t.add(math.Log1p(float64(max(column[i], 0))))
	}
	scale := 0.0
	if t.squares > 0 {
		scale = 1 / math.Sqrt(t.squares/float64(t.n))
	}
	out := make([]float32, len(u.rows))
	for k, i := range u.rows {
		out[k] = float32(scale * (math.Log1p(float64(max(column[i], 0))) - t.mean))
	}
	return out
}

// folds deals the tickets to the folds by their keys alone.
func folds(u *tickets, seed uint64) []uint8 {
	out := make([]uint8, len(u.rows))
	for k, i := range u.rows {
		out[k] = uint8(mix(u.Key[i]^mix(seed)) % causal.Folds)
	}
	return out
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}
