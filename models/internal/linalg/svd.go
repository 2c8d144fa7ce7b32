package linalg

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// SVD holds the leading singular vectors (columns of U and V) and values, in
// falling order. Directions beyond the matrix's own rank are zero.
type SVD struct {
	U, V *Dense
	S    []float64
}

// The randomised method's usual parameters.
const (
	oversample = 10
	powers     = 3
)

// TruncatedSVD finds the leading rank singular triplets of s by random
// projection with power iterations (Halko, Martinsson and Tropp 2011,
// algorithms 4.4 and 5.1).
func TruncatedSVD(s *Sparse, rank int, seed uint64, threads int) SVD {
	t := s.Transpose()
	width := min(rank+oversample, s.Rows, s.Cols)
	y := s.Mul(gaussian(s.Cols, width, seed), threads)
	for range powers {
		z := t.Mul(orthonormal(y, threads), threads)
		y = s.Mul(orthonormal(z, threads), threads)
	}
	q := orthonormal(orthonormal(y, threads), threads)
	b := t.Mul(q, threads) // the transpose of Q'W
	values, vectors := eigen(b.gram(threads), b.Cols)

	out := SVD{S: make([]float64, rank)}
	left, right := NewDense(width, rank), NewDense(width, rank)
	floor := tiny * first(values)
	for k := range min(rank, width) {
		if values[k] <= floor {
			break
		}
		out.S[k] = math.Sqrt(values[k])
		for i := range width {
			e := vectors.At(i, k)
			left.Row(i)[k] = float32(e)
			right.Row(i)[k] = float32(e / out.S[k])
		}
	}
	out.U, out.V = q.mulSmall(left, threads), b.mulSmall(right, threads)
	return out
}

// tiny is the share of the largest eigenvalue below which float32 data holds
// only rounding.
const tiny = 1e-10

// orthonormal returns an orthonormal basis of the columns of y, by way of the
// eigenvectors of y'y (Stathopoulos and Wu 2002): unlike Cholesky it survives
// columns that depend on each other, which become zero.
func orthonormal(y *Dense, threads int) *Dense {
	values, vectors := eigen(y.gram(threads), y.Cols)
	m := NewDense(y.Cols, y.Cols)
	floor := tiny * first(values)
	for k, v := range values {
		if v <= floor {
			break
		}
		for i := range y.Cols {
			m.Row(i)[k] = float32(vectors.At(i, k) / math.Sqrt(v))
		}
	}
	return y.mulSmall(m, threads)
}

// eigen decomposes the symmetric n × n matrix a, values in falling order. A
// matrix that is not finite has no usable directions: all values are zero.
func eigen(a []float64, n int) ([]float64, *mat.Dense) {
	vectors := mat.NewDense(max(n, 1), max(n, 1), nil)
	values := make([]float64, n)
	var es mat.EigenSym
	if n == 0 || !es.Factorize(mat.NewSymDense(n, a), true) {
		return values, vectors
	}
	var rising mat.Dense
	es.VectorsTo(&rising)
	for k := range n {
		values[k] = es.RawValues()[n-1-k]
		for i := range n {
			vectors.Set(i, k, rising.At(i, n-1-k))
		}
	}
	return values, vectors
}

func first(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return max(values[0], 0)
}

// gaussian is a matrix of independent standard normal values.
func gaussian(rows, cols int, seed uint64) *Dense {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	d := NewDense(rows, cols)
	for i := range d.Data {
		d.Data[i] = float32(rng.NormFloat64())
	}
	return d
}

// PrincipalDirection is the right singular vector of d with the largest
// singular value, the uncentred first principal direction of its rows.
func PrincipalDirection(d *Dense, threads int) []float32 {
	_, vectors := eigen(d.gram(threads), d.Cols)
	v := make([]float32, d.Cols)
	for i := range v {
		v[i] = float32(vectors.At(i, 0))
	}
	return v
}
