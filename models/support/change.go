package support

import (
	"cmp"
	"math"
	"slices"
)

// change is what a metric would change by if all of a type's present tickets
// with other comparable models went to one.
type change struct {
	before, after, difference figure
}

// others are the comparable models' parts of a type's present tickets that are
// not with model to yet, and how many tickets that is a month.
func (j *judge) others(d, to int) (parts []float64, perMonth float64) {
	parts = make([]float64, len(j.models))
	shares, overlap := j.e.shares(d), j.e.effects[d].Overlap
	var all float64
	for m, share := range shares {
		if m != to && overlap[m].Comparable() {
			parts[m] = share
			all += share
		}
	}
	for m := range parts {
		if all > 0 {
			parts[m] /= all
		}
	}
	return parts, all * j.perMonth(d)
}

// from lists the models whose tickets a move of type d to a model is about, the
// largest share first; left are those whose tickets it cannot speak for.
func (j *judge) from(d, to int) (from, left []int) {
	parts, _ := j.others(d, to)
	for m, share := range j.e.shares(d) {
		switch {
		case parts[m] > 0:
			from = append(from, m)
		case m != to && share > 0:
			left = append(left, m)
		}
	}
	slices.SortStableFunc(from, func(a, b int) int { return cmp.Compare(parts[b], parts[a]) })
	return from, left
}

// perMonth is how many tickets of a type come in a month at present.
func (j *judge) perMonth(d int) float64 {
	return float64(sum(j.e.recent[d])) / max(j.e.months, 1)
}

// change predicts a metric; unknown where one of the models does not know it,
// or where there is nothing to move.
func (j *judge) change(d, to int, metric Metric) change {
	none := change{unknown(), unknown(), unknown()}
	parts, _ := j.others(d, to)
	o, f := metric.outcome(), j.e.effects[d]
	if o < 0 || metric == CostPerTicket && !j.costs() {
		return none
	}
	unknowable := func(m int) bool {
		return !f.Known[m*outcomeCount+o] || metric == CostPerTicket && !j.models[m].priced()
	}
	if unknowable(to) {
		return none
	}
	before, after := make([]float64, len(parts)), make([]float64, len(parts))
	after[to] = j.unit(metric, to)
	moves := false
	for m, part := range parts {
		if part == 0 {
			continue // its cost may be no number
		}
		if unknowable(m) {
			return none
		}
		moves, before[m] = true, part*j.unit(metric, m)
	}
	if !moves {
		return none
	}
	difference := make([]float64, len(parts))
	for m := range parts {
		difference[m] = after[m] - before[m]
	}
	n := j.e.cells[d][to].raw[metric.measured()].n
	b, bv := j.combine(d, o, before)
	a, av := j.combine(d, o, after)
	c, cv := j.combine(d, o, difference)
	return change{normal(metric, n, b, bv), normal(metric, n, a, av), free(n, c, cv)}
}

// measured is the metric that the tickets tell: touches for cost.
func (m Metric) measured() Metric {
	if m == CostPerTicket {
		return Touches
	}
	return m
}

// unit is what the metric's outcome counts in the model.
func (j *judge) unit(metric Metric, m int) float64 {
	if metric == CostPerTicket {
		return j.models[m].CostPerTouch
	}
	return 1
}

// combine is a weighted sum of the models' outcome o on type d and its variance.
func (j *judge) combine(d, o int, weights []float64) (value, variance float64) {
	f := j.e.effects[d]
	for a, wa := range weights {
		if wa == 0 {
			continue
		}
		row := a*outcomeCount + o
		value += wa * f.Mean[row]
		for b, wb := range weights {
			variance += wa * wb * f.Covariance[row*len(f.Mean)+b*outcomeCount+o]
		}
	}
	return value, max(variance, 0)
}

// free is a normal figure without bounds.
func free(n int, value, variance float64) figure {
	reach := z95 * math.Sqrt(variance)
	return figure{n, value, value - reach, value + reach, variance}
}

// Moved is what a move would do to a type's tickets that are not with the model
// yet.
type Moved struct {
	Type, To        int
	From            []int   // models whose tickets are predicted, the largest share first
	Left            []int   // models that have some of the tickets but cannot be compared
	TicketsPerMonth float64 // of the models in From
	Reason          string  // why nothing is predicted; empty if something is
	Metrics         [MetricCount]Change
	CostPerMonth    Estimated // change, in the user's currency
}

// Change is a metric of the tickets that move: with the models that have them,
// with the model that would get them, and the difference.
type Change struct {
	Before, After, Difference Estimated
}

// NothingToMove is the Reason for a type whose tickets are with the model
// already, or with models that cannot be compared.
const NothingToMove = "no tickets to move"

// move predicts the move of type d to a model.
func (j *judge) move(d, to int) Moved {
	out := Moved{Type: d, To: to, Reason: j.e.effects[d].Overlap[to].Reason}
	if out.Reason != "" {
		return out
	}
	out.From, out.Left = j.from(d, to)
	if _, out.TicketsPerMonth = j.others(d, to); out.TicketsPerMonth == 0 {
		out.Reason = NothingToMove
		return out
	}
	for metric := range MetricCount {
		c := j.change(d, to, metric)
		out.Metrics[metric] = Change{c.before.estimated(), c.after.estimated(), c.difference.estimated()}
	}
	out.CostPerMonth = j.change(d, to, CostPerTicket).difference.times(out.TicketsPerMonth).estimated()
	return out
}
