package support_test

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"testing"

	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/models/support/simulated"
)

var replicates = flag.Int("replicates", 500, "of BenchmarkCoverage")

// trial gathers what estimates are worth over replicates of worlds.
type trial struct {
	all, reversed map[support.Metric]*record
	brier         float64
	bins          [10]struct{ said, was, n float64 }
	forecasts     float64
	scores        record
	incomparable  int
}

// record is one metric's differences between two models.
type record struct {
	n, covered, metricN, metricCovered float64
	bias, effect, unadjusted           float64 // sums, in the direction of the truth
	squares, errors                    float64
}

// metrics are the adjusted ones whose truth is known.
func metrics() []support.Metric {
	return []support.Metric{
		support.Resolved1d, support.Resolved7d, support.Resolved30d, support.ResolutionMean, support.ResolutionUtility,
		support.Answered24h, support.FirstResponseMean, support.FirstResponseUtility,
		support.ReopenRate, support.OneTouchRate, support.Satisfaction, support.Touches,
	}
}

func newTrial() *trial {
	t := &trial{all: map[support.Metric]*record{}, reversed: map[support.Metric]*record{}}
	for _, m := range metrics() {
		t.all[m], t.reversed[m] = new(record), new(record)
	}
	return t
}

// run estimates a world's tickets and compares with its truth.
func (t *trial) run(tb testing.TB, o simulated.Options, tickets int, seed uint64) {
	tb.Helper()
	w := simulated.New(o)
	config := w.Config()
	config.Seed, config.Threads, config.Draws = seed, 2, 1000
	e, err := support.Estimate(w.Tickets(tickets, seed), config)
	if err != nil {
		tb.Fatal(err)
	}
	result, err := e.Score()
	if err != nil {
		tb.Fatal(err)
	}
	byType := map[int][]support.Row{}
	for _, r := range result.Rows {
		if r.Type != support.AllTypes {
			byType[r.Type] = append(byType[r.Type], r)
		}
	}
	for d := range o.Types {
		t.compare(e, w, byType[d])
	}
}

func (t *trial) compare(e *support.Estimates, w *simulated.World, rows []support.Row) {
	truth := make([][support.MetricCount]float64, len(rows))
	naive := make([][support.MetricCount]float64, len(rows))
	best, top := -1, math.Inf(-1)
	for k, r := range rows {
		truth[k] = w.Truth(r.Type, r.Model, r.Yardstick)
		naive[k] = w.Naive(r.Type, r.Model, r.Yardstick)
		score := e.ScoreOf(r.Type, r.Model, truth[k])
		if r.ProbabilityBest == nil {
			t.incomparable++
			continue
		}
		if score > top {
			best, top = k, score
		}
		t.scores.n++
		if *r.Score.Low <= score && score <= *r.Score.High {
			t.scores.covered++
		}
		t.scores.bias += *r.Score.Value - score
		for _, metric := range metrics() {
			if a := r.Metrics[metric].Adjusted; a.Value != nil {
				t.all[metric].metric(a, truth[k][metric])
			}
		}
	}
	for k, r := range rows {
		if r.ProbabilityBest == nil {
			continue
		}
		t.forecast(*r.ProbabilityBest, k == best)
		for l := range k {
			for _, metric := range metrics() {
				t.difference(metric, r, rows[l], truth[k][metric]-truth[l][metric], naive[k][metric]-naive[l][metric])
			}
		}
	}
}

func (r *record) metric(a support.Estimated, truth float64) {
	r.metricN++
	if *a.Low <= truth && truth <= *a.High {
		r.metricCovered++
	}
	z := (*a.Value - truth) / max(*a.High-*a.Low, 1e-9) * 2 * 1.96
	r.squares += z * z
}

func (t *trial) forecast(p float64, was bool) {
	bin := &t.bins[min(int(p*10), 9)]
	outcome := 0.0
	if was {
		outcome = 1
	}
	t.brier += (p - outcome) * (p - outcome)
	t.forecasts++
	bin.n++
	bin.said += p
	bin.was += outcome
}

