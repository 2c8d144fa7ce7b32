package simulated

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ticketmill/ticketmill/models/support"
)

// The expectations against the means of many tickets that were dealt at random.
func TestTruthIsWhatTicketsDo(t *testing.T) {
	w := New(Options{Types: 1, Models: 2, Spread: 0.3, Seed: 8, Days: 3000})
	yard := support.Yardstick{FirstResponse: 10 * hour, Resolution: 4 * day}
	for m := range 2 {
		var n float64
		var got [support.MetricCount]float64
		table := w.Tickets(60000, 3)
		for i, model := range table.Model {
			if int(model) != m || table.Created[i] > now-200*day {
				continue
			}
			n++
			got[support.Resolved7d] += number(table.ResolutionSeconds[i] <= 7*day)
			got[support.Answered24h] += number(table.ResponseSeconds[i] <= day)
			got[support.ResolutionMean] += min(table.ResolutionSeconds[i], restriction)
			got[support.FirstResponseUtility] += math.Exp2(-min(table.ResponseSeconds[i], restriction) / yard.FirstResponse)
			got[support.ResolutionUtility] += math.Exp2(-min(table.ResolutionSeconds[i], restriction) / yard.Resolution)
			got[support.ReopenRate] += number(table.Reopened[i])
			got[support.OneTouchRate] += number(table.OneTouch[i])
			got[support.Touches] += float64(table.Touches[i])
		}
		for metric, want := range w.Truth(0, m, yard) {
			if sum := got[metric]; sum > 0 && math.Abs(sum/n/want-1) > 0.03 {
				t.Errorf("model %d, %s: %v, want %v", m, support.Metric(metric), sum/n, want)
			}
		}
	}
}

func TestParadox(t *testing.T) {
	w := New(Options{Types: 20, Models: 2, Confounding: 1, Spread: 0.1, Seed: 1})
	reversed := 0
	for d := range 20 {
		truth := w.Truth(d, 1, support.Yardstick{})[support.ResolutionMean] - w.Truth(d, 0, support.Yardstick{})[support.ResolutionMean]
		naive := w.Naive(d, 1, support.Yardstick{})[support.ResolutionMean] - w.Naive(d, 0, support.Yardstick{})[support.ResolutionMean]
		if truth < 0 && naive > 0 {
			reversed++
		}
	}
	if reversed < 15 {
		t.Errorf("the faster model looks slower on %d of 20 types", reversed)
	}
}

func TestSeeded(t *testing.T) {
	w := New(Options{Types: 3, Models: 2, Seed: 1})
	if diff := cmp.Diff(w.Tickets(50, 2), w.Tickets(50, 2), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(w.Tickets(50, 2), w.Tickets(50, 3), cmpopts.EquateNaNs()) {
		t.Error("the seed has no effect")
	}
}
