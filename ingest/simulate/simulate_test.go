package simulate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// small is a history that is quick to make and still has what a large one has.
var small = sync.OnceValue(func() *History {
	return Generate(Options{Seed: 11, JiraTickets: 260, GitHubTickets: 420})
})

// full is the history of `ticketmill demo`.
var full = sync.OnceValue(func() *History { return Generate(Options{Seed: 1}) })

func TestTruthIsPlausible(t *testing.T) {
	h := full()
	by := map[string][]TicketTruth{}
	for _, tt := range h.Truth(time.Time{}) {
		by[tt.Kind] = append(by[tt.Kind], tt)
	}
	share := func(kind string, is func(TicketTruth) bool) float64 {
		n := 0
		for _, tt := range by[kind] {
			if is(tt) {
				n++
			}
		}
		return float64(n) / float64(len(by[kind]))
	}
	median := func(kind string, of func(TicketTruth) (time.Duration, bool)) time.Duration {
		var ds []time.Duration
		for _, tt := range by[kind] {
			if d, ok := of(tt); ok {
				ds = append(ds, d)
			}
		}
		slices.Sort(ds)
		return ds[len(ds)/2]
	}
	response := func(tt TicketTruth) (time.Duration, bool) {
		return tt.FirstResponseAt.Sub(tt.CreatedAt), !tt.FirstResponseAt.IsZero()
	}
	resolution := func(tt TicketTruth) (time.Duration, bool) {
		return tt.ResolvedAt.Sub(tt.CreatedAt), !tt.ResolvedAt.IsZero()
	}
	for _, c := range []struct {
		what     string
		got      float64
		from, to float64
	}{
		{"jira tickets", float64(len(by["jira"])), 2400, 2400},
		{"github tickets", float64(len(by["github"])), 2400, 2400},
		{"pull requests", share("github", func(tt TicketTruth) bool { return tt.IsPull }), .12, .18},
		{"github unanswered", share("github", func(tt TicketTruth) bool { return !tt.IsPull && tt.FirstResponseAt.IsZero() }), .05, .16},
		{"jira unanswered", share("jira", func(tt TicketTruth) bool { return tt.FirstResponseAt.IsZero() }), .01, .08},
		{"jira reopened", share("jira", func(tt TicketTruth) bool { return tt.ReopenCount > 0 }), .04, .08},
		{"github reopened", share("github", func(tt TicketTruth) bool { return tt.ReopenCount > 0 }), .03, .08},
		{"jira open", share("jira", func(tt TicketTruth) bool { return !tt.IsClosed }), .02, .15},
		{"github open", share("github", func(tt TicketTruth) bool { return !tt.IsClosed }), .1, .4},
		{"jira handed over", share("jira", func(tt TicketTruth) bool { return tt.HandoffCount > 0 }), .1, .35},
		{"jira in English", share("jira", func(tt TicketTruth) bool { return tt.Language == "en" }), .55, .9},
		{"new theme", share("jira", func(tt TicketTruth) bool { return tt.Theme == "vector_search" }), .005, .04},
		{"jira hours to first response", median("jira", response).Hours(), 1, 14},
		{"github hours to first response", median("github", response).Hours(), 8, 60},
		{"jira hours to resolution", median("jira", resolution).Hours(), 15, 60},
		{"github hours to resolution", median("github", resolution).Hours(), 60, 220},
	} {
		t.Logf("%-32s %.3f", c.what, c.got)
		if c.got < c.from || c.got > c.to {
			t.Errorf("%s: %.3f is not within %.3f and %.3f", c.what, c.got, c.from, c.to)
		}
	}
	count := map[string]int{}
	titles, bodies := map[string]int{}, map[string]int{}
	for _, list := range [][]*ticket{h.jira, h.github} {
		for _, tk := range list {
			kind := "github"
			if tk.issueType != "" {
				kind = "jira"
			}
			count[kind+" comments"] += len(tk.comments)
			count[kind+" changes"] += len(tk.changes)
			count[kind+" events"] += len(tk.events)
			titles[tk.title]++
			bodies[tk.body]++
			count["theme "+tk.theme.id]++
			count["place "+tk.place]++
			if len(tk.comments) > 20 {
				count["threads over 20"]++
			}
			if len(tk.comments) > 100 {
				count["threads over 100"]++
			}
			if len(tk.changes) > 100 || len(tk.events) > 100 {
				count["histories over 100"]++
			}
			for _, c := range tk.comments {
				if c.at.Before(tk.created) {
					count["imported comments"]++
				}
				if c.by == nil {
					count["comments of nobody"]++
				}
				if c.role != "" {
					count["restricted comments"]++
				}
			}
			if strings.Contains(tk.body, "https://github.com/") || strings.Contains(tk.body, jiraSite+"/browse/") {
				count["bodies with cross-links"]++
			}
		}
	}
	count["distinct titles"], count["distinct bodies"] = len(titles), len(bodies)
	keys := make([]string, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		t.Logf("%-32s %d", k, count[k])
	}
	if len(bodies) < 4600 {
		t.Errorf("only %d distinct bodies", len(bodies))
	}
	if os.Getenv("SIMULATE_SAMPLE") != "" {
		for i := 0; i < len(h.jira); i += 400 {
			t.Logf("%s %s\n%s\n", h.jira[i].key, h.jira[i].title, h.jira[i].body)
			t.Logf("%s %s\n%s\n", h.github[i].key, h.github[i].title, h.github[i].body)
		}
	}
}

