package support

import (
	"cmp"
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
	"github.com/ticketmill/ticketmill/models/support/causal"
)

// Yardstick is what a demand type's times are held against, in seconds, the
// same for all of its support models: else a slow model with a lax promise
// would beat a fast one with a strict promise. It is the geometric mean of the
// promises, exp(Σ share·ln promise), weighted by the models' present shares of
// the type's tickets; a model without a promise has no say. Where nobody has
// promised anything it is usualFirstResponse and usualResolution.
type Yardstick struct {
	FirstResponse, Resolution float64

	// Horizons, in seconds: what lasts longer counts as lasting so long in the
	// times' utilities. 30 days or four yardsticks, whichever is longer; less
	// where a compared model has not been followed so long. 0: as usual.
	FirstResponseHorizon, ResolutionHorizon float64
}

// What times are held against where no model has promised anything, in seconds.
const (
	usualFirstResponse = day
	usualResolution    = 7 * day
)

// Estimates are the figures of all models and types, unadjusted and adjusted.
type Estimates struct {
	config  Config
	tickets *tickets

	data         *causal.Data
	propensities []float32
	overlaps     [][]causal.Overlap // by type and model

	recent, ever [][]int // tickets of the last year and of all time, by type and model
	months       float64 // that recent spans

	yardsticks []Yardstick // of the promises, with the usual horizons
	judged     []Yardstick // with those that the tickets allow
	cells      [][]*cell   // by type and model
	all        []*cell     // by model
	effects    []causal.Effect
}

// Estimate does all that depends on the tickets. It needs about 700 bytes a
// ticket and keeps the table.
func Estimate(t Table, c Config) (*Estimates, error) {
	c, err := c.settled()
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	u := usable(&t, len(c.Types), len(c.Models), c.Now)
	e := &Estimates{config: c, tickets: u}
	e.mix()
	x, local := design(u)
	e.data = &causal.Data{
		X: x, Local: local, Arm: u.arm, Arms: len(c.Models), Group: u.group, Groups: len(c.Types),
		Fold: folds(u, c.Seed), Threads: c.Threads,
	}
	e.propensities = causal.Propensities(e.data)
	e.overlaps = causal.Overlaps(e.data, e.propensities)
	e.yardsticks = e.yardsticksOf(c.Models)
	e.outcomes()
	return e, nil
}

// Quality tells what of the table was used.
func (e *Estimates) Quality() Quality { return e.tickets.quality }

// mix counts the tickets of the last year, and of all time.
func (e *Estimates) mix() {
	u, from := e.tickets, e.config.Now-int64(year)
	e.recent, e.ever = e.noCounts(), e.noCounts()
	first := e.config.Now - int64(month)
	for k, i := range u.rows {
		d, m := u.group[k], u.arm[k]
		e.ever[d][m]++
		if u.Created[i] > from {
			e.recent[d][m]++
			first = min(first, u.Created[i])
		}
	}
	e.months = float64(e.config.Now-first) / month
}

func (e *Estimates) noCounts() [][]int {
	out := make([][]int, len(e.config.Types))
	for d := range out {
		out[d] = make([]int, len(e.config.Models))
	}
	return out
}

// yardsticksOf are the types' yardsticks if the models had such promises.
func (e *Estimates) yardsticksOf(models []Model) []Yardstick {
	out := make([]Yardstick, len(e.config.Types))
	for d := range out {
		out[d].FirstResponse = cmp.Or(geometric(e.shares(d), func(m int) float64 { return models[m].FirstResponse }), usualFirstResponse)
		out[d].Resolution = cmp.Or(geometric(e.shares(d), func(m int) float64 { return models[m].Resolution }), usualResolution)
	}
	return out
}

// shares are the models' shares of a type's tickets of the last year; without
// any, of all time.
func (e *Estimates) shares(d int) []float64 {
	counts := e.recent[d]
	if sum(counts) == 0 {
		counts = e.ever[d]
	}
	total := float64(max(sum(counts), 1))
	out := make([]float64, len(counts))
	for m, n := range counts {
		out[m] = float64(n) / total
	}
	return out
}

