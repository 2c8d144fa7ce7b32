package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// engine answers statements by a piece of their text.
type engine struct {
	mu         sync.Mutex
	generation string
	results    map[string]result
	asked      []Query
	swapAfter  int // queries, then another generation answers; 0: never
}

type result struct {
	columns []Column
	rows    [][]any
	err     error
}

// Generation implements Engine.
func (e *engine) Generation() (string, time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.generation, noon
}

// Query implements Engine.
func (e *engine) Query(_ context.Context, q Query) (*Rows, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, q)
	if e.swapAfter > 0 && len(e.asked) > e.swapAfter {
		e.generation, e.swapAfter = "gen-000018", 0
	}
	for piece, r := range e.results {
		if strings.Contains(q.SQL, piece) {
			return rowsOf(e.generation, r), r.err
		}
	}
	return rowsOf(e.generation, result{}), nil
}

func rowsOf(generation string, r result) *Rows {
	next := 0
	return &Rows{Generation: generation, Columns: r.columns, Close: func() {}, Next: func() ([]any, error) {
		if next == len(r.rows) {
			return nil, io.EOF
		}
		next++
		return r.rows[next-1], nil
	}}
}

func columns(names ...string) []Column {
	out := make([]Column, len(names))
	for i, n := range names {
		out[i] = Column{Name: n}
	}
	return out
}

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// newEngine has three tables, one of them for analysts.
func newEngine() *engine {
	table := func(name string, column ...string) (rows [][]any) {
		for _, c := range column {
			rows = append(rows, []any{name, c, "text"})
		}
		return rows
	}
	tables := append(table("marts.ticket", "ticket_id", "is_open", "created_at", "on", "cost"), table("ops.snapshot", "generation")...)
	tables = append(tables, table("texts.demand_type", "text")...)
	return &engine{generation: "gen-000017", results: map[string]result{
		"information_schema.columns": {columns("mart", "column_name", "data_type"), tables, nil},
		"information_schema.tables":  {columns("table_name"), [][]any{{"marts.backlog_daily"}, {"marts.ticket"}, {"ops.snapshot"}}, nil},
		"ops.dictionary":             {columns("table_name", "grain", "key"), [][]any{{"marts.ticket", "One row per ticket.", "ticket_id"}}, nil},
		"SELECT generation, as_of":   {columns("generation", "as_of", "timezone"), [][]any{{"gen-000017", noon, "UTC"}}, nil},
		"FROM marts.ticket ORDER BY": {
			[]Column{{"ticket_id", 25}, {"is_open", 16}, {"created_at", 1114}, {"on", oidDate}, {"cost", oidNumeric}},
			[][]any{
				{"a", true, noon, noon, "12.50"},
				{"<b>", nil, noon.Add(1500 * time.Microsecond), noon, "0.1"},
				{"c", false, noon, noon, nil},
			},
			nil,
		},
	}}
}

// testAttempts are how long users must wait.
type testAttempts map[string]time.Duration

// Wait implements Attempts.
func (a testAttempts) Wait(_, user string) time.Duration { return a[user] }

// Tried implements Attempts.
func (testAttempts) Tried(string, string, bool) {}

type testUsers map[string]string

// Authenticate implements Users.
func (u testUsers) Authenticate(name, password string) (User, bool) {
	want, ok := u[name]
	return User{name, map[bool]string{true: "analyst", false: "viewer"}[name == "anna"]}, ok && want == password
}

// server is a handler with what it wrote down.
type server struct {
	*Handler
	engine *engine
	mu     sync.Mutex
	seen   []Access
}

func newServer(t *testing.T, change ...func(*Config)) *server {
	t.Helper()
	s := &server{engine: newEngine()}
	c := Config{
		Engine: s.engine, Anonymous: User{"ticketmill", "viewer"}, Metrics: NewMetrics(), Now: func() time.Time { return noon },
		Log: slog.New(slog.DiscardHandler), Connect: `psql "host=127.0.0.1"`,
		Audit: func(a Access) { s.mu.Lock(); defer s.mu.Unlock(); s.seen = append(s.seen, a) },
		Export: func(_ context.Context, generation, mart, format string, w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s %s %s", generation, mart, format)
			return err
		},
		Match: func(_ context.Context, text, priority string) (any, error) {
			if text == "no types" {
				return nil, Unavailable("there are no demand types yet")
			}
			return map[string]any{"known": true, "text_length": len(text), "priority": priority}, nil
		},
	}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Handler = h
	return s
}

