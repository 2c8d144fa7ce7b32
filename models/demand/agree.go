package demand

// crosstab counts the rows that have label i in a and j in b.
func crosstab(a, b []int32) [][]float64 {
	var ka, kb int32
	for i := range a {
		ka, kb = max(ka, a[i]+1), max(kb, b[i]+1)
	}
	table := make([][]float64, ka)
	for i := range table {
		table[i] = make([]float64, kb)
	}
	for i := range a {
		table[a[i]][b[i]]++
	}
	return table
}

// margins sums the rows and the columns of a table, and all.
func margins(table [][]float64) (rows, cols []float64, all float64) {
	rows = make([]float64, len(table))
	for i, row := range table {
		if cols == nil {
			cols = make([]float64, len(row))
		}
		for j, n := range row {
			rows[i] += n
			cols[j] += n
			all += n
		}
	}
	return rows, cols, all
}

// adjustedRand is the adjusted Rand index of two clusterings of the same rows
// (Hubert and Arabie 1985): 1 when equal, about 0 when unrelated.
func adjustedRand(a, b []int32) float64 {
	table := crosstab(a, b)
	rows, cols, n := margins(table)
	var both, left, right float64
	for _, row := range table {
		both += pairs(row)
	}
	left, right = pairs(rows), pairs(cols)
	all := n * (n - 1) / 2
	if all == 0 {
		return 1
	}
	chance := left * right / all
	if mean := (left + right) / 2; mean != chance {
		return (both - chance) / (mean - chance)
	}
	return 1
}

// pairs is how many pairs are within the same cell.
func pairs(sizes []float64) float64 {
	var sum float64
	for _, n := range sizes {
		sum += n * (n - 1) / 2
	}
	return sum
}
