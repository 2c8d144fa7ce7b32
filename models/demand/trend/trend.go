// Package trend judges the weekly counts of demand types: how many tickets of
// a type were to be expected, whether a week's excess is beyond chance, whether
// a type is new, and where it is heading.
//
// The model is a negative binomial count with mean level × season × volume and
// variance m + αm², judged week by week with what was known then (the rolling
// origin of outbreak detection: Farrington, Andrews, Beale and Catchpole 1996;
// Noufaily et al. 2013):
//
//   - level: exponentially weighted mean of the type's past weeks (half-life one
//     quarter), each divided by its season and volume. A week with an alarm
//     counts only up to the upper end of its band, so that one outbreak does not
//     hide the next; six weeks in a row off the same side of the band are a new
//     level instead, which starts there.
//   - season: annual harmonics, once there are two years; the curve common to
//     all types is shrunk towards flat, a type's own towards the common one.
//   - volume: what this week's counts of all other types say about how busy the
//     week is, robustly, so that a holiday, an outage of the source or a rush
//     that everybody feels is nobody's alarm. This is the one thing taken from
//     the week that is judged, and it needs five types.
//   - dispersion α: by moments from past errors of prediction, per type, shrunk
//     towards a curve common to all types.
//
// All functions are pure. Nothing they return is NaN or infinite.
//
// What can be found has its limits. Among sixty types, two weeks at twice the
// usual are beyond chance from some 20 tickets a week when counts are Poisson,
// from 30 at α = 0.02; two weeks at three times from 10 at α = 0.05.
package trend

// Series is a type's tickets per week.
type Series struct {
	// ID is the type's identity.
	ID string
	// FirstWeek is the index in Counts of the type's first week; the weeks
	// before it are no evidence of anything.
	FirstWeek int
	// Counts are its tickets per week, oldest first, without the week that is
	// still running, which would look like a fall. All series cover the same
	// weeks; counts below zero are taken as zero, those beyond 10⁹ as 10⁹.
	Counts []int
}

// Point is the verdict on one week of one type.
type Point struct {
	// Week is the index in Counts.
	Week int
	// Count is the number of tickets.
	Count int
	// Expected is the predicted mean, and Lower to Upper the band that holds
	// the count in 95 of 100 weeks when nothing has changed.
	Expected, Lower, Upper float64
	// PValue is the one-sided mid-p value of the count: the chance of a larger
	// one plus half the chance of the same.
	PValue float64
	// PairPValue is the same for this week and the week before together, which
	// sees a moderate rise that lasts; 1 where it is not tested, because the
	// week before was an alarm by itself or could not be judged.
	PairPValue float64
	// Alarm says that the count, alone or with the week before, is beyond
	// chance at the false-discovery rate over all types of the week.
	Alarm bool
	// Scored says that there was history enough; without it all figures but
	// Week, Count and Emerging are zero, and the p-values one.
	Scored bool
	// Emerging says that the type is new and more than a stray: see Emerging.
	Emerging bool
}

// Options of this package. The zero value of a field means its default.
type Options struct {
	// FalseDiscoveryRate is the expected share of false ones among a week's
	// alarms, which with nothing going on is the chance of any; 0.05.
	FalseDiscoveryRate float64
	// MinCount is the least number of tickets in a week for an alarm, and in
	// two weeks for emergence; 5.
	MinCount int
	// MinHistory is the number of weeks a type must have had to be judged, and
	// below which it can be called new; 8.
	MinHistory int
	// TrendWeeks is the number of weeks Direction looks back; 26.
	TrendWeeks int
}

func (o Options) withDefaults() Options {
	if o.FalseDiscoveryRate == 0 {
		o.FalseDiscoveryRate = 0.05
	}
	if o.MinCount == 0 {
		o.MinCount = 5
	}
	if o.MinHistory == 0 {
		o.MinHistory = 8
	}
	if o.TrendWeeks == 0 {
		o.TrendWeeks = 26
	}
	return o
}

// Weekly judges every week of every series as it would have been judged then,
// and returns one point a week for each series, in their order.
//
// A week's smallest of the two p-values, doubled (Bonferroni), enters the
// procedure of Benjamini and Hochberg (1995) over all types scored that week;
// what it rejects and has MinCount tickets is an alarm.
func Weekly(all []Series, o Options) [][]Point {
	o = o.withDefaults()
	weeks := 0
	types := make([]*tracker, len(all))
	out := make([][]Point, len(all))
	for i, s := range all {
		types[i] = newTracker(s)
		out[i] = make([]Point, len(s.Counts))
		weeks = max(weeks, len(s.Counts))
	}
	year := newCalendar(weeks)
	var common harmonics
	for t := range weeks {
		live := alive(types, t)
		if t >= 2*yearWeeks && t%seasonWeeks == 0 {
			common = fitSeasons(live, year, t)
		}
		for _, k := range live {
			k.predict(year, &common, t)
		}
		spread(live)
		findVolume(live, t, o.MinHistory)
		for _, k := range live {
			k.judge(t, o)
		}
		benjaminiHochberg(live, o, t)
		for _, k := range live {
			k.learn(t)
		}
		for i, k := range types {
			if t < len(out[i]) {
				out[i][t] = k.point(t, o)
			}
		}
	}
	return out
}

// alive lists the types that have a count for week t and at least one before.
func alive(types []*tracker, t int) []*tracker {
	var out []*tracker
	for _, k := range types {
		if k.first < t && t < len(k.raw) {
			out = append(out, k)
		}
	}
	return out
}
