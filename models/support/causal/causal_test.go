package causal

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.10g, want %.10g", what, got, want)
	}
}

// routed is n rows with a constant, an indicator and a number; arm 1 is the
// more likely the greater the two are.
func routed(n, groups int, pull float64) (d *Data, chance []float64) {
	rng := rand.New(rand.NewPCG(4, 2))
	d = &Data{X: &linalg.Sparse{Rows: n, Cols: 4, Ptr: []int{0}}, Local: 1, Arms: 2, Groups: groups, Threads: 2}
	for i := range n {
		level, number := int32(rng.IntN(2)), rng.NormFloat64()
		d.X.Idx = append(d.X.Idx, 0, 1+level, 3)
		d.X.Val = append(d.X.Val, 1, 1, float32(number))
		d.X.Ptr = append(d.X.Ptr, len(d.X.Idx))
		p := 1 / (1 + math.Exp(-pull*(2*float64(level)-1+number)))
		arm := uint8(0)
		if rng.Float64() < p {
			arm = 1
		}
		chance = append(chance, p)
		d.Arm, d.Group, d.Fold = append(d.Arm, arm), append(d.Group, int32(i%groups)), append(d.Fold, uint8(rng.IntN(Folds)))
	}
	return d, chance
}

func TestPropensitiesFindTheRule(t *testing.T) {
	d, chance := routed(20000, 1, 0.8)
	got := Propensities(d)
	var off float64
	for i, p := range chance {
		near(t, "chances of a row add up", float64(got[2*i]+got[2*i+1]), 1, 1e-6)
		off += math.Abs(float64(got[2*i+1])-p) / float64(len(chance))
	}
	if off > 0.01 {
		t.Errorf("chances are off by %v on average", off)
	}
	d.Threads = 1
	if !slices.Equal(got, Propensities(d)) {
		t.Error("the propensities depend on threads")
	}
}

func TestGradient(t *testing.T) {
	d, _ := routed(300, 1, 1)
	s := softmax{d: d, without: 2}
	rng := rand.New(rand.NewPCG(1, 1))
	beta := make([]float64, d.X.Cols*d.Arms)
	for j := range beta {
		beta[j] = rng.NormFloat64()
	}
	gradient, scrap := make([]float64, len(beta)), make([]float64, len(beta))
	s.loss(beta, gradient)
	for j := range beta {
		const h = 1e-5
		up, down := slices.Clone(beta), slices.Clone(beta)
		up[j] += h
		down[j] -= h
		near(t, "derivative", gradient[j], (s.loss(up, scrap)-s.loss(down, scrap))/(2*h), 1e-5)
	}
}

func TestMinimize(t *testing.T) {
	// An ellipse, turned, whose lengths differ by a thousand.
	loss := func(x, g []float64) float64 {
		a, b := x[0]+x[1]-3, x[0]-x[1]-1
		g[0], g[1] = 2*a+2000*b, 2*a-2000*b
		return a*a + 1000*b*b
	}
	x := minimize([]float64{40, -7}, []float64{2000, 2000}, loss)
	near(t, "x", x[0], 2, 0.05)
	near(t, "y", x[1], 1, 0.05)
}

// values are outcomes that depend on the covariates and the arm.
func values(d *Data, effect float64) Outcomes {
	rng := rand.New(rand.NewPCG(9, 9))
	a, b := make([]float32, len(d.Arm)), make([]float32, len(d.Arm))
	for i := range a {
		_, val := d.X.Row(i)
		idx, _ := d.X.Row(i)
		a[i] = float32(float64(idx[1]) + 2*float64(val[2]) + effect*float64(d.Arm[i]) + rng.NormFloat64())
		if b[i] = float32(math.NaN()); rng.IntN(3) > 0 {
			b[i] = 10 * a[i]
		}
	}
	return Outcomes{Columns: [][]float32{a, b}, Set: []int{0, 1}, Share: make([]bool, 2)}
}

// The regressions, with their sums shared and folds subtracted, are those of
// the normal equations.
func TestRegressIsRidge(t *testing.T) {
	d, _ := routed(400, 1, 1)
	y := values(d, 1)
	r := regress(d, y)
	for column := range y.Columns {
		for arm := range d.Arms {
			want := ridge(d, y.Columns[column], arm, 3)
			for j := range d.X.Cols {
				near(t, "coefficient", r.beta[3].At(j, arm*2+column), want.AtVec(j), 1e-6)
			}
		}
	}
}

