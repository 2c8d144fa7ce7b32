package trend

import "math"

const (
	// minTypes is the number of types from which on a common rise can be told
	// from that of a single one.
	minTypes = 5
	// huber is the number of standard deviations beyond which a type's say in
	// the volume grows no more (Huber 1964).
	huber = 2.0
	// minVolume keeps the expectation off zero when all others are silent.
	minVolume = 0.05
)

// findVolume estimates, for every type, how busy week t is by the counts of
// all others: f minimises their Huber loss with counts f·level·season. As most
// weeks are ordinary, f is drawn towards 1 by its own uncertainty: see
// shrunkVolume.
func findVolume(types []*tracker, t, minHistory int) {
	f := 1.0
	var up, down float64
	var voters int
	for range 10 {
		up, down, voters = 0, 0, 0
		for _, k := range types {
			if t-k.first >= minHistory {
				k.vote(t, f)
				up += k.now.up
				down += k.now.down
				voters++
			}
		}
		if voters < minTypes {
			return
		}
		f = up / down
	}
	for _, k := range types {
		base := down - k.now.down
		k.now.volume, k.now.volumeVar = shrunkVolume((up-k.now.up)/base, 1/base)
		k.now.shared = true
	}
}

// vote computes what the type adds to the numerator and denominator of f.
func (k *tracker) vote(t int, f float64) {
	n := &k.now
	base, count := n.level*n.season, float64(k.raw[t])
	variance := base + base*base*(k.spread.alpha+n.levelVar)
	z := math.Abs(count-f*base) / math.Sqrt(variance)
	w := huber / max(z, huber)
	n.up, n.down = w*base*count/variance, w*base*base/variance
}

// shrunkVolume draws f of variance v towards 1, to 1 + (f − 1)(1 − 4v/(f − 1)²)₊
// (after James and Stein 1961): what is within two standard errors is taken for
// chance, and a busy week that is plain is corrected in full. It returns what is
// left of both.
func shrunkVolume(f, v float64) (volume, variance float64) {
	d := f - 1
	if d*d <= 4*v {
		return 1, 0
	}
	s := 1 - 4*v/(d*d)
	return max(1+s*d, minVolume), s * v
}
