package trend

import "math"

const (
	// minAlpha is the least dispersion: no demand is steadier than 3 % a week.
	minAlpha = 0.001
	// maxAlpha is the greatest: chance and arithmetic end there.
	maxAlpha = 1000
	// firstAlpha is assumed as long as nothing at all is known.
	firstAlpha = 0.1
	// priorWeeks is what the curve common to all types weighs beside a type's
	// own errors, in weeks.
	priorWeeks = 20
	// caution is the number of standard errors by which the variance is raised,
	// because a tail far out is more often misjudged when it is not known. It is
	// set by simulation, so that the false-discovery rate holds.
	caution = 0.75
	// errorHalfLife is that of past errors, in weeks.
	errorHalfLife = 52.0
	// firstErrors is the number of weeks before which errors tell more of the
	// guess than of the type.
	firstErrors = 4
)

// dispersion gathers a type's past errors of prediction, and holds its α.
type dispersion struct {
	alpha   float64
	seen    int     // weeks
	weeks   float64 // effective number
	excess  float64 // squared errors beyond Poisson
	squares float64 // squared means
}

// learn adds a week's error. Its square is divided by what the uncertainty of
// the mean added to the variance, so that α is that of the counts alone.
func (d *dispersion) learn(count, mean, variance float64) {
	d.seen++
	if d.seen <= firstErrors {
		return
	}
	keep := math.Exp2(-1 / errorHalfLife)
	d.weeks = keep*d.weeks + 1
	d.excess = keep*d.excess + (count-mean)*(count-mean)*(mean+d.alpha*mean*mean)/variance - mean
	d.squares = keep*d.squares + mean*mean
}

// relative is the type's own α, and mean the typical count it comes from.
func (d *dispersion) relative() (alpha, mean float64) {
	return d.excess / d.squares, math.Sqrt(d.squares / d.weeks)
}

// relativeError is the standard error of a negative binomial variance from so
// many weeks, as a share of it, by the distribution's kurtosis.
func relativeError(mean, alpha, weeks float64) float64 {
	return math.Sqrt((2 + 6*alpha + 1/(mean+alpha*mean*mean)) / weeks)
}

// spread sets every type's α.
func spread(types []*tracker) {
	common := fitCommon(types)
	for _, k := range types {
		d := &k.spread
		prior, own := common.at(k.now.level), 0.0
		if d.squares > 0 {
			own, _ = d.relative()
		}
		weeks := d.weeks + priorWeeks
		d.alpha = max(minAlpha, (d.weeks*own+priorWeeks*prior)/weeks)
		d.alpha += caution * relativeError(k.now.level, d.alpha, weeks) * (1/k.now.level + d.alpha)
	}
}

// curve is the dispersion of a type by its mean: α(m) = flat + poisson/m. The
// first part is that of types whose level fluctuates, the second that of types
// whose tickets come in clumps.
type curve struct {
	flat, poisson float64
}

func (c curve) at(mean float64) float64 { return c.flat + c.poisson/mean }

// fitCommon fits the curve to all types by weighted least squares. A second
// round holds each type to three times what the first expects of it, so that
// one wild type does not loosen the band of all.
func fitCommon(types []*tracker) curve {
	var fit curve
	for round := range 2 {
		var s [5]float64 // 11, 1x, xx, 1y, xy
		for _, k := range types {
			if k.spread.squares == 0 {
				continue
			}
			alpha, mean := k.spread.relative()
			x := 1 / mean
			if round > 0 {
				alpha = min(alpha, 3*fit.at(mean)+2*x)
			}
			w := k.spread.weeks / ((x + 0.05) * (x + 0.05)) // the variance of alpha is about 2(x + α)² / weeks
			for i, v := range [5]float64{1, x, x * x, alpha, x * alpha} {
				s[i] += w * v
			}
		}
		if s[0] == 0 {
			return curve{flat: firstAlpha}
		}
		fit = leastSquares(s)
	}
	return fit
}

// leastSquares solves for the two coefficients, neither below zero, from the
// weighted sums of 1·1, 1·x, x·x, 1·y and x·y.
func leastSquares(s [5]float64) curve {
	if det := s[0]*s[2] - s[1]*s[1]; det > 1e-9*s[0]*s[2] {
		c := curve{flat: (s[3]*s[2] - s[4]*s[1]) / det, poisson: (s[0]*s[4] - s[1]*s[3]) / det}
		if c.flat >= 0 && c.poisson >= 0 {
			return c
		}
	}
	flat, poisson := max(s[3]/s[0], 0), max(s[4]/s[2], 0)
	if s[3]*flat >= s[4]*poisson { // the larger reduction of the squares
		return curve{flat: flat}
	}
	return curve{poisson: poisson}
}
