package support

import (
	"math"
	"slices"
)

// The components of a score, each 0–1:
//
//	resolution      mean of 2^(−time to resolve / yardstick)
//	first response  mean of 2^(−time to answer / yardstick)
//	quality         2^(−reopen rate / 0.10)
//	satisfaction    (mean rating − 1) / 4
//	cost            2^(−cost per ticket / typical cost of the type)
//
// The score is their mean by the weights. The first two are means over tickets
// of a bounded utility, not the utility of a mean time, so a few tickets that
// take forever count as a few tickets. Nothing grows with the number of
// tickets. A component that one of the compared models lacks is left out for
// all of them on that type; a model that lacks a time because it is too young is
// left out itself. Times count up to a horizon (see Yardstick).
const (
	resolutionPart = iota
	responsePart
	qualityPart
	satisfactionPart
	costPart
	componentCount
)

// halfQuality is the reopen rate at which the quality is a half.
const halfQuality = 0.10

// source is the metric that a component is made of.
func source(component int) Metric {
	return [componentCount]Metric{ResolutionUtility, FirstResponseUtility, ReopenRate, Satisfaction, Touches}[component]
}

// utility maps a component's metric to 0–1; costs are relative to the typical
// cost of a type, for a touch.
func utility(component int, x, relativeCost float64) float64 {
	switch component {
	case qualityPart:
		return math.Exp2(-max(x, 0) / halfQuality)
	case satisfactionPart:
		return (min(max(x, 1), 5) - 1) / 4
	case costPart:
		return math.Exp2(-max(x, 0) * relativeCost)
	default:
		return min(max(x, 0), 1)
	}
}

// judge scores by given wishes.
type judge struct {
	e       *Estimates
	models  []Model
	weights [componentCount]float64
}

// relativeCosts are the models' costs of a touch relative to what a ticket of
// type d typically costs over all models whose cost is known; nil if that is
// nothing.
func (j *judge) relativeCosts(d int) []float64 {
	var cost, n float64
	for m, c := range j.e.cells[d] {
		if f := c.raw[Touches]; f.known() && j.models[m].priced() {
			cost += float64(f.n) * f.value * j.models[m].CostPerTouch
			n += float64(f.n)
		}
	}
	if cost <= 0 {
		return nil
	}
	out := make([]float64, len(j.models))
	for m := range out {
		out[m] = j.models[m].CostPerTouch / (cost / n)
	}
	return out
}

// comparison is the scores of the models that can be compared on a type.
type comparison struct {
	models []int       // at least two, or none
	scores []float64   // of the models
	draws  [][]float64 // of the models: scores under the estimates' sampling error
	early  []int       // models that are left out because it is too early to tell
	blind  bool        // no models, because nothing that the weights count is known of all

	posterior [][]float64 // of the models: draws of the true scores
	best      []float64   // of the models: share of these in which it is first
}

// place is model m's place among the compared, −1 if it is not.
func (c *comparison) place(m int) int { return slices.Index(c.models, m) }

// parts lists the components that all of the models have on type d.
func (j *judge) parts(d int, models []int) []int {
	var out []int
	for part := range componentCount {
		have := j.weights[part] > 0 && (part != costPart || j.relativeCosts(d) != nil)
		for _, m := range models {
			have = have && j.e.effects[d].Known[m*outcomeCount+source(part).outcome()] && (part != costPart || j.models[m].priced())
		}
		if have {
			out = append(out, part)
		}
	}
	return out
}

// compare scores the comparable models on type d from the adjusted metrics.
func (j *judge) compare(d int) comparison {
	effect := j.e.effects[d]
	var models []int
	for m, o := range effect.Overlap {
		if o.Comparable() {
			models = append(models, m)
		}
	}
	models, early := j.lag(d, models)
	parts := j.parts(d, models)
	if len(models) < 2 || len(parts) == 0 {
		return comparison{early: early, blind: len(models) >= 2}
	}
	s := sampler{judge: j, parts: parts, costs: j.relativeCosts(d), models: models}
	for _, m := range models {
		for _, part := range parts {
			s.at = append(s.at, m*outcomeCount+source(part).outcome())
		}
	}
	s.freedom = make([]float64, len(models))
	for k, at := range s.at {
		p := k / len(parts)
		if f := effect.Effective[at] - 1; k%len(parts) == 0 || f < s.freedom[p] {
			s.freedom[p] = f
		}
	}
	c := s.run(effect.Mean, effect.Covariance, j.e.config.Draws, mix(j.e.config.Seed^mix(uint64(d))))
	c.early = early
	return c
}

// score fills in the models' scores for values of their metrics.
func (s *sampler) score(x, scores []float64) {
	for p, m := range s.models {
		relative, sum, all := 0.0, 0.0, 0.0
		if s.costs != nil {
			relative = s.costs[m]
		}
		for k, part := range s.parts {
			sum += s.weights[part] * utility(part, x[p*len(s.parts)+k], relative)
			all += s.weights[part]
		}
		scores[p] = sum / all
	}
}

// credit shares an amount among those who score most.
func credit(scores, to []float64, amount float64) {
	top, winners := slices.Max(scores), 0.0
	for _, v := range scores {
		winners += number(v == top)
	}
	for p, v := range scores {
		if v == top {
			to[p] += amount / winners
		}
	}
}

// plainScore is the score of a cell from its shrunk unadjusted metrics, and
// from independent draws of them its interval. What the cell does not tell is
// taken from the model's figure for all types; what that does not tell either
// is left out. It is unknown if nothing is left.
func (j *judge) plainScore(d, m int) figure {
	costs := j.relativeCosts(d)
	s := sampler{judge: j, models: []int{m}, costs: costs}
	var mean, spread []float64
	for part := range componentCount {
		if j.weights[part] == 0 || part == costPart && (costs == nil || !j.models[m].priced()) {
			continue
		}
		f := j.e.cells[d][m].shrunk[source(part)]
		if !f.known() {
			f = j.e.all[m].raw[source(part)]
		}
		if !f.known() {
			continue
		}
		s.parts, s.at = append(s.parts, part), append(s.at, len(s.at))
		mean, spread = append(mean, f.value), append(spread, max(f.variance, 0))
	}
	n := len(mean)
	if n == 0 {
		return unknown()
	}
	covariance := make([]float64, n*n)
	for k, v := range spread {
		if !math.IsNaN(v) {
			covariance[k*n+k] = v
		}
	}
	c := s.run(mean, covariance, min(j.e.config.Draws, plainDraws), mix(j.e.config.Seed^mix(uint64(d*maxModels+m)<<8)))
	return summary(c.scores[0], c.draws[0])
}

// plainDraws are enough for an interval that nothing is decided by.
const plainDraws = 400

// summary is a value with the 95 % interval of its draws, which are sorted.
func summary(value float64, draws []float64) figure {
	f := unknown()
	if f.value = value; len(draws) > 0 {
		sorted := slices.Sorted(slices.Values(draws))
		f.low, f.high = quantile(sorted, 0.025), quantile(sorted, 0.975)
	}
	return f
}

// quantile interpolates between sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	k := int(at)
	if k+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}
