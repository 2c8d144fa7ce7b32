package lineage

import (
	"cmp"
	"math"
	"slices"
)

// table holds the types by id and the clusters by seed, which makes all that
// follows independent of the order in which they were given, and the tickets
// they share.
type table struct {
	options   Options
	old       []Old
	next      []New
	nextOrder []int       // the place each cluster was given at
	common    [][]float64 // type × cluster: tickets in both
	oldKnown  []float64   // a type's tickets that are in some cluster
	nextKnown []float64   // a cluster's tickets that were in some type
}

func newTable(old []Old, next []New, overlaps []Overlap, o Options) *table {
	oldOrder := order(len(old), func(a, b int) int { return cmp.Compare(old[a].ID, old[b].ID) })
	nextOrder := order(len(next), func(a, b int) int {
		return cmp.Or(cmp.Compare(next[a].Seed, next[b].Seed), cmp.Compare(next[b].Size, next[a].Size))
	})
	t := &table{
		options: o, nextOrder: nextOrder,
		oldKnown: make([]float64, len(old)), nextKnown: make([]float64, len(next)),
	}
	oldPlace, nextPlace := make([]int, len(old)), make([]int, len(next))
	for i, from := range oldOrder {
		t.old = append(t.old, old[from])
		t.common = append(t.common, make([]float64, len(next)))
		oldPlace[from] = i
	}
	fixed := map[string]bool{}
	for j, from := range nextOrder {
		n := next[from]
		if fixed[n.FixedID] {
			n.FixedID = "" // two clusters cannot be one type; the first is
		}
		fixed[n.FixedID] = true
		t.next = append(t.next, n)
		nextPlace[from] = j
	}
	for _, v := range overlaps {
		if v.Tickets <= 0 || v.Old < 0 || v.Old >= len(old) || v.New < 0 || v.New >= len(next) {
			continue
		}
		i, j, n := oldPlace[v.Old], nextPlace[v.New], float64(v.Tickets)
		t.common[i][j] += n
		t.oldKnown[i] += n
		t.nextKnown[j] += n
	}
	return t
}

// order is the stable sorted order of the indices below n.
func order(n int, compare func(a, b int) int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, compare)
	return out
}

// score rates type i and cluster j as the same; ok tells whether they may be,
// and without it the score is zero.
func (t *table) score(i, j int) (score float64, ok bool) {
	likeness := cosine(t.old[i].Centroid, t.next[j].Centroid)
	if t.oldKnown[i] == 0 || t.nextKnown[j] == 0 {
		if likeness < t.options.MinSimilarity || likeness <= 0 {
			return 0, false
		}
		return similarityWeight * likeness, true
	}
	n := t.common[i][j]
	jaccard := n / (t.oldKnown[i] + t.nextKnown[j] - n)
	if n == 0 || jaccard < t.options.MinOverlap {
		return 0, false
	}
	return jaccard + similarityWeight*max(likeness, 0), true
}

// cosine of two centroids; 0 when they cannot be compared.
func cosine(x, y []float32) float64 {
	if len(x) != len(y) {
		return 0
	}
	var xy, xx, yy float64
	for d, v := range x {
		a, b := float64(v), float64(y[d])
		xy += a * b
		xx += a * a
		yy += b * b
	}
	c := xy / math.Sqrt(xx*yy)
	if math.IsNaN(c) {
		return 0
	}
	return min(c, 1)
}