func ridge(d *Data, y []float32, arm, without int) *mat.VecDense {
	var rows, right []float64
	for i := range y {
		if int(d.Arm[i]) != arm || int(d.Fold[i]) == without || !observed(y, i) {
			continue
		}
		row := make([]float64, d.X.Cols)
		idx, val := d.X.Row(i)
		for k, j := range idx {
			row[j] = float64(val[k])
		}
		rows, right = append(rows, row...), append(right, float64(y[i]))
	}
	for j := range d.X.Cols { // the penalty as rows
		row := make([]float64, d.X.Cols)
		if row[j] = math.Sqrt(penalty); j == 0 {
			row[j] = math.Sqrt(loosePenalty)
		}
		rows, right = append(rows, row...), append(right, 0)
	}
	var beta mat.VecDense
	if err := beta.SolveVec(mat.NewDense(len(right), d.X.Cols, rows), mat.NewVecDense(len(right), right)); err != nil {
		panic(err)
	}
	return &beta
}

// Where arms are dealt at random, the estimate is the plain mean made more
// precise; where they are not, the plain difference is wrong and it is not.
func TestEffects(t *testing.T) {
	for _, pull := range []float64{0, 1} {
		d, _ := routed(20000, 4, pull)
		y := values(d, 0.5)
		for g, e := range Effects(d, Propensities(d), y) {
			w := len(e.Mean)
			for column, scale := range []float64{1, 10} {
				got := e.Mean[2+column] - e.Mean[column]
				variance := e.Covariance[(2+column)*w+2+column] + e.Covariance[column*w+column] - 2*e.Covariance[column*w+2+column]
				near(t, "effect", got, 0.5*scale, 4*math.Sqrt(variance))
				if se := math.Sqrt(variance) / scale; se > 0.08 || se < 0.02 {
					t.Errorf("group %d, column %d: standard error %v", g, column, se)
				}
			}
			for i, v := range e.Covariance {
				near(t, "symmetry", v, e.Covariance[i%w*w+i/w], 0)
			}
		}
	}
}

// Two groups with opposite ways: what makes a row hard, and sends it to arm 1,
// in one makes it easy in the other. Shared models see nothing of it.
func TestGroupsHaveTheirOwnWays(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	d, _ := routed(12000, 2, 0)
	column := make([]float32, len(d.Arm))
	for i := range column {
		_, val := d.X.Row(i)
		hard := float64(val[2])
		if d.Group[i] == 1 {
			hard = -hard
		}
		d.Arm[i] = 0
		if rng.Float64() < 1/(1+math.Exp(-hard)) {
			d.Arm[i] = 1
		}
		column[i] = float32(3*hard - float64(d.Arm[i]) + rng.NormFloat64())
	}
	y := Outcomes{Columns: [][]float32{column}, Set: []int{0}, Share: []bool{false}}
	for _, e := range Effects(d, Propensities(d), y) {
		variance := e.Covariance[3] + e.Covariance[0] - 2*e.Covariance[1]
		near(t, "effect", e.Mean[1]-e.Mean[0], -1, 4*math.Sqrt(variance))
	}
}

func TestOverlapReasons(t *testing.T) {
	d, chance := routed(3000, 2, 0.5)
	p := make([]float32, 2*len(chance))
	for i, c := range chance {
		if d.Group[i] == 1 {
			d.Arm[i] = 0 // but for the first few
			if c = 0.5; i < 40 {
				d.Arm[i], c = 1, 0.5
			} else if i%4 > 0 {
				c = 1e-6
			}
		}
		p[2*i], p[2*i+1] = float32(1-c), float32(c)
	}
	e := Effects(d, p, values(d, 0))
	for arm, want := range []string{"", OtherRows} {
		if got := e[1].Overlap[arm].Reason; got != want {
			t.Errorf("arm %d: %q, want %q", arm, got, want)
		}
	}
	if !e[0].Overlap[0].Comparable() || !e[0].Overlap[1].Comparable() {
		t.Errorf("%+v", e[0].Overlap)
	}
	if e[1].Known[2] || !e[1].Known[0] {
		t.Errorf("known %v", e[1].Known)
	}
	if o := (Overlap{Rows: 100, Effective: 5}); o.judge() != FewEffective {
		t.Errorf("reason %q", o.judge())
	}
}
