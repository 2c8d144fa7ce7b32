// Package httpx is how the sources talk HTTP: whole answers or none, limits
// obeyed, faults retried, and errors that repeat the server's own words.
package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Options configures a Client. The zero value of a field means its default.
type Options struct {
	// HTTP carries the requests; nil: a client with sane timeouts.
	HTTP *http.Client
	// Credentials are the tokens to spread requests over; none: anonymous, or
	// the HTTP client's transport authenticates by itself.
	Credentials []Credential
	// MaxInFlight bounds concurrent requests; the client goes lower by itself
	// when the server complains. Default 8.
	MaxInFlight int
	// MaxAttempts bounds the tries of a request that fails with faults that may
	// heal (default 10). Waiting out a rate limit is not a try.
	MaxAttempts int
	// MinBackoff and MaxBackoff bound the jittered exponential delay between
	// tries. Defaults 500 ms and 60 s.
	MinBackoff, MaxBackoff time.Duration
	// SecondaryWait is how long to leave a credential alone after a 403 for a
	// secondary limit that names no time; it doubles while they go on. Default
	// one minute, which is the least GitHub asks for.
	SecondaryWait time.Duration
	// MaxBody bounds an answer's size in bytes. Default 256 MiB.
	MaxBody int64
	// Inspect looks at every answer below 500 that is no rate limit before its
	// status is judged; its error, if any, stands in for the answer.
	Inspect   func(*http.Request, *http.Response) error
	UserAgent string
	Log       *slog.Logger
}

// Credential puts one set of credentials on a request.
type Credential func(*http.Request)

// Response is a whole answer with a 2xx or 304 status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte // empty for 304
}

// NotModified tells that the server answered 304 to a conditional request.
func (r *Response) NotModified() bool { return r.Status == http.StatusNotModified }

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opt    Options
	lanes  *lanes
	gate   *gate
	isGone atomic.Bool // a request has given up on reaching the server, and none has since
}

// goneAttempts is how often a request is tried after another one has given up on
// reaching the server: that one has waited for all.
const goneAttempts = 3

// New returns a Client.
func New(opt Options) *Client {
	if opt.HTTP == nil {
		opt.HTTP = &http.Client{Transport: Transport(), Timeout: 2 * time.Minute, CheckRedirect: checkRedirect}
	}
	if opt.MaxInFlight <= 0 {
		opt.MaxInFlight = 8
	}
	if opt.MaxAttempts <= 0 {
		opt.MaxAttempts = 10
	}
	if opt.MinBackoff <= 0 {
		opt.MinBackoff = 500 * time.Millisecond
	}
	if opt.MaxBackoff <= 0 {
		opt.MaxBackoff = time.Minute
	}
	opt.MaxBackoff = max(opt.MaxBackoff, opt.MinBackoff)
	if opt.SecondaryWait <= 0 {
		opt.SecondaryWait = time.Minute
	}
	if opt.MaxBody <= 0 {
		opt.MaxBody = 256 << 20
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if len(opt.Credentials) == 0 {
		opt.Credentials = []Credential{func(*http.Request) {}}
	}
	return &Client{opt: opt, lanes: newLanes(opt.Credentials), gate: newGate(opt.MaxInFlight)}
}

// Transport is the default transport with enough idle connections for one host.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.ResponseHeaderTimeout = 90 * time.Second
	return t
}

// checkRedirect follows redirects, but never from https to plain http: the
// credentials would go along in the clear.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &permanentError{errors.New("redirected from https to http")}
	}
	if len(via) >= 10 {
		return &permanentError{errors.New("redirected 10 times")}
	}
	return nil
}

type attemptsKey struct{}

// WithAttempts bounds the tries of the requests made with the context to n,
// where that is less than the client's own bound.
func WithAttempts(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptsKey{}, n)
}

