// Package causal estimates what a group's mean outcome would be if all of its
// rows went to the same arm, from data in which the arms were not dealt at
// random: augmented inverse probability weighting (Robins, Rotnitzky and Zhao
// 1994) with cross-fitting (Chernozhukov et al. 2018). The estimate is right
// if either the model of who goes where or the model of the outcome is.
//
// Results are the same bytes whatever the number of threads.
package causal

import (
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Folds is the number of parts for cross-fitting: a row's nuisance models are
// fitted to the rows of the other parts.
const Folds = 5

// Data are the rows and what is known of them before their outcome.
type Data struct {
	X       *linalg.Sparse // covariates; column 0 is 1 in every row, columns ascend within a row
	Local   int            // the first column whose effect may differ between groups
	Arm     []uint8        // 0 … Arms−1
	Arms    int
	Group   []int32 // 0 … Groups−1
	Groups  int
	Fold    []uint8 // 0 … Folds−1
	Threads int

	penalty float64 // ridge on every coefficient but the constant's, in rows; 0: penalty
}

// Outcomes are columns of values, one for each row; what was not observed is
// not a number. Columns that are observed in the same rows share a Set, which
// saves work and nothing else.
type Outcomes struct {
	Columns [][]float32
	Set     []int  // of each column: 0, 1 …, in rising order
	Share   []bool // of each column: whether its mean is a share of rows
}

// observed tells whether row i of a column has a value.
func observed(column []float32, i int) bool {
	return column[i] == column[i]
}

// sets lists the columns of each set.
func (o Outcomes) sets() [][]int {
	var out [][]int
	for column, set := range o.Set {
		if set == len(out) {
			out = append(out, nil)
		}
		out[set] = append(out[set], column)
	}
	return out
}

// byGroup lists the rows of each group in their order.
func (d *Data) byGroup() [][]int32 {
	sizes := make([]int, d.Groups)
	for _, g := range d.Group {
		sizes[g]++
	}
	all, out := make([]int32, len(d.Group)), make([][]int32, d.Groups)
	for g, n := range sizes {
		out[g], all = all[:0:n], all[n:]
	}
	for i, g := range d.Group {
		out[g] = append(out[g], int32(i))
	}
	return out
}

// finite guards results against what overflowed on the way.
func finite(x float64) bool {
	return !math.IsNaN(x) && !math.IsInf(x, 0)
}
