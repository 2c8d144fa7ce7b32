// Package simulated makes up tickets of several support models whose true
// performance is known, so that estimates can be held against it. Hard tickets
// go to the strong models, as they do in life, which makes these look weak:
// Simpson's paradox is built in.
package simulated

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/ticketmill/ticketmill/models/support"
)

// Seconds.
const (
	hour = 3600.0
	day  = 24 * hour
)

// now is when the worlds' tickets are seen, in Unix seconds: 2026-01-01.
const now = 1767225600

// Options say what kind of world to make.
type Options struct {
	Types, Models int
	// Confounding is how strongly hard tickets go to the strong models: 0 deals
	// them at random, 1 reverses many comparisons.
	Confounding float64
	// Spread is the standard deviation of how much better a model is on one
	// type than on another, in logarithms of times.
	Spread float64
	// Uneven is how much types differ in what makes a ticket hard and in who
	// gets the hard ones: the relative standard deviation.
	Uneven float64
	Days   int // that tickets came in, until now; 0: 500
	Seed   uint64
}

// The levels of the covariates that matter.
const (
	priorities = 4 // 0: urgent … 3: low
	products   = 3
)

// World is types and models with known properties.
type World struct {
	options Options
	urgency []float64   // of each type: how its priorities lean
	growth  []float64   // of each type: how late its tickets come
	pull    []float64   // of each type: how strongly its hard tickets go to the strong models
	weight  []float64   // of each type: how much its priorities tell
	route   [][]float64 // of each type and model: log-odds for an average ticket
	effects [][]effect  // of each type and model
}

// effect is what a model does with an average ticket of a type.
type effect struct {
	resolution, response      float64 // logarithm of the mean seconds
	reopen, touches, pleasure float64 // log-odds, logarithm and log-odds
}

// New makes a world. Models get stronger with their index: faster, better and
// dearer.
func New(o Options) *World {
	if o.Days == 0 {
		o.Days = 500
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0xd0))
	w := &World{options: o}
	for range o.Types {
		w.urgency = append(w.urgency, 0.5*rng.NormFloat64())
		w.growth = append(w.growth, 0.7+1.3*rng.Float64())
		w.pull = append(w.pull, o.Confounding*(1+o.Uneven*rng.NormFloat64()))
		w.weight = append(w.weight, 1+o.Uneven*rng.NormFloat64())
		slow := 0.6 * rng.NormFloat64()
		var routes []float64
		var effects []effect
		for m := range o.Models {
			strength := float64(m) / float64(max(o.Models-1, 1))
			routes = append(routes, 0.4*rng.NormFloat64())
			effects = append(effects, effect{
				resolution: math.Log(5*day) + slow - 0.5*strength + o.Spread*rng.NormFloat64(),
				response:   math.Log(14*hour) + slow - 0.8*strength + o.Spread*rng.NormFloat64(),
				reopen:     -2 - 0.5*strength + o.Spread*rng.NormFloat64(),
				touches:    0.4 + 0.3*strength + 0.3*o.Spread*rng.NormFloat64(),
				pleasure:   0.6 + 0.4*strength + o.Spread*rng.NormFloat64(),
			})
		}
		w.route, w.effects = append(w.route, routes), append(w.effects, effects)
	}
	return w
}

// Config is a configuration that fits the world's tickets.
func (w *World) Config() support.Config {
	c := support.Config{
		Now: now, Seed: w.options.Seed,
		Weights: support.Weights{Resolution: 0.30, FirstResponse: 0.25, Quality: 0.20, Satisfaction: 0.15, Cost: 0.10},
	}
	for d := range w.options.Types {
		c.Types = append(c.Types, "type "+strconv.Itoa(d))
	}
	for m := range w.options.Models {
		c.Models = append(c.Models, support.Model{
			Name: "model " + strconv.Itoa(m), CostPerTouch: float64(2 + 5*m),
			FirstResponse: 48 * hour / float64(m+1), Resolution: 20 * day / float64(m+1),
		})
	}
	return c
}

// ticket is what was known of a ticket when it came in.
type ticket struct {
	priority, product int
	length            float64 // standardised logarithm
}

// hardness is how much harder than average a ticket is, in logarithms of
// times.
func (w *World) hardness(d int, t ticket) float64 {
	return w.weight[d]*[priorities]float64{1.2, 0.4, -0.2, -0.8}[t.priority] +
		[products]float64{0.3, 0, -0.3}[t.product] + 0.25*t.length
}

// priorityChances are a type's chances of the priorities.
func (w *World) priorityChances(d int) (p [priorities]float64) {
	var sum float64
	for k := range p {
		p[k] = math.Exp([priorities]float64{-0.7, 0, 0.5, 0}[k] - w.urgency[d]*float64(k)/priorities)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// productChances are everybody's chances of the products.
func productChances() [products]float64 { return [products]float64{0.3, 0.4, 0.3} }

// routes are a ticket's chances to go to each model.
func (w *World) routes(d int, t ticket) []float64 {
	out := make([]float64, w.options.Models)
	var sum float64
	for m := range out {
		strength := float64(m)/float64(max(w.options.Models-1, 1)) - 0.5
		out[m] = math.Exp(w.route[d][m] + 2*w.pull[d]*strength*w.hardness(d, t))
		sum += out[m]
	}
	for m := range out {
		out[m] /= sum
	}
	return out
}

// prospects are what a model will do with a ticket.
type prospects struct {
	resolution, response      float64 // mean seconds, exponential
	reopen, touches, pleasure float64 // chance; mean beyond the first; chance of each of four points
}

func (w *World) prospects(d, m int, t ticket) prospects {
	e, h := w.effects[d][m], w.hardness(d, t)
	return prospects{
		resolution: math.Exp(e.resolution + h),
		response:   math.Exp(e.response + 0.7*h),
		reopen:     1 / (1 + math.Exp(-e.reopen-0.6*h)),
		touches:    math.Exp(e.touches + 0.4*h),
		pleasure:   1 / (1 + math.Exp(-e.pleasure+0.5*h)),
	}
}
