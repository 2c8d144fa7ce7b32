package causal

import (
	"slices"

	"gonum.org/v1/gonum/blas/gonum"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

const (
	// Bound is the least chance of going to an arm that a row counts with,
	// relative to the arm's share of the group. Rows that are 20 times rarer in
	// the arm than in the group are ones that it has hardly seen: greater
	// weights would give the estimate to a handful of them.
	Bound = 0.05
	// MaxTrimmed is the share of a group's rows below the Bound from which an
	// arm counts as not seeing the same kind of rows.
	MaxTrimmed = 0.1
	// MinRows is the least number of an arm's own rows in a group, and of
	// observed values of an outcome.
	MinRows = 20
	// MinEffective is the least effective number of rows.
	MinEffective = 20.0
)

// Why an arm cannot be compared within a group.
const (
	FewRows      = "few tickets"
	FewEffective = "few like tickets"
	OtherRows    = "different tickets"
)

// Overlap tells how much of what the whole group is like an arm has seen.
type Overlap struct {
	Rows      int     // of the group that went to the arm
	Effective float64 // Kish's effective number of them once weighted: (Σw)²/Σw²
	Trimmed   float64 // share of the group's rows that the arm hardly sees: below the Bound
	Reason    string  // why the arm is not comparable; empty if it is
}

// Comparable tells whether the arm's outcomes can be estimated.
func (o Overlap) Comparable() bool { return o.Reason == "" }

// Sizeable tells whether the arm has rows enough to be comparable.
func (o Overlap) Sizeable() bool { return o.Rows >= MinRows }

func (o Overlap) judge() string {
	switch {
	case !o.Sizeable():
		return FewRows
	case o.Trimmed > MaxTrimmed:
		return OtherRows
	case o.Effective < MinEffective:
		return FewEffective
	default:
		return ""
	}
}

// Effect is what a group's outcomes would be in each arm. Arms and outcomes
// make one vector: arm × outcomes + outcome.
type Effect struct {
	Rows    int
	Overlap []Overlap // by arm
	// Known tells which entries are estimated: those of comparable arms with
	// enough observed values. The others are zero.
	Known []bool
	Mean  []float64
	// Covariance of the means, row after row, from their influence functions;
	// nil if nothing is known.
	Covariance []float64
	// Effective is the effective number of rows behind each mean.
	Effective []float64
}

// Effects estimates all groups. Weights are normalised within a group and arm
// (Hájek), also over the rows where an outcome was observed; rows where it was
// not are taken to be like those with the same covariates.
func Effects(d *Data, propensities []float32, y Outcomes) []Effect {
	r := regress(d, y)
	rows := d.byGroup()
	out := make([]Effect, d.Groups)
	linalg.Blocks(d.Groups, 1, d.Threads, func(g, _, _ int) {
		e := estimator{d: d, y: y, r: r, propensities: propensities, rows: rows[g]}
		out[g] = e.effect()
	})
	return out
}

// Overlaps tells how comparable the arms are in each group, which does not depend
// on any outcome.
func Overlaps(d *Data, propensities []float32) [][]Overlap {
	rows, out := d.byGroup(), make([][]Overlap, d.Groups)
	linalg.Blocks(d.Groups, 1, d.Threads, func(g, _, _ int) {
		e := estimator{d: d, propensities: propensities, rows: rows[g]}
		out[g] = e.overlap()
	})
	return out
}

// estimator works on one group.
type estimator struct {
	d            *Data
	y            Outcomes
	r            *regressions
	propensities []float32
	rows         []int32

	part              *Data        // of the rows, if the group has
	own               *regressions // of its own
	bound             []float64    // of the arms: least chance
	predicted         []float64    // mean prediction
	weights, residual []float64    // sums over observed rows
	squares           []float64
	count             []int
}

// weight is the inverse of row i's chance of the arm that it went to.
func (e *estimator) weight(i int32) float64 {
	arm := int(e.d.Arm[i])
	return 1 / max(float64(e.propensities[int(i)*e.d.Arms+arm]), e.bound[arm])
}

func (e *estimator) effect() Effect {
	out := Effect{Rows: len(e.rows), Overlap: e.overlap(), Known: make([]bool, e.r.width)}
	out.Mean, out.Effective = make([]float64, e.r.width), make([]float64, e.r.width)
	if !slices.ContainsFunc(out.Overlap, Overlap.Comparable) {
		return out
	}
	if len(e.rows) >= minLocal {
		e.part, e.own = e.r.local(e.d, e.y, e.rows)
	}
	e.sum()
	something := false
	for j := range out.Mean {
		if !out.Overlap[j/len(e.y.Columns)].Comparable() || e.count[j] < MinRows {
			continue
		}
		e.residual[j] /= e.weights[j]
		out.Effective[j] = e.weights[j] * e.weights[j] / e.squares[j]
		mean := e.predicted[j] + e.residual[j]
		if out.Effective[j] < MinEffective || !finite(mean) {
			continue
		}
		out.Known[j], out.Mean[j], something = true, mean, true
	}
	if something {
		out.Covariance = e.covariance(out)
	}
	return out
}

// overlap weighs the arms' rows against the whole group.
func (e *estimator) overlap() []Overlap {
	out := make([]Overlap, e.d.Arms)
	sums, squares := make([]float64, e.d.Arms), make([]float64, e.d.Arms)
	e.bound = make([]float64, e.d.Arms)
	for _, i := range e.rows {
		out[e.d.Arm[i]].Rows++
	}
	for m := range out {
		e.bound[m] = Bound * float64(out[m].Rows) / float64(max(len(e.rows), 1))
	}
	for _, i := range e.rows {
		arm, w := e.d.Arm[i], e.weight(i)
		sums[arm] += w
		squares[arm] += w * w
		for m, p := range e.propensities[int(i)*e.d.Arms : (int(i)+1)*e.d.Arms] {
			if float64(p) < e.bound[m] {
				out[m].Trimmed++
			}
		}
	}
	for m := range out {
		if out[m].Rows > 0 {
			out[m].Effective = sums[m] * sums[m] / squares[m]
		}
		out[m].Trimmed /= float64(max(len(e.rows), 1))
		out[m].Reason = out[m].judge()
	}
	return out
}

// predict fills mu with what the k-th row is expected to have.
func (e *estimator) predict(k int, mu []float64) {
	clear(mu)
	e.r.predict(e.d, int(e.rows[k]), mu)
	if e.own != nil {
		e.own.predict(e.part, k, mu)
	}
}

// sum adds up predictions, weights and weighted errors of prediction.
func (e *estimator) sum() {
	width, outcomes := e.r.width, len(e.y.Columns)
	e.predicted, e.weights, e.residual = make([]float64, width), make([]float64, width), make([]float64, width)
	e.squares, e.count = make([]float64, width), make([]int, width)
	mu := make([]float64, width)
	for k, i := range e.rows {
		e.predict(k, mu)
		add(e.predicted, 1/float64(len(e.rows)), mu)
		w, first := e.weight(i), int(e.d.Arm[i])*outcomes
		for o, column := range e.y.Columns {
			if j := first + o; observed(column, int(i)) {
				e.weights[j] += w
				e.squares[j] += w * w
				e.residual[j] += w * (float64(column[i]) - mu[j])
				e.count[j]++
			}
		}
	}
}

// covariance of the means: the sum of the products of the rows' influences. An
// error of prediction is taken from a mean without its row, as a jackknife does
// (MacKinnon and White 1985): a heavy row draws the mean to itself, and its
// error would look too small.
func (e *estimator) covariance(out Effect) []float64 {
	width, outcomes, n := e.r.width, len(e.y.Columns), float64(len(e.rows))
	cov, phi := make([]float64, width*width), make([]float64, width)
	for k, i := range e.rows {
		e.predict(k, phi)
		w, first := e.weight(i), int(e.d.Arm[i])*outcomes
		for j, mu := range phi {
			if !out.Known[j] {
				phi[j] = 0
				continue
			}
			phi[j] = (mu - e.predicted[j]) / n
			if o := j - first; o >= 0 && o < outcomes && observed(e.y.Columns[o], int(i)) {
				share := w / e.weights[j]
				phi[j] += share / (1 - share) * (float64(e.y.Columns[o][i]) - mu - e.residual[j])
			}
		}
		for j, v := range phi {
			if v != 0 {
				gonum.Implementation{}.Daxpy(width-j, v, phi[j:], 1, cov[j*width+j:], 1)
			}
		}
	}
	for j := range width {
		for k := range j {
			cov[j*width+k] = cov[k*width+j]
		}
	}
	e.moderate(out, cov)
	return cov
}

// doubtful is the number of rows, half of them with and half without, that are
// added to a share before its variance is believed (Agresti and Coull 1998):
// that none of a few hundred did something does not prove that none ever will.
const doubtful = 4

// moderate adds to the variances of shares what so many more rows would.
func (e *estimator) moderate(out Effect, cov []float64) {
	for j, known := range out.Known {
		if !known || !e.y.Share[j%len(e.y.Columns)] {
			continue
		}
		n, p := out.Effective[j], min(max(out.Mean[j], 0), 1)
		doubted := Doubted(p, n)
		more := doubted*(1-doubted)/(n+doubtful) - p*(1-p)/n
		cov[j*e.r.width+j] += max(more, 0)
	}
}

// Doubted is the share p of n rows with the doubtful ones added: the centre of
// its interval.
func Doubted(p, n float64) float64 {
	return (n*p + doubtful/2) / (n + doubtful)
}
