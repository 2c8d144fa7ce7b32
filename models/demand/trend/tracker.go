package trend

import "math"

const (
	yearWeeks = 52
	halfLife  = 13.0 // of the level, in weeks
	window    = 78   // weeks of history the level sees; the rest weighs under 2 %
	// newLevel is the number of weeks in a row off the same side of the band
	// that make a new level; by chance alone that does not happen.
	newLevel = 6
	// priorTickets keeps the level of a type without any tickets off zero.
	priorTickets = 0.5
	// mostTickets is what a week can have.
	mostTickets = 1_000_000_000
	// twoSided is the normal quantile that leaves 2.5 % on either side.
	twoSided = 1.959964
)

// tracker is what is known of one type, and the verdict on the present week.
type tracker struct {
	first     int
	raw       []int
	clean     []float64 // counts, those of alarms cut to the band
	busy      []float64 // each week's volume × common season; 0 where not estimated
	middle    []float64 // centred one-year mean of clean
	season    harmonics
	seasonVar float64 // its relative variance
	start     int     // the week at which the present level starts
	above     int     // weeks in a row that were alarms
	below     int     // weeks in a row below the band
	spread    dispersion
	now, last forecast
}

// forecast is what is expected of a week, and the verdict on it. Variances of
// factors are relative, so that those of a product add up.
type forecast struct {
	level, levelVar   float64 // tickets in an ordinary week
	season, common    float64
	volume, volumeVar float64
	shared            bool    // volume was estimated
	up, down          float64 // the type's say in the volume
	mean, variance    float64
	lower, upper      float64
	p, pair           float64
	scored, alarm     bool
}

func newTracker(s Series) *tracker {
	n := len(s.Counts)
	k := &tracker{
		first: max(s.FirstWeek, 0), raw: make([]int, n),
		clean: make([]float64, n), busy: make([]float64, n), middle: make([]float64, n),
	}
	k.start = k.first
	for t, c := range s.Counts {
		k.raw[t] = tame(c)
		k.clean[t] = float64(k.raw[t])
	}
	return k
}

// tame keeps a count within the range that Series allows.
func tame(n int) int { return min(max(n, 0), mostTickets) }

// predict estimates the level of week t from the weeks before it. A past
// week's tickets are set against what its volume and season made of the level;
// of the season, what is common to all types is already in the volume.
func (k *tracker) predict(year calendar, common *harmonics, t int) {
	k.last, k.now = k.now, forecast{p: 1, pair: 1, volume: 1}
	k.now.season, k.now.common = k.season.at(year, t), common.at(year, t)
	var tickets, weight, squares float64
	w, decay := 1.0, math.Exp2(-1/halfLife)
	for u := t - 1; u >= max(k.start, t-window); u-- {
		exposure := k.season.at(year, u)
		if k.busy[u] > 0 {
			exposure *= k.busy[u] / common.at(year, u)
		}
		tickets += w * k.clean[u]
		weight += w * exposure
		squares += w * w * exposure * exposure
		w *= decay
	}
	k.now.level = (tickets + priorTickets) / weight
	k.now.levelVar = squares / (weight * weight) * (1/k.now.level + k.spread.alpha)
}

// judge compares the count of week t with what was expected.
func (k *tracker) judge(t int, o Options) {
	f, l := &k.now, &k.last
	f.mean = f.level * f.season * f.volume
	alpha := k.spread.alpha
	f.variance = f.mean + f.mean*f.mean*(alpha+f.levelVar+k.seasonVar+f.volumeVar)
	f.scored = t-k.first >= o.MinHistory
	if !f.scored {
		return
	}
	d := negativeBinomial(f.mean, f.variance)
	f.lower, f.upper = d.quantile(-twoSided), d.quantile(twoSided)
	f.p = d.midP(k.raw[t])
	if l.scored && !l.alarm {
		a, b := l.mean, l.level*f.season*f.volume // the level as it was before either week
		m := a + b
		v := m + a*a*(alpha+l.volumeVar) + b*b*(alpha+f.volumeVar) + m*m*(l.levelVar+k.seasonVar)
		f.pair = negativeBinomial(m, v).midP(k.raw[t-1] + k.raw[t])
	}
}

// learn takes week t into what is known.
func (k *tracker) learn(t int) {
	f := &k.now
	if f.shared {
		k.busy[t] = f.volume * f.common
	}
	if f.alarm {
		k.clean[t] = min(k.clean[t], f.upper)
	}
	k.above = streak(k.above, f.alarm)
	k.below = streak(k.below, f.scored && k.clean[t] < f.lower)
	k.spread.learn(k.clean[t], f.mean, f.variance)
	if run := max(k.above, k.below); run >= newLevel {
		k.start, k.above, k.below = t+1-run, 0, 0
		for u := k.start; u <= t; u++ {
			k.clean[u] = float64(k.raw[u])
		}
	}
	k.centre(t)
}

func streak(n int, more bool) int {
	if more {
		return n + 1
	}
	return 0
}

// centre computes the one-year mean around the week half a year before t.
func (k *tracker) centre(t int) {
	from, u := t-yearWeeks, t-yearWeeks/2
	if from < k.first {
		return
	}
	sum := -(k.clean[from] + k.clean[t]) / 2
	for v := from; v <= t; v++ {
		sum += k.clean[v]
	}
	k.middle[u] = sum / yearWeeks
}

// point is the verdict on week t, which may lie before the type's first.
func (k *tracker) point(t int, o Options) Point {
	p := Point{Week: t, Count: k.raw[t], PValue: 1, PairPValue: 1, Emerging: emerging(k.raw, k.first, t, o)}
	if f := k.now; f.scored {
		p.Scored, p.Alarm = true, f.alarm
		p.Expected, p.Lower, p.Upper = f.mean, f.lower, f.upper
		p.PValue, p.PairPValue = f.p, f.pair
	}
	return p
}