// TestBulkEdit: more issues than a page holds share an updated_at.
func TestBulkEdit(t *testing.T) {
	for _, h := range []*History{full(), small()} {
		same, most := map[string]int{}, 0
		for _, tt := range h.Truth(time.Time{}) {
			if tt.Kind == "github" {
				k := tt.Project + tt.UpdatedAt.String()
				same[k]++
				most = max(most, same[k])
			}
		}
		if most <= 100 {
			t.Errorf("at most %d issues share an updated_at", most)
		}
	}
}

func get(t *testing.T, s http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("status %d: %v\n%.300s", w.Code, err, w.Body)
	}
	return v
}

func TestDeterminism(t *testing.T) {
	o := Options{Seed: 5, JiraTickets: 60, GitHubTickets: 60}
	paths := []string{"/rest/api/3/search/jql?jql=project+in+(SUP,OPS)&fields=*all&maxResults=100&expand=changelog", "/repos/acme/engine/issues?state=all&per_page=100", "/repos/acme/engine/issues/comments?per_page=100", "/repos/acme/engine/issues/events?per_page=100"}
	a, b := NewServer(Generate(o), ServerOptions{}), NewServer(Generate(o), ServerOptions{})
	o.Seed++
	c := NewServer(Generate(o), ServerOptions{})
	for _, p := range paths {
		x, y, z := get(t, a, "GET", p, ""), get(t, b, "GET", p, ""), get(t, c, "GET", p, "")
		if x.Code != 200 || x.Body.Len() < 1000 {
			t.Fatalf("%s: status %d, %d bytes", p, x.Code, x.Body.Len())
		}
		if !bytes.Equal(x.Body.Bytes(), y.Body.Bytes()) {
			t.Errorf("%s: the same options give other bytes", p)
		}
		if bytes.Equal(x.Body.Bytes(), z.Body.Bytes()) {
			t.Errorf("%s: another seed gives the same bytes", p)
		}
	}
}

// TestHistoriesAreInOrder: ids rise with time, and time moves forward.
func TestHistoriesAreInOrder(t *testing.T) {
	h := full()
	type mark struct {
		id int64
		at time.Time
	}
	var marks [3][]mark
	for _, list := range [][]*ticket{h.jira, h.github} {
		for _, tk := range list {
			if tk.created.Before(h.opts.From) || tk.created.After(h.opts.Until) {
				t.Errorf("%s is outside the history", tk.key)
			}
			for _, e := range tk.events {
				marks[0] = append(marks[0], mark{e.id, e.at})
			}
			for _, c := range tk.changes {
				marks[1] = append(marks[1], mark{c.id, c.at})
			}
			for i, c := range tk.comments {
				if c.entered.Before(tk.created) || c.entered.After(h.opts.Until) || i > 0 && c.id <= tk.comments[i-1].id {
					t.Errorf("%s: comment %d is out of order", tk.key, c.id)
				}
			}
		}
	}
	for _, ms := range marks {
		slices.SortFunc(ms, func(a, b mark) int { return cmp.Compare(a.id, b.id) })
		for i := 1; i < len(ms); i++ {
			if ms[i].id == ms[i-1].id || ms[i].at.Before(ms[i-1].at) {
				t.Fatalf("id %d does not rise with time", ms[i].id)
			}
		}
	}
}

type cloudPage struct {
	Issues []struct {
		ID     string                     `json:"id"`
		Key    string                     `json:"key"`
		Fields map[string]json.RawMessage `json:"fields"`
	} `json:"issues"`
	Token  string `json:"nextPageToken"`
	IsLast bool   `json:"isLast"`
	Total  *int   `json:"total"`
}

