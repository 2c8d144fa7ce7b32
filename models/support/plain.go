package support

import (
	"github.com/ticketmill/ticketmill/models/support/survival"
)

// cell is a support model on a demand type, or on all.
type cell struct {
	tickets, resolved, answered int
	raw, shrunk, adjusted       [MetricCount]figure
}

// newCell knows nothing yet.
func newCell() *cell {
	c := new(cell)
	for m := range MetricCount {
		c.raw[m], c.shrunk[m], c.adjusted[m] = unknown(), unknown(), unknown()
	}
	return c
}

// curves are the Kaplan–Meier estimates of the clocks for some tickets, given
// by their places among the usable ones.
func (u *tickets) curves(places []int32) (out [clockCount]*seen) {
	for k, c := range u.clocks {
		seconds, over, followed := make([]float64, len(places)), make([]bool, len(places)), make([]float64, len(places))
		for i, p := range places {
			seconds[i], over[i], followed[i] = c.seconds[p], c.over[p], c.followed[p]
		}
		out[k] = &seen{survival.New(seconds, over), reach(followed)}
	}
	return out
}

// measure fills in the unadjusted figures.
func (u *tickets) measure(places []int32, curves [clockCount]*seen, y Yardstick) *cell {
	c := newCell()
	c.tickets = len(places)
	for _, p := range places {
		c.resolved += int(number(u.clocks[resolution].over[p]))
		c.answered += int(number(u.clocks[response].over[p]))
	}
	for _, t := range timedMetrics(y) {
		c.raw[t.metric] = timedFigure(curves[t.clock], t, len(places))
	}
	c.raw[ResolutionMedian] = median(curves[resolution], len(places))
	c.raw[FirstResponseMedian] = median(curves[response], len(places))
	u.count(c, places)
	return c
}

// timedFigure has the log(−log) interval for a share, else the normal one. It is
// unknown while it is too early to tell.
func timedFigure(curve *seen, t timed, n int) figure {
	if !curve.tells(t) {
		f := unknown()
		f.n = n
		return f
	}
	if t.limit == 0 {
		mean, variance := curve.Mean(t.value, t.horizon)
		return normal(t.metric, n, mean, variance)
	}
	s, variance := curve.At(t.limit)
	low, high := curve.Interval(t.limit)
	return figure{n, 1 - s, 1 - high, 1 - low, variance}
}

// median is unknown where the curve does not come down to a half.
func median(curve *seen, n int) figure {
	f, q := unknown(), curve.Quantile(0.5)
	if f.n = n; q.Reached {
		f.value, f.low, f.high = q.Value, q.Low, q.High
	}
	return f
}

// count fills in what is not a time.
func (u *tickets) count(c *cell, places []int32) {
	var ever, reopened, once, agreed, met int
	var touches, satisfaction tally
	for _, p := range places {
		i := u.rows[p]
		ever += int(number(u.everResolved(int(p))))
		reopened += int(number(u.Reopened[i]))
		if u.clocks[resolution].over[p] {
			once += int(number(u.OneTouch[i]))
			if u.Touches[i] >= 0 {
				touches.add(float64(u.Touches[i]))
			}
		}
		if s := u.Satisfaction[i]; rated(s) {
			satisfaction.add(s)
		}
		if u.SLAMet[i] == 0 || u.SLAMet[i] == 1 {
			agreed++
			met += int(u.SLAMet[i])
		}
	}
	c.raw[ReopenRate], c.raw[OneTouchRate] = wilson(reopened, ever), wilson(once, c.resolved)
	c.raw[SLAMetShare] = wilson(met, agreed)
	c.raw[Touches], c.raw[Satisfaction] = touches.student(Touches), satisfaction.student(Satisfaction)
}
