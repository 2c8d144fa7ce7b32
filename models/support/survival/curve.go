// Package survival estimates how long tickets take when some of them are not
// over yet: the Kaplan–Meier curve, its intervals, its restricted means, and
// the exact jackknife that turns each ticket into a pseudo-observation.
package survival

import (
	"math"
	"slices"
)

// z95 is the 97.5 % point of the standard normal distribution.
const z95 = 1.959963984540054

// Curve is the Kaplan–Meier estimate of the chance that a duration is longer
// than t (Kaplan and Meier 1958). The slices have one entry for each distinct
// duration, in rising order.
type Curve struct {
	Times    []float64 // durations, in the unit they were given in
	Risk     []int     // observations that lasted at least so long
	Events   []int     // of these, the ones that ended then
	Survival []float64 // chance to last longer

	greenwood []float64 // Greenwood's sum, Survival's relative variance
	place     []int32   // of each observation among Times
	event     []bool    // as given
}

// New estimates the curve of durations that ended (event) or were cut off at
// the moment they were last seen. A duration at which one ended and another
// was cut off counts the latter as having been at risk. Durations must be
// finite; event is kept, not copied.
func New(durations []float64, event []bool) *Curve {
	n := len(durations)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch x, y := durations[a], durations[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		default:
			return int(a - b)
		}
	})
	c := &Curve{place: make([]int32, n), event: event}
	surviving, sum := 1.0, 0.0
	for lo := 0; lo < n; {
		t, hi, ended := durations[order[lo]], lo, 0
		for ; hi < n && durations[order[hi]] == t; hi++ {
			c.place[order[hi]] = int32(len(c.Times))
			if event[order[hi]] {
				ended++
			}
		}
		risk := n - lo
		surviving *= float64(risk-ended) / float64(risk)
		if ended < risk {
			sum += float64(ended) / (float64(risk) * float64(risk-ended))
		}
		c.Times, c.Risk = append(c.Times, t), append(c.Risk, risk)
		c.Events, c.Survival = append(c.Events, ended), append(c.Survival, surviving)
		c.greenwood = append(c.greenwood, sum)
		lo = hi
	}
	return c
}

// last is the place of the last duration that is not longer than t, -1 before
// the first.
func (c *Curve) last(t float64) int {
	i, found := slices.BinarySearch(c.Times, t)
	if found {
		return i
	}
	return i - 1
}

// At is the chance to last longer than t and its variance by Greenwood's
// formula (Klein and Moeschberger 2003, formula 4.2.2). Past the longest
// duration the curve stays where it is.
func (c *Curve) At(t float64) (survival, variance float64) {
	i := c.last(t)
	if i < 0 {
		return 1, 0
	}
	s := c.Survival[i]
	return s, s * s * c.greenwood[i]
}

// Interval is the 95 % interval of the chance to last longer than t, on the
// log(−log) scale (Kalbfleisch and Prentice 1980; Klein and Moeschberger 2003,
// formula 4.3.2). That scale has no place for a curve at 1 or 0: there the
// limit is Clopper and Pearson's for n out of n, n being the observations
// still followed at t, or the ones that ended until t. Without observations
// it is 0 to 1.
func (c *Curve) Interval(t float64) (low, high float64) {
	i := c.last(t)
	if i >= 0 && c.Survival[i] == 0 {
		return 0, 1 - math.Pow(0.025, 1/float64(c.ended(i)))
	}
	if i < 0 || c.Survival[i] == 1 {
		if i+1 >= len(c.Risk) {
			return 0, 1
		}
		return math.Pow(0.025, 1/float64(c.Risk[i+1])), 1
	}
	return c.logLog(i)
}

// ended counts the events up to place i.
func (c *Curve) ended(i int) int {
	var sum int
	for _, d := range c.Events[:i+1] {
		sum += d
	}
	return sum
}

// logLog is the interval at place i, where the curve is between 0 and 1.
func (c *Curve) logLog(i int) (low, high float64) {
	l := math.Log(c.Survival[i])
	reach := math.Exp(z95 * math.Sqrt(c.greenwood[i]) / -l)
	return math.Exp(l * reach), math.Exp(l / reach)
}

// Quantile is the duration that the share p does not exceed.
type Quantile struct {
	Value     float64
	Low, High float64 // 95 %; infinite where the data does not bound it
	Reached   bool    // whether the curve comes down far enough
}

// Quantile finds the smallest duration t by which the share p has ended, and
// the 95 % interval of Brookmeyer and Crowley (1982) on the log(−log) scale:
// the durations at which the curve's own interval holds 1 − p.
func (c *Curve) Quantile(p float64) Quantile {
	// Products of fractions miss a level that they should hit by rounding.
	level := 1 - p + 1e-12
	q := Quantile{Low: math.Inf(1), High: math.Inf(1)}
	for i, s := range c.Survival {
		if c.Events[i] == 0 {
			continue
		}
		if !q.Reached && s <= level {
			q.Value, q.Reached = c.Times[i], true
		}
		low, high := c.Interval(c.Times[i])
		if math.IsInf(q.Low, 1) && low <= level {
			q.Low = c.Times[i]
		}
		if high <= level {
			q.High = c.Times[i]
			break
		}
	}
	return q
}
