package lineage

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func id(seed string) string { return NewID(seed, func(string) bool { return false }) }

func TestMatch(t *testing.T) {
	east, north := []float32{1, 0}, []float32{0, 1}
	for _, tt := range []struct {
		name     string
		old      []Old
		next     []New
		overlaps []Overlap
		taken    []string
		options  Options
		ids      []string
		events   []Event
	}{
		{name: "nothing"},
		{
			name:   "first night",
			next:   []New{{Size: 5, Seed: "T-1"}, {Size: 3, Seed: "T-2"}},
			ids:    []string{id("T-1"), id("T-2")},
			events: []Event{{Kind: Born, ID: id("T-1")}, {Kind: Born, ID: id("T-2")}},
		},
		{
			name:   "last night",
			old:    []Old{{ID: "a", Size: 5}},
			events: []Event{{Kind: Died, ID: "a"}},
		},
		{
			name:     "renumbered, and new tickets do not dilute",
			old:      []Old{{ID: "a", Size: 10}, {ID: "b", Size: 10}},
			next:     []New{{Size: 500, Seed: "T-1"}, {Size: 900, Seed: "T-2"}},
			overlaps: []Overlap{{Old: 0, New: 1, Tickets: 9}, {Old: 1, New: 0, Tickets: 10}, {Old: 0, New: 0, Tickets: 1}},
			ids:      []string{"b", "a"},
			events:   []Event{{Kind: Kept, ID: "a", Share: 0.9}, {Kind: Kept, ID: "b", Share: 1}},
		},
		{
			name:     "split: the larger part keeps the id",
			old:      []Old{{ID: "a", Size: 10}},
			next:     []New{{Size: 4, Seed: "T-1"}, {Size: 6, Seed: "T-2"}},
			overlaps: []Overlap{{New: 0, Tickets: 4}, {New: 1, Tickets: 6}},
			ids:      []string{id("T-1"), "a"},
			events: []Event{
				{Kind: Kept, ID: "a", Share: 0.6},
				{Kind: Split, ID: id("T-1"), From: []string{"a"}, Share: 0.4},
			},
		},
		{
			name:     "merger: the larger contribution keeps its id",
			old:      []Old{{ID: "a", Size: 4}, {ID: "b", Size: 6}},
			next:     []New{{Size: 10, Seed: "T-1"}},
			overlaps: []Overlap{{Old: 0, Tickets: 4}, {Old: 1, Tickets: 6}},
			ids:      []string{"b"},
			events: []Event{
				{Kind: Kept, ID: "b", Share: 1},
				{Kind: Merged, ID: "b", From: []string{"a"}, Share: 1},
			},
		},
		{
			name:     "merger: a pinned type wins",
			old:      []Old{{ID: "a", Size: 4, Pinned: true}, {ID: "b", Size: 6}},
			next:     []New{{Size: 10, Seed: "T-1"}},
			overlaps: []Overlap{{Old: 0, Tickets: 4}, {Old: 1, Tickets: 6}},
			ids:      []string{"a"},
			events: []Event{
				{Kind: Kept, ID: "a", Share: 1},
				{Kind: Merged, ID: "a", From: []string{"b"}, Share: 1},
			},
		},
		{
			name: "a seeded cluster has its id whatever the overlap",
			old:  []Old{{ID: "a", Size: 10, Pinned: true}, {ID: "b", Size: 10}},
			next: []New{{Size: 10, Seed: "T-1"}, {Size: 3, Seed: "T-2", FixedID: "a"}, {Size: 3, Seed: "T-3", FixedID: "mine"}, {Size: 1, Seed: "T-4", FixedID: "a"}},
			overlaps: []Overlap{
				{Old: 0, New: 0, Tickets: 10},
				{Old: 1, New: 1, Tickets: 3},
				{Old: 1, New: 2, Tickets: 3},
			},
			ids: []string{id("T-1"), "a", "mine", id("T-4")},
			events: []Event{
				{Kind: Kept, ID: "a"},
				{Kind: Merged, ID: "a", From: []string{"b"}, Share: 0.5},
				{Kind: Born, ID: id("T-4")},
				{Kind: Split, ID: id("T-1"), From: []string{"a"}, Share: 1},
				{Kind: Split, ID: "mine", From: []string{"b"}, Share: 0.5},
			},
		},
		{
			name: "an exchange serves both: the greatest sum, not the greatest pair",
			old:  []Old{{ID: "a", Size: 200}, {ID: "b", Size: 80}},
			next: []New{{Size: 180, Seed: "T-1"}, {Size: 95, Seed: "T-2"}},
			overlaps: []Overlap{
				{Old: 0, New: 0, Tickets: 105},
				{Old: 0, New: 1, Tickets: 95},
				{Old: 1, New: 0, Tickets: 75},
			},
			ids:    []string{"b", "a"},
			events: []Event{{Kind: Kept, ID: "a", Share: 0.475}, {Kind: Kept, ID: "b", Share: 1}},
		},
		{
			name:     "scattered",
			old:      []Old{{ID: "a", Size: 10}},
			next:     []New{{Size: 100, Seed: "T-1"}, {Size: 100, Seed: "T-2"}, {Size: 100, Seed: "T-3"}},
			overlaps: []Overlap{{New: 0, Tickets: 3}, {New: 1, Tickets: 4}, {New: 2, Tickets: 3}},
			options:  Options{MinOverlap: 0.5, MinShare: 0.4},
			ids:      []string{id("T-1"), id("T-2"), id("T-3")},
			events: []Event{
				{Kind: Died, ID: "a"},
				{Kind: Born, ID: id("T-1")},
				{Kind: Split, ID: id("T-2"), From: []string{"a"}, Share: 0.4},
				{Kind: Born, ID: id("T-3")},
			},
		},
		{
			name:     "strays in a flood of new tickets are no origin",
			old:      []Old{{ID: "a", Size: 100}},
			next:     []New{{Size: 98, Seed: "T-1"}, {Size: 50, Seed: "T-2"}},
			overlaps: []Overlap{{New: 0, Tickets: 98}, {New: 1, Tickets: 2}},
			ids:      []string{"a", id("T-2")},
			events:   []Event{{Kind: Kept, ID: "a", Share: 0.98}, {Kind: Born, ID: id("T-2")}},
		},
		{
			name:   "no ticket in common: centroids tell",
			old:    []Old{{ID: "a", Size: 5, Centroid: east}, {ID: "b", Size: 5, Centroid: north}},
			next:   []New{{Size: 5, Seed: "T-1", Centroid: []float32{0.1, 1}}, {Size: 5, Seed: "T-2", Centroid: []float32{-1, 0}}},
			ids:    []string{"b", id("T-2")},
			events: []Event{{Kind: Died, ID: "a"}, {Kind: Kept, ID: "b"}, {Kind: Born, ID: id("T-2")}},
		},
		{
			name:     "centroids decide between equal overlaps",
			old:      []Old{{ID: "a", Size: 10, Centroid: east}},
			next:     []New{{Size: 5, Seed: "T-1", Centroid: north}, {Size: 5, Seed: "T-2", Centroid: east}},
			overlaps: []Overlap{{New: 0, Tickets: 5}, {New: 1, Tickets: 5}},
			ids:      []string{id("T-1"), "a"},
			events: []Event{
				{Kind: Kept, ID: "a", Share: 0.5},
				{Kind: Split, ID: id("T-1"), From: []string{"a"}, Share: 0.5},
			},
		},
		{
			name:     "what was merged and splits again is back",
			old:      []Old{{ID: "a", Size: 10, Centroid: east}, {ID: "gone", Centroid: north}, {ID: "long", Centroid: []float32{-1, 0}}},
			next:     []New{{Size: 5, Seed: "T-1", Centroid: east}, {Size: 5, Seed: "T-2", Centroid: north}},
			overlaps: []Overlap{{New: 0, Tickets: 5}, {New: 1, Tickets: 5}},
			ids:      []string{"a", "gone"},
			events:   []Event{{Kind: Kept, ID: "a", Share: 0.5}, {Kind: Revived, ID: "gone"}},
		},
		{
			name:   "taken ids are passed over",
			next:   []New{{Size: 5, Seed: "T-1"}},
			taken:  []string{id("T-1")},
			ids:    []string{NewID("T-1", func(s string) bool { return s == id("T-1") })},
			events: []Event{{Kind: Born, ID: NewID("T-1", func(s string) bool { return s == id("T-1") })}},
		},
		{
			name:     "nonsense is ignored",
			old:      []Old{{ID: "a", Size: 5, Centroid: []float32{float32(math.NaN())}}},
			next:     []New{{Size: 5, Seed: "T-1", Centroid: []float32{1}}},
			overlaps: []Overlap{{Old: 7, New: 0, Tickets: 9}, {Old: 0, New: -1, Tickets: 9}, {Old: 0, New: 0, Tickets: -4}},
			ids:      []string{id("T-1")},
			events:   []Event{{Kind: Died, ID: "a"}, {Kind: Born, ID: id("T-1")}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken := func(id string) bool { return strings.Contains(strings.Join(tt.taken, " "), id) }
			ids, events := Match(tt.old, tt.next, tt.overlaps, taken, tt.options)
			if d := cmp.Diff(append([]string{}, tt.ids...), ids); d != "" {
				t.Errorf("ids (-want +got):\n%s", d)
			}
			slices.SortFunc(tt.events, func(a, b Event) int {
				return strings.Compare(a.ID+a.Kind, b.ID+b.Kind)
			})
			if d := cmp.Diff(tt.events, events); d != "" {
				t.Errorf("events (-want +got):\n%s", d)
			}
		})
	}
}

