package github

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

const repo = "acme/engine"

// thing is an issue, comment or event of the fake.
type thing struct {
	id      int64
	number  int64 // the issue's; events: of the issue they belong to
	created time.Time
	updated time.Time
	raw     string // overrides what is rendered
	pull    bool
	text    string
}

func (t thing) issue() string {
	if t.raw != "" {
		return t.raw
	}
	pr := ""
	if t.pull {
		pr = `,"pull_request":{"url":"https://api.github.com/pr"}`
	}
	return fmt.Sprintf(`{"id":%d,"number":%d,"user":null,"url":"https://api.github.com/i/%d","html_url":"https://github.com/i/%d","title":%q,"created_at":%q,"updated_at":%q%s}`,
		t.id, t.number, t.number, t.number, t.text, stamp(t.created), stamp(t.updated), pr)
}

// fake answers like GitHub, from things that tests change while it runs.
type fake struct {
	t  *testing.T
	mu sync.Mutex

	issues, comments, events []thing

	cursors    bool // Links mark places (after=…), as GitHub does for big listings
	deepest    int  // pages beyond it are refused (events), 0: none
	cut        int  // the events listing ends after so many items, 0: never
	cursorless bool // no rel=last

	requests []string // path?query of each
	statuses []int
	before   func(n int, r *http.Request) // called with the lock held
	refuse   func(n int, w http.ResponseWriter, r *http.Request) bool
	tokens   []string

	*httptest.Server
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) source(opts ...func(*Options)) *Source {
	f.t.Helper()
	o := Options{
		BaseURL: f.URL, Repositories: []string{repo}, PageSize: 4, MaxAttempts: 4,
		MinBackoff: time.Millisecond, MaxBackoff: 4 * time.Millisecond, secondaryWait: 20 * time.Millisecond,
	}
	for _, fn := range opts {
		fn(&o)
	}
	s, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.requests)
	f.requests = append(f.requests, r.URL.RequestURI())
	f.tokens = append(f.tokens, r.Header.Get("Authorization"))
	if r.Header.Get("Accept") != "application/vnd.github+json" || r.Header.Get("X-Github-Api-Version") != "2022-11-28" || r.Header.Get("User-Agent") == "" {
		f.t.Errorf("headers of %s: %v", r.URL, r.Header)
	}
	if f.before != nil {
		f.before(n, r)
	}
	if f.refuse != nil && f.refuse(n, w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v3/repos/"+repo)
	if !ok {
		f.say(w, 404, "Not Found")
		return
	}
	q := r.URL.Query()
	switch {
	case path == "":
		fmt.Fprint(w, `{"id":1,"has_issues":true}`)
	case path == "/issues" && q.Get("sort") == "created":
		list := f.sorted(f.issues, time.Time{}, func(t thing) time.Time { return t.created })
		f.page(w, r, list, thing.issue)
	case path == "/issues":
		list := f.sorted(f.issues, f.since(q), func(t thing) time.Time { return t.updated })
		f.page(w, r, list, thing.issue)
	case path == "/issues/comments":
		list := f.sorted(f.comments, f.since(q), func(t thing) time.Time { return t.updated })
		f.page(w, r, list, thing.issue)
	case path == "/issues/events":
		list := append([]thing(nil), f.events...)
		sort.SliceStable(list, func(a, b int) bool { return list[a].id > list[b].id })
		if f.cut > 0 && len(list) > f.cut {
			list = list[:f.cut]
		}
		if p, _ := strconv.Atoi(q.Get("page")); f.deepest > 0 && p > f.deepest {
			f.say(w, 422, "In order to keep the API fast for everyone, pagination is limited for this resource.")
			return
		}
		f.page(w, r, list, func(t thing) string { return f.event(t, true) })
	case strings.HasSuffix(path, "/events"):
		number, _ := strconv.ParseInt(strings.Split(path, "/")[2], 10, 64)
		var list []thing
		for _, e := range f.events {
			if e.number == number {
				list = append(list, e)
			}
		}
		f.page(w, r, list, func(t thing) string { return f.event(t, false) })
	default:
		f.say(w, 404, "Not Found")
	}
}

func (f *fake) event(t thing, whole bool) string {
	if t.raw != "" {
		return t.raw
	}
	s := fmt.Sprintf(`{"id":%d,  "event":"closed","actor":null,"created_at":%q`, t.id, stamp(t.created))
	if whole {
		var sSb154 strings.Builder
		for _, i := range f.issues {
			if i.number == t.number {
				sSb154.WriteString(`,"issue": ` + i.issue())
			}
		}
		s += sSb154.String()
	}
	return s + `}`
}

func (f *fake) say(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, words)
}

func (f *fake) since(q url.Values) time.Time {
	if q.Get("sort") == "updated" && q.Get("direction") != "asc" {
		f.t.Errorf("direction of %v", q)
	}
	t, err := parseTime(q.Get("since"))
	if err != nil {
		f.t.Errorf("since: %v", err)
	}
	return t
}

func (f *fake) sorted(list []thing, since time.Time, by func(thing) time.Time) []thing {
	var out []thing
	for _, t := range list {
		if !by(t).Before(since) {
			out = append(out, t)
		}
	}
	sort.SliceStable(out, func(a, b int) bool {
		if x, y := by(out[a]), by(out[b]); !x.Equal(y) {
			return x.Before(y)
		}
		return out[a].id < out[b].id
	})
	return out
}

