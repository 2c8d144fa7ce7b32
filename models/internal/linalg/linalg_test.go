package linalg

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// made is a sparse matrix of low rank plus noise, and the same dense.
func made(rows, cols, rank int, noise float64) (*Sparse, *Dense) {
	rng := rand.New(rand.NewPCG(1, 2))
	left, right := NewDense(rows, rank), NewDense(rank, cols)
	for i := range left.Data {
		left.Data[i] = float32(rng.NormFloat64())
	}
	for i := range right.Data {
		right.Data[i] = float32(rng.NormFloat64())
	}
	dense := left.mulSmall(right, 1)
	s := &Sparse{Rows: rows, Cols: cols, Ptr: []int{0}}
	for i := range rows {
		for j := range dense.Row(i) {
			dense.Row(i)[j] += float32(noise * rng.NormFloat64())
			s.Idx, s.Val = append(s.Idx, int32(j)), append(s.Val, dense.Row(i)[j])
		}
		s.Ptr = append(s.Ptr, len(s.Idx))
	}
	return s, dense
}

func TestTruncatedSVDRebuildsLowRank(t *testing.T) {
	const rank = 5
	s, want := made(300, 80, rank, 0)
	svd := TruncatedSVD(s, rank+3, 1, 2)
	var wrong, all float64
	for i := range want.Rows {
		for j, v := range want.Row(i) {
			var got float64
			for k, sv := range svd.S {
				got += float64(svd.U.Row(i)[k]) * sv * float64(svd.V.Row(j)[k])
			}
			wrong += (got - float64(v)) * (got - float64(v))
			all += float64(v) * float64(v)
		}
	}
	if wrong > 1e-6*all {
		t.Errorf("relative squared error %g", wrong/all)
	}
	for k := rank; k < len(svd.S); k++ {
		if svd.S[k] > 1e-3*svd.S[0] {
			t.Errorf("singular value %d is %g of a matrix of rank %d", k, svd.S[k], rank)
		}
	}
}

func TestTruncatedSVDOfLittle(t *testing.T) {
	for name, s := range map[string]*Sparse{
		"nothing":  {Ptr: []int{0}},
		"no rows":  {Cols: 3, Ptr: []int{0}},
		"zeros":    {Rows: 2, Cols: 3, Ptr: []int{0, 0, 0}},
		"one cell": {Rows: 1, Cols: 1, Ptr: []int{0, 1}, Idx: []int32{0}, Val: []float32{2}},
	} {
		svd := TruncatedSVD(s, 4, 1, 2)
		if svd.U.Rows != s.Rows || svd.V.Rows != s.Cols || svd.U.Cols != 4 || svd.V.Cols != 4 {
			t.Errorf("%s: wrong shape", name)
		}
		for _, v := range slices.Concat(svd.U.Data, svd.V.Data) {
			if math.IsNaN(float64(v)) {
				t.Errorf("%s: not a number", name)
			}
		}
	}
}

func TestThreadsDoNotShow(t *testing.T) {
	s, d := made(9000, 60, 4, 0.1)
	one, eight := TruncatedSVD(s, 10, 3, 1), TruncatedSVD(s, 10, 3, 8)
	if !slices.Equal(one.U.Data, eight.U.Data) || !slices.Equal(one.V.Data, eight.V.Data) {
		t.Error("the singular vectors depend on threads")
	}
	if !slices.Equal(PrincipalDirection(d, 1), PrincipalDirection(d, 8)) {
		t.Error("the principal direction depends on threads")
	}
}

func TestOrthonormal(t *testing.T) {
	_, d := made(5000, 20, 12, 0)
	q := orthonormal(orthonormal(d, 2), 2)
	g := q.gram(1)
	for i := range 20 {
		for j := range 20 {
			want := 0.0
			if i == j && i < 12 {
				want = 1
			}
			if math.Abs(g[i*20+j]-want) > 1e-4 {
				t.Fatalf("inner product of %d and %d is %g", i, j, g[i*20+j])
			}
		}
	}
}

func TestTranspose(t *testing.T) {
	s := &Sparse{Rows: 2, Cols: 3, Ptr: []int{0, 2, 3}, Idx: []int32{0, 2, 2}, Val: []float32{1, 2, 3}}
	got := s.Transpose()
	if !slices.Equal(got.Ptr, []int{0, 1, 1, 3}) || !slices.Equal(got.Idx, []int32{0, 0, 1}) || !slices.Equal(got.Val, []float32{1, 2, 3}) {
		t.Errorf("got %+v", got)
	}
}

func TestBlocksCoverAll(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11} {
		seen := make([]int, n)
		Blocks(n, 5, 3, func(b, lo, hi int) {
			if lo != 5*b {
				t.Errorf("block %d starts at %d", b, lo)
			}
			for i := lo; i < hi; i++ {
				seen[i]++
			}
		})
		if slices.ContainsFunc(seen, func(v int) bool { return v != 1 }) {
			t.Errorf("n %d: %v", n, seen)
		}
	}
}

func TestNormalize(t *testing.T) {
	x := []float32{3, 4}
	Normalize(x)
	if math.Abs(Norm(x)-1) > 1e-6 {
		t.Errorf("length %g", Norm(x))
	}
	zero := []float32{0, 0}
	Normalize(zero)
	if zero[0] != 0 {
		t.Error("a zero vector became something")
	}
}

func BenchmarkTruncatedSVD(b *testing.B) {
	s, _ := made(2000, 100, 5, 0.1)
	for b.Loop() {
		TruncatedSVD(s, 20, 1, 2)
	}
}
