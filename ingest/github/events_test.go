package github

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

func TestEventsWalk(t *testing.T) {
	f := newFake(t)
	f.issues, f.events = manyIssues(8), manyEvents(20, 8)
	s := f.source(func(o *Options) { o.PageSize = 8 })
	r := read(t, s, eventsOf, nil)
	wantAll(t, r.set(), f.events, false)
	wantOnce(t, r.set())
	if c := r.last().SourceCount; c == nil || *c != 20 {
		t.Errorf("source count %v, want 20", c)
	}
	want := `{"id":5020,  "event":"closed","actor":null,"created_at":"2024-03-01T10:28:00Z","issue": {"id":1008,"number":8,"url":"https://api.github.com/i/8","html_url":"https://github.com/i/8","pull_request":{}}}`
	if got := string(r.records[0].Payload); got != want {
		t.Errorf("payload\n got %s\nwant %s", got, want)
	}
	if rec := r.records[0]; rec.Schema != "github.event/1" || rec.Version != "2024-03-01T10:28:00Z" {
		t.Errorf("record %+v", rec)
	}
	f.asked()
	idle := read(t, s, eventsOf, r.cursor)
	if n := len(f.asked()); n != 1 || string(idle.cursor) != string(r.cursor) {
		t.Errorf("idle run: %d requests, cursor %s", n, idle.cursor)
	}

	f.do(func() {
		f.events = append(f.events, thing{id: 6000, number: 3, created: minutes(60)}, thing{id: 6001, number: 3, created: minutes(60)})
	})
	more := read(t, s, eventsOf, r.cursor)
	if len(more.records) != 2 || *more.last().SourceCount != 22 {
		t.Errorf("two new events: %v", more.set())
	}
	if n := len(f.asked()); n > 3 {
		t.Errorf("two new events: %d requests", n)
	}

	// An edited issue changes the listing's bytes, not the events.
	f.do(func() { f.issues[7].text, f.issues[2].text = "edited", "edited" })
	again := read(t, s, eventsOf, more.cursor)
	if n := len(f.asked()); n > 2 || len(again.records) != 0 {
		t.Errorf("after an edit: %d requests, %v", n, again.set())
	}
}

// An event the listing shows late has an id below those already landed.
func TestLateEvent(t *testing.T) {
	f := newFake(t)
	f.issues, f.events = manyIssues(8), manyEvents(20, 8)
	late := f.events[18]
	f.events = append(f.events[:18:18], f.events[19])
	s := f.source()
	r := read(t, s, eventsOf, nil)
	f.do(func() { f.events = append(f.events, late) })
	if more := read(t, s, eventsOf, r.cursor); len(more.records) != 1 || more.records[0].Key != strconv.FormatInt(late.id, 10) {
		t.Errorf("landed %v, want the late event", more.set())
	}
}

// Whichever checkpoint a walk dies at, with events coming and going meanwhile.
func TestEventsResumeAnywhere(t *testing.T) {
	for _, cursors := range []bool{false, true} {
		for _, gone := range []int{0, 9} {
			f := newFake(t)
			f.cursors = cursors
			f.issues, f.events = manyIssues(8), manyEvents(40, 8)
			s := f.source()
			whole := read(t, s, eventsOf, nil)
			all := append([]thing(nil), f.events...)
			landed := map[string]int{}
			for i, p := range whole.pages {
				for _, rec := range p.Records {
					landed[rec.Key+" "+rec.Version]++
				}
				f.do(func() {
					// New ones, and more deleted ones than a page holds.
					f.events = append([]thing(nil), all[:len(all)-gone]...)
					if cursors {
						f.events = append([]thing(nil), all...) // the marked place must exist
					}
					for j := range i % 7 {
						f.events = append(f.events, thing{id: int64(7000 + 10*i + j), number: 1, created: minutes(90 + i)})
					}
				})
				set := map[string]int{}
				for k, n := range landed {
					set[k] = n
				}
				rest := read(t, s, eventsOf, p.Next)
				for k, n := range rest.set() {
					set[k] += n
				}
				if c := rest.last().SourceCount; !cursors && !p.Complete && (c == nil || *c != int64(len(f.events))) {
					t.Errorf("count %v, want %d", c, len(f.events))
				}
				wantAll(t, set, f.events, false)
				wantOnce(t, set)
				if t.Failed() {
					t.Fatalf("cursors=%v gone=%d page %d: %s", cursors, gone, i, p.Next)
				}
			}
		}
	}
}

// New events that arrive while a walk goes on shift the pages down.
func TestEventsArriveDuringWalk(t *testing.T) {
	f := newFake(t)
	f.issues, f.events = manyIssues(8), manyEvents(40, 8)
	f.before = func(n int, _ *http.Request) {
		if n > 0 && n < 9 {
			f.events = append(f.events, thing{id: int64(8000 + n), number: 1, created: minutes(100 + n)})
		}
	}
	r := read(t, f.source(), eventsOf, nil)
	wantAll(t, r.set(), f.events, false)
	wantOnce(t, r.set())
}

