package support

import (
	"fmt"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
	"github.com/ticketmill/ticketmill/models/support/causal"
)

// AllTypes stands for all demand types in a Row.
const AllTypes = -1

// What a score is made of.
const (
	Adjusted   = "adjusted"   // what the models would deliver on the same tickets
	Unadjusted = "unadjusted" // what they delivered on their own ones, shrunk
)

// Result is what all models are worth.
type Result struct {
	Rows            []Row            // of all types first, then by type and model; no row without tickets
	Recommendations []Recommendation // one for each type with tickets
	Moved           []Moved          // one for each type of each WhatIf.Moves
	Quality         Quality
}

// Row is a support model on a demand type.
type Row struct {
	Type, Model                 int // Type may be AllTypes
	Tickets, Resolved, Answered int
	Metrics                     [MetricCount]Figures
	Yardstick                   Yardstick // zero for AllTypes

	causal.Overlap  // for AllTypes: nothing but Rows and Reason
	Score           Estimated
	ScoreBasis      string   // Adjusted or Unadjusted; empty without a score
	ScoreUnadjusted *float64 // from the unadjusted metrics, in any case
	ProbabilityBest *float64 // nil unless the model is among the compared
}

// Figures are one metric: as it was, drawn towards the model's mean over its
// types, and as it would be if the model got all of the type's tickets.
type Figures struct {
	N                     int // tickets that the metric is about
	Raw, Shrunk, Adjusted Estimated
}

// OtherMix is the Reason of a model that meets the others on too few types to
// be compared over all.
const OtherMix = "few types in common"

// NoOther is the Reason of a model that has all tickets.
const NoOther = "no other model"

// NothingKnown is the Reason of models of which nothing is known that the
// weights count: only the cost, say, and nothing costs anything.
const NothingKnown = "nothing to compare by"

// WhatIf is other wishes for the same tickets.
type WhatIf struct {
	Models  []Model // as many as in the Config, in its order
	Weights Weights
	Moves   []Move
}

// Move is demand types that all go to one model.
type Move struct {
	Types []int
	To    int
}

// Score scores the models by the wishes of the Config.
func (e *Estimates) Score() (*Result, error) {
	return e.Rescore(WhatIf{Models: e.config.Models, Weights: e.config.Weights})
}

// Rescore scores the models by other wishes, and predicts what moves would
// change. Estimates are used as they are, but for the times' utilities when the
// promises differ, which are estimated anew with the same propensities. It
// fails with ErrConfig for wishes that cannot be.
func (e *Estimates) Rescore(w WhatIf) (*Result, error) {
	if err := e.checkWhatIf(w); err != nil {
		return nil, fmt.Errorf("scoring support models: %w", err)
	}
	if y := e.yardsticksOf(w.Models); !slices.Equal(y, e.yardsticks) {
		other := *e
		other.yardsticks = y
		other.outcomes()
		e = &other
	}
	j := &judge{e: e, models: w.Models, weights: w.Weights.list()}
	return j.result(w.Moves), nil
}

func (e *Estimates) checkWhatIf(w WhatIf) error {
	if len(w.Models) != len(e.config.Models) {
		return fmt.Errorf("%d support models instead of %d: %w", len(w.Models), len(e.config.Models), ErrConfig)
	}
	for _, move := range w.Moves {
		if move.To < 0 || move.To >= len(w.Models) {
			return fmt.Errorf("a move to support model %d: %w", move.To, ErrConfig)
		}
		for _, d := range move.Types {
			if d < 0 || d >= len(e.config.Types) {
				return fmt.Errorf("a move of demand type %d: %w", d, ErrConfig)
			}
		}
	}
	return checkWishes(w.Models, w.Weights)
}

// result puts everything together.
func (j *judge) result(moves []Move) *Result {
	types := len(j.e.config.Types)
	by, recommended := make([]comparison, types), make([]*Recommendation, types)
	rows := make([][]Row, types)
	linalg.Blocks(types, 1, j.e.config.Threads, func(d, _, _ int) {
		by[d] = j.compare(d)
	})
	settleAll(by, j.e.config.Seed)
	linalg.Blocks(types, 1, j.e.config.Threads, func(d, _, _ int) {
		rows[d] = j.rows(d, by[d])
		if sum(j.e.ever[d]) > 0 {
			r := j.recommend(d, by[d])
			recommended[d] = &r
		}
	})
	out := &Result{Rows: j.overallRows(by, rows), Quality: j.e.tickets.quality}
	for d := range types {
		out.Rows = append(out.Rows, rows[d]...)
		if r := recommended[d]; r != nil {
			out.Recommendations = append(out.Recommendations, *r)
		}
	}
	for _, move := range moves {
		for _, d := range move.Types {
			out.Moved = append(out.Moved, j.move(d, move.To))
		}
	}
	return out
}

