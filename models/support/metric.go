package support

import (
	"cmp"
	"math"
)

// Metric is one figure of a support model on a demand type.
type Metric int

// The metrics. Shares and rates are 0–1. Times restricted to 30 days count
// what takes longer as 30 days.
const (
	Resolved1d           Metric = iota // share resolved within a day
	Resolved7d                         // within 7 days
	Resolved30d                        // within 30 days
	ResolutionMedian                   // seconds
	ResolutionMean                     // seconds, restricted to 30 days
	ResolutionUtility                  // mean of 2^(−time/yardstick), see Yardstick
	Answered24h                        // share answered within 24 h
	FirstResponseMedian                // seconds
	FirstResponseMean                  // seconds, restricted to 30 days
	FirstResponseUtility               // like ResolutionUtility
	ReopenRate                         // of those ever resolved
	OneTouchRate                       // of the resolved
	Satisfaction                       // mean, 1–5, of the answered surveys
	SLAMetShare                        // of the tickets with an agreement
	Touches                            // mean of the resolved
	CostPerTicket                      // Touches times the model's cost per touch
	MetricCount
)

// String is the metric's name in column names.
func (m Metric) String() string {
	return [...]string{
		"resolved_1d_share", "resolved_7d_share", "resolved_30d_share", "resolution_p50_seconds",
		"resolution_mean_seconds", "resolution_utility", "answered_24h_share", "first_response_p50_seconds",
		"first_response_mean_seconds", "first_response_utility", "reopen_rate", "one_touch_rate",
		"satisfaction", "sla_met_share", "touches", "cost_per_ticket",
	}[m]
}

// restriction is the horizon of the restricted means, in seconds.
const restriction = 30 * day

// span is the least and the greatest value that the metric can have.
func (m Metric) span() (least, greatest float64) {
	switch m {
	case ResolutionMean, FirstResponseMean:
		return 0, restriction
	case Satisfaction:
		return 1, 5
	case ResolutionMedian, FirstResponseMedian, Touches, CostPerTicket:
		return 0, math.Inf(1)
	default:
		return 0, 1
	}
}

// outcome is the metric's column among the adjusted outcomes, −1 if it has none.
// Cost has that of the touches.
func (m Metric) outcome() int {
	switch m {
	case CostPerTicket:
		return Touches.outcome()
	case ResolutionMedian, FirstResponseMedian:
		return -1
	default:
		return int([...]int8{
			Resolved1d: 0, Resolved7d: 1, Resolved30d: 2, ResolutionMean: 3, ResolutionUtility: 4,
			Answered24h: 5, FirstResponseMean: 6, FirstResponseUtility: 7,
			ReopenRate: 8, OneTouchRate: 9, Touches: 10, Satisfaction: 11, SLAMetShare: 12,
		}[m])
	}
}

// outcomeCount is the number of different outcomes.
const outcomeCount = 13

// timed is a metric that is the mean of a function of a time.
type timed struct {
	metric  Metric
	clock   int
	limit   float64 // of a share, in seconds; else 0
	value   func(seconds float64) float64
	horizon float64 // beyond which the function is constant, in seconds
}

// timedMetrics lists them for a type with the given yardsticks; without a
// yardstick there is no utility.
func timedMetrics(y Yardstick) []timed {
	same := func(t float64) float64 { return t }
	list := []timed{
		within(Resolved1d, resolution, day),
		within(Resolved7d, resolution, 7*day),
		within(Resolved30d, resolution, 30*day),
		within(Answered24h, response, day),
		{ResolutionMean, resolution, 0, same, restriction},
		{FirstResponseMean, response, 0, same, restriction},
	}
	if y.Resolution > 0 {
		horizon := cmp.Or(y.ResolutionHorizon, utilityHorizon(y.Resolution))
		list = append(list, timed{ResolutionUtility, resolution, 0, halving(y.Resolution), horizon})
	}
	if y.FirstResponse > 0 {
		horizon := cmp.Or(y.FirstResponseHorizon, utilityHorizon(y.FirstResponse))
		list = append(list, timed{FirstResponseUtility, response, 0, halving(y.FirstResponse), horizon})
	}
	return list
}

// within is the share that takes no longer than the limit. Its function falls
// just beyond.
func within(m Metric, clock int, limit float64) timed {
	value := func(t float64) float64 { return number(t <= limit) }
	return timed{m, clock, limit, value, math.Nextafter(limit, math.Inf(1))}
}

// halving is the utility of a time: 1 at once, half at the yardstick.
func halving(yardstick float64) func(float64) float64 {
	return func(t float64) float64 { return math.Exp2(-t / yardstick) }
}

// utilityHorizon is where waiting on does no more harm: a sixteenth is left.
func utilityHorizon(yardstick float64) float64 {
	return max(restriction, 4*yardstick)
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
