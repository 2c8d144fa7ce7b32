package trend

import "slices"

// benjaminiHochberg sets the alarms of week t: with the p-values of the m
// scored types in rising order, all up to the last with p ≤ rate·rank/m.
func benjaminiHochberg(types []*tracker, o Options, t int) {
	var ps []float64
	for _, k := range types {
		if k.now.scored {
			ps = append(ps, k.now.both())
		}
	}
	slices.Sort(ps)
	cut := -1.0
	for i, p := range ps {
		if p <= o.FalseDiscoveryRate*float64(i+1)/float64(len(ps)) {
			cut = p
		}
	}
	for _, k := range types {
		k.now.alarm = k.now.scored && k.now.both() <= cut && k.raw[t] >= o.MinCount
	}
}

// both is the p-value of the week alone and with the week before.
func (f forecast) both() float64 { return min(1, 2*min(f.p, f.pair)) }
