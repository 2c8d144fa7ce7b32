package support

import (
	"math"
	"math/rand/v2"
)

// sampler draws the scores of a type's models.
type sampler struct {
	*judge
	parts, models []int
	at            []int     // of each model and part in the vector of outcomes
	costs         []float64 // by model
	freedom       []float64 // of the models' variances; nil: known exactly
}

// run draws from the joint distribution of the means that their influence
// functions give, common errors of the models included; a model's errors are
// Student's for as many effective tickets as its variances come from.
func (s *sampler) run(mean, covariance []float64, draws int, seed uint64) comparison {
	n := len(s.at)
	centre, spread := make([]float64, n), make([]float64, n*n)
	for a, i := range s.at {
		centre[a] = mean[i]
		for b, k := range s.at {
			spread[a*n+b] = covariance[i*len(mean)+k]
		}
	}
	c := comparison{models: s.models, scores: make([]float64, len(s.models))}
	c.draws = make([][]float64, len(s.models))
	s.score(centre, c.scores)
	for p := range c.draws {
		c.draws[p] = make([]float64, draws)
	}
	lower := triangle(spread, n)
	rng := rand.New(rand.NewPCG(seed, 0x5c04e))
	x, scores := make([]float64, n), make([]float64, len(s.models))
	for b := range draws {
		s.draw(rng, lower, centre, x)
		s.score(x, scores)
		for p, v := range scores {
			c.draws[p][b] = v
		}
	}
	return c
}

// draw fills x with centre and errors of the covariance whose triangle is given.
func (s *sampler) draw(rng *rand.Rand, lower, centre, x []float64) {
	n := len(x)
	z := make([]float64, n)
	for k := range z {
		z[k] = rng.NormFloat64()
	}
	for k := range x {
		x[k] = 0
		for l, v := range lower[k*n : k*n+k+1] {
			x[k] += v * z[l]
		}
	}
	for p := range s.models {
		wider := 1.0
		if s.freedom != nil {
			wider = 1 / math.Sqrt(relativeChiSquare(rng, s.freedom[p]))
		}
		for k := p * len(s.parts); k < (p+1)*len(s.parts); k++ {
			x[k] = centre[k] + wider*x[k]
		}
	}
}

// relativeChiSquare draws a chi-square variable over its degrees of freedom,
// of which there are many (Wilson and Hilferty 1931).
func relativeChiSquare(rng *rand.Rand, freedom float64) float64 {
	v := 2 / (9 * freedom)
	root := max(1-v+math.Sqrt(v)*rng.NormFloat64(), 0.1)
	return root * root * root
}

// triangle is the lower triangle L with LL' = a, for a symmetric n × n matrix
// without negative eigenvalues but for rounding. Directions without variance
// have none in L.
func triangle(a []float64, n int) []float64 {
	l := make([]float64, n*n)
	for j := range n {
		pivot := a[j*n+j]
		for k := range j {
			pivot -= l[j*n+k] * l[j*n+k]
		}
		if pivot <= 1e-12*a[j*n+j] {
			continue
		}
		root := math.Sqrt(pivot)
		for i := j; i < n; i++ {
			v := a[i*n+j]
			for k := range j {
				v -= l[i*n+k] * l[j*n+k]
			}
			l[i*n+j] = v / root
		}
	}
	return l
}