// Do sends the request that build makes and hands the whole answer to decode.
//
// Faults that may heal are tried again with growing, jittered delays: network
// errors, cut bodies, 408, 429, 5xx, HTML where JSON was due, and an error
// from decode. Rate limits are waited out as the server's headers say. Any
// other 4xx fails at once with a *StatusError that repeats the server's words,
// except that a 401 is asked again with another credential while there is one:
// a refused credential is not used again.
// build is called once per try, since a request's body is used up by sending.
func (c *Client) Do(ctx context.Context, build func(context.Context) (*http.Request, error), decode func(*Response) error) error {
	exp := &backoff.ExponentialBackOff{
		InitialInterval: c.opt.MinBackoff, MaxInterval: c.opt.MaxBackoff,
		RandomizationFactor: 0.5, Multiplier: 2,
	}
	exp.Reset()
	attempts := c.attempts(ctx)
	var last error
	for attempt, waits := 1, 0; ; {
		err := c.try(ctx, build, decode)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return stopped(ctx, last)
		}
		last = err
		var refused *refusedError
		if errors.As(err, &refused) {
			continue // on another lane; there are only so many
		}
		var limited *limitError
		if errors.As(err, &limited) {
			c.opt.Log.Info("rate_limited", "status", limited.status, "wait", limited.wait.Round(time.Millisecond))
			if waits++; limited.wait > 0 && waits < maxWaits {
				continue // the lane is closed until then: the next try waits for it
			}
		}
		if !retryable(err) {
			return err
		}
		if attempt >= attempts {
			if isUnreachable(err) {
				c.isGone.Store(true)
			}
			return fmt.Errorf("gave up after %d tries: %w", attempt, err)
		}
		attempt++
		wait := exp.NextBackOff()
		c.opt.Log.Info("retry", "attempt", attempt, "wait", wait.Round(time.Millisecond), "error", err)
		if sleep(ctx, wait) != nil {
			return stopped(ctx, last)
		}
	}
}

// attempts is how often a request of the context is tried.
func (c *Client) attempts(ctx context.Context) int {
	n := c.opt.MaxAttempts
	if most, ok := ctx.Value(attemptsKey{}).(int); ok {
		n = min(n, max(most, 1))
	}
	if c.isGone.Load() {
		n = min(n, goneAttempts)
	}
	return n
}

// stopped is why the context ended and, where there was one, what had gone
// wrong before: a time-out alone would not say what to mend.
func stopped(ctx context.Context, last error) error {
	if last == nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w; the last try failed: %w", context.Cause(ctx), last)
}

// loggedWait is how long a wait must be to be worth a line in the log.
const loggedWait = 5 * time.Second

// maxWaits bounds how often one request waits out a limit, so that a server
// that never stops refusing ends in an error and not in an endless run.
const maxWaits = 100

// try sends the request once, inside the gate and on a lane that is open.
func (c *Client) try(ctx context.Context, build func(context.Context) (*http.Request, error), decode func(*Response) error) error {
	if err := c.gate.enter(ctx); err != nil {
		return err
	}
	defer c.gate.leave()
	l, err := c.lanes.acquire(ctx, func(wait time.Duration) {
		if wait >= loggedWait {
			c.opt.Log.Info("waiting_for_quota", "wait", wait.Round(time.Second))
		}
	})
	if err != nil {
		return err
	}

	req, err := build(ctx)
	if err != nil {
		return &permanentError{err}
	}
	if c.opt.UserAgent != "" {
		req.Header.Set("User-Agent", c.opt.UserAgent)
	}
	l.credential(req)
	resp, err := c.opt.HTTP.Do(req)
	if err != nil {
		return hideURL(err)
	}
	c.isGone.Store(false)
	defer func() { _ = resp.Body.Close() }() // read to its end or given up: nothing to report
	body, err := readAll(resp, c.opt.MaxBody)
	if err != nil {
		return fmt.Errorf("%s %s: answer was cut: %w", req.Method, req.URL.Path, err)
	}
	if limit := limitOf(resp, body); limit != nil {
		if limit.secondary {
			limit.wait = l.strike(c.opt.SecondaryWait)
		}
		if !limit.quota {
			c.gate.shrink() // too many at once; a spent quota says nothing about that
		}
		l.close(limit.wait)
		return limit
	}
	l.observe(resp.Header)
	l.forgive()
	if err := c.judge(req, resp, body); err != nil {
		if !IsStatus(err, http.StatusUnauthorized) {
			return err
		}
		first, others := c.lanes.retire(l)
		if first {
			c.opt.Log.Warn("credential_refused", "credential", l.number, "error", err)
		}
		if others {
			return &refusedError{err}
		}
		return err
	}
	if err := decode(&Response{Status: resp.StatusCode, Header: resp.Header, Body: body}); err != nil {
		return fmt.Errorf("%s %s: unreadable answer: %w", req.Method, req.URL.Path, err)
	}
	c.gate.grow()
	return nil
}

func (c *Client) judge(req *http.Request, resp *http.Response, body []byte) error {
	if c.opt.Inspect != nil && resp.StatusCode < 500 {
		if err := c.opt.Inspect(req, resp); err != nil {
			return err
		}
	}
	return checkStatus(req, resp, body)
}

func readAll(resp *http.Response, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, &permanentError{fmt.Errorf("answer is larger than %d bytes", limit)}
	}
	return b, nil
}

// hideURL drops the URL that net/http puts in its errors: a query may carry
// what does not belong in a log.
func hideURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		if u, perr := url.Parse(ue.URL); perr == nil {
			return fmt.Errorf("%s %s://%s%s: %w", ue.Op, u.Scheme, u.Host, u.Path, ue.Err)
		}
		return ue.Err
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
