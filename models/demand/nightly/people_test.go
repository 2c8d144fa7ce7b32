package nightly

import (
	"slices"
	"strings"
	"testing"
)

// decided runs a night under decisions; retrain makes a new model.
func (w *world) decided(tb testing.TB, s *State, n int, retrain bool, decisions ...Decision) *Outcome {
	tb.Helper()
	o := stay
	o.Retrain = retrain
	return run(tb, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: o, Decisions: decisions})
}

// parts counts the tickets of a type by part.
func parts(s *State, id string) map[string]int {
	count := map[string]int{}
	for _, p := range s.Placed {
		if p.Type == id {
			count[p.Part]++
		}
	}
	return count
}

func TestSplit(t *testing.T) {
	// a type of two themes, which people tell apart
	w := newWorld(1)
	for range 300 {
		w.write(themes[0])
		w.write(themes[2])
		w.write(themes[5])
	}
	o := stay
	o.K = 2
	night := func(s *State, n int, retrain bool, decisions ...Decision) *Outcome {
		o.Retrain = retrain
		return run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: o, Decisions: decisions})
	}
	s := night(nil, 0, false).After
	mixed := ""
	for _, id := range s.Clusters {
		if n := len(filed(s, id)); n > 450 {
			mixed = id
		}
	}
	if mixed == "" {
		t.Fatal("no type holds two themes")
	}
	split := Decision{N: 1, Verb: Split, IDs: []string{mixed}, Parts: 2}
	out := night(s, 1, false, split)
	s = out.After
	count := parts(s, mixed)
	if len(count) != 2 || count[""] > 0 || len(out.ChangedSplits) != 1 {
		t.Fatalf("split into %v, changed %v", count, out.ChangedSplits)
	}
	for id := range count {
		one := s.Types[id]
		if one == nil || one.PartOf != mixed || one.Label == "" || len(one.Examples) == 0 {
			t.Errorf("the part %s is %+v", id, one)
		}
	}
	for _, name := range []string{"login", "printer", "delivery"} {
		most, all := 0, 0
		for _, n := range w.shownAs(s, name, split) {
			most, all = max(most, n), all+n
		}
		if float64(most) < 0.95*float64(all) {
			t.Errorf("tickets of %s are shown in %v", name, w.shownAs(s, name, split))
		}
	}

	again := night(s, 2, false, split)
	if len(again.ChangedTickets)+len(again.ChangedTypes)+len(again.ChangedSplits) > 0 {
		t.Errorf("the same split changes %d tickets, %v, once more", len(again.ChangedTickets), again.ChangedTypes)
	}
	retrained := night(s, 3, true, split)
	moved := 0
	for id, p := range s.Placed {
		if retrained.After.Placed[id].Part != p.Part {
			moved++
		}
	}
	if moved > 20 || len(retrained.ChangedSplits) > 0 {
		t.Errorf("%d tickets are in another part after retraining", moved)
	}
	before := len(w.tickets)
	for range 20 {
		w.write(themes[0])
		w.write(themes[2])
	}
	s = night(retrained.After, 4, false, split).After
	for _, one := range w.tickets[before:] {
		if p := s.Placed[one.ID]; p.Type == mixed && p.Part == "" {
			t.Errorf("a new ticket is in no part: %+v", p)
		}
	}

	t.Run("a changed text", func(t *testing.T) {
		at := slices.IndexFunc(w.tickets, func(one Ticket) bool { return s.Placed[one.ID].Part != "" })
		was, old := s.Placed[w.tickets[at].ID].Part, w.tickets[at]
		for _, other := range w.tickets {
			if p := s.Placed[other.ID]; p.Type == mixed && p.Part != was && p.Probability > 0.9 {
				w.tickets[at].Title, w.tickets[at].Body = other.Title, other.Body
				break
			}
		}
		if p := night(s, 5, false, split).After.Placed[old.ID]; p.Type != mixed || p.Part == was {
			t.Errorf("with the text of another part the ticket is %+v and was in %s", p, was)
		}
		w.tickets[at] = old
	})
	t.Run("split anew", func(t *testing.T) {
		anew := Decision{N: 2, Verb: Split, IDs: []string{mixed}, Parts: 3}
		s := night(s, 5, false, split, anew).After
		for id := range parts(s, mixed) {
			if !strings.HasPrefix(id, mixed+".2.") {
				t.Errorf("a ticket is in part %q", id)
			}
		}
		for _, one := range Show(s, []Decision{split, anew}).Types() {
			if strings.HasPrefix(one.ID, mixed+".1.") {
				t.Errorf("%s of the split before is listed", one.ID)
			}
		}
		if again := night(s, 6, false, split, anew); len(again.ChangedSplits)+len(again.ChangedTickets) > 0 {
			t.Errorf("two splits of a type change %d tickets every night", len(again.ChangedTickets))
		}
	})
	t.Run("undone and done again", func(t *testing.T) {
		undo := Decision{N: 2, Verb: Undo, Of: 1}
		if len(night(s, 5, false, split, undo).ChangedTickets) > 0 {
			t.Error("undoing moves tickets")
		}
		if len(night(s, 5, false, split, undo, Decision{N: 3, Verb: Undo, Of: 2}).ChangedSplits) > 0 {
			t.Error("the split is computed once more")
		}
	})
}

