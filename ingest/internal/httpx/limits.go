package httpx

import (
	"bytes"
	"context"
	"fmt"
	"math"
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
	// quota: the allowance is used up, as opposed to too much at once.
	quota bool
	// secondary: the server names no time to wait, and wants a long one.
	secondary bool
}

func (e *limitError) Error() string {
	return fmt.Sprintf("rate limited (%d): %s", e.status, e.words)
}

// maxWait bounds a single wait, whatever a header says: a wrong clock must not
// put a run to sleep for days. After it the server is asked again.
const maxWait = 2 * time.Hour

// limitOf recognises a refusal for too many requests: any 429, and GitHub's
// 403 for its primary (remaining 0) and secondary limits.
func limitOf(resp *http.Response, body []byte) *limitError {
	forbidden := resp.StatusCode == http.StatusForbidden
	unavailable := resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	spent := resp.Header.Get("X-Ratelimit-Remaining") == "0"
	named := forbidden && namesLimit(body)
	limited := resp.StatusCode == http.StatusTooManyRequests || unavailable ||
		forbidden && (spent || named || resp.Header.Get("Retry-After") != "")
	if !limited {
		return nil
	}
	e := &limitError{status: resp.StatusCode, words: serverWords(resp.Header, body), quota: spent}
	if wait, ok := retryAfter(resp.Header); ok {
		e.wait = max(wait, 100*time.Millisecond) // 0 means "now"; a little patience is kinder
	} else if spent {
		e.wait = untilReset(resp.Header)
	}
	// A 429 without a time is left to the growing delays between tries, which
	// is what Atlassian asks for.
	e.secondary = forbidden && e.wait == 0
	return e
}

// namesLimit tells GitHub's secondary limit from a missing permission: both
// are 403, and only the words differ.
func namesLimit(body []byte) bool {
	lower := bytes.ToLower(body)
	return bytes.Contains(lower, []byte("rate limit")) || bytes.Contains(lower, []byte("abuse detection"))
}

// retryAfter reads Retry-After, in seconds or as a date.
func retryAfter(h http.Header) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 {
		// Compared as a number: a huge one would overflow a Duration.
		return time.Duration(min(s, maxWait.Seconds()) * float64(time.Second)), true
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(0, t.Sub(serverNow(h))), maxWait), true
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
	return min(max(100*time.Millisecond, reset.Sub(serverNow(h))), maxWait)
}

func serverNow(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// lanes spreads requests over credentials, each with its own quota.
type lanes struct {
	mu   sync.Mutex
	all  []*lane
	turn int
}

// lane is one credential and what the server last said about its quota.
type lane struct {
	credential Credential
	number     int // from 1, as they were given
	mu         sync.Mutex
	openAt     time.Time
	remaining  int // unknownQuota: the server has not said
	strikes    int // refusals without a time since the last good answer
	// By the lanes' lock:
	used    int  // when it was last taken, by the lanes' own count
	retired bool // refused by the server, not to be used again
}

const unknownQuota = math.MaxInt

func newLanes(cs []Credential) *lanes {
	ls := &lanes{}
	for i, c := range cs {
		ls.all = append(ls.all, &lane{credential: c, number: i + 1, remaining: unknownQuota})
	}
	return ls
}

// acquire waits for an open lane and returns the one with most quota left.
// waiting is told about every wait before it begins.
func (ls *lanes) acquire(ctx context.Context, waiting func(time.Duration)) (*lane, error) {
	for {
		l, wait := ls.best(time.Now())
		if l != nil {
			return l, nil
		}
		waiting(wait)
		// The jitter keeps the waiting requests from arriving as one.
		if err := sleep(ctx, wait+rand.N(200*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

// best takes the open lane with most quota left, by turns where they are
// equal; if none is open it tells how long the first takes to open.
func (ls *lanes) best(now time.Time) (*lane, time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	var best *lane
	var soonest time.Duration
	bestLeft, usable := 0, false
	for _, l := range ls.all {
		if l.retired {
			continue
		}
		wait, left := l.state(now)
		if !usable || wait < soonest {
			usable, soonest = true, wait
		}
		if wait > 0 {
			continue
		}
		if best == nil || left > bestLeft || left == bestLeft && l.used < best.used {
			best, bestLeft = l, left
		}
	}
	if best == nil {
		return nil, soonest
	}
	ls.turn++
	best.used = ls.turn
	best.take()
	return best, 0
}

// retire takes a lane out of use for good unless it is the last one. It tells
// whether that is news and whether there are others.
func (ls *lanes) retire(l *lane) (first, others bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, o := range ls.all {
		others = others || o != l && !o.retired
	}
	first = others && !l.retired
	l.retired = l.retired || others
	return first, others
}

// state tells how long the lane stays shut and what is left of its quota.
func (l *lane) state(now time.Time) (wait time.Duration, left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait = l.openAt.Sub(now)
	if wait <= 0 && l.remaining == 0 && !l.openAt.IsZero() {
		l.remaining = unknownQuota // the quota has been renewed since
	}
	return wait, l.remaining
}

// take counts a request until its answer tells how many are left: that keeps a
// burst spread over the lanes.
func (l *lane) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.remaining > 0 && l.remaining != unknownQuota {
		l.remaining--
	}
}

// strike tells how long to keep away after a refusal that names no time: twice
// as long after each one in a row.
func (l *lane) strike(base time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := min(base<<min(l.strikes, 10), maxWait)
	// Requests that were on their way together are refused together: only one
	// that was sent after the last wait counts as another refusal.
	if now := time.Now(); now.Before(l.openAt) {
		return l.openAt.Sub(now)
	}
	l.strikes++
	return wait
}

// forgive notes a good answer.
func (l *lane) forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !time.Now().Before(l.openAt) { // else it was sent before the refusal
		l.strikes = 0
	}
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
	if err != nil || left < 0 {
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
