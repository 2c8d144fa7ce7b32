package trend

import "math"

const (
	waves  = 3 // harmonics of the year
	coeffs = 2 * waves
	// seasonYears is the greatest number of years a season is learned from.
	seasonYears = 4
	// seasonWeeks is the number of weeks after which seasons are fitted anew.
	seasonWeeks = 4
	// A season stays within these multiples of the level.
	minSeason, maxSeason = 0.2, 5
)

// calendar holds the annual waves of every week.
type calendar [][coeffs]float64

func newCalendar(weeks int) calendar {
	c := make(calendar, weeks)
	for t := range c {
		for h := range waves {
			angle := 2 * math.Pi * float64(h+1) * float64(t) * 7 / 365.2425
			c[t][2*h], c[t][2*h+1] = math.Cos(angle), math.Sin(angle)
		}
	}
	return c
}

// harmonics is an annual curve around 1 by the coefficients of its waves.
type harmonics [coeffs]float64

// at is the curve in week t.
func (h *harmonics) at(year calendar, t int) float64 {
	if *h == (harmonics{}) {
		return 1
	}
	sum := 1.0
	for i, w := range year[t] {
		sum += h[i] * w
	}
	return min(max(sum, minSeason), maxSeason)
}

// fitSeasons learns every type's season from the weeks before t, and returns
// the common one. Types with less than two years of history share the common
// one as it is.
func fitSeasons(types []*tracker, year calendar, t int) harmonics {
	raw := make([]harmonics, len(types))
	noise := make([]float64, len(types))
	var common harmonics
	var precision float64
	for i, k := range types {
		raw[i], noise[i] = k.rawSeason(year, t)
		if noise[i] > 0 {
			precision += 1 / noise[i]
			for h, c := range raw[i] {
				common[h] += c / noise[i]
			}
		}
	}
	if precision == 0 {
		return common
	}
	for h := range common {
		common[h] /= precision
	}
	common, _ = shrunkSeason(common, harmonics{}, 1/precision)
	for i, k := range types {
		k.season, k.seasonVar = common, 0
		if noise[i] > 0 {
			var trust float64
			k.season, trust = shrunkSeason(raw[i], common, noise[i])
			k.seasonVar = waves * trust * noise[i]
		}
	}
	return common
}

// rawSeason projects the last whole years of counts, less their centred mean,
// on the annual waves. The variance is that of each coefficient; 0 means that
// there is no season to learn.
func (k *tracker) rawSeason(year calendar, t int) (season harmonics, variance float64) {
	years := min((t-k.first)/yearWeeks-1, seasonYears)
	to := t - yearWeeks/2
	var total, noise float64
	for u := to - years*yearWeeks; u < to; u++ {
		m := k.middle[u]
		total += m
		noise += m + k.spread.alpha*m*m
		for h, w := range year[u] {
			season[h] += (k.clean[u] - m) * w
		}
	}
	if total == 0 {
		return harmonics{}, 0
	}
	for h := range season {
		season[h] *= 2 / total
	}
	return season, 2 * noise / (total * total)
}

// shrunkSeason draws raw towards centre by as much as the noise explains of
// their distance (James and Stein 1961, positive part), and returns the share
// of the distance that is left.
func shrunkSeason(raw, centre harmonics, variance float64) (season harmonics, trust float64) {
	var distance float64
	for h := range raw {
		distance += (raw[h] - centre[h]) * (raw[h] - centre[h])
	}
	if excess := distance - (coeffs-2)*variance; excess > 0 {
		trust = excess / distance
	}
	for h := range raw {
		season[h] = centre[h] + trust*(raw[h]-centre[h])
	}
	return season, trust
}
