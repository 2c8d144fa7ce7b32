package demand

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Options of Fit. The zero value chooses the number of types and uses one
// thread.
type Options struct {
	// K is the number of clusters looked for; some may end up empty and go, or
	// too small and count as Other. 0: chosen from the tickets.
	K int
	// KMin and KMax bound the choice of K; 0: 3 and 200.
	KMin, KMax int
	// Seed decides everything that is drawn.
	Seed uint64
	// Threads is how many goroutines work at a time; it does not change the
	// result. 0: one.
	Threads int
	// Restarts is how many starts are tried, and then crossed as often; 0:
	// eight, or four of more than 25,000 tickets.
	Restarts int
	// SampleAbove is how many tickets are fitted at most: of more, a sample is,
	// and the others are placed with the finished model. 0: 50,000.
	SampleAbove int
	// Seeds are tickets that begin clusters of their own beside the K, and stay
	// in them; such a cluster is a type whatever its size. See Model.Seeded.
	Seeds [][]int32
	// Start is where tickets were before: a cluster below Started, -1 for
	// unknown, one for each ticket. The clusters then begin there, and K is the
	// most there may be; 0: as many as Started and a quarter more. A fit
	// without it begins from nothing.
	Start   []int32
	Started int
	// Words, when set, replaces the word vectors that are learnt from the tickets.
	Words WordVectors
}

// maxClusters keeps the tables of words and clusters within memory.
const maxClusters = 2000

// manyTickets is where time counts for more than the last per cent of quality.
const manyTickets = 25_000

func (o Options) withDefaults(tickets int) Options {
	o.KMin, o.KMax = cmp.Or(o.KMin, 3), cmp.Or(o.KMax, 200)
	if o.Restarts == 0 && tickets > manyTickets {
		o.Restarts = 4
	}
	o.Threads, o.Restarts = cmp.Or(o.Threads, 1), cmp.Or(o.Restarts, 8)
	o.SampleAbove = cmp.Or(o.SampleAbove, 50_000)
	return o
}

func (o Options) check() error {
	switch {
	case o.K < 0 || o.K > maxClusters:
		return fmt.Errorf("fit demand types: k is %d: not between 0 and %d", o.K, maxClusters)
	case o.KMin < 1 || o.KMax < o.KMin || o.KMax > maxClusters:
		return fmt.Errorf("fit demand types: k between %d and %d: not a range within 1 to %d", o.KMin, o.KMax, maxClusters)
	case o.Threads < 1 || o.Restarts < 1 || o.SampleAbove < 1:
		return errors.New("fit demand types: threads, restarts and sample must be above zero")
	}
	return nil
}

// Fit clusters the tickets of c into demand types and says where each belongs,
// in the order they were added. It reports an error only for options that make
// no sense: a corpus without shared words gives a model without types.
func Fit(c *Corpus, o Options) (*Model, []Assignment, error) {
	o = o.withDefaults(c.Len())
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	rows := sample(c.Len(), o.SampleAbove, rand.New(rand.NewPCG(o.Seed, sampleStream)))
	s := learnSpace(c, rows, o)
	x, counts := s.points(c, rows, o.Threads)
	known := knownRows(x)
	t := newTickets(x, counts).subset(known)
	m := &Model{space: s, fitted: len(rows)}
	start, isWarm := startRows(o.Start, rows, known)
	var z []int32
	switch {
	case isWarm:
		room := cmp.Or(o.K, o.KMax) - o.Started
		before, mix := t.warm(start, o.Started, max(room, 0), o.Seed, o.Threads)
		z = m.rank(t, before, mix, seedRows(o.Seeds, rows, known), o)
	default:
		k := o.K
		if k == 0 {
			k = chooseK(t, o)
		}
		z = m.fitMixture(t, k, seedRows(o.Seeds, rows, known), o)
	}
	return m, m.assignFitted(c, rows, known, t, z, o.Threads), nil
}

// Streams keep what is drawn for one purpose apart from the others.
const (
	sampleStream = 1 << 32
	chooseStream = 2 << 32
	crossStream  = 3 << 32
	warmStream   = 4 << 32
)

// knownRows is the rows that are not zero: the tickets with a known word.
func knownRows(x *linalg.Dense) []int32 {
	var known []int32
	for i := range x.Rows {
		if linalg.Norm(x.Row(i)) > 0 {
			known = append(known, int32(i))
		}
	}
	return known
}

// fitMixture clusters the tickets into at most k groups beside the seeds.
func (m *Model) fitMixture(t *tickets, k int, seeds [][]int32, o Options) []int32 {
	k = min(k, t.x.Rows)
	if k == 0 {
		m.mix = t.collect(nil, 0, o.Threads)
		return nil
	}
	z, mix := t.bestOf(o.Restarts, k, o.Seed, o.Threads)
	return m.rank(t, z, mix, seeds, o)
}

// rank gives the seeds their clusters, sorts all clusters (types before what is
// Other, large before small) and returns each ticket's.
func (m *Model) rank(t *tickets, z []int32, mix *mixture, seeds [][]int32, o Options) []int32 {
	k := len(mix.size)
	if len(seeds) > 0 {
		mix = t.pin(z, k, seeds, o.Threads)
	}
	var order []int
	for c, n := range mix.size {
		if n > 0 {
			order = append(order, c)
		}
	}
	small := max(minSize, minShare*float64(m.fitted))
	common := mix.common()
	isOther := func(c int) int {
		if c >= k || mix.size[c] >= small && mix.coherence(c) >= common {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(isOther(a), isOther(b)), cmp.Compare(mix.size[b], mix.size[a]))
	})
	rank := make([]int32, len(mix.size))
	for i, c := range order {
		rank[c] = int32(i)
		if isOther(c) == 0 {
			m.types++
			m.seeded = append(m.seeded, max(c-k, -1))
		}
	}
	for i, c := range z {
		z[i] = rank[c]
	}
	m.mix = t.collect(z, len(order), o.Threads)
	return z
}

// A cluster with fewer tickets than minSize, or than minShare of all, is Other;
// so is one whose tickets have less in common than all tickets have: a heap of
// leftovers.
const (
	minSize  = 5
	minShare = 0.001
)

// assignFitted says where each ticket of c belongs: the fitted ones with their
// own counts taken out, the others as new ones.
func (m *Model) assignFitted(c *Corpus, rows, known []int32, t *tickets, z []int32, threads int) []Assignment {
	out := make([]Assignment, c.Len())
	fitted := make([]bool, c.Len())
	for _, r := range rows {
		fitted[r] = true
		out[r] = m.choose(nil, 0, false)
	}
	s := m.mix.scorer()
	linalg.Blocks(len(z), 256, threads, func(_, lo, hi int) {
		scores := make([]float32, len(m.mix.size))
		for i := lo; i < hi; i++ {
			s.leaveOut(t, i, z[i], scores)
			out[rows[known[i]]] = m.choose(scores, t.length[i], true)
		}
	})
	var rest []int32
	for i, done := range fitted {
		if !done {
			rest = append(rest, int32(i))
		}
	}
	for i, a := range m.assign(c, rest, threads) {
		out[rest[i]] = a
	}
	return out
}