// request is a request from this machine.
func request(method, target, body string) *http.Request {
	q := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, strings.NewReader(body))
	q.RemoteAddr = "127.0.0.1:40000"
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	return q
}

func (s *server) do(q *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	return w.Result()
}

func (s *server) get(target string) (*http.Response, string) {
	r := s.do(request("GET", target, ""))
	b, _ := io.ReadAll(r.Body)
	return r, string(b)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		method, target string
		status         int
		contentType    string
		has            string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "gen-000017"},
		{"GET", "/?lang=zh", 200, "text/html; charset=utf-8", "已发布快照"},
		{"GET", "/healthz", 200, "text/plain; charset=utf-8", "ok"},
		{"GET", "/readyz", 200, "text/plain; charset=utf-8", "ok"},
		{"GET", "/metrics", 200, "text/plain", "ticketmill_http_requests_total"},
		{"GET", "/reports/latest", 200, "text/html; charset=utf-8", "1 Jun 2026"},
		{"GET", "/reports/latest.md?lang=zh", 200, "text/markdown; charset=utf-8", "技术支持报告"},
		{"GET", "/reports/latest.xlsx", 200, "application/vnd.openxml", "PK"},
		{"GET", "/reports/latest?from=2026-05-01&to=2026-05-03", 200, "text/html", "3 May 2026"},
		{"GET", "/reports/latest?from=tomorrow", 400, "application/problem+json", "dates such as"},
		{"GET", "/reports/latest?from=2027-01-01", 400, "application/problem+json", "this snapshot ends on"},
		{"GET", "/reports/latest?color=red", 400, "application/problem+json", "there is nothing else"},
		{"GET", "/reports/latest.pdf", 404, "application/problem+json", "latest.xlsx"},
		{"GET", "/reports/..%2f..%2fetc%2fpasswd", 404, "application/problem+json", ""},
		{"GET", "/downloads/ticket.csv", 200, "text/csv", "gen-000017 marts.ticket csv"},
		{"GET", "/downloads/marts.ticket.parquet", 200, "application/vnd.apache.parquet", "parquet"},
		{"GET", "/downloads/texts.demand_type.csv", 404, "application/problem+json", "no such mart"},
		{"GET", "/downloads/..%2fx.csv", 404, "application/problem+json", "no such mart"},
		{"GET", "/downloads/ticket.sh", 404, "application/problem+json", ".csv or .parquet"},
		{"GET", "/v1/marts", 200, "application/json", `"key":["ticket_id"]`},
		{"GET", "/v1/marts/ticket", 200, "application/json", `"next":null`},
		{"GET", "/v1/marts/texts.demand_type", 404, "application/problem+json", "no such mart"},
		{"GET", "/v1/marts/nope", 404, "application/problem+json", "no such mart"},
		{"GET", "/v1/openapi.json", 200, "application/json", `"3.1.0"`},
		{"GET", "/nope", 404, "application/problem+json", "nothing here"},
		{"GET", "/../../etc/passwd", 404, "application/problem+json", "nothing here"},
		{"DELETE", "/v1/marts", 405, "application/problem+json", "GET, HEAD, OPTIONS"},
		{"GET", "/v1/match", 405, "application/problem+json", "POST, OPTIONS"},
		{"OPTIONS", "/v1/match", 204, "", ""},
		{"HEAD", "/v1/marts/ticket", 200, "application/json", ""},
		{"HEAD", "/downloads/ticket.csv", 200, "text/csv", ""},
	} {
		r := s.do(request(c.method, c.target, ""))
		b, _ := io.ReadAll(r.Body)
		if r.StatusCode != c.status || !strings.HasPrefix(r.Header.Get("Content-Type"), c.contentType) || !bytes.Contains(b, []byte(c.has)) {
			t.Errorf("%s %s: %d %s\n%.300s\nwant %d %s with %q", c.method, c.target, r.StatusCode, r.Header.Get("Content-Type"), b, c.status, c.contentType, c.has)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", c.target, csp)
		}
	}
}

