package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

var flavours = []string{FlavourCloud, FlavourServer}

func TestFirstWalkLandsEverything(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			ks := world(250)
			ks[3].comments, ks[4].histories = 45, 230
			s := newSite(t, f, ks...)
			s.bulk = 90 // issue 4 is spread over three pages
			l := readAll(t, s.source(), issuesP, nil)
			s.sameAs(l.records)
			if l.number != 250 || len(l.gaps) != 0 || l.complete != 1 {
				t.Errorf("%d records, gaps %v, %d ends", l.number, l.gaps, l.complete)
			}
			if l.count == nil || *l.count != 250 {
				t.Errorf("source count %v", l.count)
			}
			r := l.records["10004"]
			if r.Schema != "jira.issue/1" || !r.ObservedAt.Equal(ks[4].updated) {
				t.Errorf("record %s %v", r.Schema, r.ObservedAt)
			}
			for _, want := range []string{
				`"customfield_1":1.10e3`, `"summary":"<&> 10004"`,
				`{"total":230,"histories":[{"id":"100040000","created":"2024-03-01T08:01:40.000+0000","items":[{"field":"labels","to":"a0"},{"field":"labels","to":"b0"}]}`,
			} {
				if !bytes.Contains(r.Payload, []byte(want)) {
					t.Errorf("payload lacks %s", want)
				}
			}
		})
	}
}

func TestSecondWalkIsCheapAndLandsNothing(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			s := newSite(t, f, world(120)...)
			first := readAll(t, s.source(), issuesP, nil)
			s.forget()
			again := readAll(t, s.source(), issuesP, first.cursor())
			if again.number != 0 || !bytes.Equal(again.cursor(), first.cursor()) {
				t.Errorf("%d records, cursor %s after %s", again.number, again.cursor(), first.cursor())
			}
			if n := s.requests(""); n > 4 {
				t.Errorf("%d requests: %v", n, s.log)
			}
			if again.count == nil || *again.count != 120 {
				t.Errorf("source count %v", again.count)
			}
		})
	}
}

func TestOverlapLandsOnlyWhatChanged(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			ks := world(10)
			base := epoch.Add(24 * time.Hour)
			for i, k := range ks {
				k.updated = base.Add(time.Duration(i) * time.Second).Add(5 * time.Millisecond)
			}
			s := newSite(t, f, ks...)
			first := readAll(t, s.source(), issuesP, nil)
			s.edit("10004", base.Add(30*time.Second))  // the mark's own minute
			s.edit("10005", base.Add(-90*time.Second)) // and before it, as a lagging index shows it
			second := readAll(t, s.source(), issuesP, first.cursor())
			if second.number != 2 {
				t.Errorf("%d records landed, want 2", second.number)
			}
			maps.Copy(first.records, second.records)
			s.sameAs(first.records)
		})
	}
}

// A whole-second clock cannot tell two edits of one second apart.
func TestIssueReadWithinItsSecondIsReadAgain(t *testing.T) {
	ks := world(3)
	s := newSite(t, FlavourServer, ks...)
	s.mu.Lock()
	ks[1].updated = time.Now().Truncate(time.Second)
	s.mu.Unlock()
	first := readAll(t, s.source(), issuesP, nil)
	second := readAll(t, s.source(), issuesP, first.cursor())
	if second.number != 1 {
		t.Errorf("%d records landed, want the one", second.number)
	}
}

func TestResumeFromEveryCursor(t *testing.T) {
	for _, f := range flavours {
		for _, incremental := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", f, incremental), func(t *testing.T) {
				s := newSite(t, f, world(430)...)
				s.page = 50
				base := map[string]ingest.Record{}
				var from ingest.Cursor
				if incremental {
					l := readAll(t, s.source(), issuesP, nil)
					base, from = l.records, l.cursor()
					for i := range 330 {
						s.edit(strconv.Itoa(10000+i), epoch.Add(48*time.Hour+time.Duration(i)*time.Second))
					}
				}
				whole := readAll(t, s.source(), issuesP, from)
				if len(whole.cursors) < 4 {
					t.Fatalf("only %d pages", len(whole.cursors))
				}
				for cut := range whole.cursors {
					got := &landed{records: maps.Clone(base)}
					n := 0
					for p, err := range s.source().Read(t.Context(), issuesP, from) {
						if err != nil {
							t.Fatal(err)
						}
						got.add(p)
						if n++; n > cut {
							break
						}
					}
					for r, rec := range readAll(t, s.source(), issuesP, got.cursor()).records {
						got.records[r] = rec
					}
					s.sameAs(got.records)
					for k, r := range whole.records {
						if !bytes.Equal(got.records[k].Payload, r.Payload) {
							t.Fatalf("cut %d: payload of %s differs", cut, k)
						}
					}
				}
			})
		}
	}
}

