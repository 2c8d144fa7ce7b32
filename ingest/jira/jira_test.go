package jira

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ticketmill/ticketmill/ingest"
)

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"no url":        {Projects: []string{"P"}},
		"bad scheme":    {BaseURL: "ftp://x", Projects: []string{"P"}},
		"credentials":   {BaseURL: "https://u:secret@x", Projects: []string{"P"}},
		"query":         {BaseURL: "https://x/?a=b", Projects: []string{"P"}},
		"nothing asked": {BaseURL: "https://x"},
		"both asked":    {BaseURL: "https://x", Projects: []string{"P"}, JQL: "a = b"},
		"twice":         {BaseURL: "https://x", Projects: []string{"P", "P"}},
		"empty key":     {BaseURL: "https://x", Projects: []string{" "}},
		"order":         {BaseURL: "https://x", JQL: "a = b order  BY key"},
		"flavour":       {BaseURL: "https://x", JQL: "a = b", Flavour: "dc"},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := New(Options{BaseURL: "https://x/jira", JQL: `text ~ "order by" OR a = b`})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Streams()
	if len(got) != 2 || got[0].Name != "issues" || len(got[0].Scope) != 12 || got[1].String() != "statuses" {
		t.Errorf("streams %v", got)
	}
}

func TestJQLIsParenthesised(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f, world(3)...)
		src := s.source(func(o *Options) { o.Projects, o.JQL = nil, "a = b OR c = d" })
		l := readAll(t, src, src.Streams()[0], nil)
		readAll(t, src, src.Streams()[0], l.cursor())
		if n := s.requests("(a = b OR c = d) AND updated >= "); n != 1 || l.number != 3 {
			t.Errorf("%s: %d requests, %d records: %v", f, n, l.number, s.log)
		}
	}
}

func TestContextPathIsKept(t *testing.T) {
	s := newSite(t, FlavourServer, world(3)...)
	front := httptest.NewServer(http.StripPrefix("/jira", http.HandlerFunc(s.serve)))
	defer front.Close()
	s.deploymentAbsent = true // an old server
	if l := readAll(t, s.source(func(o *Options) { o.BaseURL = front.URL + "/jira/" }), issuesP, nil); l.number != 3 {
		t.Errorf("%d records", l.number)
	}
}

func TestTokenPaging(t *testing.T) {
	list := func(change func(token string) string) func(*site) {
		return func(s *site) {
			s.before = func(w http.ResponseWriter, _ *http.Request, body map[string]any) bool {
				jql, _ := body["jql"].(string)
				token, _ := body["nextPageToken"].(string)
				if !strings.Contains(jql, "ORDER BY") {
					return false
				}
				if out := change(token); out != "" {
					reply(w, 200, out)
					return true
				}
				return false
			}
		}
	}
	for name, c := range map[string]struct {
		change func(string) string
		want   int
		err    string
	}{
		"short page is not the last": {func(token string) string {
			return map[string]string{"": `{"issues":[{"id":"10000"}],"nextPageToken":"a"}`, "a": `{"issues":[{"id":"10001"},{"id":"10002"}]}`}[token]
		}, 3, ""},
		"empty page with a token": {func(token string) string {
			return map[string]string{"": `{"issues":[],"nextPageToken":"a","isLast":false}`, "a": ""}[token]
		}, 3, ""},
		"repeated token": {func(string) string { return `{"issues":[],"nextPageToken":"a"}` }, 0, "repeats a page token"},
		"no list at all": {func(string) string { return `{}` }, 0, "no list of issues"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, FlavourCloud, world(3)...)
			list(c.change)(s)
			inner := s.before
			s.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
				if jql, _ := body["jql"].(string); strings.Contains(jql, "updated DESC") && c.err == "" && !strings.HasPrefix(name, "empty") {
					return false
				}
				return inner(w, r, body)
			}
			l, err := tryAll(t, s.source(), issuesP, nil)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "project P") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || l.number != c.want {
				t.Errorf("%d records, %v", l.number, err)
			}
		})
	}
}