// difference between two models; models' errors on a type are nearly
// independent, so intervals add in squares.
func (t *trial) difference(metric support.Metric, a, b support.Row, truth, naive float64) {
	x, y := a.Metrics[metric], b.Metrics[metric]
	if x.Adjusted.Value == nil || y.Adjusted.Value == nil {
		return
	}
	direction := 1.0
	if truth < 0 {
		direction = -1
	}
	got := *x.Adjusted.Value - *y.Adjusted.Value
	plain := *x.Raw.Value - *y.Raw.Value
	reach := math.Hypot(*x.Adjusted.High-*x.Adjusted.Low, *y.Adjusted.High-*y.Adjusted.Low) / 2
	note := func(r *record) {
		r.n++
		if math.Abs(got-truth) <= reach {
			r.covered++
		}
		r.bias += direction * (got - truth)
		r.errors += (got - truth) * (got - truth)
		r.effect += direction * truth
		r.unadjusted += direction * plain
	}
	note(t.all[metric])
	if naive*truth < 0 {
		note(t.reversed[metric])
	}
}

func (t *trial) print(out io.Writer) {
	fmt.Fprintf(out, "\n%-28s %8s %8s %9s %9s %9s | %8s %8s %9s %9s %9s\n", "metric", "metric%", "effect%", "sd(z)", "bias/eff", "plain/eff", "reversed", "cover%", "bias/eff", "± 1 se", "plain/eff")
	for _, m := range metrics() {
		r, v := t.all[m], t.reversed[m]
		fmt.Fprintf(out, "%-28s %8.1f %8.1f %9.3f %9.3f %9.2f | %8.0f %8.1f %9.3f %9.3f %9.2f\n", m,
			100*r.metricCovered/r.metricN, 100*r.covered/r.n, math.Sqrt(r.squares/r.metricN), r.bias/r.effect, r.unadjusted/r.effect,
			v.n, 100*v.covered/v.n, v.bias/v.effect, math.Sqrt(v.errors)/v.effect, v.unadjusted/v.effect)
	}
	fmt.Fprintf(out, "score: coverage %.1f %%, bias %.4f; not comparable %d of %.0f\n", 100*t.scores.covered/t.scores.n, t.scores.bias/t.scores.n, t.incomparable, t.scores.n+float64(t.incomparable))
	fmt.Fprintf(out, "probability_best: Brier %.4f\n  said   was     n\n", t.brier/t.forecasts)
	for _, b := range t.bins {
		if b.n > 0 {
			fmt.Fprintf(out, "  %.3f  %.3f  %5.0f\n", b.said/b.n, b.was/b.n, b.n)
		}
	}
}

// A short run of what BenchmarkCoverage measures at length.
func TestTruthIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute under the race detector")
	}
	found := newTrial()
	for k := range 12 {
		o := simulated.Options{Types: 5, Models: 4, Confounding: 1, Spread: 0.3, Seed: uint64(k)}
		found.run(t, o, 8000, uint64(k))
	}
	for _, m := range metrics() {
		r := found.all[m]
		if share := r.covered / r.n; share < 0.9 {
			t.Errorf("%s: %.1f %% of the intervals hold the true difference", m, 100*share)
		}
	}
	for _, m := range []support.Metric{support.ResolutionMean, support.ResolutionUtility, support.Resolved7d} {
		v := found.reversed[m]
		if v.n < 50 || v.unadjusted > -0.4*v.effect {
			t.Errorf("%s: the paradox is gone: %v comparisons, %v of an effect of %v", m, v.n, v.unadjusted, v.effect)
		}
		if math.Abs(v.bias) > 0.15*v.effect {
			t.Errorf("%s: bias %v of an effect of %v", m, v.bias, v.effect)
		}
	}
	if brier := found.brier / found.forecasts; brier > 0.12 {
		t.Errorf("probability_best has a Brier score of %v", brier)
	}
}

// BenchmarkCoverage prints how true the intervals and probabilities are: for
// types of middling size; for small ones; where many tickets came in so late
// that they are not over; and where each type has its own rule of who gets the
// hard tickets. The later ones run for a fifth of the replicates.
func BenchmarkCoverage(b *testing.B) {
	middling := simulated.Options{Types: 5, Models: 4, Confounding: 1, Spread: 0.3}
	censored, uneven := middling, middling
	censored.Days, uneven.Uneven = 60, 0.5
	for _, c := range []struct {
		name                string
		world               simulated.Options
		tickets, replicates int
	}{
		{"middling", middling, 8000, *replicates},
		{"small", middling, 1500, *replicates / 5},
		{"censored", censored, 8000, *replicates / 5},
		{"uneven", uneven, 8000, *replicates / 5},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				t := newTrial()
				for k := range c.replicates {
					c.world.Seed = uint64(k)
					t.run(b, c.world, c.tickets, uint64(k))
				}
				t.print(os.Stdout)
			}
		})
	}
}
