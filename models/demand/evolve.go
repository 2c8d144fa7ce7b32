package demand

import (
	"cmp"
	"slices"
)

// overcluster is how many times more clusters a start has than are wanted, and
// crossLimit the same for a cross of two clusterings.
const (
	overcluster = 1.6
	crossLimit  = 3
)

// mergeDown merges the clusters z, whose mixture is m, down to k, at each step
// the two whose merger costs the objective least, and refines the result.
func (t *tickets) mergeDown(z []int32, m *mixture, k, threads int) *mixture {
	g := newMerger(m, len(m.size), gamma)
	for g.alive > k {
		g.mergeCheapest()
	}
	to := g.bySize()
	for i, c := range z {
		z[i] = int32(to[c])
	}
	return t.refine(z, g.alive, threads)
}

// compact renumbers the clusters that have tickets and returns how many there
// are.
func compact(z []int32, k int) int {
	rank, n := make([]int32, k), 0
	for c, rows := range members(z, k) {
		if len(rows) > 0 {
			rank[c] = int32(n)
			n++
		}
	}
	for i, c := range z {
		z[i] = rank[c]
	}
	return n
}

// cross is a clustering whose clusters are what clusters of a and b have in
// common; the smallest beyond limit go to the largest of the same a.
func cross(a, b []int32, ka, kb, limit int) ([]int32, int) {
	size := make([]int, ka*kb)
	for i := range a {
		size[int(a[i])*kb+int(b[i])]++
	}
	order := make([]int, len(size))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(size[y], size[x]) })
	to := fill(make([]int32, len(size)), -1)
	home := fill(make([]int32, ka), -1)
	n := int32(0)
	for i, c := range order {
		switch {
		case i < limit || home[c/kb] < 0:
			to[c] = n
			if home[c/kb] < 0 {
				home[c/kb] = n
			}
			n++
		default:
			to[c] = home[c/kb]
		}
	}
	z := make([]int32, len(a))
	for i := range a {
		z[i] = to[int(a[i])*kb+int(b[i])]
	}
	return z, compact(z, int(n))
}
