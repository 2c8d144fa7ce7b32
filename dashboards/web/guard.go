package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// guarded wraps a route with what all have: the user, the audit, the metrics and
// one place that writes errors.
func (h *Handler) guarded(r route) http.Handler {
	serve := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		began := h.c.Now()
		seen := &watched{ResponseWriter: w, status: http.StatusOK}
		user, err := User{}, error(nil)
		if !r.open {
			user, err = h.authenticate(q)
		}
		visit := &visit{user: user}
		// Deferred: an answer that is cut off ends in a panic.
		defer func() { h.observe(r, seen, q, visit, began) }()
		if err == nil {
			err = h.run(r, seen, q.WithContext(context.WithValue(q.Context(), visitKey{}, visit)))
		}
		if err != nil {
			h.failed(seen, q, err)
		}
	})
	// A page elsewhere must not use the user's password for requests of its own.
	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, &problem{http.StatusForbidden, "another site's page may not ask"})
	}))
	return own.Handler(serve)
}

// observe counts a request that has ended and writes it down.
func (h *Handler) observe(r route, seen *watched, q *http.Request, visit *visit, began time.Time) {
	took := h.c.Now().Sub(began)
	h.c.Metrics.observeRequest(r.pattern, seen.status, took)
	if r.open || r.pattern == "/metrics" {
		return
	}
	request := q.Method + " " + q.URL.RequestURI()
	if seen.status == http.StatusUnauthorized || seen.status == http.StatusTooManyRequests {
		// A stranger must not fill the audit with what he likes.
		request = q.Method + " " + r.pattern
	}
	h.c.Audit(Access{
		At: began, User: visit.user, Client: q.RemoteAddr, Request: request,
		Rows: visit.rows, Duration: took, Outcome: outcome(seen.status),
	})
}

// run serves a request; a panic in it becomes an error, so that the others live.
func (h *Handler) run(r route, w http.ResponseWriter, q *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	if !r.open {
		leave, err := enter(q.Context(), h.places)
		if err != nil {
			return err
		}
		defer leave()
	}
	return r.serve(h, w, q)
}

func outcome(status int) string {
	if status < http.StatusBadRequest {
		return "ok"
	}
	return strconv.Itoa(status)
}

// visit is what is known of a request while it is served.
type visit struct {
	user User
	rows int64
}

type visitKey struct{}

// visitOf is the visit of a guarded request.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// watched remembers whether and with which status an answer has begun.
type watched struct {
	http.ResponseWriter
	status int
	began  bool
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	w.status, w.began = status, true
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *watched) Write(b []byte) (int, error) {
	w.began = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer below.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// failed writes an error, or cuts off an answer that has begun, so that half of
// it is not taken for the whole.
func (h *Handler) failed(w *watched, q *http.Request, err error) {
	if errors.Is(err, context.Canceled) && q.Context().Err() != nil {
		w.status = 499 // the asker has gone; nobody reads it
		return
	}
	p := asProblem(err)
	if p.status >= http.StatusInternalServerError {
		h.c.Log.Warn("http_request_failed", "path", q.URL.Path, "status", p.status, "error", err)
	}
	if w.began {
		w.status = p.status
		panic(http.ErrAbortHandler)
	}
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="ticketmill", charset="UTF-8"`)
	}
	writeProblem(w, p)
}

// authenticate finds the user of a request.
func (h *Handler) authenticate(q *http.Request) (User, error) {
	if h.c.Users == nil {
		return h.c.Anonymous, onlyHere(q)
	}
	name, password, ok := q.BasicAuth()
	if !ok {
		return User{}, &problem{http.StatusUnauthorized, "a user name and password are needed"}
	}
	if wait := h.c.Attempts.Wait(q.RemoteAddr, name); wait > 0 {
		return User{}, &problem{http.StatusTooManyRequests, fmt.Sprintf("too many wrong passwords; try again in %d seconds", int(wait.Seconds())+1)}
	}
	user, ok := h.c.Users.Authenticate(name, password)
	h.c.Attempts.Tried(q.RemoteAddr, name, ok)
	if !ok {
		return User{Name: strings.ToValidUTF8(name[:min(len(name), longestName)], "")}, &problem{http.StatusUnauthorized, "the user name or the password is wrong"}
	}
	return user, nil
}

// longestName is how many bytes are written down of a name that is not known.
const longestName = 64

// onlyHere refuses what does not come from this machine. A name that a stranger's
// DNS has pointed here is refused too: by it a page elsewhere could read along.
func onlyHere(q *http.Request) error {
	if !IsLoopback(q.RemoteAddr) || !IsLoopback(q.Host) {
		return &problem{http.StatusForbidden, "without users in the configuration only this machine may ask, by localhost or 127.0.0.1"}
	}
	return nil
}

// IsLoopback tells whether a host, with or without its port, is this machine.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(trimBrackets(host))
	return ip != nil && ip.IsLoopback()
}

func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// secure sets the headers that every answer has.
func secure(w http.ResponseWriter, q *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Add("Vary", "Authorization") // beside what compression has set
	if q.TLS != nil {
		head.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// fresh sets what identifies an answer of a generation, and tells whether the
// asker has it already. A generation never changes, so its name is enough; what
// differs by address has its own.
func fresh(w http.ResponseWriter, q *http.Request, generation string) bool {
	tag := `W/"` + generation + `"`
	w.Header().Set("Etag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if q.Header.Get("If-None-Match") != tag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// enter waits for one of the places.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-wait.Done():
		return nil, &problem{http.StatusServiceUnavailable, "the server is busy; try again"}
	}
}
