package causal

import (
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

const (
	// minLocal is the least number of rows of a group with models of its own.
	minLocal = 400
	// minColumn is the least number of a group's rows in which a covariate that
	// its models use is not zero.
	minColumn = 20
	// localPenalty is the ridge of a group's own models.
	localPenalty = 4.0
)

// Groups have their own ways: in one the urgent rows go to one arm, in another
// they do not, and what makes a row hard in one makes it easy in the other.
// Models that all groups share miss that, and missing it in both models leaves
// bias. So each group of some size has models of its own of what the shared
// ones leave over, with the same ridge: the less a group has, the more it keeps
// to what is shared.

// ridge is the penalty of the models that are fitted to the data.
func (d *Data) ridge() float64 {
	if d.penalty > 0 {
		return d.penalty
	}
	return penalty
}

// part is the data of some rows of a group, with the constant and those local
// covariates that vary among them.
func (d *Data) part(rows []int32) *Data {
	out := &Data{Arms: d.Arms, Groups: 1, Threads: 1, penalty: localPenalty}
	out.Arm, out.Fold = make([]uint8, len(rows)), make([]uint8, len(rows))
	column, columns := d.localColumns(rows)
	x := &linalg.Sparse{Rows: len(rows), Cols: columns, Ptr: make([]int, len(rows)+1)}
	for k, i := range rows {
		out.Arm[k], out.Fold[k] = d.Arm[i], d.Fold[i]
		idx, val := d.X.Row(int(i))
		for a, j := range idx {
			if to := column[j]; to >= 0 {
				x.Idx, x.Val = append(x.Idx, to), append(x.Val, val[a])
			}
		}
		x.Ptr[k+1] = len(x.Idx)
	}
	out.X = x
	return out
}

// localColumns numbers the columns that part keeps; the others are −1.
func (d *Data) localColumns(rows []int32) (column []int32, columns int) {
	used := make([]int, d.X.Cols)
	for _, i := range rows {
		idx, _ := d.X.Row(int(i))
		for _, j := range idx {
			used[j]++
		}
	}
	column = make([]int32, d.X.Cols)
	for j, n := range used {
		column[j] = -1
		if j == 0 || j >= d.Local && n >= minColumn {
			column[j] = int32(columns)
			columns++
		}
	}
	return column, columns
}

// refine replaces the shared propensities of a group by its own.
func (d *Data) refine(rows []int32, shared []float32) {
	part := d.part(rows)
	offset := make([]float32, len(rows)*d.Arms)
	for k, i := range rows {
		for m := range d.Arms {
			offset[k*d.Arms+m] = float32(math.Log(max(float64(shared[int(i)*d.Arms+m]), 1e-30)))
		}
	}
	for k, p := range part.propensities(offset) {
		shared[int(rows[k/d.Arms])*d.Arms+k%d.Arms] = p
	}
}

// local fits regressions to what the shared ones leave over in a group.
func (r *regressions) local(d *Data, y Outcomes, rows []int32) (*Data, *regressions) {
	left := Outcomes{Columns: make([][]float32, len(y.Columns)), Set: y.Set, Share: y.Share}
	for o := range left.Columns {
		left.Columns[o] = make([]float32, len(rows))
	}
	mu := make([]float64, r.width)
	for k, i := range rows {
		clear(mu)
		r.predict(d, int(i), mu)
		for o, column := range y.Columns {
			left.Columns[o][k] = column[i] - float32(mu[int(d.Arm[i])*len(y.Columns)+o])
		}
	}
	part := d.part(rows)
	return part, regress(part, left)
}