func TestPagesLoweredBySite(t *testing.T) {
	for _, f := range flavours {
		ks := world(90)
		ks[0].comments = 33
		s := newSite(t, f, ks...)
		s.page, s.thinPage, s.comments = 7, 11, 3
		s.sameAs(readAll(t, s.source(), issuesP, nil).records)
	}
}

func TestChangelogOneByOne(t *testing.T) {
	ks := world(30)
	ks[1].histories = 25
	s := newSite(t, FlavourCloud, ks...)
	bulk := readAll(t, s.source(), issuesP, nil)
	s.noBulk, s.histories = true, 10
	single := readAll(t, s.source(), issuesP, nil)
	s.sameAs(single.records)
	for k, r := range bulk.records {
		if string(single.records[k].Payload) != string(r.Payload) {
			t.Errorf("%s depends on the endpoint:\n%s\n%s", k, r.Payload, single.records[k].Payload)
		}
	}
}

func TestChangelogTruncatedByServer(t *testing.T) {
	ks := world(3)
	ks[1].histories = 130
	s := newSite(t, FlavourServer, ks...)
	s.whole = false
	l := readAll(t, s.source(), issuesP, nil)
	if len(l.gaps) != 1 || l.gaps[0] != (ingest.Gap{Key: "10001", Reason: "changelog_truncated_by_source", Count: 30}) {
		t.Errorf("gaps %v", l.gaps)
	}
	if _, h := lists(t, l.records["10001"]); h != 100 {
		t.Errorf("%d histories kept", h)
	}
}

func TestNoCount(t *testing.T) {
	s := newSite(t, FlavourCloud, world(3)...)
	s.noCount = true
	if l := readAll(t, s.source(), issuesP, nil); l.count != nil || l.number != 3 {
		t.Errorf("count %v, %d records", l.count, l.number)
	}
}

func TestRefusalsFailAtOnce(t *testing.T) {
	for _, f := range flavours {
		for status, words := range map[int]string{401: "Client must be authenticated", 400: "The value 'P' does not exist for the field 'project'."} {
			t.Run(fmt.Sprint(f, status), func(t *testing.T) {
				s := newSite(t, f, world(3)...)
				s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
					if strings.Contains(r.URL.Path, "/search") {
						refuse(w, status, words)
						return true
					}
					return false
				}
				_, err := tryAll(t, s.source(), issuesP, nil)
				if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "project P") {
					t.Errorf("error %v", err)
				}
				if n := s.requests("/search"); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}

func TestLoginPage(t *testing.T) {
	s := newSite(t, FlavourCloud, world(3)...)
	s.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<html>Log in</html>")
		return true
	}
	if _, err := tryAll(t, s.source(), issuesP, nil); err == nil || !strings.Contains(err.Error(), "HTML page") {
		t.Errorf("error %v", err)
	}
}

// The auth transport signs whatever it sends: a redirect must not carry the
// token to another host.
func TestRedirectKeepsTheToken(t *testing.T) {
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer thief.Close()
	s := newSite(t, FlavourCloud, world(3)...)
	s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		http.Redirect(w, r, thief.URL+"/login", http.StatusFound)
		return true
	}
	err := s.source(func(o *Options) { o.Token = "x" }).Ping(t.Context())
	if err == nil || !strings.Contains(err.Error(), "redirects elsewhere") {
		t.Errorf("error %v", err)
	}
}

func TestPing(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f, world(3)...)
		s.token = "good"
		with := func(token string) *Source { return s.source(func(o *Options) { o.Token = token }) }
		if err := with("good").Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if err := with("bad").Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "credentials refused") {
			t.Errorf("%s: %v", f, err)
		}
		s.token = ""
		s.before = func(w http.ResponseWriter, _ *http.Request, body map[string]any) bool {
			if jql, _ := body["jql"].(string); strings.Contains(jql, `"Q"`) {
				refuse(w, 400, "The value 'Q' does not exist for the field 'project'.")
				return true
			}
			return false
		}
		err := s.source(func(o *Options) { o.Projects = []string{"P", "Q"} }).Ping(t.Context())
		if err == nil || !strings.Contains(err.Error(), "project Q") || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestWrongFlavourIsNamed(t *testing.T) {
	s := newSite(t, FlavourServer, world(3)...)
	_, err := tryAll(t, s.source(func(o *Options) { o.Flavour = FlavourCloud }), issuesP, nil)
	if err == nil || !strings.Contains(err.Error(), "flavour") {
		t.Errorf("error %v", err)
	}
}

