package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// newDemandWorld is a world of some hundred tickets with the clustering on.
func newDemandWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, worldOptions{history: simulate.Generate(simulate.Options{Seed: 5, JiraTickets: 500, GitHubTickets: 400})})
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(strings.Replace(string(b), "demand: {off: true}", "demand: {types: 12}", 1))
	return w
}

// notInShort leaves a test that clusters whole worlds out of the race lane: what
// runs beside each other there, the packages of models try alone.
func notInShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short")
	}
}

func (w *world) types(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range w.query(t, "SELECT ticket_id, demand_type_id FROM marts.ticket") {
		id, _ := r[1].(string)
		out[r[0].(string)] = id
	}
	return out
}

// TestDemandNights: ids survive new tickets, a rebuild repeats the night, and a
// night with nothing new changes nothing.
func TestDemandNights(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newDemandWorld(t)
	w.server.SetUntil(w.until.AddDate(0, -2, 0))
	w.run(t)
	first := w.types(t)
	if n := w.query(t, "SELECT count(DISTINCT demand_type_id), count(*) FILTER (WHERE demand_type_id IS NULL) FROM marts.ticket"); n[0][0].(int64) < 6 || n[0][1] != int64(0) {
		t.Fatalf("types, tickets without: %v", n[0])
	}
	before := w.exports(t)
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	sameExports(t, w.exports(t), before)
	if err := os.RemoveAll(w.home + "/warehouse"); err != nil {
		t.Fatal(err)
	}
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	sameExports(t, w.exports(t), before)

	w.server.SetUntil(time.Time{})
	w.run(t)
	second := w.types(t)
	moved := 0
	for id, was := range first {
		if second[id] != was {
			moved++
		}
	}
	if len(second) <= len(first) || moved*50 > len(first) {
		t.Errorf("%d tickets, then %d; %d changed their type", len(first), len(second), moved)
	}
	if rows := w.query(t, "SELECT count(*) FROM marts.demand_type_weekly WHERE tickets < 0 OR band_low > band_high"); rows[0][0] != int64(0) {
		t.Errorf("%v weeks make no sense", rows[0][0])
	}
	noStrays(t, w)
}

// TestTopics: people's decisions reach the marts with the next build, and can be
// taken back.
func TestTopics(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newDemandWorld(t)
	w.run(t)
	original := w.exports(t)
	types := w.query(t, "SELECT demand_type_id, size FROM marts.demand_type WHERE demand_type_id <> 'other' ORDER BY size DESC, demand_type_id")
	a, b, c := types[0][0].(string), types[1][0].(string), types[2][0].(string)
	build := func() { must(t, w.call(t, "build", "--quiet", w.asOf())) }
	size := func(id string) int64 {
		rows := w.query(t, fmt.Sprintf("SELECT size FROM marts.demand_type WHERE demand_type_id = '%s'", id))
		if len(rows) == 0 {
			return -1
		}
		return rows[0][0].(int64)
	}
	sizeA, sizeB := size(a), size(b)

	must(t, w.call(t, "topics", "rename", a, "Everything about A"))
	must(t, w.call(t, "topics", "merge", b, a))
	must(t, w.call(t, "topics", "hide", c))
	build()
	if rows := w.query(t, fmt.Sprintf("SELECT name FROM marts.demand_type WHERE demand_type_id = '%s'", a)); rows[0][0] != "Everything about A" {
		t.Errorf("renamed: %v", rows)
	}
	if size(a) != sizeA+sizeB || size(b) != -1 {
		t.Errorf("merged: %d and %d, want %d and none", size(a), size(b), sizeA+sizeB)
	}
	if list := must(t, w.call(t, "topics")).stdout; strings.Contains(list, c) || !strings.Contains(list, "Everything about A") {
		t.Errorf("the list:\n%s", list)
	}
	must(t, w.call(t, "topics", "show", a))

	// In the other direction, newest first: what was, is again.
	for range 3 {
		must(t, w.call(t, "topics", "undo"))
	}
	build()
	sameExports(t, w.exports(t), original)
	if r := w.call(t, "topics", "undo"); r.status != exitUsage {
		t.Errorf("nothing is left to undo: exit %d", r.status)
	}

	must(t, w.call(t, "topics", "split", a, "--into", "2"))
	build()
	parts := w.query(t, fmt.Sprintf("SELECT demand_type_id, size FROM marts.demand_type WHERE demand_type_id LIKE '%s.%%'", a))
	if len(parts) != 2 || parts[0][1].(int64)+parts[1][1].(int64) != sizeA || size(a) != -1 {
		t.Errorf("split %d into %v", sizeA, parts)
	}
	must(t, w.call(t, "topics", "pin", "--name", "Invoices", "--keyword", "invoice"))
	build()
	if again := w.query(t, fmt.Sprintf("SELECT demand_type_id, size FROM marts.demand_type WHERE demand_type_id LIKE '%s.%%'", a)); len(again) != 2 || size(a) != -1 {
		t.Errorf("after another night the parts are %v, were %v", again, parts)
	}
	pinned := w.query(t, "SELECT demand_type_id, size, is_pinned FROM marts.demand_type WHERE name = 'Invoices'")
	if len(pinned) != 1 || pinned[0][1].(int64) == 0 || pinned[0][2] != true {
		t.Errorf("pinned: %v", pinned)
	}
	if log := must(t, w.call(t, "topics", "log")).stdout; strings.Count(log, "taken back") != 3 {
		t.Errorf("the log:\n%s", log)
	}
	for _, wrong := range [][]string{{"rename", "nothing", "x"}, {"merge", a, a}, {"split", c, "--into", "1"}, {"pin"}, {"show"}, {"hide", "other"}} {
		if r := w.call(t, append([]string{"topics"}, wrong...)...); r.status != exitUsage {
			t.Errorf("topics %v: exit %d\n%s", wrong, r.status, r.stderr)
		}
	}
}
