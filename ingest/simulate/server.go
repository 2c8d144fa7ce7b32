package simulate

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ServerOptions say how the simulated systems behave.
type ServerOptions struct {
	// JiraFlavour is cloud (the default) or server.
	JiraFlavour string
	// JiraTimeZone is the account's time zone: JQL dates are read and times are
	// written in it. Nil means UTC.
	JiraTimeZone *time.Location
	// Token, when set, must come as bearer token, as GitHub's "token …" or as
	// the password of basic auth.
	Token string
	// FaultShare of the requests fails in one of several ways, drawn from
	// FaultSeed.
	FaultShare float64
	FaultSeed  uint64
	// RetryAfter is the wait in seconds that refusals ask for.
	RetryAfter int
	// SlowAnswer is how long a slow answer takes; zero means 50 ms.
	SlowAnswer time.Duration
	// RateLimit is GitHub's primary limit per RateWindow (an hour unless set);
	// zero means that rate limiting is off.
	RateLimit  int
	RateWindow time.Duration
	// MaxInFlight is how many requests GitHub takes at once before its
	// secondary limit refuses; zero means no limit.
	MaxInFlight int
	// Latency is added to every answer.
	Latency time.Duration
}

// Server answers as Jira and GitHub. Jira's API is under /rest/api/2 and 3,
// GitHub's under / and, as GitHub Enterprise Server has it, /api/v3.
type Server struct {
	opts ServerOptions
	h    *History
	mux  *http.ServeMux
	view atomic.Pointer[view]

	inFlight atomic.Int64
	mu       sync.Mutex // guards all below
	rng      *rand.Rand
	faults   float64
	stats    map[string]int
	requests int
	used     int
	resetAt  time.Time
}

// NewServer makes a server of the history; it is an http.Handler.
func NewServer(h *History, opts ServerOptions) *Server {
	if opts.JiraFlavour == "" {
		opts.JiraFlavour = "cloud"
	}
	if opts.JiraTimeZone == nil {
		opts.JiraTimeZone = time.UTC
	}
	if opts.SlowAnswer == 0 {
		opts.SlowAnswer = 50 * time.Millisecond
	}
	if opts.RateWindow == 0 {
		opts.RateWindow = time.Hour
	}
	s := &Server{
		opts: opts, h: h, mux: http.NewServeMux(), stats: map[string]int{}, faults: opts.FaultShare,
		rng: rand.New(rand.NewPCG(opts.FaultSeed, 0xfa17)),
	}
	s.view.Store(h.view(time.Time{}))
	s.jiraRoutes()
	s.gitHubRoutes()
	return s
}

// SetUntil shows the world as of t: later tickets, comments and changes are
// absent, and states are those of that moment. Zero shows everything.
func (s *Server) SetUntil(t time.Time) { s.view.Store(s.h.view(t)) }

// SetFaults changes the share of requests that fail.
func (s *Server) SetFaults(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = share
}

// Requests is how many requests have come so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Stats counts requests by route, and what was refused or failed on purpose.
func (s *Server) Stats() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int, len(s.stats))
	for k, v := range s.stats {
		out[k] = v
	}
	return out
}

func (s *Server) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats[what]++
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	n := s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	_, route := s.mux.Handler(r)
	rw.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	s.mu.Lock()
	s.requests++
	s.stats[route]++
	kind := noFault
	if s.faults > 0 && s.rng.Float64() < s.faults {
		kind = fault(s.rng.IntN(int(faultKinds)))
		s.stats["fault"]++
	}
	s.mu.Unlock()
	if s.opts.Latency > 0 {
		wait(r, s.opts.Latency)
	}
	jira := strings.HasPrefix(r.URL.Path, "/rest/")
	if s.fail(rw, r, kind, jira) {
		return
	}
	if !s.authorised(r) {
		if jira {
			jiraError(rw, http.StatusUnauthorized, "You are not authenticated. Authentication required to perform this operation.")
		} else {
			writeJSON(rw, http.StatusUnauthorized, object{"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"})
		}
		return
	}
	if !jira {
		if s.opts.MaxInFlight > 0 && int(n) > s.opts.MaxInFlight {
			s.count("secondary limit")
			rw.Header().Set("Retry-After", strconv.Itoa(s.opts.RetryAfter))
			writeJSON(rw, http.StatusForbidden, object{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})
			return
		}
		if !strings.HasSuffix(r.URL.Path, "/rate_limit") && !s.take(rw.Header()) {
			s.count("primary limit")
			writeJSON(rw, http.StatusForbidden, object{"message": "API rate limit exceeded for user ID 1.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"})
			return
		}
	}
	s.mux.ServeHTTP(rw, r)
}

func (s *Server) authorised(r *http.Request) bool {
	if s.opts.Token == "" {
		return true
	}
	if _, pw, ok := r.BasicAuth(); ok {
		return pw == s.opts.Token
	}
	a := r.Header.Get("Authorization")
	return a == "Bearer "+s.opts.Token || a == "token "+s.opts.Token
}

// take takes one request from GitHub's primary limit.
func (s *Server) take(h http.Header) bool {
	if s.opts.RateLimit <= 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refill()
	ok := s.used < s.opts.RateLimit
	if ok {
		s.used++
	}
	s.limitHeaders(h)
	return ok
}

// giveBack returns what a 304 took.
func (s *Server) giveBack(h http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats["304"]++
	if s.opts.RateLimit > 0 && s.used > 0 {
		s.used--
		s.limitHeaders(h)
	}
}

func (s *Server) refill() {
	if now := time.Now(); now.After(s.resetAt) {
		s.used, s.resetAt = 0, now.Add(s.opts.RateWindow)
	}
}

// reset is when the limit is filled up again, by the simulated clock, which is
// also that of the Date header.
func (s *Server) reset() int64 { return s.now().Add(time.Until(s.resetAt)).Unix() + 1 }

func (s *Server) limitHeaders(h http.Header) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.opts.RateLimit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(s.opts.RateLimit-s.used))
	h.Set("X-RateLimit-Used", strconv.Itoa(s.used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(s.reset(), 10))
	h.Set("X-RateLimit-Resource", "core")
}

type object = map[string]any

func toJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // nothing here is unmarshalable
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(toJSON(v)) // the client may be gone
}

// numberOf reads a numeric parameter, held within 0 and most.
func numberOf(r *http.Request, name string, def, most int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return def
	}
	return min(n, most)
}