// A detection that failed is tried again by the next stream.
func TestDetectionIsRetried(t *testing.T) {
	s := newSite(t, FlavourServer, world(3)...)
	down := true
	s.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
		if down {
			refuse(w, 500, "starting")
		}
		return down
	}
	src := s.source()
	if _, err := tryAll(t, src, issuesP, nil); err == nil {
		t.Fatal("no error")
	}
	down = false
	s.forget()
	readAll(t, src, issuesP, nil)
	readAll(t, src, src.Streams()[1], nil)
	if n := s.requests("serverInfo"); n != 1 {
		t.Errorf("%d detections", n)
	}
}

func TestStatuses(t *testing.T) {
	for _, f := range flavours {
		s := newSite(t, f)
		st := ingest.Stream{Name: "statuses"}
		l := readAll(t, s.source(), st, nil)
		r := l.records["10"]
		if l.number != 2 || r.Version != "" || r.Schema != "jira.status/1" || string(r.Payload) != `{"id":"10","name":"Done"}` {
			t.Errorf("%s: %+v", f, l.records)
		}
		s.statuses = `[{"id":"10","name":"Done"},{"id":"3","name":"Open"}]` // the order is not news
		again := readAll(t, s.source(), st, l.cursor())
		if again.number != 0 {
			t.Errorf("%s: %d landed again", f, again.number)
		}
		s.statuses = `[{"id":"10","name":"Closed"},{"id":"3","name":"Open"},{"name":"?"}]`
		if again = readAll(t, s.source(), st, l.cursor()); again.number != 3 {
			t.Errorf("%s: %d landed after a change", f, again.number)
		}
		s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
			if strings.HasSuffix(r.URL.Path, "/status") {
				refuse(w, 404, "")
				return true
			}
			return false
		}
		if l := readAll(t, s.source(), st, nil); l.number != 0 {
			t.Errorf("%s: %d records", f, l.number)
		}
	}
}

func TestStreamsAreReadAtOnce(t *testing.T) {
	for _, f := range flavours {
		ks := world(120)
		for i := range ks {
			ks[i].project = []string{"P", "Q"}[i%2]
		}
		s := newSite(t, f, ks...)
		src := s.source(func(o *Options) { o.Projects = []string{"P", "Q"} })
		var wg sync.WaitGroup
		got := make([]int, 3)
		for i, st := range src.Streams() {
			wg.Go(func() {
				l, err := tryAll(t, src, st, nil)
				if err != nil {
					t.Error(err)
				}
				got[i] = l.number
			})
		}
		wg.Wait()
		if got[0] != 60 || got[1] != 60 || got[2] != 2 || s.requests("serverInfo") != 1 {
			t.Errorf("%s: %v records, %d detections", f, got, s.requests("serverInfo"))
		}
	}
}

// A bulk answer without its list is not an issue without history.
func TestBulkAnswerWithoutList(t *testing.T) {
	s := newSite(t, FlavourCloud, world(9)...)
	s.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if strings.HasSuffix(r.URL.Path, "/bulkfetch") {
			reply(w, 200, `{}`)
			return true
		}
		return false
	}
	s.sameAs(readAll(t, s.source(), issuesP, nil).records)
}

func TestUnknownStream(t *testing.T) {
	s := newSite(t, FlavourCloud)
	if _, err := tryAll(t, s.source(), ingest.Stream{Name: "issues", Scope: "X"}, nil); err == nil {
		t.Error("no error")
	}
}
