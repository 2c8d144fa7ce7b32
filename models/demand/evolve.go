package demand

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// crossLimit is how many times more clusters a cross of two clusterings may
// have than are wanted.
const crossLimit = 3

// solution is a clustering and how good it is.
type solution struct {
	z         []int32
	mix       *mixture
	objective float64
}

// bestOf clusters the tickets into at most k groups: as many independent
// starts as restarts, then as often the cross of two solutions, of which the
// best are kept (a small memetic search in the manner of Gribel and Vidal
// 2019). A single restart has nothing to cross.
func (t *tickets) bestOf(restarts, k int, seed uint64, threads int) ([]int32, *mixture) {
	var pool []solution
	add := func(z []int32, m *mixture) {
		pool = append(pool, solution{z, m, m.objective()})
		slices.SortStableFunc(pool, func(a, b solution) int { return cmp.Compare(b.objective, a.objective) })
		pool = pool[:min(len(pool), restarts)]
	}
	for r := range restarts {
		z := kmeans(t.x, k, rand.New(rand.NewPCG(seed, uint64(r))), threads)
		add(z, t.refine(z, k, threads))
	}
	rng := rand.New(rand.NewPCG(seed, crossStream))
	for range restarts * min(restarts-1, 1) {
		a, b := rng.IntN(restarts), rng.IntN(restarts-1)
		if b >= a {
			b++
		}
		add(t.offspring(pool[a].z, pool[b].z, k, threads))
	}
	return pool[0].z, pool[0].mix
}

// offspring crosses two clusterings into k clusters at most.
func (t *tickets) offspring(a, b []int32, k, threads int) ([]int32, *mixture) {
	z, n := cross(a, b, k, crossLimit*k)
	t.refine(z, n, threads)
	n = compact(z, n)
	return z, t.mergeDown(z, t.collect(z, n, threads), k, threads)
}

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
func cross(a, b []int32, k, limit int) ([]int32, int) {
	size := make([]int, k*k)
	for i := range a {
		size[int(a[i])*k+int(b[i])]++
	}
	order := make([]int, len(size))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(size[y], size[x]) })
	to := fill(make([]int32, len(size)), -1)
	home := fill(make([]int32, k), -1)
	n := int32(0)
	for i, c := range order {
		switch {
		case i < limit || home[c/k] < 0:
			to[c] = n
			if home[c/k] < 0 {
				home[c/k] = n
			}
			n++
		default:
			to[c] = home[c/k]
		}
	}
	z := make([]int32, len(a))
	for i := range a {
		z[i] = to[int(a[i])*k+int(b[i])]
	}
	return z, compact(z, int(n))
}