// The same clusters in another order get the same ids and events.
func TestMatchIgnoresOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		n, m := rng.IntN(8), rng.IntN(8)
		old, next := make([]Old, n), make([]New, m)
		for i := range old {
			old[i] = Old{ID: string(rune('a' + i)), Size: rng.IntN(20), Pinned: rng.IntN(4) == 0}
		}
		for j := range next {
			next[j] = New{Size: rng.IntN(20), Seed: string(rune('A' + j))}
		}
		var overlaps []Overlap
		for range rng.IntN(3 * (n*m + 1)) {
			if n*m > 0 {
				overlaps = append(overlaps, Overlap{Old: rng.IntN(n), New: rng.IntN(m), Tickets: 1 + rng.IntN(2)})
			}
		}
		ids, events := Match(old, next, overlaps, nil, Options{})

		po, pn := rng.Perm(n), rng.Perm(m)
		old2, next2 := make([]Old, n), make([]New, m)
		for i, p := range po {
			old2[p] = old[i]
		}
		for j, p := range pn {
			next2[p] = next[j]
		}
		overlaps2 := make([]Overlap, len(overlaps))
		for k, p := range rng.Perm(len(overlaps)) {
			v := overlaps[k]
			overlaps2[p] = Overlap{Old: po[v.Old], New: pn[v.New], Tickets: v.Tickets}
		}
		ids2, events2 := Match(old2, next2, overlaps2, nil, Options{})
		for j, p := range pn {
			if ids[j] != ids2[p] {
				t.Fatalf("cluster %d is %s, in another order %s", j, ids[j], ids2[p])
			}
		}
		if d := cmp.Diff(events, events2); d != "" {
			t.Fatal(d)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		got := NewID("JIRA-17", func(id string) bool { return seen[id] })
		if len(got) != 9 || got[0] != 'd' || strings.Trim(got[1:], "abcdefghijklmnopqrstuvwxyz234567") != "" || seen[got] {
			t.Errorf("id %q after %v", got, seen)
		}
		seen[got] = true
	}
	// Ids are kept for years: what they are made from must not change.
	if got, want := id("JIRA-17"), "diyhthvgm"; got != want {
		t.Errorf("id of JIRA-17 is %s, want %s", got, want)
	}
}
