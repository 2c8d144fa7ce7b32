// Package lineage gives tonight's clusters the identity they had yesterday.
//
// Clusters come out of a fit without names: their numbers change whenever the
// fit is repeated. Match compares them with yesterday's types by the tickets
// both hold and by the likeness of their centroids, carries ids over by optimal
// assignment, and records what became of every type. Settle decides for a
// single ticket. Both are pure functions of their arguments.
package lineage

import (
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/assign"
)

// Old is a type as it was known before tonight.
type Old struct {
	// ID is its identity; ids are distinct.
	ID string
	// Size is its number of tickets. A type of size 0 died earlier and is
	// given so that it can be revived: it causes no event unless it is.
	Size int
	// Centroid is its mean position, of any length greater than zero; nil when
	// it lies in another space than tonight's.
	Centroid []float32
	// Pinned types win their id over types that are not.
	Pinned bool
}

// New is a cluster of tonight.
type New struct {
	// Size is its number of tickets.
	Size int
	// Centroid is its mean position, nil when it cannot be compared.
	Centroid []float32
	// Seed is what a new id is made from, such as the smallest ticket id in
	// the cluster; seeds are distinct.
	Seed string
	// FixedID is the id of the pinned type this cluster was seeded with, ""
	// for all other clusters.
	FixedID string
}

// Overlap says how many of the tickets of type Old are in cluster New; both
// are indices. Pairs with no common ticket are left out.
type Overlap struct {
	Old, New int
	Tickets  int
}

// Options of Match. The zero value of a field means its default.
type Options struct {
	// MinOverlap is the least Jaccard index of a type and a cluster, over the
	// tickets known on both sides, for them to be the same; 0.2.
	MinOverlap float64
	// MinSimilarity is the least cosine of the centroids for a type and a
	// cluster to be the same when tickets cannot tell, because none of the
	// type's or none of the cluster's is known on the other side; 0.8.
	MinSimilarity float64
	// MinShare is the least share of a type's tickets, or of a cluster's, for
	// the one to be named as where the other came from; 0.2.
	MinShare float64
}

func (o Options) withDefaults() Options {
	set := func(field *float64, value float64) {
		if *field == 0 {
			*field = value
		}
	}
	set(&o.MinOverlap, 0.2)
	set(&o.MinSimilarity, 0.8)
	set(&o.MinShare, 0.2)
	return o
}

// Weights of a pair's score. Overlap leads; the centroids decide between pairs
// of much the same overlap.
const similarityWeight = 0.25

// Match returns the id of every cluster of next, in its order, and the events
// that lead from old to next, sorted by id, kind and origin.
//
// A cluster with a FixedID has that id. The others get their ids by the
// assignment with the greatest sum of scores, a pair's score being its Jaccard
// index, over the tickets known on both sides so that new tickets do not
// dilute it, plus a quarter of the cosine of the centroids. Pairs that fall
// short of the options' least values are never made, and pairs with pinned
// types go before all others. Clusters left over get a new id: see NewID.
//
// The order of old and next does not matter. Assignments of equal worth are
// told apart by the order of the types' ids and the clusters' seeds. Overlaps
// with indices out of range or without tickets are ignored. taken reports ids
// that no new type may have, beside those in old and next; nil means none.
func Match(old []Old, next []New, overlaps []Overlap, taken func(id string) bool, o Options) ([]string, []Event) {
	t := newTable(old, next, overlaps, o.withDefaults())
	heir := t.fixed()
	t.assign(heir)
	ids := t.name(heir, taken)
	events := t.events(heir, ids)

	out := make([]string, len(next))
	for j, id := range ids {
		out[t.nextOrder[j]] = id
	}
	return out, events
}

// fixed pairs clusters that bring their id with the type of that id. The
// result holds for every cluster the index of the type it carries on, or -1.
func (t *table) fixed() []int {
	heir := make([]int, len(t.next))
	for j, n := range t.next {
		heir[j] = -1
		if n.FixedID != "" {
			heir[j] = slices.IndexFunc(t.old, func(o Old) bool { return o.ID == n.FixedID })
		}
	}
	return heir
}

// assign pairs the clusters and types that are still free.
func (t *table) assign(heir []int) {
	var types, clusters []int
	for i := range t.old {
		if !slices.Contains(heir, i) {
			types = append(types, i)
		}
	}
	for j, n := range t.next {
		if n.FixedID == "" {
			clusters = append(clusters, j)
		}
	}
	// Larger than all other scores together, so that no number of ordinary
	// pairs outweighs one pinned type.
	first := (1 + similarityWeight) * float64(1+min(len(types), len(clusters)))
	value := make([]float64, len(types)*len(clusters))
	for a, i := range types {
		for b, j := range clusters {
			score, ok := t.score(i, j)
			if ok && t.old[i].Pinned {
				score += first
			}
			value[a*len(clusters)+b] = score
		}
	}
	for a, b := range assign.Best(value, len(types), len(clusters)) {
		if b >= 0 && value[a*len(clusters)+b] > 0 {
			heir[clusters[b]] = types[a]
		}
	}
}

// name gives every cluster its id.
func (t *table) name(heir []int, taken func(id string) bool) []string {
	used := make(map[string]bool, len(t.old)+len(t.next))
	for _, o := range t.old {
		used[o.ID] = true
	}
	for _, n := range t.next {
		used[n.FixedID] = true
	}
	ids := make([]string, len(t.next))
	for j, n := range t.next {
		switch {
		case n.FixedID != "":
			ids[j] = n.FixedID
		case heir[j] >= 0:
			ids[j] = t.old[heir[j]].ID
		default:
			ids[j] = NewID(n.Seed, func(id string) bool { return used[id] || taken != nil && taken(id) })
			used[ids[j]] = true
		}
	}
	return ids
}
