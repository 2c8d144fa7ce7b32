package nightly

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// first is a world of n tickets and the state after its first night.
func first(tb testing.TB, n int, o Options) (*world, *State) {
	tb.Helper()
	w := newWorld(1)
	w.batch(n)
	out := run(tb, Input{Tickets: all(w.tickets), AsOf: week(0), Options: o})
	return w, out.After
}

func TestFirstNight(t *testing.T) {
	w := newWorld(1)
	w.batch(800)
	out := run(t, Input{Tickets: all(w.tickets), AsOf: week(0), Options: stay})
	s := out.After
	if s.Night != 1 || s.FittedNight != 1 || !s.FittedAt.Equal(week(0)) || s.FittedTickets != 800 || !out.Refitted {
		t.Errorf("night %d, fitted in night %d at %s with %d tickets", s.Night, s.FittedNight, s.FittedAt, s.FittedTickets)
	}
	if len(s.Placed) != 800 || len(out.ChangedTickets) != 800 || len(out.ChangedTypes) != len(s.Clusters) {
		t.Errorf("%d placed, %d changed, %d of %d types changed", len(s.Placed), len(out.ChangedTickets), len(out.ChangedTypes), len(s.Clusters))
	}
	if len(out.Events) > 0 {
		t.Errorf("everything is new in the first night, yet it tells of %v", out.Events)
	}
	if p := w.purity(s); p < 0.95 {
		t.Errorf("purity %.3f", p)
	}
	for id, one := range s.Types {
		if one.Label == "" || len(one.Keywords) == 0 || len(one.Examples) == 0 || one.Status != Active || one.GroupName == "" {
			t.Errorf("type %s is described as %+v", id, one)
		}
	}
}

func TestNightWithNothingNew(t *testing.T) {
	w, s := first(t, 400, stay)
	out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(40), Options: Options{K: stay.K, Seed: 1, Threads: 2}})
	if out.Refitted || len(out.ChangedTickets)+len(out.ChangedTypes)+len(out.ChangedSplits)+len(out.Events) > 0 {
		t.Errorf("changed: %d tickets, %v, events %v, refitted %v", len(out.ChangedTickets), out.ChangedTypes, out.Events, out.Refitted)
	}
	if !maps.Equal(s.Placed, out.After.Placed) || out.After.Night != 2 {
		t.Errorf("the state is another one in night %d", out.After.Night)
	}
}

func TestNewTicketsMoveNobody(t *testing.T) {
	w, s := first(t, 600, stay)
	before := maps.Clone(s.Placed)
	w.batch(12)
	added := slices.Clone(w.tickets[600:])
	changed := w.tickets[3]
	w.tickets[3].Title, w.tickets[3].Body = "printer toner jam", "The printer reports a toner jam in the paper tray"
	gone := w.tickets[5].ID
	w.tickets = slices.Delete(w.tickets, 5, 6)
	out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay})
	want := []string{changed.ID}
	for _, one := range added {
		want = append(want, one.ID)
	}
	if !slices.Equal(out.ChangedTickets, want) || out.Refitted {
		t.Errorf("changed %v, want %v", out.ChangedTickets, want)
	}
	if !maps.Equal(s.Placed, before) {
		t.Error("the state of the night before was written to")
	}
	if _, ok := out.After.Placed[gone]; ok {
		t.Error("a ticket that is gone is still placed")
	}
	if home, _, _ := w.home(out.After, "printer"); out.After.Placed[changed.ID].Type != home {
		t.Errorf("a text that is now of printers is in %s", out.After.Placed[changed.ID].Type)
	}
	hit := 0
	for _, one := range added {
		if home, _, _ := w.home(out.After, w.truth[one.ID]); out.After.Placed[one.ID].Type == home {
			hit++
		}
		if p := out.After.Placed[one.ID]; p.Since != 2 || p.Hash == 0 {
			t.Errorf("a new ticket is placed as %+v", p)
		}
	}
	if hit < 11 {
		t.Errorf("%d of 12 new tickets are in the type of their theme", hit)
	}
}

func TestRetraining(t *testing.T) {
	plain := Options{K: 12, Seed: 1, Threads: 2}
	pin := []Decision{{N: 1, Verb: Pin, Name: "Toner", Keywords: []string{"toner"}}}
	for _, c := range []struct {
		name      string
		add       int
		after     time.Duration
		options   Options
		decisions []Decision
		want      bool
	}{
		{"young", 10, 27 * 24 * time.Hour, plain, nil, false},
		{"old", 10, 28 * 24 * time.Hour, plain, nil, true},
		{"old, but nothing new", 0, 28 * 24 * time.Hour, plain, nil, false},
		{"own age", 10, 7 * 24 * time.Hour, Options{K: 12, Seed: 1, RetrainAfter: 7 * 24 * time.Hour}, nil, true},
		{"grown by less than half", 199, 0, plain, nil, false},
		{"grown by half", 200, 0, plain, nil, true},
		{"wanted", 0, 0, Options{K: 12, Seed: 1, Retrain: true}, nil, true},
		{"other settings", 0, 0, Options{K: 8, Seed: 1}, nil, true},
		{"a new pin", 0, 0, plain, pin, true},
		{"a new pin taken back", 0, 0, plain, append(pin[:1:1], Decision{N: 2, Verb: Undo, Of: 1}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := first(t, 400, plain)
			w.batch(c.add)
			out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(0).Add(c.after), Options: c.options, Decisions: c.decisions})
			if out.Refitted != c.want {
				t.Errorf("refitted: %v, want %v", out.Refitted, c.want)
			}
		})
	}
}

