package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/web"
)

// pages serves a world's snapshot over HTTP, in this process.
type pages struct {
	service *service
	web     *httptest.Server
}

func newPages(t *testing.T, w *world) *pages {
	t.Helper()
	a := &app{env: environment(w.env...), configPath: w.config, stdout: io.Discard, stderr: io.Discard, now: time.Now, log: slog.New(slog.DiscardHandler)}
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.newService(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.newHTTP("psql here")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { defer close(followed); s.engine.Follow(ctx) }()
	p := &pages{s, httptest.NewServer(h)}
	t.Cleanup(func() {
		p.web.Close()
		cancel()
		<-followed
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// get gives an answer that must have the status.
func (p *pages) get(t *testing.T, path string, status int) (body string, head http.Header) {
	t.Helper()
	r, err := http.Get(p.web.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != status {
		t.Fatalf("%s: %d %.300s, %v; want %d", path, r.StatusCode, b, err, status)
	}
	return string(b), r.Header
}

// count asks the engine for a number.
func (p *pages) count(t *testing.T, query string) int64 {
	t.Helper()
	rows, err := webEngine{p.service.engine}.Query(t.Context(), web.Query{User: web.User{Name: "test", Role: "viewer"}, SQL: query})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	return row[0].(int64)
}

// TestHTTP asks everything that is served of a real snapshot.
func TestHTTP(t *testing.T) {
	t.Parallel()
	w := newSupportWorld(t)
	w.run(t)
	p := newPages(t, w)

	// What the verbs write is what is downloaded.
	for path, args := range map[string]string{
		"/reports/latest":                            "report",
		"/reports/latest.md?lang=zh&period=week":     "report --format md --lang zh --period week",
		"/reports/latest.xlsx?period=quarter":        "report --format xlsx --period quarter",
		"/downloads/ticket.csv":                      "export ticket",
		"/downloads/ops.completeness.csv":            "export ops.completeness",
		"/downloads/marts.demand_type_weekly.csv":    "export demand_type_weekly",
		"/downloads/marts.response_weekly.parquet":   "export response_weekly --format parquet",
		"/reports/latest.html?from=2026-06-01&lang=": "",
	} {
		if args == "" {
			p.get(t, path, http.StatusBadRequest)
			continue
		}
		if got, _ := p.get(t, path, http.StatusOK); got != must(t, w.call(t, strings.Fields(args)...)).stdout {
			t.Errorf("%s is not what `ticketmill %s` writes", path, args)
		}
	}
	start, _ := p.get(t, "/", http.StatusOK)
	if strings.Count(start, "<svg") != 5 || !strings.Contains(start, "psql here") {
		t.Error("the start page lacks the report or how to connect")
	}
	if m, _ := p.get(t, "/metrics", http.StatusOK); !strings.Contains(m, "ticketmill_source_stale_streams{source=\"oss\"} 0") || !strings.Contains(m, "ticketmill_snapshot_info{generation=\"gen-000001\"} 1") {
		t.Errorf("metrics lack something:\n%s", m)
	}
	p.testMarts(t)
	p.testMatch(t, w)
	p.testSwap(t, w)
	entries, damaged, err := readAccess(p.service.config.accessDir(), 1000)
	if err != nil || damaged > 0 || len(entries) < 10 || entries[0].Via != "http" || entries[0].User != localUser {
		t.Errorf("%d requests are written down, %d damaged, %v", len(entries), damaged, err)
	}
	for _, e := range entries {
		if strings.Contains(e.SQL, "SAML") {
			t.Error("a request's text is written down")
		}
	}
}

// testMarts reads every mart in pages, to its end.
func (p *pages) testMarts(t *testing.T) {
	t.Helper()
	for _, mart := range marts(t) {
		count := p.count(t, "SELECT count(*) FROM "+mart)
		seen := map[string]bool{}
		path := "/v1/marts/" + mart + "?limit=500"
		rows := int64(0)
		for pages := 0; path != "" && pages < 6; pages++ {
			var page struct {
				Rows []json.RawMessage
				Next string
			}
			body, _ := p.get(t, path, http.StatusOK)
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rows {
				if seen[string(r)] {
					t.Errorf("%s: a row is on two pages", mart)
				}
				seen[string(r)] = true
			}
			rows, path = rows+int64(len(page.Rows)), page.Next
		}
		if path == "" && rows != count {
			t.Errorf("%s: %d rows on all pages, want %d", mart, rows, count)
		}
	}
	open := p.count(t, "SELECT count(*) FROM marts.ticket WHERE is_open AND team IS NULL")
	body, _ := p.get(t, "/v1/marts/ticket?limit=10000&is_open=true&team=&order=-created_at", http.StatusOK)
	if n := int64(strings.Count(body, `"ticket_id"`)); n != open {
		t.Errorf("%d open tickets without a team, want %d", n, open)
	}
	p.get(t, "/v1/marts/ticket?created_at=yesterday", http.StatusBadRequest)
	p.get(t, "/v1/marts/ticket?created_on=2026-06-01", http.StatusOK)
	p.get(t, "/v1/marts/ticket?ticket_id=%27%20OR%201%3D1", http.StatusOK)
}

// testMatch: a request is matched, and more of them at once, with what the first
// one has opened.
func (p *pages) testMatch(t *testing.T, w *world) {
	t.Helper()
	p.match(t)
	file := filepath.Join(w.home, "warehouse", w.current(t))
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { p.match(t) })
	}
	all.Wait()
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
}

func (p *pages) match(t *testing.T) {
	t.Helper()
	r, err := http.Post(p.web.URL+"/v1/match", "application/json", strings.NewReader(`{"text":"SAML login fails after the upgrade","priority":"high"}`))
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Body.Close()
	var m matched
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.StatusCode != http.StatusOK || m.SupportModel == nil || m.Solution == nil {
		t.Errorf("%d, %+v, %v", r.StatusCode, m, err)
	}
}

// testSwap publishes another generation, which is then what is served.
func (p *pages) testSwap(t *testing.T, w *world) {
	t.Helper()
	_, before := p.get(t, "/v1/marts", http.StatusOK)
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	for { // the engine looks for it every second
		body, now := p.get(t, "/reports/latest", http.StatusOK)
		if now.Get("ETag") == before.Get("ETag") {
			continue
		}
		if !strings.Contains(body, "gen-000002") {
			t.Error("the new generation's tag is on the old report")
		}
		return
	}
}

// TestHTTPUsers: the users of the configuration, and nobody else.
func TestHTTPUsers(t *testing.T) {
	t.Parallel()
	users := webUsers{{"vera", "vera's", "viewer"}, {"anna", "anna's", "analyst"}}
	for _, c := range []struct {
		name, password, role string
	}{
		{"vera", "vera's", "viewer"},
		{"anna", "anna's", "analyst"},
		{"anna", "vera's", ""},
		{"anna", "", ""},
		{"", "", ""},
		{"nobody", "vera's", ""},
	} {
		u, ok := users.Authenticate(c.name, c.password)
		if ok != (c.role != "") || u.Role != c.role {
			t.Errorf("%s with %q: %v, %v", c.name, c.password, u, ok)
		}
	}
}

func TestShownStatement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ via, asked, want string }{
		{"http", "GET /v1/marts/ticket?customer_id=c-17&limit=5", "GET /v1/marts/ticket"},
		{"http", "GET /reports/2026-06.html", "GET /reports/2026-06.html"},
	} {
		if got := shownStatement(c.via, c.asked); got != c.want {
			t.Errorf("%s: %q, want %q", c.asked, got, c.want)
		}
	}
	if got := shownStatement("pg", "SELECT * FROM marts.ticket WHERE customer_id = 'c-17'"); strings.Contains(got, "c-17") {
		t.Errorf("a literal is shown: %s", got)
	}
}
