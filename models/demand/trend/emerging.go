package trend

import "slices"

// Emerging says whether the type is new in the last week of s: its first
// ticket is less than MinHistory weeks old, which is when Weekly cannot judge
// it yet, and the last two weeks have MinCount tickets or more, which with
// nothing to be expected is beyond chance: for five tickets even a type of one
// ticket a month would need luck of 1 in 5,000. What starts within the first
// MinHistory weeks of Counts may only look new and is not.
func Emerging(s Series, o Options) bool {
	return emerging(s.Counts, s.FirstWeek, len(s.Counts)-1, o.withDefaults())
}

func emerging(counts []int, first, t int, o Options) bool {
	first = max(first, 0)
	if t < first {
		return false
	}
	wait := slices.IndexFunc(counts[first:t+1], func(n int) bool { return n > 0 })
	born := first + wait
	if wait < 0 || born < o.MinHistory || t-born >= o.MinHistory {
		return false
	}
	recent := 0
	for u := max(t-1, first); u <= t; u++ {
		recent += tame(counts[u])
	}
	return recent >= o.MinCount
}