// What was edited between a run that was cut off and the next one is landed by
// the next one, not by the one after it.
func TestResumedWalkIsFollowedByAnother(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f, world(250)...)
		l := &landed{records: map[string]ingest.Record{}}
		for p, err := range s.source().Read(t.Context(), issuesP, nil) {
			if err != nil {
				t.Fatal(err)
			}
			l.add(p)
			break
		}
		s.edit("10000", epoch.Add(99*time.Hour))
		rest := readAll(t, s.source(), issuesP, l.cursor())
		maps.Copy(l.records, rest.records)
		s.sameAs(l.records)
		if rest.complete != 2 {
			t.Errorf("%s: %d walks ended", f, rest.complete)
		}
	}
}

// An issue edited while the walk goes on leaves no window and comes again.
func TestEditsDuringTheWalk(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			s := newSite(t, f, world(350)...)
			l := &landed{records: map[string]ingest.Record{}}
			n := 0
			at := epoch.Add(72 * time.Hour)
			for p, err := range s.source().Read(t.Context(), issuesP, nil) {
				if err != nil {
					t.Fatal(err)
				}
				l.add(p)
				for i := n; i < 350; i += 5 {
					at = at.Add(time.Second)
					s.edit(strconv.Itoa(10000+i), at)
				}
				n++
			}
			if len(l.records) != 350 {
				t.Errorf("%d issues landed", len(l.records))
			}
			next := readAll(t, s.source(), issuesP, l.cursor())
			maps.Copy(l.records, next.records)
			s.sameAs(l.records)
		})
	}
}

func TestDeletedAndForbiddenDuringTheWalk(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			s := newSite(t, f, world(130)...)
			var once atomic.Bool
			s.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
				jql, _ := body["jql"].(string)
				if strings.HasPrefix(jql, "id in") {
					if once.CompareAndSwap(false, true) {
						s.mu.Lock()
						delete(s.tickets, "10007")
						s.mu.Unlock()
					}
					if strings.Contains(jql, "10007") {
						refuse(w, 400, "A value with ID '10007' does not exist for the field 'id'.")
						return true
					}
					if strings.Contains(jql, "10009") { // never in a search answer
						s.mu.Lock()
						defer s.mu.Unlock()
						reply(w, 200, `{"issues":[],"total":0}`)
						return true
					}
				}
				if strings.HasSuffix(r.URL.Path, "/issue/10009") {
					refuse(w, 403, "You do not have permission to view this issue.")
					return true
				}
				return false
			}
			l := readAll(t, s.source(), issuesP, nil)
			want := map[string]string{"10007": "issue_gone", "10009": "issue_unreadable"}
			for _, g := range l.gaps {
				if want[g.Key] != g.Reason || g.Count != 1 {
					t.Errorf("gap %+v", g)
				}
				delete(want, g.Key)
			}
			if len(want) != 0 || len(l.records) != 128 {
				t.Errorf("no gap for %v; %d records", want, len(l.records))
			}
			if *l.count != 129 {
				t.Errorf("source count %d", *l.count)
			}
		})
	}
}

// A deletion shifts the offsets of a listing; nothing may slip over a border.
func TestServerListingSurvivesDeletion(t *testing.T) {
	s := newSite(t, FlavourServer, world(300)...)
	s.page = 40
	var lists atomic.Int64
	s.before = func(_ http.ResponseWriter, _ *http.Request, body map[string]any) bool {
		if jql, _ := body["jql"].(string); strings.Contains(jql, "ORDER BY created") {
			if n := lists.Add(1); n > 1 {
				s.mu.Lock()
				delete(s.tickets, strconv.FormatInt(10000+n, 10))
				s.mu.Unlock()
			}
		}
		return false
	}
	l := readAll(t, s.source(), issuesP, nil)
	s.sameAs(l.records)
}

// Many issues of one minute leave only the offset to move on by.
func TestServerManyIssuesInOneMinute(t *testing.T) {
	ks := world(200)
	for _, k := range ks {
		k.created = epoch
	}
	s := newSite(t, FlavourServer, ks...)
	s.page = 30
	s.sameAs(readAll(t, s.source(), issuesP, nil).records)
}

func TestListingThatEndsEarlyIsTakenUpAgain(t *testing.T) {
	for _, f := range flavours {
		t.Run(f, func(t *testing.T) {
			s := newSite(t, f, world(400)...)
			s.before = func(w http.ResponseWriter, _ *http.Request, body map[string]any) bool {
				jql, _ := body["jql"].(string)
				if !strings.Contains(jql, "ORDER BY created") {
					return false
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				found, _ := s.find(jql)
				found = found[:min(len(found), 150)] // and silence
				reply(w, 200, fmt.Sprintf(`{"issues":%s,"isLast":true,"total":%d}`, s.render(found, body), len(found)))
				return true
			}
			l := readAll(t, s.source(), issuesP, nil)
			s.sameAs(l.records)
			if l.number != 400 {
				t.Errorf("%d records for 400 issues", l.number)
			}
		})
	}
}

func TestNewestDatedInTheFuture(t *testing.T) {
	ks := world(5)
	ks[2].updated = time.Now().Add(1000 * time.Hour)
	s := newSite(t, FlavourCloud, ks...)
	l := readAll(t, s.source(), issuesP, nil)
	pos, err := decodePosition(l.cursor())
	if err != nil || pos.Since > time.Now().UnixMilli() {
		t.Errorf("position %+v %v", pos, err)
	}
	if again := readAll(t, s.source(), issuesP, l.cursor()); again.number != 0 {
		t.Errorf("%d records landed again", again.number)
	}
}

func TestEmptyProject(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f)
		l := readAll(t, s.source(), issuesP, nil)
		if l.number != 0 || *l.count != 0 {
			t.Errorf("%s: %d records, count %d", f, l.number, *l.count)
		}
		s.mu.Lock()
		s.tickets["1"] = world(1)[0]
		s.tickets["1"].id = "1"
		s.mu.Unlock()
		if l = readAll(t, s.source(), issuesP, l.cursor()); l.number != 1 {
			t.Errorf("%s: %d records", f, l.number)
		}
	}
}

