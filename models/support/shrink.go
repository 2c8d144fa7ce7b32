package support

import "math"

// priorTickets is what the spread within the model's other types counts beside
// a type's own, in tickets: a few equal tickets do not prove that all are equal
// (after Smyth 2004).
const priorTickets = 4

// shrink draws the figures of one model's types towards the model's mean over
// its types, the more the less they are certain of: empirical Bayes with
// normal errors around normal means (Morris 1983), whose variance between types
// is Paule and Mandel's (1982). Shares and utilities are shrunk as logits,
// times, touches and costs as logarithms, satisfaction as it is. Of fewer than two
// types nothing is drawn anywhere; shares keep the half ticket on either side that
// their logits need.
func shrink(m Metric, cells []*cell) {
	s := shrinker{metric: m}
	for _, c := range cells {
		if f := c.raw[m]; f.known() {
			s.take(f)
		}
	}
	s.moderate()
	mean, weight, between := s.pool()
	k := 0
	for _, c := range cells {
		f := c.raw[m]
		if !f.known() {
			continue
		}
		c.shrunk[m] = s.shrunk(k, f.n, mean, weight, between)
		k++
	}
}

// shrinker holds one metric of one model on the scale of shrinking.
type shrinker struct {
	metric           Metric
	values, variance []float64
	sizes            []float64
}

// take adds a figure; its variance is carried to the scale by its slope there.
func (s *shrinker) take(f figure) {
	n := max(float64(f.n), 1)
	x, v := f.value, f.variance
	if math.IsNaN(v) { // a median: from its interval, if it has one
		v = math.NaN()
		if half := (math.Log(f.high) - math.Log(f.low)) / (2 * z95); !math.IsInf(half, 0) && half > 0 {
			v = half * half * x * x
		}
	}
	switch s.scale() {
	case logit:
		p := (n*x + 0.5) / (n + 1) // a share of 0 or 1 has no logit
		s.values = append(s.values, math.Log(p/(1-p)))
		if v > 0 {
			v /= p * p * (1 - p) * (1 - p)
		} else {
			v = 1 / (n * p * (1 - p))
		}
	case logarithm:
		x = max(x, s.smallest())
		s.values = append(s.values, math.Log(x))
		v /= x * x
	default:
		s.values = append(s.values, x)
	}
	s.variance, s.sizes = append(s.variance, v), append(s.sizes, n)
}

// The scales of shrinking.
const (
	plain = iota
	logit
	logarithm
)

func (s *shrinker) scale() int {
	switch least, greatest := s.metric.span(); {
	case s.metric == Satisfaction:
		return plain
	case least == 0 && greatest == 1:
		return logit
	default:
		return logarithm
	}
}

// smallest keeps the logarithm of nothing finite: a minute, a tenth of a touch.
func (s *shrinker) smallest() float64 {
	switch s.metric {
	case Touches:
		return 0.1
	case CostPerTicket:
		return 0.01
	default:
		return 60
	}
}

// moderate mixes each variance with the one common to all types.
func (s *shrinker) moderate() {
	var common, freedom float64
	for k, v := range s.variance {
		if n := s.sizes[k]; n > 1 && !math.IsNaN(v) {
			common += (n - 1) * n * v
			freedom += n - 1
		}
	}
	if freedom > 0 {
		common /= freedom
	}
	for k, v := range s.variance {
		n := s.sizes[k]
		own := n - 1
		if math.IsNaN(v) {
			v, own = 0, 0
		}
		s.variance[k] = (own*n*v + priorTickets*common) / (own + priorTickets) / n
	}
}

// pool is the mean over types, its precision and the variance between types.
func (s *shrinker) pool() (mean, weight, between float64) {
	k := float64(len(s.values))
	at := func(between float64) (mean, weight, excess float64) {
		for i, y := range s.values {
			w := 1 / max(s.variance[i]+between, 1e-12)
			mean += w * y
			weight += w
		}
		mean /= weight
		for i, y := range s.values {
			excess += (y - mean) * (y - mean) / max(s.variance[i]+between, 1e-12)
		}
		return mean, weight, excess - (k - 1)
	}
	if k < 2 {
		return 0, 0, 0
	}
	low, high := 0.0, 1.0
	if _, _, excess := at(0); excess > 0 {
		for _, _, e := at(high); e > 0 && high < 1e9; _, _, e = at(high) {
			high *= 2
		}
		for range 60 {
			middle := (low + high) / 2
			if _, _, e := at(middle); e > 0 {
				low = middle
			} else {
				high = middle
			}
		}
		between = (low + high) / 2
	}
	mean, weight, _ = at(between)
	return mean, weight, between
}

// shrunk is the k-th value, drawn to the mean and back on its own scale.
func (s *shrinker) shrunk(k, n int, mean, weight, between float64) figure {
	y, v, drawn := s.values[k], s.variance[k], 0.0
	if len(s.values) > 1 && v > 0 {
		drawn = v / (v + between)
	}
	y = (1-drawn)*y + drawn*mean
	v *= 1 - drawn
	if drawn > 0 {
		v += drawn * drawn / weight
	}
	reach := z95 * math.Sqrt(v)
	f := figure{n: n, value: s.back(y), low: s.back(y - reach), high: s.back(y + reach)}
	f.variance = (f.high - f.low) * (f.high - f.low) / (4 * z95 * z95)
	return f
}

// back undoes the scale, within what the metric can be.
func (s *shrinker) back(y float64) float64 {
	switch s.scale() {
	case logit:
		y = 1 / (1 + math.Exp(-y))
	case logarithm:
		y = math.Exp(min(y, 700))
	}
	least, greatest := s.metric.span()
	return min(max(y, least), greatest)
}
