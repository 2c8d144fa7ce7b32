package trend

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// count is a negative binomial distribution by mean and size; its variance is
// mean + mean²/size.
type count struct {
	mean, size float64
	chance     float64 // mean / (mean + size)
	none       float64 // logarithm of the chance of no ticket, less ln Γ(size)
}

// negativeBinomial has the given mean and variance, kept within what can be
// computed: a mean above zero and a variance above the mean.
func negativeBinomial(mean, variance float64) count {
	mean = max(mean, 1e-9)
	alpha := min(max((variance-mean)/(mean*mean), minAlpha), maxAlpha)
	c := count{mean: mean, size: 1 / alpha, chance: mean * alpha / (1 + mean*alpha)}
	gamma, _ := math.Lgamma(c.size)
	c.none = -c.size*math.Log1p(mean*alpha) - gamma
	return c
}

// exactly is the chance of k.
func (c count) exactly(k float64) float64 {
	a, _ := math.Lgamma(k + c.size)
	b, _ := math.Lgamma(k + 1)
	return math.Exp(a - b + c.none + k*math.Log(c.chance))
}

// moreThan is the chance of more than k: I(k + 1, size) at mean/(mean + size).
func (c count) moreThan(k float64) float64 {
	return mathext.RegIncBeta(k+1, c.size, c.chance)
}

// midP is the chance of more than k plus half that of k.
func (c count) midP(k int) float64 {
	return min(c.moreThan(float64(k))+c.exactly(float64(k))/2, 1)
}

// quantile is the smallest count that is not exceeded with the probability
// that a standard normal variable does not exceed z: the Cornish–Fisher
// expansion to the skewness, put right by steps where one ticket matters.
func (c count) quantile(z float64) float64 {
	sd := math.Sqrt(c.mean + c.mean*c.mean/c.size)
	skew := (1 + 2*c.mean/c.size) / sd
	k := max(math.Round(c.mean+sd*(z+(z*z-1)*skew/6)), 0)
	if sd > 50 {
		return k
	}
	above := math.Erfc(z/math.Sqrt2) / 2
	tail, p := c.moreThan(k), c.exactly(k)
	for k > 0 && tail+p <= above {
		tail += p
		p *= k / ((k - 1 + c.size) * c.chance)
		k--
	}
	for tail > above {
		k++
		p *= (k - 1 + c.size) * c.chance / k
		tail -= p
	}
	return k
}
