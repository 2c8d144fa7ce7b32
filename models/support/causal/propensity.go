package causal

import (
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

const (
	// penalty is the ridge on every coefficient but the constant's, in rows.
	penalty = 1.0
	// loosePenalty keeps the intercepts finite and decides nothing.
	loosePenalty = 1e-6
	// rowBlock is how many rows are summed on their own before the sums are.
	rowBlock = 16384
)

// Propensities are each row's chances to go to each arm given its covariates,
// row after row: a multinomial logistic regression with a ridge for all, and
// one within each group of some size, fitted for each fold to the other folds.
func Propensities(d *Data) []float32 {
	out := d.propensities(nil)
	rows := d.byGroup()
	linalg.Blocks(d.Groups, 1, d.Threads, func(g, _, _ int) {
		if len(rows[g]) >= minLocal {
			d.refine(rows[g], out)
		}
	})
	return out
}

// propensities fits one regression for each fold, with log-odds to begin with
// for each row and arm, if any.
func (d *Data) propensities(offset []float32) []float32 {
	n := len(d.Arm)
	out := make([]float32, n*d.Arms)
	all := softmax{d: d, without: Folds, offset: offset}
	start := minimize(make([]float64, d.X.Cols*d.Arms), all.curvature(), all.loss)
	for k := range uint8(Folds) {
		s := softmax{d: d, without: k, offset: offset}
		beta := minimize(start, s.curvature(), s.loss)
		linalg.Blocks(n, rowBlock, d.Threads, func(_, lo, hi int) {
			p := make([]float64, d.Arms)
			for i := lo; i < hi; i++ {
				if d.Fold[i] != k {
					continue
				}
				s.chances(beta, i, p)
				for m, v := range p {
					out[i*d.Arms+m] = float32(v)
				}
			}
		})
	}
	return out
}

// softmax is the regression of the arm on the covariates of the rows that are
// not in the fold without. Coefficients are arm after arm within a column.
type softmax struct {
	d       *Data
	without uint8
	offset  []float32 // log-odds to add, row after row; nil: none
}

// chances fills p with the probabilities of the arms for row i and returns the
// logarithm of the one that happened.
func (s softmax) chances(beta []float64, i int, p []float64) float64 {
	clear(p)
	arms := len(p)
	if s.offset != nil {
		for m := range p {
			p[m] = float64(s.offset[i*arms+m])
		}
	}
	idx, val := s.d.X.Row(i)
	for k, j := range idx {
		v := float64(val[k])
		for m, b := range beta[int(j)*arms : (int(j)+1)*arms] {
			p[m] += v * b
		}
	}
	top := p[0]
	for _, z := range p {
		top = max(top, z)
	}
	own, sum := p[s.d.Arm[i]]-top, 0.0
	for m, z := range p {
		p[m] = math.Exp(z - top)
		sum += p[m]
	}
	for m := range p {
		p[m] /= sum
	}
	return own - math.Log(sum)
}

// loss is the penalised negative log-likelihood; it fills gradient.
func (s softmax) loss(beta, gradient []float64) float64 {
	arms, n := s.d.Arms, len(s.d.Arm)
	blocks := (n + rowBlock - 1) / rowBlock
	values, gradients := make([]float64, blocks), make([][]float64, blocks)
	linalg.Blocks(n, rowBlock, s.d.Threads, func(b, lo, hi int) {
		g, p := make([]float64, len(beta)), make([]float64, arms)
		for i := lo; i < hi; i++ {
			if s.d.Fold[i] == s.without {
				continue
			}
			values[b] -= s.chances(beta, i, p)
			p[s.d.Arm[i]]--
			idx, val := s.d.X.Row(i)
			for k, j := range idx {
				v := float64(val[k])
				for m, to := range g[int(j)*arms : (int(j)+1)*arms] {
					g[int(j)*arms+m] = to + v*p[m]
				}
			}
		}
		gradients[b] = g
	})
	var sum float64
	for j, b := range beta {
		w := s.ridge(j)
		gradient[j] = w * b
		sum += w * b * b / 2
	}
	for b, g := range gradients {
		sum += values[b]
		for j, v := range g {
			gradient[j] += v
		}
	}
	return sum
}

// ridge is the penalty on coefficient j.
func (s softmax) ridge(j int) float64 {
	if j < s.d.Arms {
		return loosePenalty
	}
	return s.d.ridge()
}

// curvature is the diagonal of the second derivative where the covariates tell
// nothing.
func (s softmax) curvature() []float64 {
	arms := s.d.Arms
	share, squares := make([]float64, arms), make([]float64, s.d.X.Cols)
	var n float64
	for i, m := range s.d.Arm {
		if s.d.Fold[i] == s.without {
			continue
		}
		n++
		share[m]++
		idx, val := s.d.X.Row(i)
		for k, j := range idx {
			squares[j] += float64(val[k]) * float64(val[k])
		}
	}
	h := make([]float64, s.d.X.Cols*arms)
	for j := range h {
		p := (share[j%arms] + 1) / (n + float64(arms))
		h[j] = p*(1-p)*squares[j/arms] + s.ridge(j)
	}
	return h
}