// Tickets without a word in common with any type are in none; when they become
// many, the world has changed.
func TestDriftOfUnknownTickets(t *testing.T) {
	w, s := first(t, 800, stay)
	for range driftEnough {
		one := w.write(planted)
		at := &w.tickets[len(w.tickets)-1]
		at.Title, at.Body = "Nr. "+one.ID, ""
	}
	out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay})
	if !out.Refitted {
		t.Errorf("%d tickets of unknown words and no new model", driftEnough)
	}
}

func TestPinWithoutTickets(t *testing.T) {
	w, s := first(t, 400, stay)
	decisions := []Decision{{N: 1, Verb: Pin, Name: "Ships", Keywords: []string{"steamboat", " "}}}
	out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: stay, Decisions: decisions})
	if !out.Refitted {
		t.Error("a new pin and no new model")
	}
	out = run(t, Input{Before: out.After, Tickets: all(w.tickets), AsOf: week(2), Options: stay, Decisions: decisions})
	if out.Refitted {
		t.Error("a pin that no ticket is like makes a new model every night")
	}
}

func TestFailingTickets(t *testing.T) {
	w, s := first(t, 400, stay)
	broken := errors.New("broken")
	for name, before := range map[string]*State{"first night": nil, "later": s} {
		for fails := 1; fails <= 3; fails++ {
			calls := 0
			tickets := func() iter.Seq2[Ticket, error] {
				if calls++; calls < fails {
					return all(w.tickets)()
				}
				return func(yield func(Ticket, error) bool) { yield(Ticket{}, broken) }
			}
			_, err := Run(Input{Before: before, Tickets: tickets, AsOf: week(1), Options: Options{K: 12, Retrain: true}})
			if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "demand types: ") {
				t.Errorf("%s, reading number %d fails: %v", name, fails, err)
			}
		}
	}
}

func TestIdsSurvive(t *testing.T) {
	if testing.Short() {
		t.Skip("a year of nights takes minutes under the race detector")
	}
	w, s := first(t, 1000, stay)
	labels := map[string]string{}
	for _, id := range s.Clusters {
		labels[id] = s.Types[id].Label
	}
	o := stay
	o.RetrainAfter = 28 * 24 * time.Hour
	for n := 1; n <= 52; n++ {
		w.batch(len(w.tickets) / 50)
		out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(n), Options: o})
		least := 0.98
		if out.Refitted {
			least = 0.9
		}
		if k := kept(s, out.After); k < least {
			t.Errorf("week %d: %.3f of the tickets keep their type; refitted %v, %v", n, k, out.Refitted, out.Events)
		}
		s = out.After
	}
	same, alive := 0, 0
	for _, id := range s.Clusters {
		if was, ok := labels[id]; ok {
			alive++
			if was == s.Types[id].Label {
				same++
			}
		}
	}
	if alive < 10 || same < alive-1 {
		t.Errorf("of 12 types %d live on, %d under their label", alive, same)
	}
	if p := w.purity(s); p < 0.95 {
		t.Errorf("purity after a year %.3f", p)
	}
}

// A model made from nothing, with another seed and beside the same tickets,
// finds much the same types, and they keep their ids.
func TestIdsSurviveFromScratch(t *testing.T) {
	if testing.Short() {
		t.Skip("a year of nights takes minutes under the race detector")
	}
	w, s := first(t, 1500, stay)
	for seed := uint64(2); seed < 5; seed++ {
		o := stay
		o.Seed, o.Retrain = seed, true
		before := *s
		before.FittedWith = "" // nothing to start from
		out := run(t, Input{Before: &before, Tickets: all(w.tickets), AsOf: week(1), Options: o})
		if k := kept(s, out.After); k < 0.9 {
			t.Errorf("seed %d: %.3f of the tickets keep their type; %v", seed, k, out.Events)
		}
	}
}

func TestTypeWithoutTicketsDies(t *testing.T) {
	w, s := first(t, 1000, stay)
	gone, _, _ := w.home(s, "login")
	w.tickets = slices.DeleteFunc(w.tickets, func(t Ticket) bool { return s.Placed[t.ID].Type == gone })
	o := stay
	o.Retrain = true
	out := run(t, Input{Before: s, Tickets: all(w.tickets), AsOf: week(1), Options: o})
	if now := out.After.Types[gone]; now.Status == Active && !slices.Contains(out.After.Clusters, gone) {
		t.Errorf("the type without tickets is %+v; %v", now, out.Events)
	}
}
