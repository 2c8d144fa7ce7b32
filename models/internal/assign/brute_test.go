package assign

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestAssignmentIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for rows := range 7 {
		for cols := range 7 {
			for range 20 {
				value := make([]float64, rows*cols)
				for k := range value {
					value[k] = float64(rng.IntN(9)) - 2 // small integers: many ties
				}
				got := Best(value, rows, cols)
				used := map[int]bool{}
				var sum float64
				pairs := 0
				for i, j := range got {
					if j < 0 {
						continue
					}
					if used[j] {
						t.Fatalf("%d×%d: column %d twice in %v", rows, cols, j, got)
					}
					used[j] = true
					pairs++
					sum += value[i*cols+j]
				}
				if want := brute(value, rows, cols, 0, make([]bool, cols), min(rows, cols)); sum != want || pairs != min(rows, cols) {
					t.Fatalf("%d×%d %v: %v gives %v with %d pairs, want %v", rows, cols, value, got, sum, pairs, want)
				}
			}
		}
	}
}

// brute is the best sum over all ways to make left more pairs from row i on.
func brute(value []float64, rows, cols, i int, used []bool, left int) float64 {
	if left == 0 {
		return 0
	}
	best := -1e9
	if rows-i > left {
		best = brute(value, rows, cols, i+1, used, left)
	}
	for j := range cols {
		if i < rows && !used[j] {
			used[j] = true
			best = max(best, value[i*cols+j]+brute(value, rows, cols, i+1, used, left-1))
			used[j] = false
		}
	}
	return best
}

func BenchmarkAssignment(b *testing.B) {
	for _, n := range []int{50, 200, 500} {
		rng := rand.New(rand.NewPCG(1, 2))
		value := make([]float64, n*n)
		for k := range value {
			value[k] = rng.Float64()
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Best(value, n, n)
			}
		})
	}
}