func sum(counts []int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

// geometric is the weighted geometric mean of what is above zero.
func geometric(weights []float64, value func(int) float64) float64 {
	var sum, all float64
	for m, w := range weights {
		if v := value(m); v > 0 && w > 0 {
			sum += w * math.Log(v)
			all += w
		}
	}
	if all == 0 {
		return 0
	}
	return math.Exp(sum / all)
}

// outcomes does all that depends on the yardsticks.
func (e *Estimates) outcomes() {
	u, models := e.tickets, len(e.config.Models)
	byCell := make([][]int32, len(e.config.Types)*models)
	for k := range u.rows {
		at := int(u.group[k])*models + int(u.arm[k])
		byCell[at] = append(byCell[at], int32(k))
	}
	y := u.outcomes()
	e.cells, e.judged = make([][]*cell, len(e.config.Types)), make([]Yardstick, len(e.config.Types))
	linalg.Blocks(len(e.cells), 1, e.config.Threads, func(d, _, _ int) {
		places, curves := byCell[d*models:(d+1)*models], make([][clockCount]*seen, models)
		for m := range curves {
			curves[m] = u.curves(places[m])
		}
		e.judged[d] = e.follow(d, curves)
		e.cells[d] = make([]*cell, models)
		for m := range curves {
			e.cells[d][m] = u.measure(places[m], curves[m], e.judged[d])
			pseudo(y, places[m], curves[m], e.judged[d])
		}
	})
	e.pool()
	e.effects = causal.Effects(e.data, e.propensities, y)
	for d, row := range e.cells {
		for m, c := range row {
			e.adjust(c, d, m)
		}
	}
}

// pool measures the models over all types and shrinks the types' figures.
func (e *Estimates) pool() {
	u, models := e.tickets, len(e.config.Models)
	byModel := make([][]int32, models)
	for k, m := range u.arm {
		byModel[m] = append(byModel[m], int32(k))
	}
	e.all = make([]*cell, models)
	linalg.Blocks(models, 1, e.config.Threads, func(m, _, _ int) {
		e.all[m] = u.measure(byModel[m], u.curves(byModel[m]), Yardstick{})
		column := make([]*cell, len(e.cells))
		for d, row := range e.cells {
			column[d] = row[m]
		}
		for metric := range MetricCount {
			shrink(metric, column)
		}
		for _, metric := range []Metric{ResolutionUtility, FirstResponseUtility} {
			e.all[m].raw[metric] = average(metric, column)
		}
	})
}

// average is the mean of a model's figures weighted by its tickets: a utility
// has another yardstick in each type, so there is no curve for all.
func average(m Metric, cells []*cell) figure {
	var n int
	var value, variance float64
	for _, c := range cells {
		if f := c.raw[m]; f.known() {
			n += f.n
			value += float64(f.n) * f.value
			variance += float64(f.n) * float64(f.n) * f.variance
		}
	}
	if n == 0 {
		return unknown()
	}
	return normal(m, n, value/float64(n), variance/float64(n)/float64(n))
}

// adjust copies the adjusted figures of type d and model m into their cell. What
// is too early to tell of the model's own tickets is not told of others.
func (e *Estimates) adjust(c *cell, d, m int) {
	f := e.effects[d]
	for metric := range MetricCount {
		o := metric.outcome()
		at := m*outcomeCount + o
		if o < 0 || metric == CostPerTicket {
			continue
		}
		if f.Known[at] = f.Known[at] && c.raw[metric].known(); !f.Known[at] {
			continue
		}
		n, v := c.raw[metric].n, f.Covariance[at*len(f.Mean)+at]
		if c.adjusted[metric] = weighted(metric, n, f.Mean[at], v, f.Effective[at]); metric.isShare() {
			c.adjusted[metric] = weightedShare(n, f.Mean[at], v, f.Effective[at])
		}
	}
}
