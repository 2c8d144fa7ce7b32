package trend

import (
	"math"
	"testing"
)

// The distribution against plain summation of its chances, which follow from
// that of zero.
func TestCountAgainstSummation(t *testing.T) {
	for _, mean := range []float64{1e-9, 0.03, 0.7, 3, 20, 111} {
		for _, alpha := range []float64{0.001, 0.1, 1, 30} {
			c := negativeBinomial(mean, mean+alpha*mean*mean)
			size := 1 / alpha
			p := math.Exp(-size * math.Log1p(mean*alpha))
			below := 0.0
			for k := range 400 {
				if got, want := c.exactly(float64(k)), p; math.Abs(got-want) > 1e-9 {
					t.Fatalf("mean %v alpha %v: chance of %d is %v, want %v", mean, alpha, k, got, want)
				}
				if got, want := c.midP(k), 1-below-p/2; math.Abs(got-want) > 1e-9 {
					t.Fatalf("mean %v alpha %v: mid-p of %d is %v, want %v", mean, alpha, k, got, want)
				}
				for _, z := range []float64{-twoSided, 0, twoSided} {
					q := 1 - math.Erfc(z/math.Sqrt2)/2
					if below < q-1e-9 && below+p > q+1e-9 && math.Sqrt(mean+alpha*mean*mean) <= 50 {
						if got := c.quantile(z); got != float64(k) {
							t.Errorf("mean %v alpha %v: quantile of %v is %v, want %d", mean, alpha, z, got, k)
						}
					}
				}
				below += p
				p *= (float64(k) + size) / float64(k+1) * mean / (mean + size)
			}
		}
	}
}

func TestCountOfAnySize(t *testing.T) {
	for _, mean := range []float64{0, 1e-300, 1, 1e3, 1e6, 1e12} {
		for _, variance := range []float64{0, mean, 2 * mean, mean * mean, 1e9*mean*mean + 1} {
			c := negativeBinomial(mean, variance)
			for _, k := range []int{0, 1, 100, 1e6, 1e12, math.MaxInt} {
				if p := c.midP(k); !(p >= 0 && p <= 1) {
					t.Errorf("mean %v variance %v: mid-p of %d is %v", mean, variance, k, p)
				}
			}
			for _, z := range []float64{-twoSided, twoSided} {
				if q := c.quantile(z); !(q >= 0 && q < 1e300) {
					t.Errorf("mean %v variance %v: quantile %v", mean, variance, q)
				}
			}
		}
	}
}
