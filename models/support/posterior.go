package support

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

const (
	// priorSpread is how far models' scores on a type are expected to lie apart
	// (standard deviation) before any data, and priorModels how many models'
	// worth of evidence that is.
	priorSpread = 0.08
	priorModels = 4
	// leastSpread keeps equal scores a matter of chance.
	leastSpread = 1e-4
)

// The model that happens to score highest is likely to owe that to chance in
// part, the more so the less is known: probabilities from the sampling errors
// alone would be too sure of themselves. So the models' true scores on a type
// are taken to be normal around the type's own level, which is free, with a
// variance common to all types, and what is drawn from is the posterior:
// empirical Bayes, as in Efron and Morris (1975).

// moments are what the posterior needs of a comparison.
type moments struct {
	scores     *mat.VecDense
	covariance *mat.SymDense // of the scores' sampling errors
}

func (c *comparison) moments() moments {
	k := len(c.models)
	m := moments{mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)}
	for a := range k {
		m.scores.SetVec(a, c.scores[a])
		for b := a; b < k; b++ {
			var sum float64
			for i, v := range c.draws[a] {
				sum += (v - c.scores[a]) * (c.draws[b][i] - c.scores[b])
			}
			m.covariance.SetSym(a, b, sum/float64(max(len(c.draws[a]), 1)))
		}
	}
	return m
}

// gain is the matrix that takes observed scores to their posterior means for a
// variance between models: each is drawn to the level of the type, which is
// estimated by generalised least squares.
func (m moments) gain(between float64) (*mat.Dense, bool) {
	k := m.scores.Len()
	v := mat.NewSymDense(k, nil)
	v.CopySym(m.covariance)
	for a := range k {
		v.SetSym(a, a, v.At(a, a)+between)
	}
	var inverse mat.Dense
	if inverse.Inverse(v) != nil {
		return nil, false
	}
	weights, total := make([]float64, k), 0.0
	for a := range k {
		for b := range k {
			weights[b] += inverse.At(a, b)
			total += inverse.At(a, b)
		}
	}
	g := mat.NewDense(k, k, nil)
	for a := range k {
		for b := range k {
			level, drawn := weights[b]/total, between*inverse.At(a, b)
			var through float64 // what the level passes on
			for l := range k {
				through += between * inverse.At(a, l)
			}
			g.Set(a, b, drawn+(1-through)*level)
		}
	}
	return g, true
}

// misfit is the scores' weighted sum of squares around their level, which is
// k − 1 on average if the variance between models is right.
func (m moments) misfit(between float64) float64 {
	g, ok := m.gain(between)
	if !ok || between <= 0 {
		return 0
	}
	var fitted mat.VecDense
	fitted.MulVec(g, m.scores)
	// V⁻¹(scores − level) is the posterior deviation from the level over the
	// variance between models, and the level is the posterior's plain mean
	// because the deviations add up to nothing.
	level := mat.Sum(&fitted) / float64(fitted.Len())
	var sum float64
	for a := range m.scores.Len() {
		sum += m.scores.AtVec(a) * (fitted.AtVec(a) - level) / between
	}
	return sum
}

// spread is the variance between models' true scores on a type: that of Paule
// and Mandel (1982) over all types, with a little prior evidence.
func spread(all []moments) float64 {
	freedom := float64(priorModels)
	for _, m := range all {
		freedom += float64(m.scores.Len() - 1)
	}
	low, high := math.Log(leastSpread), 0.0 // of the standard deviation
	for range 50 {
		middle := (low + high) / 2
		between := math.Exp(2 * middle)
		q := priorModels * priorSpread * priorSpread / between
		for _, m := range all {
			q += m.misfit(between)
		}
		if q > freedom {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(low + high)
}

// settle turns the comparison's draws into draws from the posterior by
// conditional simulation (Journel 1974), which asks nothing of the draws'
// distribution, and counts who is first.
func (c *comparison) settle(m moments, between float64, seed uint64) {
	k := len(c.models)
	c.best = make([]float64, k)
	g, ok := m.gain(between)
	if !ok {
		g = mat.NewDense(k, k, nil)
		for a := range k {
			g.Set(a, a, 1)
		}
	}
	c.posterior = make([][]float64, k)
	for a := range c.posterior {
		c.posterior[a] = make([]float64, len(c.draws[a]))
	}
	rng := rand.New(rand.NewPCG(seed, 0xbe57))
	truth, scores := make([]float64, k), make([]float64, k)
	for i := range c.draws[0] {
		for a := range truth {
			truth[a] = math.Sqrt(between) * rng.NormFloat64()
		}
		for a := range scores {
			scores[a] = truth[a]
			for b, t := range truth {
				scores[a] += g.At(a, b) * (c.draws[b][i] - t)
			}
			c.posterior[a][i] = scores[a]
		}
		credit(scores, c.best, 1/float64(len(c.draws[0])))
	}
}

// settleAll settles comparisons that have a variance between models in common.
func settleAll(by []comparison, seed uint64) {
	var all []moments
	for d := range by {
		if len(by[d].models) > 0 {
			all = append(all, by[d].moments())
		}
	}
	if len(all) == 0 {
		return
	}
	between, k := spread(all), 0
	for d := range by {
		if len(by[d].models) > 0 {
			by[d].settle(all[k], between, mix(seed^mix(uint64(d))))
			k++
		}
	}
}
