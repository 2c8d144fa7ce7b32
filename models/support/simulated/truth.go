package simulated

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/ticketmill/ticketmill/models/support"
)

// restriction is the horizon of the restricted means.
const restriction = 30 * day

// lengths is the number of equally likely text lengths that stand for all.
const lengths = 60

// Truth is the expectation of each metric if all tickets of the type went to
// the model, for the yardstick y; medians are left zero.
func (w *World) Truth(d, m int, y support.Yardstick) [support.MetricCount]float64 {
	return w.mean(d, m, y, func(ticket) float64 { return 1 })
}

// Naive is the expectation for the tickets that do go to the model, which is
// what a comparison without adjustment finds.
func (w *World) Naive(d, m int, y support.Yardstick) [support.MetricCount]float64 {
	return w.mean(d, m, y, func(x ticket) float64 { return w.routes(d, x)[m] })
}

// mean is the expectation over a type's tickets, weighted.
func (w *World) mean(d, m int, y support.Yardstick, weight func(ticket) float64) (out [support.MetricCount]float64) {
	var all float64
	chances, shares := w.priorityChances(d), productChances()
	normal := distuv.Normal{Mu: 0, Sigma: 1}
	for priority, a := range chances {
		for product, b := range shares {
			for k := range lengths {
				x := ticket{priority, product, normal.Quantile((float64(k) + 0.5) / lengths)}
				part := a * b * weight(x)
				all += part
				for metric, v := range w.expected(d, m, x, y) {
					out[metric] += part * v
				}
			}
		}
	}
	for metric := range out {
		out[metric] /= all
	}
	return out
}

// expected are the metrics' expectations for tickets like x.
func (w *World) expected(d, m int, x ticket, y support.Yardstick) (out [support.MetricCount]float64) {
	p := w.prospects(d, m, x)
	out[support.Resolved1d] = 1 - math.Exp(-day/p.resolution)
	out[support.Resolved7d] = 1 - math.Exp(-7*day/p.resolution)
	out[support.Resolved30d] = 1 - math.Exp(-30*day/p.resolution)
	out[support.Answered24h] = 1 - math.Exp(-day/p.response)
	out[support.ResolutionMean] = p.resolution * (1 - math.Exp(-restriction/p.resolution))
	out[support.FirstResponseMean] = p.response * (1 - math.Exp(-restriction/p.response))
	out[support.ResolutionUtility] = halved(p.resolution, y.Resolution)
	out[support.FirstResponseUtility] = halved(p.response, y.FirstResponse)
	out[support.ReopenRate] = p.reopen
	out[support.Touches] = 1 + p.touches
	out[support.OneTouchRate] = math.Exp(-p.touches)
	out[support.Satisfaction] = 1 + 4*p.pleasure
	return out
}

// halved is the mean of 2^(−t/yardstick) for exponential times, which count no
// longer than a month or four yardsticks.
func halved(mean, yardstick float64) float64 {
	if yardstick == 0 {
		return 0
	}
	horizon := max(restriction, 4*yardstick)
	rate := 1/mean + math.Ln2/yardstick
	return (1-math.Exp(-rate*horizon))/(mean*rate) + math.Exp(-rate*horizon)
}
