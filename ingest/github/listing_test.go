package github

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

func TestListingWalk(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(20)
	s := f.source(func(o *Options) { o.PageSize = 8 })
	r := read(t, s, issuesOf, nil)
	wantAll(t, r.set(), f.issues, true)
	wantOnce(t, r.set())
	if c := r.last().SourceCount; c == nil || *c != 20 {
		t.Errorf("source count %v, want 20", c)
	}
	pulls := 0
	for i, rec := range r.records {
		if rec.Schema != "github.issue/1" || string(rec.Payload) != f.issues[i].issue() || !rec.ObservedAt.Equal(f.issues[i].updated) {
			t.Errorf("record %d: %+v", i, rec)
		}
		if strings.Contains(string(rec.Payload), "pull_request") {
			pulls++
		}
	}
	if pulls != 5 {
		t.Errorf("%d pull requests landed, want all 5: staging filters them", pulls)
	}
	for _, q := range f.asked() {
		if strings.Contains(q, "page=") && strings.Contains(strings.ReplaceAll(q, "per_page=", ""), "page=") {
			t.Errorf("asked by page number: %s", q)
		}
		if !strings.Contains(q, "state=all") {
			t.Errorf("asked for open issues only: %s", q)
		}
	}

	// Nothing new: one request, answered 304, and the cursor stays.
	again := read(t, s, issuesOf, r.cursor)
	if n := len(f.asked()); n != 1 || len(again.records) != 0 || string(again.cursor) != string(r.cursor) || again.last().SourceCount != nil {
		t.Errorf("idle run: %d requests, %d records, cursor %s", n, len(again.records), again.cursor)
	}

	// A new one and an edited one.
	f.do(func() {
		f.issues = append(f.issues, thing{id: 2000, number: 21, created: minutes(50), updated: minutes(50)})
		f.issues[3].updated = minutes(51)
	})
	more := read(t, s, issuesOf, r.cursor)
	if len(more.records) != 2 || more.last().SourceCount == nil || *more.last().SourceCount != 21 {
		t.Errorf("after edits: %d records, count %v", len(more.records), more.last().SourceCount)
	}
	if n := len(f.asked()); n != 3 {
		t.Errorf("after edits: %d requests, want the tail, the count and the tail again", n)
	}
}

func TestCommentsWalk(t *testing.T) {
	f := newFake(t)
	f.comments = manyIssues(10)
	r := read(t, f.source(), commentsOf, nil)
	wantAll(t, r.set(), f.comments, true)
	if r.records[0].Schema != "github.comment/1" || r.records[0].Key != "1001" {
		t.Errorf("record: %+v", r.records[0])
	}
}

func TestEmptyRepository(t *testing.T) {
	f := newFake(t)
	s := f.source()
	for _, st := range s.Streams() {
		f.asked()
		r := read(t, s, st, nil)
		if c := r.last().SourceCount; len(r.records) != 0 || c == nil || *c != 0 {
			t.Errorf("%s: %d records, count %v", st, len(r.records), c)
		}
		f.asked()
		read(t, s, st, r.cursor)
		if n := len(f.asked()); n != 1 {
			t.Errorf("%s: idle run asked %d times", st, n)
		}
	}
}

// An ETag that no longer fits costs the count, and nothing more.
func TestIdleRunWithoutETag(t *testing.T) {
	f := newFake(t)
	f.issues, f.comments, f.events = manyIssues(7), manyIssues(7), manyEvents(9, 7)
	s := f.source(func(o *Options) { o.PageSize = 100 })
	for _, st := range s.Streams() {
		r := read(t, s, st, nil)
		f.asked()
		f.do(func() {
			f.before = func(_ int, r *http.Request) { r.Header.Del("If-None-Match") }
		})
		again := read(t, s, st, r.cursor)
		if n := len(f.asked()); n > 2 || len(again.records) > 0 {
			t.Errorf("%s: idle run asked %d times and landed %d", st, n, len(again.records))
		}
		f.do(func() { f.before = nil })
	}
}

