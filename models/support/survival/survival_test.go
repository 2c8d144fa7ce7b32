package survival

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sixMP are the weeks of remission under 6-mercaptopurine of Freireich et al.
// (1963), as in Klein and Moeschberger (2003), section 1.2.
func sixMP() *Curve {
	return New(
		[]float64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35},
		[]bool{true, true, true, false, true, false, true, false, false, true, true, false, false, false, true, true, false, false, false, false, false},
	)
}

// placebo is the other arm of the same trial.
func placebo() *Curve {
	times := []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}
	return New(times, all(len(times)))
}

func all(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

// Klein and Moeschberger (2003), table 4.1A: the printed digits, and the exact
// fractions behind them.
func TestFreireichCurve(t *testing.T) {
	c := sixMP()
	for _, row := range []struct {
		t, num, den   float64 // the factor of the estimate
		printed, stde float64
	}{
		{6, 18, 21, 0.857, 0.0764},
		{7, 16, 17, 0.807, 0.0869},
		{10, 14, 15, 0.753, 0.0963},
		{13, 11, 12, 0.690, 0.1068},
		{16, 10, 11, 0.627, 0.1141},
		{22, 6, 7, 0.538, 0.1282},
		{23, 5, 6, 0.448, 0.1346},
	} {
		survival, variance := 1.0, 0.0
		for _, f := range [][3]float64{{6, 18, 21}, {7, 16, 17}, {10, 14, 15}, {13, 11, 12}, {16, 10, 11}, {22, 6, 7}, {23, 5, 6}} {
			if f[0] <= row.t {
				survival *= f[1] / f[2]
				variance += (f[2] - f[1]) / (f[2] * f[1])
			}
		}
		s, v := c.At(row.t)
		near(t, "survival", s, survival, 1e-12)
		near(t, "Greenwood", v, survival*survival*variance, 1e-12)
		near(t, "survival as printed", s, row.printed, 0.0005)
		near(t, "standard error as printed", math.Sqrt(v), row.stde, 0.00005)
	}
	near(t, "before the first event", first(c.At(5.9)), 1, 0)
	near(t, "past the last", first(c.At(99)), first(c.At(23)), 0)
}

func first(a, _ float64) float64 { return a }

// S(23) = 5·6·10·11·14·16·18/(6·7·11·12·15·17·21) = 160/357, Greenwood's sum
// = 3/378 + 1/272 + 1/210 + 1/132 + 1/110 + 1/42 + 1/30; the limits are the ones
// that SAS and R print with log-log: 0.1881 and 0.6801.
func TestFreireichLogLog(t *testing.T) {
	s := 160.0 / 357
	sum := 3.0/378 + 1.0/272 + 1.0/210 + 1.0/132 + 1.0/110 + 1.0/42 + 1.0/30
	theta := math.Exp(1.959963984540054 * math.Sqrt(sum) / math.Log(s))
	low, high := sixMP().Interval(23)
	near(t, "low", low, math.Pow(s, 1/theta), 1e-9)
	near(t, "high", high, math.Pow(s, theta), 1e-9)
	near(t, "low as printed", low, 0.1881, 0.00005)
	near(t, "high as printed", high, 0.6801, 0.00005)
}

// The areas under the exact step function; Klein and Moeschberger (2003),
// section 4.5 print 23.29 with a standard error of 2.83 for a horizon of 35.
func TestFreireichRestrictedMean(t *testing.T) {
	steps := []struct{ from, to, num, den float64 }{
		{0, 6, 1, 1},
		{6, 7, 18, 21},
		{7, 10, 16, 17},
		{10, 13, 14, 15},
		{13, 16, 11, 12},
		{16, 22, 10, 11},
		{22, 23, 6, 7},
		{23, 35, 5, 6},
	}
	var mean, variance float64
	areas := make([]float64, len(steps)) // of each step
	s := 1.0
	for i, step := range steps {
		s *= step.num / step.den
		areas[i] = s * (step.to - step.from)
		mean += areas[i]
	}
	var tail float64
	for i := len(steps) - 1; i > 0; i-- {
		tail += areas[i]
		variance += tail * tail * (steps[i].den - steps[i].num) / (steps[i].den * steps[i].num)
	}
	m, v := sixMP().RestrictedMean(35)
	near(t, "mean", m, mean, 1e-9)
	near(t, "variance", v, variance, 1e-9)
	near(t, "mean as printed", m, 23.29, 0.005)
	near(t, "standard error as printed", math.Sqrt(v), 2.83, 0.005)
}

// Medians and limits as R's survfit prints them with conf.type = "log-log".
func TestFreireichMedian(t *testing.T) {
	q := sixMP().Quantile(0.5)
	if !q.Reached || q.Value != 23 || q.Low != 13 || !math.IsInf(q.High, 1) {
		t.Errorf("6-MP: %+v", q)
	}
	if q := placebo().Quantile(0.5); !q.Reached || q.Value != 8 || q.Low != 4 || q.High != 11 {
		t.Errorf("placebo: %+v", q)
	}
}

// Times to discontinuation of an intrauterine device, in weeks, the first
// worked example of Collett (2015): the printed digits.
func TestCollett(t *testing.T) {
	times := []float64{10, 13, 18, 19, 23, 30, 36, 38, 54, 56, 59, 75, 93, 97, 104, 107, 107, 107}
	event := make([]bool, len(times))
	for i, t := range times {
		switch t {
		case 10, 19, 30, 36, 59, 75, 93, 97:
			event[i] = true
		case 107:
			event[i] = i == 15
		}
	}
	c := New(times, event)
	for _, row := range [][3]float64{
		{10, 0.9444, 0.0540},
		{19, 0.8815, 0.0790},
		{30, 0.8137, 0.0978},
		{36, 0.7459, 0.1107},
		{59, 0.6526, 0.1303},
		{75, 0.5594, 0.1412},
		{93, 0.4662, 0.1452},
		{97, 0.3729, 0.1430},
		{107, 0.2486, 0.1392},
	} {
		s, v := c.At(row[0])
		near(t, "survival", s, row[1], 0.00005)
		near(t, "standard error", math.Sqrt(v), row[2], 0.00005)
	}
	if q := c.Quantile(0.5); q.Value != 93 {
		t.Errorf("median %v", q.Value)
	}
}

func TestEdges(t *testing.T) {
	for name, c := range map[string]*Curve{
		"nothing":          New(nil, nil),
		"one, over":        New([]float64{3}, []bool{true}),
		"one, not over":    New([]float64{3}, []bool{false}),
		"all at once":      New([]float64{2, 2, 2, 2, 2, 2, 2}, all(7)),
		"none over":        New([]float64{1, 2, 3}, make([]bool, 3)),
		"at zero":          New([]float64{0, 0, 1}, []bool{true, false, true}),
		"the last at once": New([]float64{1, 2, 2}, all(3)),
	} {
		for _, at := range []float64{-1, 0, 1, 2, 3, 4} {
			s, v := c.At(at)
			low, high := c.Interval(at)
			if !(0 <= low && low <= s && s <= high && high <= 1 && v >= 0) {
				t.Errorf("%s at %v: %v in [%v, %v], variance %v", name, at, s, low, high, v)
			}
			m, v := c.RestrictedMean(at)
			if math.IsNaN(m) || math.IsNaN(v) {
				t.Errorf("%s: mean to %v is not a number", name, at)
			}
		}
		for _, p := range c.Jackknife(math.Sqrt, 2) {
			if math.IsNaN(p) {
				t.Errorf("%s: pseudo-observation is not a number", name)
			}
		}
		c.Quantile(0.5)
	}
	if q := New([]float64{2, 2, 2, 2, 2, 2, 2}, all(7)).Quantile(0.5); q.Value != 2 || q.Low != 2 || q.High != 2 {
		t.Errorf("all at once: %+v", q)
	}
	low, _ := New([]float64{9, 9, 9}, make([]bool, 3)).Interval(5)
	near(t, "three of three", low, math.Cbrt(0.025), 1e-12)
}

// jumbled are durations with ties, ended and cut off.
func jumbled(rng *rand.Rand, n int) ([]float64, []bool) {
	times, event := make([]float64, n), make([]bool, n)
	for i := range times {
		times[i], event[i] = float64(rng.IntN(12)), rng.IntN(3) > 0
	}
	return times, event
}

func TestJackknifeIsLeaveOneOut(t *testing.T) {
	functions := map[string]func(float64) float64{
		"share by 5":      func(t float64) float64 { return step(t <= 5) },
		"restricted mean": func(t float64) float64 { return t },
		"utility":         func(t float64) float64 { return math.Exp2(-t / 3) },
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 200 {
		n := 2 + trial%30
		times, event := jumbled(rng, n)
		for name, g := range functions {
			const horizon = 8
			got := New(times, event).Jackknife(g, horizon)
			whole, _ := New(times, event).Mean(g, horizon)
			for i := range n {
				part, _ := New(leave(times, i), leave(event, i)).Mean(g, horizon)
				near(t, name, got[i], float64(n)*whole-float64(n-1)*part, 1e-9)
			}
		}
	}
}

func step(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func leave[T any](s []T, i int) []T {
	return append(append([]T(nil), s[:i]...), s[i+1:]...)
}

// Without censoring everything is plain: pseudo-observations are the values,
// and the mean's variance is that of a mean.
func TestUncensored(t *testing.T) {
	times := []float64{5, 1, 4, 4, 9, 2}
	c := New(times, all(len(times)))
	g := func(t float64) float64 { return t * t }
	mean, variance := c.Mean(g, 100)
	var want, squares float64
	for i, p := range c.Jackknife(g, 100) {
		near(t, "pseudo-observation", p, g(times[i]), 1e-9)
		want += g(times[i]) / 6
	}
	for _, x := range times {
		squares += (g(x) - want) * (g(x) - want) / 36
	}
	near(t, "mean", mean, want, 1e-9)
	near(t, "variance", variance, squares, 1e-9)
}

func FuzzCurve(f *testing.F) {
	f.Add([]byte{1, 3, 3, 200, 7}, 4.0)
	f.Fuzz(func(t *testing.T, data []byte, horizon float64) {
		if math.IsNaN(horizon) || math.Abs(horizon) > 1e12 {
			return
		}
		times, event := make([]float64, len(data)), make([]bool, len(data))
		for i, b := range data {
			times[i], event[i] = float64(b>>1), b&1 == 1
		}
		c := New(times, event)
		g := func(t float64) float64 { return t }
		m, v := c.Mean(g, horizon)
		low, high := c.Interval(horizon)
		for _, x := range append(c.Jackknife(g, horizon), m, v, low, high) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%v for %v, %v", x, times, event)
			}
		}
		if low > high || v < 0 {
			t.Fatalf("[%v, %v], variance %v", low, high, v)
		}
	})
}