// rows are the models on type d.
func (j *judge) rows(d int, c comparison) []Row {
	var out []Row
	for m, cell := range j.e.cells[d] {
		if cell.tickets == 0 {
			continue
		}
		row := j.row(cell, m)
		row.Type, row.Yardstick = d, j.e.judged[d]
		if row.Overlap = j.e.effects[d].Overlap[m]; slices.Contains(c.early, m) {
			row.Reason = TooEarly
		} else if c.blind && row.Comparable() {
			row.Reason = NothingKnown
		}
		plain := j.plainScore(d, m)
		row.ScoreUnadjusted = shown(plain.value)
		row.rate(c, m, plain)
		out = append(out, row)
	}
	return out
}

// rate gives the row its score: the compared one or else the plain one.
func (r *Row) rate(c comparison, m int, plain figure) {
	if p := c.place(m); p >= 0 {
		r.Score, r.ScoreBasis = summary(c.scores[p], c.draws[p]).estimated(), Adjusted
		r.ProbabilityBest = shown(min(c.best[p], 1))
	} else if plain.known() {
		r.Score, r.ScoreBasis = plain.estimated(), Unadjusted
	}
}

// row copies a cell's counts and metrics.
func (j *judge) row(c *cell, m int) Row {
	row := Row{Model: m, Tickets: c.tickets, Resolved: c.resolved, Answered: c.answered}
	for metric := range MetricCount {
		from, factor := metric, 1.0
		if metric == CostPerTicket {
			if !j.costs() || !j.models[m].priced() {
				continue
			}
			from, factor = Touches, j.models[m].CostPerTouch
		}
		if c.raw[from].known() || c.raw[from].n > 0 {
			row.Metrics[metric].N = c.raw[from].n
		}
		row.Metrics[metric].Raw = c.raw[from].times(factor).estimated()
		row.Metrics[metric].Shrunk = c.shrunk[from].times(factor).estimated()
		row.Metrics[metric].Adjusted = c.adjusted[from].times(factor).estimated()
	}
	return row
}

// costs tells whether anything costs anything.
func (j *judge) costs() bool {
	return slices.ContainsFunc(j.models, func(m Model) bool { return m.CostPerTouch > 0 })
}

// overallRows are the models on all types.
func (j *judge) overallRows(by []comparison, rows [][]Row) []Row {
	s := j.e.standardise(by)
	one := []comparison{s.overall(by, j.e.config.Draws)}
	settleAll(one, ^j.e.config.Seed)
	c := one[0]
	var out []Row
	for m, all := range j.e.all {
		if all.tickets == 0 {
			continue
		}
		whole := *all
		if c.place(m) >= 0 {
			for metric := range MetricCount {
				whole.adjusted[metric] = s.adjusted(j.e, metric, m)
			}
		}
		row := j.row(&whole, m)
		row.Type, row.Overlap = AllTypes, causal.Overlap{Rows: all.tickets}
		if c.place(m) < 0 {
			row.Reason = j.whyAlone(by, m)
		}
		plain := j.plainOverall(rows, m)
		row.ScoreUnadjusted = shown(plain)
		row.rate(c, m, point(plain))
		out = append(out, row)
	}
	return out
}

// whyAlone is the Reason of model m that is not compared over all types.
func (j *judge) whyAlone(by []comparison, m int) string {
	if slices.ContainsFunc(by, func(c comparison) bool { return slices.Contains(c.early, m) }) {
		return TooEarly
	}
	if j.present() == 1 {
		return NoOther
	}
	if slices.ContainsFunc(by, func(c comparison) bool { return c.blind }) {
		return NothingKnown
	}
	return OtherMix
}

// present counts the models that have tickets.
func (j *judge) present() (models int) {
	for _, all := range j.e.all {
		models += int(number(all.tickets > 0))
	}
	return models
}

// point is a value without an interval.
func point(x float64) figure {
	f := unknown()
	f.value = x
	return f
}

// plainOverall is the mean of a model's unadjusted scores over the types that
// it has, weighted by what these count, not by what the model does of them.
func (j *judge) plainOverall(rows [][]Row, m int) float64 {
	var score, all float64
	for d, list := range rows {
		for _, r := range list {
			if r.Model == m && r.ScoreUnadjusted != nil {
				score += j.e.size(d) * *r.ScoreUnadjusted
				all += j.e.size(d)
			}
		}
	}
	return score / all // not a number if the model has no score
}
