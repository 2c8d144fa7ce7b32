package nightly

import "testing"

// TestRetrainingMovesFew: a model made anew out of three times as many tickets,
// in which more types show, still leaves nine tenths where they were.
func TestRetrainingMovesFew(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty fits take a minute under the race detector")
	}
	o := Options{Seed: 1, Threads: 2}
	for seed := uint64(1); seed <= 5; seed++ {
		w := newWorld(seed)
		w.batch(100)
		s := run(t, Input{Tickets: all(w.tickets), AsOf: week(0), Options: o}).After
		for n := range 3 {
			w.batch(100 << n)
			out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n + 1), Options: o})
			if share := kept(s, out.After); !out.Refitted || share < 0.9 {
				t.Errorf("seed %d, retraining %d (%v): %.3f of the tickets keep their type; %v", seed, n+1, out.Refitted, share, out.Events)
			}
			s = out.After
		}
	}
}
