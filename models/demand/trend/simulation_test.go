package trend

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// draw is a negative binomial count: a Poisson one with a gamma mean.
func draw(rng *rand.Rand, mean, alpha float64) int {
	if alpha > 0 {
		mean = distuv.Gamma{Alpha: 1 / alpha, Beta: 1 / (alpha * mean), Src: rng}.Rand()
	}
	return int(distuv.Poisson{Lambda: mean, Src: rng}.Rand())
}

// simulate draws types × weeks counts.
func simulate(seed uint64, types, weeks int, mean func(i, t int) float64, alpha func(i int) float64) []Series {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]Series, types)
	for i := range out {
		out[i] = Series{ID: fmt.Sprint("type", i), Counts: make([]int, weeks)}
		for t := range weeks {
			out[i].Counts[t] = draw(rng, mean(i, t), alpha(i))
		}
	}
	return out
}

// size spreads the types' means from 1 to 100 tickets a week.
func size(i int) float64 { return math.Pow(10, float64(i%20)/9.5) }

func flat(i, _ int) float64 { return size(i) }

// alarmWeeks is the number of weeks among those from week from on in which any
// type has an alarm.
func alarmWeeks(points [][]Point, from int) int {
	n := 0
	for t := from; t < len(points[0]); t++ {
		if slices.ContainsFunc(points, func(p []Point) bool { return p[t].Alarm }) {
			n++
		}
	}
	return n
}

func always(alpha float64) func(int) float64 { return func(int) float64 { return alpha } }

// With nothing new going on, a week with any alarm at all is a false discovery,
// and fewer than one week in twenty may have one.
func TestQuietWhenNothingIsNew(t *testing.T) {
	for _, tt := range []struct {
		name         string
		types, weeks int
		mean         func(i, t int) float64
		alpha        func(i int) float64
	}{
		{"little dispersion", 60, 104, flat, always(0.02)},
		{"some dispersion", 60, 104, flat, always(0.1)},
		{"much dispersion", 60, 104, flat, always(0.5)},
		{"Poisson", 60, 104, flat, always(0)},
		{"dispersion from 0.02 to 0.64", 60, 104, flat, func(i int) float64 { return 0.02 * math.Pow(2, float64(i%6)) }},
		{"tickets in clumps of three", 60, 104, flat, func(i int) float64 { return 2 / size(i) }},
		{"a single type", 1, 104, func(_, _ int) float64 { return 20 }, always(0.1)},
		{"five types", 5, 104, flat, always(0.1)},
		{"five years", 20, 260, flat, always(0.1)},
		{"slow drift", 60, 104, func(i, t int) float64 { return size(i) * math.Exp(0.3*math.Sin(float64(t)/9+float64(i))) }, always(0.05)},
		{"holidays and the rush after them", 60, 104, func(i, t int) float64 {
			return size(i) * []float64{1, 1, 1, 1, 1, 1, 1, 0.2, 1.6, 1}[t%10]
		}, always(0.05)},
	} {
		const seeds = 20
		alarms := 0
		for seed := range uint64(seeds) {
			alarms += alarmWeeks(Weekly(simulate(seed, tt.types, tt.weeks, tt.mean, tt.alpha), Options{}), 52)
		}
		share := float64(alarms) / float64(seeds*(tt.weeks-52))
		t.Logf("%s: %.4f of the weeks after the first year have an alarm", tt.name, share)
		if share >= 0.05 {
			t.Errorf("%s: %.4f of the weeks have a false alarm", tt.name, share)
		}
	}
}

// A season is no alarm once it has been seen; nor is, at these sizes, the first
// time that all or half of the types go through it.
func TestQuietInSeason(t *testing.T) {
	wave := func(phase float64) func(i, t int) float64 {
		return func(i, t int) float64 {
			return size(i) * (1 + 0.5*math.Sin(2*math.Pi*(float64(t)/52.18+phase*float64(i))))
		}
	}
	for _, tt := range []struct {
		name  string
		types int
		mean  func(i, t int) float64
	}{
		{"all together", 60, wave(0)},
		{"each at its time", 60, wave(1. / 7)},
		{"half of them", 60, func(i, t int) float64 { return wave(0)(i, t*(i/20%2)) }},
		{"a single type", 1, func(_, t int) float64 { return 40 / size(0) * wave(0)(0, t) }},
		{"Christmas", 60, func(i, t int) float64 {
			if t%52 >= 50 {
				return size(i) * 0.3
			}
			return size(i)
		}},
	} {
		const seeds, weeks = 5, 4 * 52
		alarms, first := 0, 0
		for seed := range uint64(seeds) {
			points := Weekly(simulate(seed, tt.types, weeks, tt.mean, always(0.05)), Options{})
			n := alarmWeeks(points, 3*52)
			alarms += n
			first += alarmWeeks(points, 0) - n
		}
		t.Logf("%s: %d of %d weeks of the fourth year, %d of those before", tt.name, alarms, seeds*52, first)
		if float64(alarms) >= 0.05*seeds*52 || float64(first) >= 0.05*seeds*3*52 {
			t.Errorf("%s: alarms in %d of %d weeks of the fourth year, %d before", tt.name, alarms, seeds*52, first)
		}
	}
}

// The band holds at least the counts it promises, and not all of them.
func TestBandHoldsTheCounts(t *testing.T) {
	for _, alpha := range []float64{0, 0.1, 0.5} {
		in, n := 0, 0
		for seed := range uint64(3) {
			for _, points := range Weekly(simulate(seed, 60, 104, flat, always(alpha)), Options{}) {
				for _, p := range points[26:] {
					if float64(p.Count) >= p.Lower && float64(p.Count) <= p.Upper {
						in++
					}
					n++
				}
			}
		}
		share := float64(in) / float64(n)
		t.Logf("alpha %v: %.3f of the counts are in the band", alpha, share)
		if share < 0.95 || share > 0.99 {
			t.Errorf("alpha %v: %.3f of the counts are in the band", alpha, share)
		}
	}
}

// A rise planted in one type of six is found in its first or second week.
func TestRiseIsFound(t *testing.T) {
	for _, tt := range []struct{ mean, alpha, lift float64 }{
		{10, 0.05, 3},
		{20, 0.1, 3},
		{100, 0.1, 3},
		{20, 0, 2},
		{30, 0.02, 2},
		{50, 0.02, 2},
		{100, 0.02, 2},
	} {
		found, planted := 0, 0
		for seed := range uint64(10) {
			points := Weekly(simulate(seed, 60, 80, func(i, t int) float64 {
				if i%6 == 0 && t >= start(i) {
					return tt.mean * tt.lift
				}
				return tt.mean
			}, always(tt.alpha)), Options{})
			for i := 0; i < len(points); i += 6 {
				planted++
				if points[i][start(i)].Alarm || points[i][start(i)+1].Alarm {
					found++
				}
			}
		}
		power := float64(found) / float64(planted)
		t.Logf("mean %v, alpha %v, ×%v: %.2f found", tt.mean, tt.alpha, tt.lift, power)
		if power < 0.8 {
			t.Errorf("mean %v, alpha %v, ×%v: only %.2f found", tt.mean, tt.alpha, tt.lift, power)
		}
	}
}

// start is the week of the rise of type i.
func start(i int) int { return 70 + i%7 }

func BenchmarkWeekly(b *testing.B) {
	all := simulate(1, 1000, 260, flat, always(0.1))
	for b.Loop() {
		Weekly(all, Options{})
	}
}
