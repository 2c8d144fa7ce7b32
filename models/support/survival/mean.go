package survival

import "math"

// Mean is the expectation of g(min(T, horizon)) under the curve, and its
// variance. With g(t) = t that is the mean restricted to the horizon and the
// variance of Klein and Moeschberger (2003), formulas 4.5.1 and 4.5.2; the
// same derivation holds for any g. Where the longest observation is cut off
// before the horizon, what is left is taken to last until the horizon (Gill
// 1980), which is too long: see whether enough were followed so far before
// believing it.
func (c *Curve) Mean(g func(t float64) float64, horizon float64) (mean, variance float64) {
	values, end := c.values(g, horizon)
	rest := c.remaining(values, end)
	mean = end
	if len(c.Times) > 0 {
		d, n := float64(c.Events[0]), float64(c.Risk[0])
		mean = d/n*values[0] + (1-d/n)*rest[0]
	}
	for j, s := range c.Survival {
		if d, n := float64(c.Events[j]), float64(c.Risk[j]); d > 0 && d < n {
			area := s * (rest[j] - values[j])
			variance += area * area * d / (n * (n - d))
		}
	}
	return mean, variance
}

// RestrictedMean is the mean duration up to the horizon, and its variance.
func (c *Curve) RestrictedMean(horizon float64) (mean, variance float64) {
	return c.Mean(func(t float64) float64 { return t }, horizon)
}

// values is g at each distinct duration and at the horizon, beyond which it
// counts as constant.
func (c *Curve) values(g func(t float64) float64, horizon float64) (at []float64, end float64) {
	at, end = make([]float64, len(c.Times)), g(horizon)
	for j, t := range c.Times {
		if at[j] = end; t < horizon {
			at[j] = g(t)
		}
	}
	return at, end
}

// remaining is, for each distinct duration, the expectation of g given that
// the duration is longer.
func (c *Curve) remaining(values []float64, end float64) []float64 {
	rest := make([]float64, len(values))
	after := end
	for j := len(values) - 1; j >= 0; j-- {
		rest[j] = after
		h := float64(c.Events[j]) / float64(c.Risk[j])
		after = h*values[j] + (1-h)*after
	}
	return rest
}

// Jackknife is the pseudo-observation of each observation for the mean of
// g(min(T, horizon)): n times the estimate from all n less n − 1 times the
// estimate without it (Andersen, Klein and Rosthøj 2003). Without censoring
// it is g of the duration itself. The leave-one-out estimates are exact, and
// all together take linear time: leaving an observation out changes the curve
// before its duration in the same way for all of them, and not at all after.
func (c *Curve) Jackknife(g func(t float64) float64, horizon float64) []float64 {
	values, end := c.values(g, horizon)
	rest := c.remaining(values, end)
	mean := end
	if len(values) > 0 {
		h := float64(c.Events[0]) / float64(c.Risk[0])
		mean = h*values[0] + (1-h)*rest[0]
	}
	ended, lasting := c.without(values, rest)
	n := float64(len(c.place))
	out := make([]float64, len(c.place))
	for i, j := range c.place {
		left := lasting[j]
		if c.event[i] {
			left = ended[j]
		}
		out[i] = n*mean - (n-1)*left
		if math.IsInf(out[i], 0) || math.IsNaN(out[i]) {
			out[i] = mean
		}
	}
	return out
}

// without is the mean without one observation of each distinct duration, for
// one that ended and one that was cut off.
func (c *Curve) without(values, rest []float64) (ended, lasting []float64) {
	ended, lasting = make([]float64, len(values)), make([]float64, len(values))
	before, surviving := 0.0, 1.0 // of the curve of one fewer
	for j, v := range values {
		d, n := float64(c.Events[j]), float64(c.Risk[j])-1
		if n == 0 { // nobody else: the curve stays where it was
			ended[j] = before + surviving*rest[j]
			lasting[j] = ended[j]
			break
		}
		mix := func(events float64) float64 {
			return before + surviving*(events/n*v+(1-events/n)*rest[j])
		}
		ended[j], lasting[j] = mix(d-1), mix(d)
		before += surviving * d / n * v
		surviving *= 1 - d/n
	}
	return ended, lasting
}
