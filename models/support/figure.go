package support

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/ticketmill/ticketmill/models/support/causal"
)

// z95 is the 97.5 % point of the standard normal distribution.
const z95 = 1.959963984540054

// figure is an estimate on the way: what is not known is not a number, which
// no result ever shows.
type figure struct {
	n                int
	value, low, high float64
	variance         float64 // of the value
}

func unknown() figure {
	return figure{value: math.NaN(), low: math.NaN(), high: math.NaN(), variance: math.NaN()}
}

// known tells whether there is a value.
func (f figure) known() bool { return !math.IsNaN(f.value) }

// times is the figure in other units.
func (f figure) times(factor float64) figure {
	return figure{f.n, f.value * factor, f.low * factor, f.high * factor, f.variance * factor * factor}
}

// normal gives a value its normal interval, both kept within the metric's span.
func normal(m Metric, n int, value, variance float64) figure {
	least, greatest := m.span()
	reach := z95 * math.Sqrt(variance)
	fit := func(x float64) float64 { return min(max(x, least), greatest) }
	return figure{n, fit(value), fit(value - reach), fit(value + reach), variance}
}

// wilson is a share with Wilson's (1927) interval.
func wilson(hits, n int) figure {
	if n == 0 {
		return unknown()
	}
	size := float64(n)
	p := float64(hits) / size
	centre := (p + z95*z95/(2*size)) / (1 + z95*z95/size)
	reach := z95 / (1 + z95*z95/size) * math.Sqrt(p*(1-p)/size+z95*z95/(4*size*size))
	f := figure{n: n, value: p, low: max(centre-reach, 0), high: min(centre+reach, 1), variance: p * (1 - p) / size}
	if hits == 0 {
		f.low = 0 // exactly, whatever rounding makes of it
	}
	if hits == n {
		f.high = 1
	}
	return f
}

// weighted is an adjusted mean with its t interval, the effective number of
// tickets being what it is. Times and touches are skewed, and so are the errors
// of their weighted means, hence intervals on the scale of logarithms.
func weighted(m Metric, n int, value, variance, effective float64) figure {
	reach := t975(effective-1) * math.Sqrt(variance)
	f := normal(m, n, value, square(reach/z95))
	if skewed := m == ResolutionMean || m == FirstResponseMean || m == Touches; skewed && f.value > 0 {
		_, greatest := m.span()
		f.low, f.high = f.value*math.Exp(-reach/f.value), min(f.value*math.Exp(min(reach/f.value, 20)), greatest)
	}
	f.variance = variance
	return f
}

// weightedShare is an adjusted share with the interval of Agresti and Coull
// (1998).
func weightedShare(n int, value, variance, effective float64) figure {
	p := min(max(value, 0), 1)
	centre, reach := causal.Doubted(p, effective), t975(effective-1)*math.Sqrt(variance)
	return figure{n, p, max(min(centre-reach, p), 0), min(max(centre+reach, p), 1), variance}
}

// t975 is the 97.5 % point of Student's distribution.
func t975(freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: max(freedom, 1)}.Quantile(0.975)
}

func square(x float64) float64 { return x * x }

// tally gathers a mean and its variance (Welford 1962).
type tally struct {
	n             int
	mean, squares float64
}

func (t *tally) add(x float64) {
	t.n++
	off := x - t.mean
	t.mean += off / float64(t.n)
	t.squares += off * (x - t.mean)
}

// student is the mean with its t interval, which takes two values.
func (t tally) student(m Metric) figure {
	if t.n == 0 {
		return unknown()
	}
	f := figure{n: t.n, value: t.mean, low: math.NaN(), high: math.NaN(), variance: math.NaN()}
	if t.n > 1 {
		f.variance = t.squares / float64(t.n-1) / float64(t.n)
		reach := t975(float64(t.n-1)) * math.Sqrt(f.variance)
		least, greatest := m.span()
		f.low, f.high = max(t.mean-reach, least), min(t.mean+reach, greatest)
	}
	return f
}

// Estimated is a figure with its 95 % interval. Nil is what the data does not
// tell; nothing is ever infinite or not a number.
type Estimated struct {
	Value, Low, High *float64
}

func (f figure) estimated() Estimated {
	return Estimated{shown(f.value), shown(f.low), shown(f.high)}
}

// shown is nil for what is not a finite number.
func shown(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