func TestCloudSearch(t *testing.T) {
	s := NewServer(small(), ServerOptions{})
	for _, c := range []struct {
		fields string
		most   int
	}{{`"*all"`, 100}, {`"id"`, 5000}, {``, 5000}} {
		seen, token, pages := map[string]bool{}, "", 0
		for {
			w := get(t, s, "POST", "/rest/api/3/search/jql", fmt.Sprintf(`{"jql":"project in (SUP, OPS) ORDER BY updated ASC","maxResults":9999,"fields":[%s],"nextPageToken":%q}`, c.fields, token))
			p := decode[cloudPage](t, w)
			if w.Code != 200 || len(p.Issues) > c.most || p.Total != nil {
				t.Fatalf("status %d, %d issues, total %v", w.Code, len(p.Issues), p.Total)
			}
			for _, is := range p.Issues {
				seen[is.ID] = true
				if (len(is.Fields) > 0) != (c.most == 100) {
					t.Fatalf("fields [%s]: issue has %d", c.fields, len(is.Fields))
				}
			}
			if pages++; p.IsLast {
				break
			}
			token = p.Token
		}
		if len(seen) != 260 || pages != max(1, (260+c.most-1)/c.most) {
			t.Errorf("fields [%s]: %d issues on %d pages", c.fields, len(seen), pages)
		}
	}
	if n := decode[struct{ Count int }](t, get(t, s, "POST", "/rest/api/3/search/approximate-count", `{"jql":"project in (SUP, OPS)"}`)).Count; n != 260 {
		t.Errorf("count is %d", n)
	}
	for path, want := range map[string]int{
		"/rest/api/3/search?jql=project=SUP":                                   410,
		"/rest/api/3/search/jql?jql=":                                          400,
		"/rest/api/3/search/jql?jql=order+by+updated":                          400,
		"/rest/api/3/search/jql?jql=project=SUP&nextPageToken=QUFBQUFBQUE6OTk": 400,
		"/rest/api/3/issue/NO-1":                                               404,
		"/rest/api/3/nothing":                                                  404,
	} {
		if w := get(t, s, "GET", path, ""); w.Code != want {
			t.Errorf("%s: status %d, want %d", path, w.Code, want)
		}
	}
}

// TestEmbeddedListsAreCut: what a search embeds is less than what the
// endpoints of the issue give.
func TestEmbeddedListsAreCut(t *testing.T) {
	h := small()
	byComments := slices.MaxFunc(h.jira, func(a, b *ticket) int { return cmp.Compare(len(a.comments), len(b.comments)) })
	byChanges := slices.MaxFunc(h.jira, func(a, b *ticket) int { return cmp.Compare(len(a.changes), len(b.changes)) })
	if len(byComments.comments) <= 100 || len(byChanges.changes) <= 100 {
		t.Fatalf("the longest thread is %d, the longest history %d", len(byComments.comments), len(byChanges.changes))
	}
	type lists struct {
		Fields struct {
			Comment struct {
				Total    int
				Comments []json.RawMessage
			}
		}
		Changelog struct {
			Total     int
			Histories []struct{ ID string }
		}
	}
	for flavour, want := range map[string][2]int{"cloud": {20, 40}, "server": {len(byComments.comments), len(byChanges.changes)}} {
		s := NewServer(h, ServerOptions{JiraFlavour: flavour})
		c := decode[lists](t, get(t, s, "GET", "/rest/api/2/issue/"+byComments.key, ""))
		if len(c.Fields.Comment.Comments) != want[0] || c.Fields.Comment.Total != len(byComments.comments) {
			t.Errorf("%s: %d of %d comments embedded", flavour, len(c.Fields.Comment.Comments), c.Fields.Comment.Total)
		}
		l := decode[lists](t, get(t, s, "GET", "/rest/api/2/issue/"+byChanges.key+"?expand=changelog", "")).Changelog
		if len(l.Histories) != want[1] || l.Total != len(byChanges.changes) {
			t.Errorf("%s: %d of %d histories embedded", flavour, len(l.Histories), l.Total)
		}
	}
	s := NewServer(h, ServerOptions{})
	w := get(t, s, "GET", "/rest/api/3/issue/"+byChanges.key+"/changelog?startAt=100", "")
	p := decode[struct {
		Values []json.RawMessage
		IsLast bool
		Total  int
	}](t, w)
	if len(p.Values) != p.Total-100 || !p.IsLast {
		t.Errorf("second page has %d of %d", len(p.Values), p.Total)
	}
	if w := get(t, NewServer(h, ServerOptions{JiraFlavour: "server"}), "GET", "/rest/api/2/issue/"+byChanges.key+"/changelog", ""); w.Code != 404 {
		t.Errorf("Server answers the changelog with %d", w.Code)
	}
}

