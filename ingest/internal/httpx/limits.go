package httpx

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// limitError says that the server wants fewer requests, and for how long.
type limitError struct {
	status int
	wait   time.Duration
	words  string
}

func (e *limitError) Error() string {
	return fmt.Sprintf("rate limited (%d): %s", e.status, e.words)
}

// secondaryWait is what GitHub asks for when it gives no number.
const secondaryWait = time.Minute

// limitOf recognises a refusal for too many requests: any 429, and GitHub's
// 403 for its primary (remaining 0) and secondary limits.
func limitOf(resp *http.Response, body []byte) *limitError {
	forbidden := resp.StatusCode == http.StatusForbidden
	unavailable := resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	spent := resp.Header.Get("X-Ratelimit-Remaining") == "0"
	named := bytes.Contains(bytes.ToLower(body), []byte("rate limit"))
	if resp.StatusCode != http.StatusTooManyRequests && !unavailable &&
		!(forbidden && (spent || named || resp.Header.Get("Retry-After") != "")) {
		return nil
	}
	e := &limitError{status: resp.StatusCode, words: serverWords(resp.Header, body)}
	switch wait, ok := retryAfter(resp.Header); {
	case ok:
		e.wait = max(wait, 100*time.Millisecond) // 0 means "now"; a little patience is kinder
	case spent:
		e.wait = untilReset(resp.Header)
	case forbidden:
		e.wait = secondaryWait
	}
	return e
}

// retryAfter reads Retry-After, in seconds or as a date.
func retryAfter(h http.Header) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 {
		return time.Duration(s * float64(time.Second)), true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(serverNow(h))), true
	}
	return 0, false
}

// untilReset reads X-RateLimit-Reset: epoch seconds at GitHub, ISO 8601 at
// Jira. It measures against the server's own clock where the answer has a Date.
func untilReset(h http.Header) time.Duration {
	v := h.Get("X-Ratelimit-Reset")
	var reset time.Time
	if s, err := strconv.ParseInt(v, 10, 64); err == nil {
		reset = time.Unix(s, 0)
	} else {
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
			if t, err := time.Parse(layout, v); err == nil {
				reset = t
				break
			}
		}
	}
	if reset.IsZero() {
		return 0
	}
	return max(100*time.Millisecond, reset.Sub(serverNow(h)))
}

func serverNow(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// lanes spreads requests over credentials, each with its own quota.
type lanes struct {
	mu  sync.Mutex
	all []*lane
}

// lane is one credential and what the server last said about its quota.
type lane struct {
	credential Credential
	mu         sync.Mutex
	openAt     time.Time
	remaining  int // -1: unknown
}

func newLanes(cs []Credential) *lanes {
	ls := &lanes{}
	for _, c := range cs {
		ls.all = append(ls.all, &lane{credential: c, remaining: -1})
	}
	return ls
}

// acquire waits for an open lane and returns the one with most quota left.
func (ls *lanes) acquire(ctx context.Context) (*lane, error) {
	for {
		l, wait := ls.best(time.Now())
		if wait <= 0 {
			return l, nil
		}
		// The jitter keeps the waiting requests from arriving as one.
		if err := sleep(ctx, wait+rand.N(200*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

func (ls *lanes) best(now time.Time) (*lane, time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	var best *lane
	var bestWait time.Duration
	bestLeft := 0
	for _, l := range ls.all {
		l.mu.Lock()
		wait, left := l.openAt.Sub(now), l.remaining
		l.mu.Unlock()
		if best == nil || wait < bestWait && bestWait > 0 || wait <= 0 && left > bestLeft {
			best, bestWait, bestLeft = l, wait, left
		}
	}
	best.mu.Lock()
	if best.remaining > 0 {
		best.remaining-- // until the answer tells: keeps a burst spread over the lanes
	}
	best.mu.Unlock()
	return best, bestWait
}

// close keeps the lane shut for the given time.
func (l *lane) close(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := time.Now().Add(d); d > 0 && at.After(l.openAt) {
		l.openAt = at
	}
}

// observe shuts the lane before the server has to refuse.
func (l *lane) observe(h http.Header) {
	left, err := strconv.Atoi(strings.TrimSpace(h.Get("X-Ratelimit-Remaining")))
	if err != nil {
		return
	}
	l.mu.Lock()
	l.remaining = left
	l.mu.Unlock()
	if left == 0 {
		l.close(untilReset(h))
	}
}

// gate bounds the requests in flight: it halves when the server complains and
// opens by one after as many good answers as it is wide (additive increase,
// multiplicative decrease).
type gate struct {
	mu             sync.Mutex
	max, width, in int
	good           int
	changed        chan struct{}
}

func newGate(n int) *gate { return &gate{max: n, width: n, changed: make(chan struct{})} }

func (g *gate) enter(ctx context.Context) error {
	for {
		g.mu.Lock()
		if g.in < g.width {
			g.in++
			g.mu.Unlock()
			return nil
		}
		ch := g.changed
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ch:
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	g.in--
	g.wake()
	g.mu.Unlock()
}

func (g *gate) shrink() {
	g.mu.Lock()
	g.width, g.good = max(1, g.width/2), 0
	g.mu.Unlock()
}

func (g *gate) grow() {
	g.mu.Lock()
	if g.good++; g.good >= g.width && g.width < g.max {
		g.width, g.good = g.width+1, 0
		g.wake()
	}
	g.mu.Unlock()
}

// wake is called with the lock held.
func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}
