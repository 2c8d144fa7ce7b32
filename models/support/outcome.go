package support

import (
	"math"

	"github.com/ticketmill/ticketmill/models/support/causal"
)

// outcomes are the columns that are adjusted, by Metric.outcome. The times'
// are filled in cell by cell.
func (u *tickets) outcomes() causal.Outcomes {
	y := causal.Outcomes{Columns: make([][]float32, outcomeCount), Set: make([]int, outcomeCount), Share: make([]bool, outcomeCount)}
	nothing := float32(math.NaN())
	for j := range y.Columns {
		y.Columns[j] = make([]float32, len(u.rows))
		for k := range u.rows {
			y.Columns[j][k] = nothing
		}
	}
	for k, i := range u.rows {
		if u.everResolved(k) {
			y.Columns[ReopenRate.outcome()][k] = float32(number(u.Reopened[i]))
		}
		if u.clocks[resolution].over[k] && u.Touches[i] >= 0 {
			y.Columns[OneTouchRate.outcome()][k] = float32(number(u.OneTouch[i]))
			y.Columns[Touches.outcome()][k] = float32(u.Touches[i])
		}
		if s := u.Satisfaction[i]; rated(s) {
			y.Columns[Satisfaction.outcome()][k] = float32(s)
		}
		if s := u.SLAMet[i]; s == 0 || s == 1 {
			y.Columns[SLAMetShare.outcome()][k] = float32(s)
		}
	}
	for m := range MetricCount {
		if j := m.outcome(); j >= 0 {
			y.Set[j], y.Share[j] = m.set(), m.isShare()
		}
	}
	return y
}

// set numbers the outcomes' sets of tickets: those of a clock (two, since one
// of them may lack its yardstick), ever resolved, resolved, rated, with an
// agreement.
func (m Metric) set() int {
	switch m {
	case ReopenRate:
		return 3
	case OneTouchRate, Touches, CostPerTicket:
		return 4
	case Satisfaction:
		return 5
	case SLAMetShare:
		return 6
	case ResolutionUtility:
		return 1
	case FirstResponseUtility:
		return 2
	default:
		return 0
	}
}

// isShare tells whether the metric counts tickets.
func (m Metric) isShare() bool {
	switch m {
	case Resolved1d, Resolved7d, Resolved30d, Answered24h, ReopenRate, OneTouchRate, SLAMetShare:
		return true
	default:
		return false
	}
}

// pseudo fills in the pseudo-observations of a cell's tickets.
//
// Their Kaplan–Meier estimate is the cell's own. A ticket is cut off because
// it was created late, so how long it was followed depends on when its kind
// came in: types that are new or growing have more that are cut off, and
// estimates over several types would take their tickets for those of slower or
// faster ones. Within a cell only a change of its own speed during the last
// weeks is left, which no stratum takes away. Curves of very few tickets are
// poor, but such cells are not compared; they lend a hand to the regressions.
func pseudo(y causal.Outcomes, places []int32, curves [clockCount]*seen, yard Yardstick) {
	for _, t := range timedMetrics(yard) {
		column := y.Columns[t.metric.outcome()]
		for k, v := range curves[t.clock].Jackknife(t.value, t.horizon) {
			column[places[k]] = float32(v)
		}
	}
}