func (f *fake) page(w http.ResponseWriter, r *http.Request, list []thing, render func(thing) string) {
	q := r.URL.Query()
	per, _ := strconv.Atoi(q.Get("per_page"))
	if per == 0 {
		per = 30
	}
	start, page := 0, 1
	if v := q.Get("page"); v != "" {
		page, _ = strconv.Atoi(v)
		start = (page - 1) * per
	}
	if v := q.Get("after"); v != "" {
		id, _ := strconv.ParseInt(v, 10, 64)
		for i, t := range list {
			if t.id == id {
				start = i + 1
			}
		}
	}
	start = min(start, len(list))
	end := min(start+per, len(list))
	var ls []string
	link := func(k, v, rel string) {
		p := r.URL.Query()
		p.Del("page")
		p.Del("after")
		p.Set(k, v)
		// By number, as GitHub does: whoever follows the path goes astray.
		ls = append(ls, fmt.Sprintf(`<%s/repositories/1?%s>; rel="%s"`, f.URL, p.Encode(), rel))
	}
	if end < len(list) {
		if f.cursors {
			link("after", strconv.FormatInt(list[end-1].id, 10), "next")
		} else {
			link("page", strconv.Itoa(page+1), "next")
			if !f.cursorless {
				link("page", strconv.Itoa((len(list)+per-1)/per), "last")
			}
		}
	}
	if len(ls) > 0 {
		w.Header().Set("Link", strings.Join(ls, ", "))
	}
	items := []string{}
	for _, t := range list[start:end] {
		items = append(items, render(t))
	}
	body := "[" + strings.Join(items, ",") + "]"
	tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256([]byte(body)))
	w.Header().Set("Etag", tag)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		f.statuses = append(f.statuses, 304)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.statuses = append(f.statuses, 200)
	fmt.Fprint(w, body)
}

// asked gives the requests since the last call.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.requests
	f.requests, f.statuses = nil, nil
	return r
}

func (f *fake) do(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

var epoch = time.Date(2024, 3, 1, 10, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return epoch.Add(time.Duration(n) * time.Minute) }

// manyIssues gives n issues, one a minute.
func manyIssues(n int) []thing {
	var out []thing
	for i := 1; i <= n; i++ {
		out = append(out, thing{id: int64(1000 + i), number: int64(i), created: minutes(i), updated: minutes(i), pull: i%4 == 0})
	}
	return out
}

func manyEvents(n, issues int) []thing {
	var out []thing
	for i := 1; i <= n; i++ {
		out = append(out, thing{id: int64(5000 + i), number: int64(i*issues/(n+1) + 1), created: minutes(i + issues)})
	}
	return out
}

var (
	issuesOf   = ingest.Stream{Name: "issues", Scope: repo}
	commentsOf = ingest.Stream{Name: "comments", Scope: repo}
	eventsOf   = ingest.Stream{Name: "events", Scope: repo}
)

// run is what one Read yielded.
type run struct {
	pages   []ingest.Page
	records []ingest.Record
	cursor  ingest.Cursor
}

func (r run) last() ingest.Page {
	if len(r.pages) == 0 {
		return ingest.Page{}
	}
	return r.pages[len(r.pages)-1]
}

// set gives the versions of each key.
func (r run) set() map[string]int {
	m := map[string]int{}
	for _, rec := range r.records {
		m[rec.Key+" "+rec.Version]++
	}
	return m
}

func read(t *testing.T, s *Source, st ingest.Stream, from ingest.Cursor) run {
	t.Helper()
	r, err := tryRead(t.Context(), s, st, from)
	if err != nil {
		t.Fatalf("read %s: %v", st, err)
	}
	if !r.last().Complete {
		t.Fatalf("read %s: the last page is not complete", st)
	}
	for _, p := range r.pages[:len(r.pages)-1] {
		if p.Complete {
			t.Fatalf("read %s: a page before the last is complete", st)
		}
	}
	return r
}

func tryRead(ctx context.Context, s *Source, st ingest.Stream, from ingest.Cursor) (run, error) {
	r := run{cursor: from}
	for p, err := range s.Read(ctx, st, from) {
		if err != nil {
			return r, err
		}
		if !json.Valid(p.Next) {
			return r, fmt.Errorf("cursor is no JSON: %q", p.Next)
		}
		r.pages = append(r.pages, p)
		r.records = append(r.records, p.Records...)
		r.cursor = p.Next
	}
	return r, nil
}

// wantAll checks that the present state of every thing has landed.
func wantAll(t *testing.T, got map[string]int, list []thing, updated bool) {
	t.Helper()
	for _, x := range list {
		at := x.created
		if updated {
			at = x.updated
		}
		if k := fmt.Sprintf("%d %s", x.id, stamp(at)); got[k] == 0 {
			t.Errorf("missing %s", k)
		}
	}
}

func wantOnce(t *testing.T, got map[string]int) {
	t.Helper()
	for k, n := range got {
		if n > 1 {
			t.Errorf("%s landed %d times", k, n)
		}
	}
}
