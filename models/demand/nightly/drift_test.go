package nightly

import (
	"fmt"
	"testing"
)

// A theme that begins in week 30 is a type two weeks later, stays it, and takes
// next to nothing from the others.
func TestPlantedTheme(t *testing.T) {
	if testing.Short() {
		t.Skip("a year of nights takes minutes under the race detector")
	}
	for _, k := range []int{12, 0} {
		t.Run(fmt.Sprint("k=", k), func(t *testing.T) {
			o := stay
			o.K = k
			w, s := first(t, 1500, o)
			w.batch(600)
			s = run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(29), Options: o}).After
			found, drone := 0, ""
			for n := 30; n < 46; n++ {
				w.batch(30)
				w.plant(6)
				out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: o})
				if kept(s, out.After) < 0.95 {
					t.Errorf("week %d: %.3f of the tickets keep their type; %v", n, kept(s, out.After), out.Events)
				}
				s = out.After
				home, recall, precision := w.home(s, planted.name)
				if found == 0 && recall > 0.8 && precision > 0.8 {
					found, drone = n, home
					if s.Types[home].SplitFrom != "" || !s.Types[home].Emerging {
						t.Errorf("the new type is %+v", s.Types[home])
					}
				}
				if found > 0 && (home != drone || recall < 0.8 || precision < 0.8) {
					t.Errorf("week %d: the new theme was %s and is %s, %.2f of it, %.2f of the type; %v", n, drone, home, recall, precision, out.Events)
				}
			}
			if found == 0 || found > 31 {
				t.Errorf("the theme of week 30 was found in week %d", found)
			}
		})
	}
}

// When nothing is new, no new model is made before its time.
func TestStationaryWeeks(t *testing.T) {
	if testing.Short() {
		t.Skip("a year of nights takes minutes under the race detector")
	}
	for seed := uint64(1); seed <= 3; seed++ {
		w := newWorld(seed)
		w.batch(1000)
		s := run(t, Input{Tickets: all(w.tickets), AsOf: week(0), Options: stay}).After
		for n := 1; n <= 52; n++ {
			w.batch(9) // together less than half of the tickets
			out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: stay})
			if out.Refitted {
				t.Errorf("seed %d, week %d: a new model for nothing", seed, n)
			}
			s = out.After
		}
	}
}

// A type that is asked for ten times as often as before is no new one, and
// neither is the number of a version that all tickets name.
func TestNothingNew(t *testing.T) {
	t.Run("more of the same", func(t *testing.T) {
		w, s := first(t, 1500, stay)
		for range 300 {
			w.write(themes[9])
		}
		if run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay}).Refitted {
			t.Error("many calls for an old type make a new model")
		}
	})
	t.Run("one new word", func(t *testing.T) {
		w, s := first(t, 1500, stay)
		w.batch(100)
		for i := range 100 {
			w.tickets[1500+i].Title += " quokka"
		}
		if run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay}).Refitted {
			t.Error("a single new word makes a new model")
		}
	})
}

// Where no number of types is given and none is set, an emerging one that has
// grown is left to the clustering.
func TestEmergingTypeGrowsUp(t *testing.T) {
	w, s := first(t, 1200, stay)
	w.plant(10)
	s = run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay}).After
	home, _, _ := w.home(s, planted.name)
	if !s.Types[home].Emerging {
		t.Fatalf("the type of 10 new tickets is %+v", s.Types[home])
	}
	w.plant(150)
	o := stay
	o.Retrain = true
	s = run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(2), Options: o}).After
	now, recall, precision := w.home(s, planted.name)
	if now != home || s.Types[home].Emerging || recall < 0.9 || precision < 0.9 {
		t.Errorf("the type %s of 160 tickets, %.2f of them, %.2f of it, is %+v", now, recall, precision, s.Types[home])
	}
}
