package jira

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

func withToken(o *Options) { o.Token = "secret" }

// stranger answers as a site does to credentials that are no longer valid; it
// says so where header is set, and else only when asked who is asking.
func stranger(header string) func(http.ResponseWriter, *http.Request, map[string]any) bool {
	return func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if header != "" {
			w.Header().Set("X-Seraph-LoginReason", header)
		}
		switch p := r.URL.Path; {
		case strings.HasSuffix(p, "/myself"):
			refuse(w, 401, "Client must be authenticated to access this resource.")
		case strings.Contains(p, "/issue/"):
			refuse(w, 404, "Issue does not exist or you do not have permission to see it.")
		case strings.HasSuffix(p, "/search/approximate-count"):
			reply(w, 200, `{"count":0}`)
		case strings.Contains(p, "/search"):
			reply(w, 200, `{"issues":[],"total":0,"isLast":true}`)
		default:
			return false
		}
		return true
	}
}

func TestExpiredTokenIsNoEmptyProject(t *testing.T) {
	for _, f := range flavours {
		for _, header := range []string{"", "AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"} {
			t.Run(f+header, func(t *testing.T) {
				s := newSite(t, f, world(250)...)
				first := readAll(t, s.source(withToken), issuesP, nil)
				s.before = stranger(header)
				froms := map[string]ingest.Cursor{"done": first.cursor(), "resumed": first.cursors[0]}
				if header != "" {
					froms["new"] = nil
				}
				for name, from := range froms {
					s.forget()
					l, err := tryAll(t, s.source(withToken), issuesP, from)
					if !httpx.IsStatus(err, 401) || !strings.Contains(err.Error(), "credentials refused") || len(l.cursors) > 0 {
						t.Errorf("%s: %d pages, %v", name, len(l.cursors), err)
					}
					if n := s.requests(""); header != "" && n != 1 {
						t.Errorf("%s: %d requests", name, n)
					}
				}
			})
		}
	}
}

func TestTokenThatExpiresWhileIssuesAreRead(t *testing.T) {
	for _, f := range flavours {
		for _, header := range []string{"", "AUTHENTICATED_FAILED"} {
			s := newSite(t, f, world(30)...)
			s.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
				jql, _ := body["jql"].(string)
				if strings.HasPrefix(jql, "id in") || !strings.Contains(r.URL.Path, "/search") {
					return stranger(header)(w, r, body)
				}
				return false
			}
			l, err := tryAll(t, s.source(withToken, func(o *Options) { o.Flavour = f }), issuesP, nil)
			if !httpx.IsStatus(err, 401) || len(l.cursors) > 0 {
				t.Errorf("%s %q: %d pages, %v", f, header, len(l.cursors), err)
			}
		}
	}
}

// A project whose issues are really gone is not an error, and an idle one is
// not asked more than before.
func TestEmptiedProject(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f, world(5)...)
		first := readAll(t, s.source(withToken), issuesP, nil)
		s.forget()
		readAll(t, s.source(withToken), issuesP, first.cursor())
		if n := s.requests(""); n > 4 || s.requests("myself") > 0 {
			t.Errorf("%s: %v", f, s.log)
		}
		s.mu.Lock()
		clear(s.tickets)
		s.mu.Unlock()
		l := readAll(t, s.source(withToken), issuesP, first.cursor())
		if l.number != 0 || l.count == nil || *l.count != 0 || s.requests("myself") != 1 {
			t.Errorf("%s: %d records, %v", f, l.number, s.log)
		}
	}
}

// poison makes the site fail at everything that touches the issues.
func poison(w http.ResponseWriter, r *http.Request, body map[string]any, ids ...string) bool {
	jql, _ := body["jql"].(string)
	for _, id := range ids {
		if strings.HasPrefix(jql, "id in") && strings.Contains(jql, id) || strings.Contains(r.URL.Path, "/issue/"+id) {
			refuse(w, 500, "null")
			return true
		}
	}
	return false
}

func TestPoisonedIssue(t *testing.T) {
	for _, f := range flavours {
		for name, ids := range map[string][]string{
			"first": {"10000"}, "middle": {"10050"}, "first two": {"10000", "10001"}, "alone in its batch": {"10200"},
			"spread": {"10003", "10017", "10030", "10060", "10080", "10099", "10150"},
		} {
			t.Run(f+"/"+name, func(t *testing.T) {
				s := newSite(t, f, world(201)...)
				s.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
					return poison(w, r, body, ids...)
				}
				l := readAll(t, s.source(), issuesP, nil)
				for _, g := range l.gaps {
					if g.Reason != "issue_unreadable" || g.Count != 1 {
						t.Errorf("gap %+v", g)
					}
				}
				if len(l.gaps) != len(ids) || len(l.records) != 201-len(ids) {
					t.Errorf("%d gaps, %d records", len(l.gaps), len(l.records))
				}
				s.mu.Lock()
				s.before = nil
				for _, id := range ids {
					s.tickets[id].updated = epoch.Add(99 * time.Hour)
				}
				s.mu.Unlock()
				maps.Copy(l.records, readAll(t, s.source(), issuesP, l.cursor()).records)
				s.sameAs(l.records)
			})
		}
	}
}

