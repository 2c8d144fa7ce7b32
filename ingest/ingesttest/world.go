package ingesttest

import (
	"io"
	"log"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// World is a system that holds a simulated history for sources to read.
type World interface {
	// Source makes a source that reads all there is. Its waits between tries
	// should be a few milliseconds, and its tries many.
	Source(t testing.TB) ingest.Source
	// SetUntil lets the history go on to a moment; zero means to its end.
	SetUntil(t testing.TB, at time.Time)
	// Requests counts what sources have asked for so far.
	Requests() int
	// Faults counts the requests that were made to fail.
	Faults() int
}

// WorldOptions say what a world is like; the zero value is one without trouble
// that shows the whole history.
type WorldOptions struct {
	// Until is the moment that the history has come to; zero means its end.
	Until time.Time
	// FaultShare of the requests fail, which ones is up to FaultSeed.
	FaultShare float64
	FaultSeed  uint64
	// RetryAfter is the wait, in seconds, that failures ask for where the
	// system can say that.
	RetryAfter int
	// Latency is how long an answer to a read takes.
	Latency time.Duration
}

// httpWorld are the simulated systems on a server.
type httpWorld struct {
	fixture Fixture
	server  *simulate.Server
	url     string
}

func newHTTPWorld(t testing.TB, f Fixture, h *simulate.History, o WorldOptions) *httpWorld {
	opts := f.Server
	opts.SlowAnswer = 5 * time.Millisecond
	if o.FaultShare > 0 {
		opts.FaultShare, opts.FaultSeed = o.FaultShare, o.FaultSeed
	}
	if o.RetryAfter > 0 {
		opts.RetryAfter = o.RetryAfter
	}
	if o.Latency > 0 {
		opts.Latency = o.Latency
	}
	w := &httpWorld{fixture: f, server: simulate.NewServer(h, opts)}
	w.server.SetUntil(o.Until)
	srv := httptest.NewUnstartedServer(w.server)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *httpWorld) Source(t testing.TB) ingest.Source { return w.fixture.New(t, w.url) }

func (w *httpWorld) SetUntil(_ testing.TB, at time.Time) { w.server.SetUntil(at) }

func (w *httpWorld) Requests() int { return w.server.Requests() }

func (w *httpWorld) Faults() int { return w.server.Stats()["fault"] }
