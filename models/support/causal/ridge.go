package causal

import (
	"gonum.org/v1/gonum/mat"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// regressions predict all outcomes in all arms, for each fold from the rows of
// the others.
type regressions struct {
	width int               // arms × outcomes
	beta  [Folds]*mat.Dense // covariates × width
}

// regress fits a ridge regression for each arm, outcome and fold. Outcomes of
// the same set share the matrix of products, and folds are left out of it by
// subtraction.
func regress(d *Data, y Outcomes) *regressions {
	r := &regressions{width: d.Arms * len(y.Columns)}
	for k := range r.beta {
		r.beta[k] = mat.NewDense(d.X.Cols, max(r.width, 1), nil)
	}
	rows := d.byArm()
	sets := y.sets()
	linalg.Blocks(len(sets)*d.Arms, 1, d.Threads, func(job, _, _ int) {
		arm := job % d.Arms
		columns := sets[job/d.Arms]
		if p := newProducts(d, y, columns, rows[arm]); p.rows > 0 {
			p.solve(r, arm*len(y.Columns), columns, d.ridge())
		}
	})
	return r
}

// byArm lists the rows of each arm.
func (d *Data) byArm() [][]int32 {
	out := make([][]int32, d.Arms)
	for i, m := range d.Arm {
		out[m] = append(out[m], int32(i))
	}
	return out
}

// products are the sums of products of covariates with covariates (upper
// triangle) and with outcomes, of all rows and of each fold.
type products struct {
	p, outcomes, rows int
	gram, right       [Folds + 1][]float64
}

func newProducts(d *Data, y Outcomes, columns []int, rows []int32) *products {
	s := &products{p: d.X.Cols, outcomes: len(columns)}
	for k := range s.gram {
		s.gram[k], s.right[k] = make([]float64, s.p*s.p), make([]float64, s.p*s.outcomes)
	}
	for _, i := range rows {
		if !observed(y.Columns[columns[0]], int(i)) {
			continue
		}
		s.rows++
		gram, right := s.gram[d.Fold[i]], s.right[d.Fold[i]]
		idx, val := d.X.Row(int(i))
		for a, j := range idx {
			v := float64(val[a])
			row := gram[int(j)*s.p:]
			for b := a; b < len(idx); b++ {
				row[idx[b]] += v * float64(val[b])
			}
			for o, column := range columns {
				right[int(j)*s.outcomes+o] += v * float64(y.Columns[column][i])
			}
		}
	}
	for k := range Folds {
		add(s.gram[Folds], 1, s.gram[k])
		add(s.right[Folds], 1, s.right[k])
	}
	return s
}

// solve puts the coefficients of the columns into r, for an arm whose first
// coefficient is at offset.
func (s *products) solve(r *regressions, offset int, columns []int, penalty float64) {
	for k := range Folds {
		gram, right := s.gram[k], s.right[k] // no longer needed
		for j, v := range gram {
			gram[j] = s.gram[Folds][j] - v
		}
		for j, v := range right {
			right[j] = s.right[Folds][j] - v
		}
		gram[0] += loosePenalty
		for j := 1; j < s.p; j++ {
			gram[j*s.p+j] += penalty
		}
		var factor mat.Cholesky
		if !factor.Factorize(mat.NewSymDense(s.p, gram)) {
			continue // nothing is predicted, and the weights do all the work
		}
		var beta mat.Dense
		if factor.SolveTo(&beta, mat.NewDense(s.p, s.outcomes, right)) != nil {
			continue
		}
		for j := range s.p {
			for o, column := range columns {
				r.beta[k].Set(j, offset+column, beta.At(j, o))
			}
		}
	}
}

// predict adds the outcomes that row i is expected to have to mu, arm after arm.
func (r *regressions) predict(d *Data, i int, mu []float64) {
	beta := r.beta[d.Fold[i]]
	idx, val := d.X.Row(i)
	for a, j := range idx {
		add(mu, float64(val[a]), beta.RawRowView(int(j)))
	}
}
