// Package linalg holds the few matrix kernels that the models need: float32
// storage, row blocks spread over goroutines, and results that are the same
// bytes whatever the number of threads. It is the only importer of gonum.
package linalg

import (
	"math"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/gonum"
)

// Blocks calls work for the consecutive ranges [lo, hi) of [0, n), each of at
// most size items and numbered from 0, on at most threads goroutines. Which
// goroutine takes which block is left to chance, so work must write only to
// places that belong to its block.
func Blocks(n, size, threads int, work func(block, lo, hi int)) {
	blocks := (n + size - 1) / size
	if threads > blocks {
		threads = blocks
	}
	if threads <= 1 {
		for b := range blocks {
			work(b, b*size, min(n, (b+1)*size))
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for b := int(next.Add(1)) - 1; b < blocks; b = int(next.Add(1)) - 1 {
				work(b, b*size, min(n, (b+1)*size))
			}
		})
	}
	wg.Wait()
}

// Dot is the inner product of x and the first len(x) values of y, summed in
// float32: meant for rows of a few hundred values of the same size.
func Dot(x, y []float32) float32 {
	return gonum.Implementation{}.Sdot(len(x), x, 1, y, 1)
}

// Axpy adds a times x to the first len(x) values of y.
func Axpy(a float32, x, y []float32) {
	gonum.Implementation{}.Saxpy(len(x), a, x, 1, y, 1)
}

// Normalize scales x to unit length; a zero vector stays as it is.
func Normalize(x []float32) {
	if n := Norm(x); n > 0 {
		scale := float32(1 / n)
		for i := range x {
			x[i] *= scale
		}
	}
}

// Norm is the Euclidean length of x.
func Norm(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