func TestStartPageNeedsNoScript(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r, page := s.get("/")
	for _, bad := range []string{"<script", " style=", "onclick", "http://", "https://"} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	if want := pagePolicy(pageStyle()); r.Header.Get("Content-Security-Policy") != want || style != string(pageStyle()) {
		t.Error("the policy does not allow the page's own style")
	}
	for _, link := range []string{"/reports/latest.xlsx", "/downloads/marts.ticket.csv", "/v1/marts/ops.snapshot", "/metrics", "psql"} {
		if !strings.Contains(page, link) {
			t.Errorf("the page lacks %s", link)
		}
	}
	if strings.Contains(page, "texts.") {
		t.Error("a viewer is shown what is for analysts")
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.engine.generation = ""
	for _, target := range []string{"/readyz", "/"} {
		if r, body := s.get(target); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", target, r.StatusCode, body)
		}
	}
	if r, _ := s.get("/healthz"); r.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %d", r.StatusCode)
	}
}

// TestGenerationIsTheTag: an asker who has a generation's answer is told so, and
// gets the next one's.
func TestGenerationIsTheTag(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, target := range []string{"/", "/reports/latest", "/v1/marts", "/v1/marts/ticket", "/downloads/ticket.csv"} {
		first, _ := s.get(target)
		q := request("GET", target, "")
		q.Header.Set("If-None-Match", first.Header.Get("ETag"))
		if r := s.do(q); first.Header.Get("ETag") != `W/"gen-000017"` || r.StatusCode != http.StatusNotModified {
			t.Errorf("%s: tag %s, then %d", target, first.Header.Get("ETag"), r.StatusCode)
		}
		s.engine.generation = "gen-000018"
		if r := s.do(q); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d after a swap", target, r.StatusCode)
		}
		s.engine.generation = "gen-000017"
	}
}

// TestReportIsOfOneGeneration: a swap between a report's queries begins it anew.
func TestReportIsOfOneGeneration(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.engine.swapAfter = 4
	if r, body := s.get("/reports/latest.md"); r.StatusCode != http.StatusOK {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	began := 0
	for _, q := range s.engine.asked {
		if strings.Contains(q.SQL, "information_schema.tables") {
			began++
		}
	}
	if began != 2 {
		t.Errorf("the report was begun %d times, want 2", began)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) {
		c.Users, c.Attempts = testUsers{"vera": "vera's", "anna": "anna's"}, testAttempts{"mallory": 1500 * time.Millisecond}
	})
	ask := func(name, password, target string) int {
		q := request("GET", target, "")
		q.RemoteAddr, q.Host = "192.0.2.7:999", "support.example"
		if name != "" {
			q.SetBasicAuth(name, password)
		}
		return s.do(q).StatusCode
	}
	for _, c := range []struct {
		name, password, target string
		want                   int
	}{
		{"", "", "/v1/marts", 401},
		{"", "", "/", 401},
		{"", "", "/metrics", 401},
		{"", "", "/healthz", 200},
		{"", "", "/readyz", 200},
		{"vera", "anna's", "/v1/marts", 401},
		{"nobody", "", "/v1/marts", 401},
		{"mallory", "x", "/v1/marts", 429},
		{"vera", "vera's", "/v1/marts", 200},
		{"vera", "vera's", "/downloads/texts.demand_type.csv", 404},
		{"anna", "anna's", "/downloads/texts.demand_type.csv", 200},
	} {
		if got := ask(c.name, c.password, c.target); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.name, c.target, got, c.want)
		}
	}
	if got := ask(strings.Repeat("long", 1000), "x", "/v1/marts?"+strings.Repeat("x", 10_000)); got != 401 {
		t.Errorf("a long name: %d", got)
	}
	if last := s.seen[len(s.seen)-1]; len(last.User.Name)+len(last.Request) > 100 {
		t.Errorf("a stranger writes %d bytes into the audit", len(last.User.Name)+len(last.Request))
	}
	refused := 0
	for _, a := range s.seen {
		if a.Outcome == "401" {
			refused++
		}
		if strings.Contains(fmt.Sprint(a), "vera's") {
			t.Error("a password was written down")
		}
	}
	if refused != 5 {
		t.Errorf("%d refusals were written down, want 5", refused)
	}
	for _, q := range s.engine.asked {
		if q.User.Name == "" || q.User.Role == "" {
			t.Errorf("a query without a user")
		}
	}
}