func TestDatesAsTextWhereNumbersAreRefused(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here")
	}
	back := time.Date(2024, 11, 3, 5, 0, 0, 0, time.UTC) // 01:00 EDT; 01:00 comes again an hour later
	for _, account := range []string{"America/New_York", "Nowhere/Land"} {
		for step := range 10 {
			ks := world(6)
			for i, k := range ks {
				k.updated = back.Add(time.Duration(step*15+i) * time.Minute)
			}
			s := newSite(t, FlavourServer, ks...)
			s.epochRefused, s.zone, s.accountZone = true, zone, account
			l := readAll(t, s.source(), issuesP, nil)
			s.edit("10001", ks[5].updated.Add(time.Millisecond))
			next := readAll(t, s.source(), issuesP, l.cursor())
			if next.number != 1 {
				t.Errorf("%s step %d: %d records landed, want 1", account, step, next.number)
			}
			maps.Copy(l.records, next.records)
			s.sameAs(l.records)
		}
	}
}

func TestLocalDateIsNeverLate(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Europe/London", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skip("no time zones here")
		}
		write := localDate(zone)
		for at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2024; at = at.Add(10 * time.Minute) {
			text := strings.Trim(write(at.UnixMilli()), `"`)
			got, err := time.ParseInLocation("2006/01/02 15:04", text, zone)
			if err != nil {
				t.Fatal(err)
			}
			// Whichever of two readings the site takes.
			for _, d := range []time.Duration{0, 30 * time.Minute, time.Hour} {
				if twin := got.Add(d); twin.In(zone).Format("2006/01/02 15:04") == text && twin.After(at) {
					t.Fatalf("%s: %s written as %s can mean %s", name, at, text, twin)
				}
			}
			if at.Sub(got) > 2*time.Hour {
				t.Fatalf("%s: %s written as %s", name, at, text)
			}
		}
	}
}

func TestCancelEndsSoon(t *testing.T) {
	s := newSite(t, FlavourCloud, world(300)...)
	s.before = func(_ http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if jql, _ := body["jql"].(string); strings.HasPrefix(jql, "id in") {
			<-r.Context().Done() // hangs
			return true
		}
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	var last error
	for _, err := range s.source().Read(ctx, issuesP, nil) {
		last = err
	}
	if !errors.Is(last, context.DeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("%v after %s", last, time.Since(start))
	}
}

func TestUnknownCursor(t *testing.T) {
	s := newSite(t, FlavourCloud, world(1)...)
	for _, st := range s.source().Streams() {
		for _, c := range []string{`{"v":2}`, `{}`, `nonsense`, `{"v":1,"since":"x","hash":1}`} {
			if l, err := tryAll(t, s.source(), st, ingest.Cursor(c)); err == nil || len(l.cursors) > 0 {
				t.Errorf("%s: cursor %s gave %v", st, c, err)
			}
		}
	}
	if s.requests("") != 0 {
		t.Error("a request was sent")
	}
}

func TestUndecodableIssueIsQuarantined(t *testing.T) {
	s := newSite(t, FlavourCloud, world(3)...)
	s.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if jql, _ := body["jql"].(string); strings.HasPrefix(jql, "id in") {
			s.mu.Lock()
			defer s.mu.Unlock()
			reply(w, 200, `{"issues":[`+s.tickets["10000"].render(9, 9, false)+`,{"key":"P-1"}]}`)
			return true
		}
		if strings.HasSuffix(r.URL.Path, "/issue/10001") {
			reply(w, 200, `{"key":"P-1"}`)
			return true
		}
		if strings.HasSuffix(r.URL.Path, "/issue/10002") {
			reply(w, 200, `{"id":"10002","fields":{"updated":"2 days ago"}}`)
			return true
		}
		return false
	}
	l := readAll(t, s.source(), issuesP, nil)
	bad := 0
	for _, r := range l.records {
		if r.Schema == ingest.QuarantineSchema {
			bad++
			if !json.Valid(r.Payload) || bytes.Contains(r.Payload, []byte("P-1")) {
				t.Errorf("payload %s", r.Payload)
			}
			if r.Key != "10002" && !strings.HasPrefix(r.Key, "unreadable:") {
				t.Errorf("key %s", r.Key)
			}
		}
	}
	if bad != 2 || l.number != 3 {
		t.Errorf("%d quarantined of %d", bad, l.number)
	}
}
