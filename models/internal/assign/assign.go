// Package assign solves the assignment problem.
package assign

import "math"

// Best pairs rows with columns of the row-major rows × cols matrix value
// so that the sum of the values of all pairs is greatest. It returns each
// row's column, or -1; of a matrix that is not square, the longer side keeps
// some unpaired. The cost is min(rows, cols)² · max(rows, cols).
//
// The method is that of shortest augmenting paths with potentials (Kuhn 1955,
// Jonker and Volgenant 1987).
func Best(value []float64, rows, cols int) []int {
	out := make([]int, rows)
	if rows <= cols {
		cost := func(i, j int) float64 { return -value[i*cols+j] }
		for j, i := range augment(rows, cols, cost) {
			if i >= 0 {
				out[i] = j
			}
		}
		return out
	}
	return augment(cols, rows, func(i, j int) float64 { return -value[j*cols+i] })
}

// augment finds the cheapest pairing of all n rows with some of m ≥ n columns
// and returns each column's row, or -1. Rows join one by one, each by the
// cheapest path of exchanges, while the potentials u and v keep the reduced
// costs cost − u − v from falling below zero, and at zero on all pairs.
func augment(n, m int, cost func(i, j int) float64) []int {
	u, v := make([]float64, n), make([]float64, m+1)
	pair := make([]int, m+1) // column m is where a row waits that has none
	for j := range pair {
		pair[j] = -1
	}
	way, slack, seen := make([]int, m), make([]float64, m), make([]bool, m+1)
	for i := range n {
		for j := range m {
			slack[j] = math.Inf(1)
		}
		clear(seen)
		pair[m] = i
		at := m
		for pair[at] >= 0 {
			seen[at] = true
			row, nearest, step := pair[at], -1, math.Inf(1)
			for j := range m {
				if seen[j] {
					continue
				}
				if c := cost(row, j) - u[row] - v[j]; c < slack[j] {
					slack[j], way[j] = c, at
				}
				if slack[j] < step {
					nearest, step = j, slack[j]
				}
			}
			for j := range m + 1 {
				if seen[j] {
					u[pair[j]] += step
					v[j] -= step
				} else if j < m {
					slack[j] -= step
				}
			}
			at = nearest
		}
		for at != m {
			pair[at] = pair[way[at]]
			at = way[at]
		}
	}
	return pair[:m]
}
