package trend

import (
	"math"
	"slices"
)

// weeksPerYear turns a change per week into one per year.
const weeksPerYear = 365.2425 / 7

// The words of Direction.
const (
	Rising  = "rising"
	Falling = "falling"
	Steady  = "steady"
)

// Direction estimates where a type is heading from its last TrendWeeks weeks:
// the change in tickets per week over a year, the ends of its 95 % interval,
// and a word, which is Steady unless the interval excludes zero.
//
// The slope is the median of the slopes between all pairs of weeks, which up
// to a quarter of outlying weeks leave in peace (Theil 1950); the interval is
// Sen's (1968), from the variance of Kendall's statistic with ties. Seasons are
// not taken out: half a year of a seasonal type has a direction. With fewer
// than MinHistory weeks all figures are zero.
func Direction(s Series, o Options) (slopePerYear, low, high float64, word string) {
	o = o.withDefaults()
	counts := s.Counts[min(max(s.FirstWeek, len(s.Counts)-o.TrendWeeks, 0), len(s.Counts)):]
	n := len(counts)
	if n < max(o.MinHistory, 3) {
		return 0, 0, 0, Steady
	}
	var slopes []float64
	for i, a := range counts {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, float64(tame(counts[j])-tame(a))/float64(j-i)*weeksPerYear)
		}
	}
	slices.Sort(slopes)
	reach := twoSided * math.Sqrt(kendallVariance(counts))
	at := func(rank float64) float64 {
		return slopes[int(min(max(rank, 0), float64(len(slopes)-1)))]
	}
	half := float64(len(slopes)) / 2
	slopePerYear = (at(math.Ceil(half)-1) + at(math.Floor(half))) / 2
	low, high = at(math.Floor(half-reach/2)-1), at(math.Ceil(half+reach/2))
	switch {
	case low > 0:
		word = Rising
	case high < 0:
		word = Falling
	default:
		word = Steady
	}
	return slopePerYear, low, high, word
}

// kendallVariance is the variance of Kendall's S for a series without trend
// whose equal counts are ties (Kendall 1970).
func kendallVariance(counts []int) float64 {
	term := func(n int) float64 { return float64(n) * float64(n-1) * float64(2*n+5) / 18 }
	sorted := slices.Sorted(slices.Values(counts))
	v := term(len(counts))
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		v -= term(j - i)
		i = j
	}
	return v
}