// filed lists the tickets of a type.
func filed(s *State, id string) []string {
	var ids []string
	for ticket, p := range s.Placed {
		if p.Type == id {
			ids = append(ids, ticket)
		}
	}
	slices.Sort(ids)
	return ids
}

// shownAs counts the tickets of a theme by the type they are shown in.
func (w *world) shownAs(s *State, name string, decisions ...Decision) map[string]int {
	v, count := Show(s, decisions), map[string]int{}
	for ticket, p := range s.Placed {
		if w.truth[ticket] == name {
			count[v.Of(p)]++
		}
	}
	return count
}

func TestSplitOfWhatIsAllTheSame(t *testing.T) {
	w, s := first(t, 600, stay)
	var same []string
	for range 60 {
		one := w.write(planted)
		w.tickets[len(w.tickets)-1].Title, w.tickets[len(w.tickets)-1].Body = "propeller rotor gimbal hover", ""
		same = append(same, one.ID)
	}
	s = w.decided(t, s, 1, true).After
	id := s.Placed[same[0]].Type
	split := Decision{N: 1, Verb: Split, IDs: []string{id}, Parts: 3}
	for n := 2; n < 4; n++ {
		s = w.decided(t, s, n, n == 3, split).After
		v := Show(s, []Decision{split})
		listed := map[string]bool{}
		for _, one := range v.Types() {
			listed[one.ID] = true
		}
		for ticket, p := range s.Placed {
			if to := v.Of(p); to != Other && !listed[to] {
				t.Fatalf("%s is shown in %s, which is not listed", ticket, to)
			}
		}
	}
}

func TestPins(t *testing.T) {
	for _, c := range []struct {
		name string
		pin  func(w *world, s *State) Decision
	}{
		{"by examples", func(w *world, _ *State) Decision {
			d := Decision{N: 1, Verb: Pin, Name: "Drones"}
			for _, one := range w.tickets {
				if w.truth[one.ID] == planted.name && len(d.Examples) < 6 {
					d.Examples = append(d.Examples, one.ID)
				}
			}
			return d
		}},
		{"by keywords", func(*world, *State) Decision {
			return Decision{N: 1, Verb: Pin, Name: "Drones", Keywords: []string{"Drone", "propeller", "gimbal"}}
		}},
		{"an old type", func(w *world, s *State) Decision {
			id, _, _ := w.home(s, planted.name)
			return Decision{N: 1, Verb: Pin, IDs: []string{id}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(3)
			w.batch(600)
			w.plant(12)
			w.batch(200)
			s := run(t, Input{Tickets: all(w.tickets), AsOf: week(0), Options: stay}).After
			d := c.pin(w, s)
			s = w.decided(t, s, 1, false, d).After
			for n := 2; n < 6; n++ {
				w.batch(20)
				w.plant(2)
				s = w.decided(t, s, n, n%2 == 0, d).After
			}
			id := d.pinned()
			if one := s.Types[id]; one == nil || one.Status != Active {
				t.Fatalf("the pinned type is %+v", one)
			}
			for _, e := range d.Examples {
				if s.Placed[e].Type != id {
					t.Errorf("an example is placed as %+v", s.Placed[e])
				}
			}
			home, recall, precision := w.home(s, planted.name)
			if len(d.IDs) == 0 && (home != id || recall < 0.7 || precision < 0.7) {
				t.Errorf("%.2f of the theme is in %s, where it is %.2f of all", recall, home, precision)
			}
			shown := Show(s, []Decision{d}).types[id]
			if !shown.Pinned || len(d.IDs) == 0 && shown.Name != "Drones" {
				t.Errorf("shown as %+v", shown)
			}
		})
	}
}

// Taking a pin back leaves a type that the clustering may keep or not.
func TestPinTakenBack(t *testing.T) {
	w, s := first(t, 600, stay)
	d := Decision{N: 1, Verb: Pin, Name: "Toner", Keywords: []string{"toner"}}
	s = w.decided(t, s, 1, false, d).After
	out := w.decided(t, s, 2, true, d, Decision{N: 2, Verb: Undo, Of: 1})
	for ticket, p := range out.After.Placed {
		if p.Type != Other && !slices.Contains(out.After.Clusters, p.Type) {
			t.Fatalf("%s is in %s, which the model does not know", ticket, p.Type)
		}
	}
	if v := Show(out.After, nil); v.types["p1"] != nil && v.types["p1"].Pinned {
		t.Error("still pinned")
	}
}
