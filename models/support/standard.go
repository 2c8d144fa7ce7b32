package support

// enoughMix is the share of the comparable tickets that the common types must
// cover before a model is left out of the comparison over all types.
// It is also what a metric's own types must cover of that mix.
const enoughMix = 0.5

// standard is the mix of demand types that models are compared over: the types
// on which all of them are comparable, weighted by their tickets.
type standard struct {
	models []int
	types  []int
	weight []float64 // of the types, of sum 1
}

// standardise finds the models and types to compare over: as long as the types
// that all models share are less than half of what some two of them share, the
// model that shares the least is left out. A model that hardly meets the others
// would otherwise narrow the comparison to the few types where it does.
func (e *Estimates) standardise(by []comparison) standard {
	var models []int
	var all float64
	covered := make([]float64, len(e.config.Models))
	for d, c := range by {
		if len(c.models) > 0 {
			all += e.size(d)
		}
		for _, m := range c.models {
			covered[m] += e.size(d)
		}
	}
	for m, n := range covered {
		if n > 0 {
			models = append(models, m)
		}
	}
	for len(models) >= 2 {
		s, total := e.common(by, models)
		if total >= enoughMix*all || len(models) == 2 && total > 0 {
			return s
		}
		worst := 0
		for p, m := range models {
			if covered[m] < covered[models[worst]] {
				worst = p
			}
		}
		models = append(models[:worst:worst], models[worst+1:]...)
	}
	return standard{}
}

// size is what a type counts: its tickets of the last year, or ever.
func (e *Estimates) size(d int) float64 {
	if n := sum(e.recent[d]); n > 0 {
		return float64(n)
	}
	return float64(sum(e.ever[d]))
}

// common is the mix of the types on which all the models are comparable, and
// how many tickets that is.
func (e *Estimates) common(by []comparison, models []int) (s standard, total float64) {
	s.models = models
	for d, c := range by {
		shared := len(c.models) > 0
		for _, m := range models {
			shared = shared && c.place(m) >= 0
		}
		if shared {
			s.types, s.weight = append(s.types, d), append(s.weight, e.size(d))
			total += e.size(d)
		}
	}
	for k := range s.weight {
		s.weight[k] /= total
	}
	return s, total
}

// overall compares the models over the standard mix, draw by draw.
func (s standard) overall(by []comparison, draws int) comparison {
	c := comparison{models: s.models, scores: make([]float64, len(s.models))}
	for p, m := range s.models {
		c.draws = append(c.draws, make([]float64, draws))
		for k, d := range s.types {
			from := by[d].place(m)
			c.scores[p] += s.weight[k] * by[d].scores[from]
			add(c.draws[p], s.weight[k], by[d].draws[from])
		}
	}
	return c
}

func add(to []float64, times float64, x []float64) {
	for k, v := range x {
		to[k] += times * v
	}
}

// adjusted is a model's metric over the types of the mix on which all of its
// models know it; unknown if they are less than half. Types are independent of
// one another: their estimates share no tickets but in the regressions.
func (s standard) adjusted(e *Estimates, metric Metric, m int) figure {
	var n int
	var value, variance, covered float64
	for k, d := range s.types {
		shared := true
		for _, other := range s.models {
			shared = shared && e.cells[d][other].adjusted[metric].known()
		}
		if f := e.cells[d][m].adjusted[metric]; shared {
			n += f.n
			covered += s.weight[k]
			value += s.weight[k] * f.value
			variance += s.weight[k] * s.weight[k] * f.variance
		}
	}
	if covered < enoughMix {
		return unknown()
	}
	return normal(metric, n, value/covered, variance/covered/covered)
}