func TestOutageIsNoPoison(t *testing.T) {
	for _, f := range flavours {
		for _, n := range []int{1, 5, 100} {
			s := newSite(t, f, world(n)...)
			down := false
			s.before = func(w http.ResponseWriter, _ *http.Request, body map[string]any) bool {
				s.mu.Lock()
				jql, _ := body["jql"].(string)
				down = down || strings.HasPrefix(jql, "id in")
				out := down
				s.mu.Unlock()
				if out {
					refuse(w, 502, "down")
				}
				return out
			}
			l, err := tryAll(t, s.source(), issuesP, nil)
			if !httpx.IsStatus(err, 502) || len(l.cursors) > 0 {
				t.Errorf("%s of %d: %d pages, %v", f, n, len(l.cursors), err)
			}
			if sent := s.requests(""); sent > 100 {
				t.Errorf("%s of %d: %d requests", f, n, sent)
			}
		}
	}
}

// An outage that begins between two pages of comments leaves no gaps.
func TestOutageAmongComments(t *testing.T) {
	for _, f := range flavours {
		ks := world(20)
		ks[3].comments, ks[4].comments = 45, 45
		s := newSite(t, f, ks...)
		asked, down := 0, false
		s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
			s.mu.Lock()
			if strings.HasSuffix(r.URL.Path, "/comment") {
				asked++
			}
			down = down || asked > 3
			out := down
			s.mu.Unlock()
			if out {
				refuse(w, 503, "down")
			}
			return out
		}
		l, err := tryAll(t, s.source(), issuesP, nil)
		if !httpx.IsStatus(err, 503) || len(l.cursors) > 0 {
			t.Errorf("%s: %d pages, %v", f, len(l.cursors), err)
		}
	}
}

func TestPoisonedParts(t *testing.T) {
	for _, f := range flavours {
		for part, reason := range map[string]string{"comment": "comments_unreadable", "changelog": "changelog_unreadable"} {
			for _, alone := range []bool{false, true} {
				t.Run(fmt.Sprint(f, part, alone), func(t *testing.T) {
					ks := world(20)
					ks[3].comments, ks[3].histories = 45, 130
					if !alone {
						ks[4].comments, ks[4].histories = 46, 131
					}
					s := newSite(t, f, ks...)
					s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
						p := r.URL.Path
						bad := strings.HasSuffix(p, "/issue/10003/"+part) || part == "changelog" &&
							(strings.HasSuffix(p, "/bulkfetch") || f == FlavourServer && strings.HasSuffix(p, "/issue/10003"))
						if bad {
							refuse(w, 500, "null")
						}
						return bad
					}
					l := readAll(t, s.source(), issuesP, nil)
					if len(l.gaps) != 1 || l.gaps[0].Key != "10003" || l.gaps[0].Reason != reason || len(l.records) != 20 {
						t.Errorf("gaps %v, %d records", l.gaps, len(l.records))
					}
					c, h := lists(t, l.records["10003"])
					if part == "comment" && (c != 20 || h != 130) || part == "changelog" && c != 45 {
						t.Errorf("%d comments and %d histories kept", c, h)
					}
				})
			}
		}
	}
}

// What is created while the walk goes on is in no count.
func TestCountDoesNotRace(t *testing.T) {
	for _, f := range flavours {
		for _, zone := range []*time.Location{nil, time.FixedZone("", 19_800)} {
			s := newSite(t, f, world(150)...)
			if zone != nil {
				s.epochRefused, s.zone, s.accountZone = true, zone, "Asia/Kolkata"
			}
			n := 0
			s.before = func(_ http.ResponseWriter, r *http.Request, body map[string]any) bool {
				jql, _ := body["jql"].(string)
				listing := strings.Contains(jql, "ORDER BY created")
				if !listing && strings.Contains(r.URL.Path, "/search") && !strings.Contains(jql, "ORDER") && !strings.HasPrefix(jql, "id in") {
					s.mu.Lock()
					defer s.mu.Unlock()
					if n++; n > 3 {
						return false
					}
					id := strconv.Itoa(20000 + n)
					at := epoch.Add(99*time.Hour + time.Duration(n)*time.Second)
					s.tickets[id] = &ticket{id: id, project: "P", created: at, updated: at}
				}
				return false
			}
			l := readAll(t, s.source(), issuesP, nil)
			if n == 0 || l.count == nil || *l.count != 150 {
				t.Errorf("%s: count %v after %d new ones: %v", f, l.count, n, s.log)
			}
		}
	}
}
