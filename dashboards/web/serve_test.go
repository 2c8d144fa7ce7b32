package web

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestServe goes over a real connection: compression, and an end that lets a
// request in flight finish.
func TestServe(t *testing.T) {
	t.Parallel()
	entered, goOn := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(c *Config) {
		c.Match = func(context.Context, string, string) (any, error) {
			close(entered)
			<-goOn
			return "done", nil
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, nil) }()
	url := "http://" + l.Addr().String()

	q, err := http.NewRequest(http.MethodGet, url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "gzip")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Accept-Encoding") {
		t.Fatalf("%v, %v", r.Header, err)
	}
	if page, err := io.ReadAll(z); err != nil || !strings.Contains(string(page), "</html>") {
		t.Errorf("%d bytes, %v", len(page), err)
	}
	r.Body.Close()

	answered := make(chan string, 1)
	go func() {
		r, err := http.Post(url+"/v1/match", "application/json", strings.NewReader(`{"text":"x"}`))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		answered <- string(b)
	}()
	<-entered
	cancel()
	close(goOn)
	if got := <-answered; strings.TrimSpace(got) != `"done"` {
		t.Errorf("the request in flight got %s", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.engine.results["ops.source_freshness GROUP BY source ORDER BY"] = result{columns("source", "value"), [][]any{{"oss", 2.0}}, nil}
	s.engine.results["sum(rejected)"] = result{columns("source", "value"), [][]any{{"oss", 7.0}, {"help\"desk", nil}}, nil}
	s.engine.results["sum(unexplained)"] = result{err: stateError("42P01")}
	s.c.Metrics.ObserveQuery("pg", "ok", 0)
	s.get("/v1/marts")
	r, body := s.get("/metrics")
	if r.StatusCode != http.StatusOK {
		t.Fatal(body)
	}
	for _, want := range []string{
		`ticketmill_queries_total{outcome="ok",protocol="pg"} 1`,
		`ticketmill_query_seconds_count{protocol="pg"} 1`,
		`ticketmill_http_requests_total{route="/v1/marts",status="200"} 1`,
		`ticketmill_source_stale_streams{source="oss"} 2`,
		`ticketmill_rejected_records{source="oss"} 7`,
		`ticketmill_snapshot_served_seconds 0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestServeTLS: with a certificate only TLS is spoken.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- newServer(t).Serve(ctx, l, certified.TLS) }()
	r, err := certified.Client().Get("https://" + l.Addr().String() + "/v1/marts")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r, err := http.Get("http://" + l.Addr().String() + "/v1/marts"); err == nil && r.StatusCode == http.StatusOK {
		t.Error("it answers without TLS")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