func TestSavedPlaceRefused(t *testing.T) {
	f := newFake(t)
	f.cursors = true
	f.issues, f.events = manyIssues(8), manyEvents(20, 8)
	s := f.source()
	whole := read(t, s, eventsOf, nil)
	f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("after") != "5017" {
			return false
		}
		f.say(w, 422, "Invalid cursor")
		f.refuse = nil
		return true
	}
	r := read(t, s, eventsOf, whole.pages[0].Next)
	wantAll(t, r.set(), f.events, false)
}

func TestDepthIsRefused(t *testing.T) { backfillTest(t, func(f *fake) { f.deepest = 3 }) }

func TestListingIsCut(t *testing.T) { backfillTest(t, func(f *fake) { f.cut = 12 }) }

// Beyond the depth GitHub allows, the events come issue by issue; whichever
// checkpoint that dies at, the set is the same and of the same shape.
func backfillTest(t *testing.T, limit func(*fake)) {
	t.Helper()
	f := newFake(t)
	f.issues, f.events = manyIssues(18), manyEvents(60, 18)
	limit(f)
	s := f.source(func(o *Options) { o.eventsCap = 12 })
	whole := read(t, s, eventsOf, nil)
	wantAll(t, whole.set(), f.events, false)
	wantOnce(t, whole.set())
	if c := whole.last().SourceCount; c != nil {
		t.Errorf("count %d of a cut listing", *c)
	}
	for _, rec := range whole.records {
		if !strings.Contains(string(rec.Payload), `"html_url":"https://github.com/i/`) {
			t.Errorf("no issue in %s", rec.Payload)
		}
	}
	landed := map[string]int{}
	for _, p := range whole.pages {
		for _, rec := range p.Records {
			landed[rec.Key+" "+rec.Version]++
		}
		set := map[string]int{}
		for k, n := range landed {
			set[k] = n
		}
		for k, n := range read(t, s, eventsOf, p.Next).set() {
			set[k] += n
		}
		wantAll(t, set, f.events, false)
		wantOnce(t, set)
		if t.Failed() {
			t.Fatalf("resumed at %s", p.Next)
		}
	}
	f.asked()
	if read(t, s, eventsOf, whole.cursor); len(f.asked()) != 1 {
		t.Error("an idle run after a backfill must be one request")
	}
}

// An issue that goes away between its listing and its events is no failure.
func TestBackfillIssueGone(t *testing.T) {
	for _, status := range []int{404, 410} {
		f := newFake(t)
		f.issues, f.events = manyIssues(18), manyEvents(60, 18)
		f.deepest = 3
		f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/issues/2/events") {
				return false
			}
			f.say(w, status, "gone")
			return true
		}
		if r := read(t, f.source(), eventsOf, nil); len(r.records) < 50 {
			t.Errorf("%d records", len(r.records))
		}
	}
}

func TestUnreadableEvent(t *testing.T) {
	f := newFake(t)
	f.issues, f.events = manyIssues(8), manyEvents(6, 8)
	f.events[5].raw = `{"event":"closed"}`
	s := f.source()
	r := read(t, s, eventsOf, nil)
	if len(r.records) != 6 || r.records[0].Schema != ingest.QuarantineSchema {
		t.Errorf("%d records, first %+v", len(r.records), r.records[0])
	}
	f.do(func() { f.events = append(f.events, thing{id: 9000, number: 1, created: minutes(70)}) })
	if more := read(t, s, eventsOf, r.cursor); len(more.records) != 1 {
		t.Errorf("landed again: %v", more.set())
	}
}

func TestManyRecentEvents(t *testing.T) {
	h := &history{}
	ids := make([]int64, maxRecent)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	h.settle(5000, stamp(epoch), ids)
	if h.Recent != nil || !h.passed(event{id: 4999, created: epoch}) || h.passed(event{id: 5001, created: epoch.Add(time.Second)}) {
		t.Errorf("%+v", h)
	}
}

func TestWithIssue(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"id":1,"issue":{"id":2,"number":3,"body":"x"},"z":1.0e5}`, `{"id":1,"issue":{"id":2,"number":3},"z":1.0e5}`},
		{`{ "issue" : {"id":2,"pull_request":{"url":"u"}} , "a" : "\u00e9" }`, `{ "issue" : {"id":2,"pull_request":{}} , "a" : "\u00e9" }`},
		{`{"id":1,"issue":null}`, `{"id":1,"issue":null}`},
		{`{"id":1}`, `{"id":1}`},
	} {
		got, err := withIssue([]byte(c.in), shortIssue)
		if err != nil || string(got) != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.in, got, err, c.want)
		}
	}
}
