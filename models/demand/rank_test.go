package demand

import (
	"math"
	"testing"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// TestHeapOfLeftovers ranks four clusters by hand: three whose tickets point one
// way and one whose tickets point everywhere, which is no demand type.
func TestHeapOfLeftovers(t *testing.T) {
	const each, clusters = 40, 4
	x := linalg.NewDense(each*clusters, each+clusters)
	z := make([]int32, x.Rows)
	for i := range z {
		c := i / each
		z[i] = int32(c)
		x.Row(i)[c] = 1
		if c == clusters-1 {
			x.Row(i)[c] = 0.2
			x.Row(i)[clusters+i%each] = float32(math.Sqrt(1 - 0.2*0.2))
		}
	}
	counts := &linalg.Sparse{Rows: x.Rows, Cols: 1, Ptr: make([]int, x.Rows+1)}
	tickets := newTickets(x, counts)
	m := &Model{fitted: x.Rows}
	ranked := m.rank(tickets, z, tickets.collect(z, clusters, 1), nil, Options{Threads: 1})
	if m.Clusters() != clusters-1 {
		t.Fatalf("%d types, want %d", m.Clusters(), clusters-1)
	}
	if got := ranked[len(ranked)-1]; got != clusters-1 {
		t.Errorf("the heap is cluster %d, want the last", got)
	}
}

// TestBestChoice: where the likelihood has risen and is not flat yet, the number
// that is likely and agrees.
func TestBestChoice(t *testing.T) {
	for name, c := range map[string]struct {
		likely, agreed []float64
		want           int
	}{
		"the largest sum":                  {[]float64{0, 0.8, 1}, []float64{0, 0.7, 0.3}, 1},
		"likelier by more than it differs": {[]float64{0, 0.8, 1}, []float64{0, 0.4, 0.3}, 2},
		"the smaller of equals":            {[]float64{0, 0.75, 0.75, 1}, []float64{0, 0.9, 0.9, 0.1}, 1},
		"surer of next to nothing":         {[]float64{0.3, 0.6, 0.9, 1}, []float64{1, 0.9, 0.2, 0.1}, 2},
		"surer beyond the rise":            {[]float64{0, 0.8, 0.99, 1, 0.9}, []float64{0, 0.2, 0.3, 0.9, 1}, 2},
		"a single number":                  {[]float64{0}, []float64{0.5}, 0},
	} {
		if got := bestChoice(c.likely, c.agreed); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