// Items edited while the walk goes on move to the end; by page number each
// edit would make the walk miss one.
func TestEditsDuringWalk(t *testing.T) {
	for seed := range uint64(30) {
		f := newFake(t)
		f.cursors = seed%3 == 0
		f.issues = manyIssues(40)
		// Some seconds hold more than a page.
		for i := 10; i < 22; i++ {
			f.issues[i].updated = minutes(10)
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		edits := 0
		f.before = func(int, *http.Request) {
			if edits < 30 {
				edits++
				i := rng.IntN(len(f.issues))
				f.issues[i].updated = minutes(100 + edits)
				f.issues[i].text = fmt.Sprint("edit ", edits)
			}
		}
		s := f.source()
		r := read(t, s, issuesOf, nil)
		// Later runs bring what the first left to them: nothing is ever lost.
		set := r.set()
		for range 3 {
			r = read(t, s, issuesOf, r.cursor)
			for k, n := range r.set() {
				set[k] += n
			}
		}
		wantAll(t, set, f.issues, true)
		wantOnce(t, set)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestBulkEdit(t *testing.T) {
	for _, cursors := range []bool{false, true} {
		f := newFake(t)
		f.cursors = cursors
		f.issues = manyIssues(30)
		for i := 5; i < 25; i++ {
			f.issues[i].updated = minutes(40)
		}
		s := f.source()
		r := read(t, s, issuesOf, nil)
		wantAll(t, r.set(), f.issues, true)
		wantOnce(t, r.set())
		// The overlap holds more than a page, so its first page's ETag would
		// say nothing about what is added behind it.
		f.do(func() {
			f.issues = append(f.issues, thing{id: 1999, number: 99, created: minutes(40), updated: minutes(40)})
		})
		more := read(t, s, issuesOf, r.cursor)
		if len(more.records) != 1 || more.records[0].Key != "1999" {
			t.Errorf("cursors=%v: %d records after one was added to the bulk", cursors, len(more.records))
		}
	}
}

// An item of a bulk edit that is edited again leaves the second, and the page
// numbers behind it drift.
func TestBulkEditDrifts(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(14)
	for i := 1; i < 12; i++ {
		f.issues[i].updated = minutes(20)
	}
	f.issues[12].updated, f.issues[13].updated = minutes(21), minutes(22)
	done := 0
	f.before = func(_ int, r *http.Request) {
		if r.URL.Query().Get("page") != "" && done < 5 {
			done++
			f.issues[done].updated = minutes(60 + done)
		}
	}
	r := read(t, f.source(), issuesOf, nil)
	if done == 0 {
		t.Fatal("no page was followed")
	}
	wantAll(t, r.set(), f.issues, true)
	wantOnce(t, r.set())
}

func TestOverlap(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(9)
	s := f.source()
	r := read(t, s, issuesOf, nil)
	// It was there all along, and the listing shows it only now.
	late := thing{id: 3000, number: 30, created: minutes(2), updated: minutes(9).Add(-90 * time.Second)}
	f.do(func() { f.issues = append(f.issues, late) })
	f.asked()
	more := read(t, s, issuesOf, r.cursor)
	if len(more.records) != 1 || more.records[0].Key != "3000" {
		t.Errorf("landed %v, want only the late one", more.set())
	}
	if q := f.asked()[0]; !strings.Contains(q, "since="+stamp(minutes(7))) && !strings.Contains(q, "since=2024-03-01T10%3A07%3A00Z") {
		t.Errorf("first request %s does not go back two minutes", q)
	}
}

// A change of content without a change of time lands again.
func TestSameTimeOtherContent(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(4)
	s := f.source()
	r := read(t, s, issuesOf, nil)
	f.do(func() { f.issues[3].text = "edited within the second" })
	if more := read(t, s, issuesOf, r.cursor); len(more.records) != 1 {
		t.Errorf("landed %v", more.set())
	}
}

// Whichever checkpoint a run dies at, the next one brings the rest.
func TestListingResumesAnywhere(t *testing.T) {
	for _, cursors := range []bool{false, true} {
		f := newFake(t)
		f.cursors = cursors
		f.issues = manyIssues(25)
		for i := 8; i < 19; i++ {
			f.issues[i].updated = minutes(9)
		}
		f.issues[4].raw = `{"number":4}`
		s := f.source()
		whole := read(t, s, issuesOf, nil)
		landed := map[string]int{}
		for _, p := range whole.pages {
			for _, rec := range p.Records {
				landed[rec.Key]++
			}
			all := map[string]int{}
			for k, n := range landed {
				all[k] = n
			}
			for _, rec := range read(t, s, issuesOf, p.Next).records {
				all[rec.Key]++
			}
			if len(all) != 25 {
				t.Fatalf("resumed at %s: %d keys", p.Next, len(all))
			}
			wantOnce(t, all)
		}
	}
}

func TestSeenIsBounded(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(30)
	for i := range f.issues {
		f.issues[i].updated = minutes(0).Add(time.Duration(i/10) * time.Second)
	}
	s := f.source(func(o *Options) { o.seenCap = 15 })
	r := read(t, s, issuesOf, nil)
	wantAll(t, r.set(), f.issues, true)
	if n := len(r.cursor); n > 15*digestLen+400 {
		t.Errorf("cursor has %d bytes", n)
	}
	// What is remembered is whole from some time on: nothing lands again.
	if more := read(t, s, issuesOf, r.cursor); len(more.records) != 0 {
		t.Errorf("landed again: %v", more.set())
	}
}

func TestUnreadableItems(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(8)
	f.issues[2].raw = `{"title":"no id"}`
	f.issues[5].raw = `{"id":"text","updated_at":17}`
	s := f.source()
	r := read(t, s, issuesOf, nil)
	bad := 0
	for _, rec := range r.records {
		if rec.Schema == ingest.QuarantineSchema {
			bad++
			if !strings.HasPrefix(rec.Key, "unreadable:") || rec.Version == "" {
				t.Errorf("quarantined as %+v", rec)
			}
		}
	}
	if bad != 2 || len(r.records) != 8 {
		t.Errorf("%d records, %d quarantined", len(r.records), bad)
	}
}

// A page of nothing but unreadable items has no time to go on from.
func TestUnreadablePages(t *testing.T) {
	for _, first := range []int{0, 7} {
		f := newFake(t)
		f.issues = manyIssues(24)
		for i := first; i < first+9; i++ {
			f.issues[i].raw = fmt.Sprintf(`{"n":%d}`, i)
		}
		s := f.source()
		r := read(t, s, issuesOf, nil)
		keys := map[string]int{}
		for _, rec := range r.records {
			keys[rec.Key]++
		}
		if len(keys) != 24 || len(f.asked()) > 40 {
			t.Errorf("unreadable from %d on: %d of 24 landed", first, len(keys))
		}
		wantOnce(t, keys)
	}
}

// A proxy that drops the Link header must not end the walk after one page.
func TestNoLinkHeader(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(20)
	s := f.source()
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(dropLink{w}, r)
	})
	r := read(t, s, issuesOf, nil)
	wantAll(t, r.set(), f.issues, true)
}

type dropLink struct{ http.ResponseWriter }

func (d dropLink) Write(b []byte) (int, error) {
	d.Header().Del("Link")
	return d.ResponseWriter.Write(b)
}

// GitHub may list an item where its index has it and show what was written
// since: its time says nothing about its neighbours.
func TestFresherThanItsPlace(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(9)
	now := time.Now().UTC().Truncate(time.Second)
	f.issues[2].raw = fmt.Sprintf(`{"id":1003,"updated_at":%q}`, stamp(now))
	r := read(t, f.source(), issuesOf, nil)
	got := map[string]bool{}
	for _, rec := range r.records {
		got[rec.Key] = true
	}
	if len(got) != 9 {
		t.Errorf("%d of 9 landed", len(got))
	}
}

func TestCounts(t *testing.T) {
	t.Run("deleted during the walk", func(t *testing.T) {
		f := newFake(t)
		f.issues = manyIssues(20)
		f.before = func(n int, _ *http.Request) {
			if n == 4 {
				f.issues = f.issues[:18]
			}
		}
		r := read(t, f.source(), issuesOf, nil)
		if c := r.last().SourceCount; c == nil || *c != 18 || len(r.records) != 18 {
			t.Errorf("count %v, %d records", c, len(r.records))
		}
	})
	t.Run("links without a last page", func(t *testing.T) {
		f := newFake(t)
		f.cursors = true
		f.issues = manyIssues(20)
		if c := read(t, f.source(), issuesOf, nil).last().SourceCount; c != nil {
			t.Errorf("count %d, want unknown", *c)
		}
	})
	t.Run("capped", func(t *testing.T) {
		f := newFake(t)
		f.comments = manyIssues(60)
		f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("per_page") != "1" {
				return false
			}
			w.Header().Set("Link", `<http://x/y?per_page=1&page=30>; rel="last"`)
			fmt.Fprint(w, `[{}]`)
			return true
		}
		if c := read(t, f.source(), commentsOf, nil).last().SourceCount; c != nil {
			t.Errorf("count %d, want unknown: more than that was read", *c)
		}
	})
	t.Run("refused", func(t *testing.T) {
		f := newFake(t)
		f.issues = manyIssues(5)
		f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("per_page") != "1" {
				return false
			}
			f.say(w, 422, "no")
			return true
		}
		if r := read(t, f.source(), issuesOf, nil); r.last().SourceCount != nil || len(r.records) != 5 {
			t.Errorf("a refused count must not stop the run")
		}
	})
}
