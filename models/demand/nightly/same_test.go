package nightly

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Three nights, with a split, a pin and a new theme, come to the same bytes
// whatever the number of threads, and when they are repeated.
func TestSameBytes(t *testing.T) {
	year := func(threads int) []*Outcome {
		w := newWorld(5)
		w.batch(700)
		o := Options{Seed: 1, Threads: threads, RetrainAfter: never}
		if testing.Short() { // choosing the number takes long under the race detector
			o.K = 12
		}
		var s *State
		var all3 []*Outcome
		decisions := []Decision{{N: 1, Verb: Pin, Name: "Toner", Keywords: []string{"toner"}}}
		for n := range 3 {
			out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: o, Decisions: decisions})
			s, all3 = out.After, append(all3, out)
			if n == 0 {
				decisions = append(decisions, Decision{N: 2, Verb: Split, IDs: s.Clusters[:1], Parts: 2})
			}
			w.batch(20)
			w.plant(10)
		}
		return all3
	}
	want := year(1)
	if !want[1].Refitted {
		t.Error("the new theme makes no new model")
	}
	others := []int{1, 2, 8}
	if testing.Short() {
		others = others[1:2]
	}
	for _, threads := range others {
		if diff := cmp.Diff(want, year(threads)); diff != "" {
			t.Errorf("%d threads come to another result (-one +%d):\n%.2000s", threads, threads, diff)
		}
	}
}
