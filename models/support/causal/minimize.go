package causal

import "slices"

const (
	// memory is the number of steps that the approximation looks back on.
	memory = 8
	// maxSteps bounds the work where rounding leaves nothing to gain.
	maxSteps = 200
	// closeEnough is the squared gradient, relative to the curvature, at which
	// the search ends. In units of log-likelihood, chance alone moves each
	// coefficient by a half.
	closeEnough = 1e-2
)

// minimize finds the minimum of a smooth convex function, which fills in its
// gradient, by the limited-memory method of Broyden, Fletcher, Goldfarb and
// Shanno (Nocedal and Wright 2006, algorithm 7.5) with backtracking, beginning
// at start and with a guess of the second derivative's diagonal.
func minimize(start, curvature []float64, loss func(x, gradient []float64) float64) []float64 {
	x := slices.Clone(start)
	g, next, nextG := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	f := loss(x, g)
	var past []step
	for range maxSteps {
		if scaled(g, curvature) < closeEnough {
			break
		}
		way := direction(g, curvature, past)
		slope := dot(way, g)
		size, better := 1.0, false
		for range 30 {
			for j := range x {
				next[j] = x[j] + size*way[j]
			}
			if value := loss(next, nextG); value <= f+1e-4*size*slope {
				f, better = value, true
				break
			}
			size /= 2
		}
		if !better {
			break
		}
		if s := newStep(x, next, g, nextG); s.product > 0 {
			if past = append(past, s); len(past) > memory {
				past = past[1:]
			}
		}
		x, next, g, nextG = next, x, nextG, g
	}
	return x
}

// step is one step of the search and how the gradient changed on it.
type step struct {
	x, g    []float64
	product float64 // of the two
}

func newStep(x, next, g, nextG []float64) step {
	s := step{x: make([]float64, len(x)), g: make([]float64, len(x))}
	for j := range x {
		s.x[j], s.g[j] = next[j]-x[j], nextG[j]-g[j]
	}
	s.product = dot(s.x, s.g)
	return s
}

// direction is where the approximated second derivative sees the minimum.
func direction(g, curvature []float64, past []step) []float64 {
	q, weight := make([]float64, len(g)), make([]float64, len(past))
	for j, v := range g {
		q[j] = -v
	}
	for i := len(past) - 1; i >= 0; i-- {
		weight[i] = dot(past[i].x, q) / past[i].product
		add(q, -weight[i], past[i].g)
	}
	scale := 1.0
	if n := len(past); n > 0 {
		scale = past[n-1].product / scaled(past[n-1].g, curvature)
	}
	for j := range q {
		q[j] *= scale / curvature[j]
	}
	for i, s := range past {
		add(q, weight[i]-dot(s.g, q)/s.product, s.x)
	}
	return q
}

// scaled is the squared length of g in the metric of the curvature.
func scaled(g, curvature []float64) float64 {
	var sum float64
	for j, v := range g {
		sum += v * v / curvature[j]
	}
	return sum
}

func dot(a, b []float64) float64 {
	var sum float64
	for j, v := range a {
		sum += v * b[j]
	}
	return sum
}

func add(to []float64, times float64, x []float64) {
	for j, v := range x {
		to[j] += times * v
	}
}
