package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/ticketmill/ticketmill/models/support"
)

// SupportModel is a way of supporting, what it costs and what is wished of it.
type SupportModel struct {
	CostPerTouch *float64           `yaml:"cost_per_touch"` // in the user's own currency; nil: not known, 0: free
	Targets      map[string]Seconds `yaml:"targets"`        // by targetNames
	Tool         string             `yaml:"tool"`           // where its requests are worked on
	Steps        []string           `yaml:"steps"`          // how a request is worked through
	Solutions    map[string]string  `yaml:"solutions"`      // what it is known to solve: problem → answer
}

var (
	targetNames = []string{"first_response", "resolution"}
	weightNames = []string{"cost", "first_response", "quality", "resolution", "satisfaction"}
)

// defaultWeights are what the components of a score count without a say of the
// user's.
var defaultWeights = map[string]float64{"resolution": 0.30, "first_response": 0.25, "quality": 0.20, "satisfaction": 0.15, "cost": 0.10}

func (c *Config) validateModels() error {
	for _, name := range slices.Sorted(maps.Keys(c.SupportModels)) {
		if err := c.SupportModels[name].validate(); err != nil {
			return fmt.Errorf("support_models.%s: %w", name, err)
		}
	}
	return validateWeights(c.Weights)
}

func (m SupportModel) validate() error {
	if c := m.CostPerTouch; c != nil && !(*c >= 0 && *c <= maxCost) {
		return fmt.Errorf("cost_per_touch: %g is no cost", *c)
	}
	for _, t := range slices.Sorted(maps.Keys(m.Targets)) {
		if !slices.Contains(targetNames, t) {
			return fmt.Errorf("targets: %q is neither first_response nor resolution", t)
		}
	}
	for problem, answer := range m.Solutions {
		if problem == "" || answer == "" {
			return errors.New("solutions: write what solves each problem, such as {login fails: renew the certificate}")
		}
	}
	return nil
}

// maxCost keeps sums of costs within what a number holds exactly.
const maxCost = 1e9

func validateWeights(weights map[string]float64) error {
	var sum float64
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !slices.Contains(weightNames, name) {
			return fmt.Errorf("weights: %q is not one of %v", name, weightNames)
		}
		if w := weights[name]; !(w >= 0 && w <= 1e6) {
			return fmt.Errorf("weights.%s: %g is no weight", name, w)
		}
		sum += weights[name]
	}
	if len(weights) > 0 && sum <= 0 {
		return fmt.Errorf("weights: at least one must be above zero")
	}
	return nil
}

// judgedModels are the support models as the comparison takes them.
func (c *Config) judgedModels() []support.Model {
	var out []support.Model
	for _, name := range c.modelNames() {
		m, cost := c.SupportModels[name], math.NaN()
		if m.CostPerTouch != nil {
			cost = *m.CostPerTouch
		}
		out = append(out, support.Model{
			Name: name, CostPerTouch: cost,
			FirstResponse: time.Duration(m.Targets["first_response"]).Seconds(),
			Resolution:    time.Duration(m.Targets["resolution"]).Seconds(),
		})
	}
	return out
}

// judgedWeights are the weights as the comparison takes them.
func (c *Config) judgedWeights() support.Weights {
	w := c.Weights
	if len(w) == 0 {
		w = defaultWeights
	}
	return support.Weights{
		Resolution: w["resolution"], FirstResponse: w["first_response"], Quality: w["quality"],
		Satisfaction: w["satisfaction"], Cost: w["cost"],
	}
}

// threads is how many the build may use.
func (c *Config) threads() int {
	if c.Build.Threads > 0 {
		return c.Build.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// modelNames lists every support model that the configuration speaks of, sorted.
func (c *Config) modelNames() []string {
	names := map[string]bool{}
	for name := range c.SupportModels {
		names[name] = true
	}
	for _, s := range c.Sources {
		names[s.SupportModel] = true
	}
	for _, r := range c.Rules {
		names[r.SupportModel] = true
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}
