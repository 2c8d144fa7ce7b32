package support

import (
	"testing"

	"github.com/ticketmill/ticketmill/models/support/survival"
)

// A few pilots of long ago do not make a young model's curve known.
func TestReach(t *testing.T) {
	young := func(n, pilots int) (followed []float64) {
		for i := range n {
			followed = append(followed, float64(i%10)*day)
		}
		for range pilots {
			followed = append(followed, 100*day)
		}
		return followed
	}
	for _, c := range []struct {
		n, pilots int
		want      float64 // days
	}{{0, 0, 0}, {0, 1, 100}, {3, 0, 2}, {20, 2, 9}, {20, 3, 100}, {1000, 9, 9}, {1000, 10, 100}} {
		near(t, "reach", reach(young(c.n, c.pilots))/day, c.want, 0)
	}
}

func TestTells(t *testing.T) {
	mean := timed{ResolutionMean, resolution, 0, func(t float64) float64 { return t }, restriction}
	// of 1,000 tickets, some are not over after ten days
	curve := func(open int, followed float64) *seen {
		seconds, over := make([]float64, 1000), make([]bool, 1000)
		for i := range seconds {
			if seconds[i], over[i] = day, true; i < open {
				seconds[i], over[i] = 10*day, false
			}
		}
		return &seen{survival.New(seconds, over), followed}
	}
	for name, c := range map[string]struct {
		curve *seen
		t     timed
		want  bool
	}{
		"nothing":                      {&seen{survival.New(nil, nil), 0}, mean, false},
		"followed":                     {curve(500, 30*day), mean, true},
		"half of them open":            {curve(500, 10*day), mean, false},
		"none open":                    {curve(0, 10*day), mean, true},
		"2 of 1,000 open":              {curve(2, 10*day), mean, true},  // 0.04 of 1.06 days
		"5 of 1,000 open":              {curve(5, 10*day), mean, false}, // 0.1 of 1.14 days
		"share within what is known":   {curve(500, 10*day), within(Resolved7d, resolution, 7*day), true},
		"share beyond":                 {curve(2, 10*day), within(Resolved30d, resolution, 30*day), false},
		"the utility hardly falls on":  {curve(500, 10*day), timed{ResolutionUtility, resolution, 0, halving(2 * day), 30 * day}, true},
		"the utility falls on":         {curve(500, 10*day), timed{ResolutionUtility, resolution, 0, halving(9 * day), 36 * day}, false},
		"short but enough for the day": {curve(999, 25*hour), within(Answered24h, response, day), true},
	} {
		if got := c.curve.tells(c.t); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
