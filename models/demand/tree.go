package demand

import (
	"cmp"
	"math"
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Tree groups the demand types into at most groups groups, the upper level of
// a two-level view: the two groups whose merger costs the least collapsed
// log-likelihood become one, again and again. It returns each type's group;
// groups are numbered by falling number of tickets. groups below 1 stands for
// the square root of the number of types, rounded up.
func Tree(m *Model, groups int) []int {
	if groups < 1 {
		groups = int(math.Ceil(math.Sqrt(float64(m.types))))
	}
	t := newMerger(m.mix, m.types, gamma)
	for t.alive > groups {
		t.mergeCheapest()
	}
	return t.bySize()
}

// count is how often a word is in a group.
type count struct{ word, n int32 }

// merger merges groups of clusters.
type merger struct {
	group  []int // cluster → group
	words  [][]count
	tokens []float64
	size   []float64
	loss   [][]float64 // of merging groups a < b; +Inf for merged ones
	alive  int
	vocab  float64     // beta times the number of words
	pull   float64     // weight of the cosine term
	sum    [][]float32 // of the positions of each group's tickets
}

func newMerger(m *mixture, clusters int, pull float64) *merger {
	t := &merger{
		words: make([][]count, clusters), tokens: slices.Clone(m.tokens[:clusters]),
		size: slices.Clone(m.size[:clusters]), alive: clusters, vocab: m.smoothing(), pull: pull,
	}
	for w := range m.counts.Rows {
		for c, n := range m.counts.Row(w)[:clusters] {
			if n > 0 {
				t.words[c] = append(t.words[c], count{int32(w), int32(n)})
			}
		}
	}
	for c := range clusters {
		sum := make([]float32, m.centres.Cols)
		linalg.Axpy(float32(m.cohere[c]), m.centres.Row(c), sum)
		t.sum = append(t.sum, sum)
	}
	t.loss = make([][]float64, clusters)
	for a := range clusters {
		t.group = append(t.group, a)
		t.loss[a] = make([]float64, clusters)
		for b := a + 1; b < clusters; b++ {
			t.loss[a][b] = t.cost(a, b)
		}
	}
	return t
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// cost is the collapsed log-likelihood lost by merging groups a and b. Words
// that only one of them has cost nothing.
func (t *merger) cost(a, b int) float64 {
	whole := func(size, tokens float64) float64 {
		return lgamma(size+alpha) - lgamma(alpha) + lgamma(t.vocab) - lgamma(tokens+t.vocab)
	}
	loss := whole(t.size[a], t.tokens[a]) + whole(t.size[b], t.tokens[b]) -
		whole(t.size[a]+t.size[b], t.tokens[a]+t.tokens[b])
	loss += t.pull * t.spread(a, b)
	none := lgamma(beta)
	left, right := t.words[a], t.words[b]
	for len(left) > 0 && len(right) > 0 {
		switch l, r := left[0], right[0]; {
		case l.word < r.word:
			left = left[1:]
		case l.word > r.word:
			right = right[1:]
		default:
			loss += lgamma(float64(l.n)+beta) + lgamma(float64(r.n)+beta) - none - lgamma(float64(l.n+r.n)+beta)
			left, right = left[1:], right[1:]
		}
	}
	return loss
}

// spread is the coherence lost by merging groups a and b.
func (t *merger) spread(a, b int) float64 {
	both := slices.Clone(t.sum[a])
	linalg.Axpy(1, t.sum[b], both)
	return linalg.Norm(t.sum[a]) + linalg.Norm(t.sum[b]) - linalg.Norm(both)
}

func (t *merger) mergeCheapest() {
	a, b := -1, -1
	for i, row := range t.loss {
		for j := i + 1; j < len(row); j++ {
			if t.size[i] >= 0 && t.size[j] >= 0 && (a < 0 || row[j] < t.loss[a][b]) {
				a, b = i, j
			}
		}
	}
	t.words[a] = addCounts(t.words[a], t.words[b])
	t.tokens[a] += t.tokens[b]
	t.size[a] += t.size[b]
	linalg.Axpy(1, t.sum[b], t.sum[a])
	t.size[b], t.words[b] = -1, nil // gone
	t.alive--
	for c, g := range t.group {
		if g == b {
			t.group[c] = a
		}
	}
	for o := range t.loss {
		if o != a && t.size[o] >= 0 {
			t.loss[min(a, o)][max(a, o)] = t.cost(min(a, o), max(a, o))
		}
	}
}

// addCounts merges two lists that are sorted by word.
func addCounts(a, b []count) []count {
	out := make([]count, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].word < b[0].word:
			out, a = append(out, a[0]), a[1:]
		case a[0].word > b[0].word:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, count{a[0].word, a[0].n + b[0].n})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// bySize numbers the groups by falling size.
func (t *merger) bySize() []int {
	var order []int
	for g, n := range t.size {
		if n >= 0 {
			order = append(order, g)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.size[b], t.size[a]) })
	rank := make([]int, len(t.size))
	for i, g := range order {
		rank[g] = i
	}
	out := make([]int, len(t.group))
	for c, g := range t.group {
		out[c] = rank[g]
	}
	return out
}