func TestBulkChangelog(t *testing.T) {
	h := small()
	s := NewServer(h, ServerOptions{})
	var ids []string
	want := 0
	for _, tk := range h.jira {
		ids = append(ids, strconv.FormatInt(tk.id, 10))
		want += len(tk.changes)
	}
	list, _ := json.Marshal(ids)
	seen, token, pages := map[string]bool{}, "", 0
	for {
		p := decode[struct {
			Logs []struct {
				IssueID         string
				ChangeHistories []struct {
					ID      string
					Created int64
				}
			} `json:"issueChangeLogs"`
			Token string `json:"nextPageToken"`
		}](t, get(t, s, "POST", "/rest/api/3/changelog/bulkfetch", fmt.Sprintf(`{"issueIdsOrKeys":%s,"maxResults":300,"nextPageToken":%q}`, list, token)))
		for _, l := range p.Logs {
			for _, c := range l.ChangeHistories {
				if c.Created < 1e12 {
					t.Fatalf("created is %d", c.Created)
				}
				seen[c.ID] = true
			}
		}
		if pages++; p.Token == "" {
			break
		}
		token = p.Token
	}
	if len(seen) != want || pages < 3 {
		t.Errorf("%d of %d histories on %d pages", len(seen), want, pages)
	}
}

func TestServerSearch(t *testing.T) {
	s := NewServer(small(), ServerOptions{JiraFlavour: "server", JiraTimeZone: time.FixedZone("", 3600)})
	seen := map[string]bool{}
	for start := 0; ; start += 100 {
		p := decode[struct {
			Issues []struct {
				ID     string
				Fields struct {
					Created     string
					Description string
					Reporter    struct{ Name, Key, EmailAddress, AccountID string }
				}
			}
			Total int
		}](t, get(t, s, "GET", fmt.Sprintf("/rest/api/2/search?jql=order+by+key&maxResults=100&startAt=%d", start), ""))
		for _, is := range p.Issues {
			seen[is.ID] = true
			f := is.Fields
			if !strings.HasSuffix(f.Created, "+0100") || f.Reporter.Name == "" || f.Reporter.EmailAddress == "" || f.Reporter.AccountID != "" || f.Description == "" {
				t.Fatalf("issue %s: %+v", is.ID, f)
			}
		}
		if len(p.Issues) == 0 {
			if p.Total != 260 || len(seen) != 260 {
				t.Errorf("%d of %d issues", len(seen), p.Total)
			}
			return
		}
	}
}

func TestGitHubPages(t *testing.T) {
	h := small()
	srv := httptest.NewServer(NewServer(h, ServerOptions{}))
	defer srv.Close()
	want := map[string]int{}
	for _, tk := range h.github {
		if tk.place == "acme/engine" {
			want["issues?state=all&sort=updated&direction=asc"]++
			want["issues/comments?sort=updated&direction=asc"] += len(tk.comments)
			want["issues/events?"] += len(tk.events)
		}
	}
	for path, n := range want {
		next := srv.URL + "/api/v3/repos/acme/engine/" + path + "&per_page=100"
		seen := map[int64]bool{}
		last := ""
		for next != "" {
			resp, err := http.Get(next)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			var list []struct {
				ID        int64
				UpdatedAt string `json:"updated_at"`
				Issue     struct{ ID int64 }
			}
			if err := json.Unmarshal(body, &list); err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				seen[x.ID] = true
				if strings.Contains(path, "sort=updated") && x.UpdatedAt < last {
					t.Fatalf("%s: not in order of updated_at", path)
				}
				if last = x.UpdatedAt; strings.Contains(path, "events") && x.Issue.ID == 0 {
					t.Fatal("event without its issue")
				}
			}
			next = ""
			for _, l := range strings.Split(resp.Header.Get("Link"), ", ") {
				if u, ok := strings.CutSuffix(l, `>; rel="next"`); ok {
					next = u[1:]
				}
			}
		}
		if len(seen) != n {
			t.Errorf("%s: %d of %d", path, len(seen), n)
		}
	}
}