// TestOnlyThisMachine: without users nobody else may ask, not even by a name that
// points here.
func TestOnlyThisMachine(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		remote, host string
		want         int
	}{
		{"127.0.0.1:5", "127.0.0.1:8080", 200},
		{"127.0.0.1:5", "localhost", 200},
		{"[::1]:5", "[::1]:8080", 200},
		{"[::1]:5", "[::1]", 200},
		{"127.0.0.1:5", "evil.example:8080", 403},
		{"127.0.0.1:5", "127.0.0.1.evil.example", 403},
		{"192.0.2.7:5", "127.0.0.1:8080", 403},
	} {
		q := request("GET", "/v1/marts", "")
		q.RemoteAddr, q.Host = c.remote, c.host
		if r := s.do(q); r.StatusCode != c.want {
			t.Errorf("from %s to %s: %d, want %d", c.remote, c.host, r.StatusCode, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		body, contentType string
		status            int
		has               string
	}{
		{`{"text":"login fails","priority":"high"}`, "application/json; charset=utf-8", 200, `"priority":"high"`},
		{`{"text":"login fails"}`, "application/json", 200, `"priority":"none"`},
		{`{"text":"login fails"}`, "text/plain", 415, "send JSON"},
		{`{"text":"  "}`, "application/json", 400, "no text"},
		{`{"text":"x","priority":"asap"}`, "application/json", 400, "priority is"},
		{`{"text":"x","extra":1}`, "application/json", 400, "and nothing else"},
		{`{"text":"x"}{"text":"y"}`, "application/json", 400, "and nothing else"},
		{`[]`, "application/json", 400, "and nothing else"},
		{`{"text":"no types"}`, "application/json", 503, "no demand types yet"},
		{`{"text":"` + strings.Repeat("x", requestBytes) + `"}`, "application/json", 413, "too long"},
	} {
		q := request("POST", "/v1/match", c.body)
		q.Header.Set("Content-Type", c.contentType)
		r := s.do(q)
		b, _ := io.ReadAll(r.Body)
		if r.StatusCode != c.status || !strings.Contains(string(b), c.has) {
			t.Errorf("%.60s: %d %s, want %d with %q", c.body, r.StatusCode, b, c.status, c.has)
		}
	}
	for _, a := range s.seen {
		if strings.Contains(fmt.Sprint(a), "login") {
			t.Error("the request's text was written down")
		}
	}
	q := request("POST", "/v1/match", `{"text":"x"}`)
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	if r := s.do(q); r.StatusCode != http.StatusForbidden {
		t.Errorf("from another site's page: %d", r.StatusCode)
	}
}

func TestPanicsAndErrors(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) {
		c.Match = func(context.Context, string, string) (any, error) { panic("oops") }
		c.Export = func(_ context.Context, _, mart, _ string, w io.Writer) error {
			if mart == "ops.snapshot" {
				return errors.New("a path: /secret")
			}
			_, _ = io.WriteString(w, "half")
			return errors.New("the disk is gone")
		}
	})
	if r := s.do(request("POST", "/v1/match", `{"text":"x"}`)); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("a panic gives %d", r.StatusCode)
	}
	if r, body := s.get("/downloads/ops.snapshot.csv"); r.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") || r.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // it is a value of panic
			t.Error("half an answer is not cut off")
		}
		if last := s.seen[len(s.seen)-1]; last.Request != "GET /downloads/ticket.csv" || last.Outcome != "500" {
			t.Errorf("of a download that was cut off is written down: %+v", last)
		}
	}()
	s.get("/downloads/ticket.csv")
}

func TestEngineErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		"42501": 403, "22007": 400, "42703": 400, "57014": 504, "57P01": 503, "53200": 503, "54000": 413, "XX000": 500,
	} {
		s := newServer(t)
		s.engine.results["FROM marts.ticket ORDER BY"] = result{err: stateError(code)}
		if r, body := s.get("/v1/marts/ticket"); r.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", code, r.StatusCode, body, want)
		}
	}
}

type stateError string

func (e stateError) Error() string    { return "engine says " + string(e) }
func (e stateError) SQLState() string { return string(e) }
