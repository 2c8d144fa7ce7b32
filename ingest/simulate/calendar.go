package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

const day = 24 * time.Hour

// weight is how much of the theme comes on the day, among customers or in the
// community.
func (th *theme) weight(o Options, at time.Time, paid bool) float64 {
	w := th.free
	if paid {
		w = th.paid
	}
	span := o.Until.Sub(o.From)
	x := float64(at.Sub(o.From)) / float64(span) // 0 … 1 over the history
	switch th.trend {
	case emerging:
		if o.Until.Sub(at) > min(42*day, span/3) {
			return 0
		}
	case release:
		w *= 0.7 + releaseWave(o, at)
	case growing:
		w *= 0.6 + 0.8*x
	case fading:
		w *= 1.4 - 0.8*x
	case yearEnd:
		if m := at.Month(); m == time.December || m == time.January {
			w *= 2.2
		}
	}
	w *= 0.75 + 0.5*x // the customer base grows
	return w * dayFactor(at, paid)
}

// releaseWave is high in the weeks after a major release, and highest after
// the last one, some five months before the end.
func releaseWave(o Options, at time.Time) float64 {
	wave := 0.0
	for i := range 8 {
		came := o.Until.Add(-150*day - time.Duration(i)*2*releaseEvery)
		since := at.Sub(came)
		if since < 0 || since > 60*day {
			continue
		}
		height := 1.5
		if i == 0 {
			height = 5
		}
		wave += height * math.Exp(-float64(since)/float64(12*day))
	}
	return wave
}

func dayFactor(at time.Time, paid bool) float64 {
	f := 1.0
	switch at.Weekday() {
	case time.Saturday, time.Sunday:
		f = 0.5
		if paid {
			f = 0.12
		}
	case time.Monday:
		f = 1.15
	case time.Friday:
		f = 0.85
	}
	if holiday(at) {
		f *= 0.3
	}
	if at.Month() == time.August {
		f *= 0.8
	}
	return f
}

func holiday(at time.Time) bool {
	m, d := at.Month(), at.Day()
	return m == time.December && d >= 23 || m == time.January && d <= 2 || m == time.May && d == 1 || m == time.July && d == 4
}

// hours of the day, UTC: office hours of Europe and America for customers,
// the whole world for the community.
var (
	paidHours = [24]float64{1, 1, 1, 1, 1, 2, 4, 9, 14, 15, 13, 9, 10, 14, 15, 12, 9, 6, 4, 3, 2, 1, 1, 1}
	freeHours = [24]float64{5, 5, 5, 4, 4, 4, 5, 7, 9, 10, 10, 9, 9, 10, 11, 11, 10, 9, 9, 9, 9, 8, 7, 6}
)

func cumulate(ws []float64) []float64 {
	out := make([]float64, len(ws))
	total := 0.0
	for i, w := range ws {
		total += w
		out[i] = total
	}
	return out
}

// arrival is a ticket to come: when, and with which theme.
type arrival struct {
	at    time.Time
	theme *theme
}

// arrivals draws n of them, not in order.
func arrivals(o Options, r *rand.Rand, n int, paid bool) []arrival {
	days := max(1, int(math.Ceil(float64(o.Until.Sub(o.From))/float64(day))))
	ws := make([]float64, 0, days*len(themes))
	for d := range days {
		at := o.From.Add(time.Duration(d) * day)
		for _, th := range themes {
			ws = append(ws, th.weight(o, at, paid))
		}
	}
	cum := cumulate(ws)
	hours := cumulate(freeHours[:])
	if paid {
		hours = cumulate(paidHours[:])
	}
	out := make([]arrival, 0, n)
	for len(out) < n {
		i := pickCum(r, cum)
		at := o.From.Add(time.Duration(i/len(themes)) * day).Truncate(day)
		at = at.Add(time.Duration(pickCum(r, hours)) * time.Hour).Add(time.Duration(r.IntN(3600)) * time.Second)
		if at.Before(o.From) || !at.Before(o.Until) {
			continue
		}
		out = append(out, arrival{at, themes[i%len(themes)]})
	}
	return out
}

// office gives at itself in working hours, or some time of the next working
// morning.
func office(r *rand.Rand, at time.Time) time.Time {
	if h := at.Hour(); h >= 18 {
		at = at.Truncate(day).Add(day)
	} else if h >= 7 && workday(at) {
		return at
	}
	at = at.Truncate(day)
	for !workday(at) {
		at = at.Add(day)
	}
	return at.Add(7*time.Hour + time.Duration(r.IntN(3*3600))*time.Second)
}

func workday(at time.Time) bool {
	wd := at.Weekday()
	return wd != time.Saturday && wd != time.Sunday && !holiday(at)
}

// about draws a log-normal duration around the median, never under half a
// minute.
func about(r *rand.Rand, median time.Duration, sigma float64) time.Duration {
	d := time.Duration(float64(median) * math.Exp(sigma*r.NormFloat64()))
	return max(30*time.Second, d.Truncate(time.Second))
}
