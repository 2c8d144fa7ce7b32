package assign

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bestOf solves a matrix that is written row by row.
func bestOf(weight [][]float64) []int {
	if len(weight) == 0 {
		return nil
	}
	return Best(slices.Concat(weight...), len(weight), len(weight[0]))
}

func TestBest(t *testing.T) {
	for name, c := range map[string]struct {
		weight [][]float64
		want   []int
	}{
		"nothing":      {nil, nil},
		"no columns":   {[][]float64{{}, {}}, []int{-1, -1}},
		"single":       {[][]float64{{3}}, []int{0}},
		"greedy fails": {[][]float64{{9, 8}, {8, 1}}, []int{1, 0}},
		"wide":         {[][]float64{{1, 5, 2}, {4, 6, 0}}, []int{1, 0}},
		"tall":         {[][]float64{{1}, {7}, {3}}, []int{-1, 0, -1}},
		"negative":     {[][]float64{{-1, -9}, {-2, -3}}, []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, bestOf(c.weight)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// exhaustive tries all assignments.
func exhaustive(weight [][]float64, row int, used []bool) float64 {
	if row == len(weight) {
		return 0
	}
	top := -1e18
	for j, w := range weight[row] {
		if !used[j] {
			used[j] = true
			top = max(top, w+exhaustive(weight, row+1, used))
			used[j] = false
		}
	}
	return top
}

func TestBestOfWideMatrices(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		rows, cols := 1+rng.IntN(5), 5+rng.IntN(2)
		weight := make([][]float64, rows)
		for i := range weight {
			for range cols {
				weight[i] = append(weight[i], float64(rng.IntN(20)))
			}
		}
		var got float64
		for i, j := range bestOf(weight) {
			got += weight[i][j]
		}
		if want := exhaustive(weight, 0, make([]bool, cols)); got != want {
			t.Fatalf("weight %v: got %v, want %v", weight, got, want)
		}
	}
}
