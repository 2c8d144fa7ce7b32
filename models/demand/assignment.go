package demand

import "math"

// Match assigns rows to columns so that the summed weight is largest: the
// Hungarian method by shortest augmenting paths (Jonker and Volgenant 1987),
// O(rows² · columns). weight[i][j] is the gain of giving row i column j; rows
// are equally long and weights finite. The result holds each row's column, -1
// for the rows left over where there are fewer columns. Among equal
// assignments the choice depends on nothing but the weights.
func Match(weight [][]float64) []int {
	rows := len(weight)
	if rows == 0 {
		return nil
	}
	cols := len(weight[0])
	if rows <= cols {
		return augment(rows, cols, func(i, j int) float64 { return -weight[i][j] })
	}
	out := make([]int, rows)
	for i := range out {
		out[i] = -1
	}
	for j, i := range augment(cols, rows, func(j, i int) float64 { return -weight[i][j] }) {
		out[i] = j
	}
	return out
}

// augment solves the assignment of least cost for rows ≤ cols.
func augment(rows, cols int, cost func(i, j int) float64) []int {
	u, v := make([]float64, rows+1), make([]float64, cols+1)
	owner := make([]int, cols+1) // column → row, both from 1; column 0 is the row being placed
	way := make([]int, cols+1)
	for i := 1; i <= rows; i++ {
		owner[0] = i
		least := make([]float64, cols+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		used := make([]bool, cols+1)
		at := 0
		for owner[at] != 0 {
			used[at] = true
			row, delta, next := owner[at], math.Inf(1), 0
			for j := 1; j <= cols; j++ {
				if used[j] {
					continue
				}
				if c := cost(row-1, j-1) - u[row] - v[j]; c < least[j] {
					least[j], way[j] = c, at
				}
				if least[j] < delta {
					delta, next = least[j], j
				}
			}
			for j := range used {
				if used[j] {
					u[owner[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			at = next
		}
		for at != 0 {
			owner[at] = owner[way[at]]
			at = way[at]
		}
	}
	out := make([]int, rows)
	for j := 1; j <= cols; j++ {
		if owner[j] != 0 {
			out[owner[j]-1] = j - 1
		}
	}
	return out
}