func TestGitHubNotModifiedIsFree(t *testing.T) {
	s := NewServer(small(), ServerOptions{RateLimit: 2})
	path := "/repos/acme/engine/issues?since=2026-01-01T00:00:00Z"
	tag := get(t, s, "GET", path, "").Header().Get("ETag")
	for range 5 {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 304 || w.Body.Len() > 0 {
			t.Fatalf("status %d, %d bytes", w.Code, w.Body.Len())
		}
	}
	if w := get(t, s, "GET", path, ""); w.Code != 200 || w.Header().Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("status %d, %s left", w.Code, w.Header().Get("X-RateLimit-Remaining"))
	}
	if w := get(t, s, "GET", path, ""); w.Code != 403 {
		t.Errorf("over the limit: status %d", w.Code)
	}
}

func TestToken(t *testing.T) {
	s := NewServer(small(), ServerOptions{Token: "sesame"})
	for header, want := range map[string]int{"": 401, "Bearer sesame": 200, "token sesame": 200, "Bearer no": 401, "Basic dTpzZXNhbWU=": 200} {
		r := httptest.NewRequest(http.MethodGet, "/rest/api/3/myself", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: status %d, want %d", header, w.Code, want)
		}
	}
}

func TestFaults(t *testing.T) {
	sim := NewServer(small(), ServerOptions{FaultShare: 0.5, FaultSeed: 3, SlowAnswer: time.Millisecond})
	srv := httptest.NewUnstartedServer(sim)
	srv.Config.ErrorLog = nil
	srv.Start()
	defer srv.Close()
	ok := 0
	for range 200 {
		resp, err := http.Get(srv.URL + "/repos/acme/engine")
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil && resp.StatusCode == http.StatusOK && json.Valid(body) {
			ok++
		}
	}
	if ok < 80 || ok > 150 {
		t.Errorf("%d of 200 answers are right", ok)
	}
	if st := sim.Stats(); st["fault"] < 60 || sim.Requests() < 200 {
		t.Errorf("stats: %v", st)
	}
}

// TestTimeTravel: what is served as of a moment agrees with the truth of that
// moment, and updated moves whenever a ticket's JSON does.
func TestTimeTravel(t *testing.T) {
	h := small()
	s := NewServer(h, ServerOptions{})
	from, until := h.opts.From, h.opts.Until
	type was struct{ updated, body string }
	before := map[string]was{}
	for step := 1; step <= 8; step++ {
		at := from.Add(until.Sub(from) * time.Duration(step) / 8)
		s.SetUntil(at)
		truth := map[string]TicketTruth{}
		for _, tt := range h.Truth(at) {
			truth[tt.Key] = tt
		}
		n := 0
		check := func(key, updated string, closed bool, comments int, body []byte) {
			n++
			tt := truth[key]
			if tt.IsClosed != closed || tt.CommentCount != comments {
				t.Errorf("%s at %s: closed %t, %d comments; in truth %t, %d", key, at, closed, comments, tt.IsClosed, tt.CommentCount)
			}
			if b, ok := before[key]; ok && b.updated == updated && b.body != string(body) {
				t.Errorf("%s at %s: has changed without updated\n%s\n%s", key, at, b.body, body)
			}
			before[key] = was{updated, string(body)}
		}
		v := s.view.Load()
		for _, is := range v.jira {
			b := toJSON(s.render(v, is, searchRequest{Fields: []string{"*all"}, Expand: "changelog"}, true))
			check(is.key, is.updated.String(), !is.resolved.IsZero(), len(is.state.comments), b)
		}
		for _, r := range v.repos {
			for _, is := range r.issues {
				b := s.issueJSON(is)
				var got struct {
					State    string
					Comments int
				}
				if err := json.Unmarshal(b, &got); err != nil {
					t.Fatal(err)
				}
				check(is.key, is.updated.String(), got.State == "closed", got.Comments, b)
			}
		}
		if n != len(truth) {
			t.Errorf("%d tickets at %s, in truth %d", n, at, len(truth))
		}
	}
	if len(before) != 680 {
		t.Errorf("%d tickets at the end", len(before))
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		Generate(Options{Seed: 1})
	}
}

func BenchmarkCloudSearch(b *testing.B) {
	s := NewServer(full(), ServerOptions{})
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/rest/api/3/search/jql?jql=project=SUP&fields=*all&maxResults=100", nil))
	}
}

func BenchmarkGitHubEvents(b *testing.B) {
	s := NewServer(full(), ServerOptions{})
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/repos/acme/engine/issues/events?per_page=100", nil))
	}
}
