package support

import (
	"math"
	"slices"

	"github.com/ticketmill/ticketmill/models/support/survival"
)

const (
	// A curve is believed as far as this share of its tickets has been followed,
	// or so many of them: what only a few pilots have lived through says little
	// of all.
	followedShare = 0.1
	followedMost  = 10
	// littleUnseen is how much of a figure's loss may lie beyond that.
	littleUnseen = 0.05
)

// A model that began three weeks ago has no ticket of thirty days. Its
// Kaplan–Meier curve stops where its oldest tickets are, and the usual
// convention, that what is left lasts until the horizon, would make it look slow
// for being young. So figures are unknown until tickets have been followed that
// far, and the times' utilities, which scores are made of, are compared up to
// where all of the compared models have been followed (as Royston and Parmar
// 2013 and Tian et al. 2020 advise for restricted means).

// seen is a curve and how far to believe it.
type seen struct {
	*survival.Curve
	reach float64 // seconds
}

// reach is how long enough of the tickets were followed: the tenth longest of a
// hundred or more, of fewer the one that a tenth of them do not fall short of.
// 0 without tickets.
func reach(followed []float64) float64 {
	n := len(followed)
	if n == 0 {
		return 0
	}
	enough := min(int(math.Ceil(followedShare*float64(n))), followedMost)
	slices.Sort(followed)
	return followed[n-enough]
}

// tells is whether the tickets were followed to the metric's horizon, or what
// happens beyond can change the metric by a twentieth of its distance from the
// ideal at most: hardly any ticket is left, or waiting on does no more harm.
func (s *seen) tells(t timed) bool {
	if len(s.Times) == 0 {
		return false
	}
	until := t.horizon
	if t.limit > 0 {
		until = t.limit
	}
	if s.reach >= until {
		return true
	}
	left, _ := s.At(s.reach)
	mean, _ := s.Mean(t.value, t.horizon)
	unseen := left * math.Abs(t.value(s.reach)-t.value(t.horizon))
	return unseen <= littleUnseen*math.Abs(mean-t.value(0))
}

// follow restricts the horizons of type d to what its models know. The models
// are the comparable ones if there are two, else all that have enough tickets
// to be. One that has not been followed for a yardstick is left behind: it would
// restrict the others to where nobody has lost anything yet.
func (e *Estimates) follow(d int, curves [][clockCount]*seen) Yardstick {
	var compared, sizeable []int
	for m, o := range e.overlaps[d] {
		if o.Comparable() {
			compared = append(compared, m)
		}
		if o.Sizeable() {
			sizeable = append(sizeable, m)
		}
	}
	if len(compared) < 2 {
		compared = sizeable
	}
	y := e.yardsticks[d]
	y.ResolutionHorizon, y.FirstResponseHorizon = utilityHorizon(y.Resolution), utilityHorizon(y.FirstResponse)
	for _, t := range timedMetrics(y) {
		switch t.metric {
		case ResolutionUtility:
			y.ResolutionHorizon = shortest(curves, compared, t, y.Resolution)
		case FirstResponseUtility:
			y.FirstResponseHorizon = shortest(curves, compared, t, y.FirstResponse)
		}
	}
	return y
}

// shortest is the longest horizon, up to the metric's, that all models know who
// know at least the least.
func shortest(curves [][clockCount]*seen, models []int, t timed, least float64) float64 {
	out := t.horizon
	for _, m := range models {
		if s := curves[m][t.clock]; !s.tells(t) && s.reach >= least {
			out = min(out, s.reach)
		}
	}
	return out
}

// TooEarly is the Reason of a model whose tickets have not been followed long
// enough to compare its times.
const TooEarly = "too early to tell"

// lag sorts out the models whose times cannot be told yet while others' can.
func (j *judge) lag(d int, models []int) (ready, early []int) {
	late := map[int]bool{}
	for _, part := range []int{resolutionPart, responsePart} {
		if j.weights[part] == 0 {
			continue
		}
		unknown := func(m int) bool { return !j.e.effects[d].Known[m*outcomeCount+source(part).outcome()] }
		if !slices.ContainsFunc(models, func(m int) bool { return !unknown(m) }) {
			continue // nobody's
		}
		for _, m := range models {
			late[m] = late[m] || unknown(m)
		}
	}
	for _, m := range models {
		if late[m] {
			early = append(early, m)
		} else {
			ready = append(ready, m)
		}
	}
	return ready, early
}
