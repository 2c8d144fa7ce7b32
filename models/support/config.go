package support

import (
	"errors"
	"fmt"
	"math"
)

// Seconds.
const (
	hour  = 3600.0
	day   = 24 * hour
	month = 365.2425 / 12 * day
	year  = 12 * month
)

// Model is a support model and its owner's wishes.
type Model struct {
	Name          string
	CostPerTouch  float64 // in the user's currency; not a number: not known
	FirstResponse float64 // promised seconds to the first response; 0: none
	Resolution    float64 // promised seconds to the resolution; 0: none
}

// priced tells whether the model's cost is known.
func (m Model) priced() bool { return !math.IsNaN(m.CostPerTouch) }

// Weights are what the components of a score count; only their proportions
// matter.
type Weights struct {
	Resolution, FirstResponse, Quality, Satisfaction, Cost float64
}

// list is in the order of the components.
func (w Weights) list() [componentCount]float64 {
	return [componentCount]float64{w.Resolution, w.FirstResponse, w.Quality, w.Satisfaction, w.Cost}
}

// Config is what the tickets are judged by.
type Config struct {
	Types   []string // names of the demand types
	Models  []Model
	Weights Weights
	Now     int64    // Unix seconds, the moment that open tickets are seen at
	Answers []Answer // by type, for self-service; may be nil
	Seed    uint64
	Threads int // 0: one
	Draws   int // 0: 2000
}

// Answer is how alike a type's solved tickets were answered, of a sample.
type Answer struct {
	Sampled int // tickets whose closing answer was looked at
	Same    int // the most that were closed by nearly the same answer
}

const (
	defaultDraws = 2000
	maxModels    = 250
)

// ErrConfig is the error for settings that mean nothing.
var ErrConfig = errors.New("settings that cannot be")

// settled returns the configuration with its defaults, or what is wrong.
func (c Config) settled() (Config, error) {
	if c.Draws == 0 {
		c.Draws = defaultDraws
	}
	c.Threads = max(c.Threads, 1)
	switch {
	case len(c.Models) > maxModels:
		return c, fmt.Errorf("%d support models: %w", len(c.Models), ErrConfig)
	case c.Draws < 0:
		return c, fmt.Errorf("%d draws: %w", c.Draws, ErrConfig)
	case c.Answers != nil && len(c.Answers) != len(c.Types):
		return c, fmt.Errorf("answers of %d types out of %d: %w", len(c.Answers), len(c.Types), ErrConfig)
	}
	return c, checkWishes(c.Models, c.Weights)
}

func checkWishes(models []Model, w Weights) error {
	var sum float64
	for _, v := range w.list() {
		if !usableNumber(v) {
			return fmt.Errorf("a weight of %v: %w", v, ErrConfig)
		}
		sum += v
	}
	if sum == 0 {
		return fmt.Errorf("no weight above zero: %w", ErrConfig)
	}
	for _, m := range models {
		wishes := []float64{m.FirstResponse, m.Resolution}
		if m.priced() {
			wishes = append(wishes, m.CostPerTouch)
		}
		for _, v := range wishes {
			if !usableNumber(v) {
				return fmt.Errorf("support model %s has a cost or target of %v: %w", m.Name, v, ErrConfig)
			}
		}
	}
	return nil
}

// usableNumber holds for what a weight, a cost or a target can be.
func usableNumber(v float64) bool {
	return v >= 0 && v <= math.MaxFloat32
}
