package simulate

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// fault is one way to fail.
type fault int

const (
	tooMany  fault = iota // 429 with Retry-After
	internal              // 500
	gateway               // 502, an HTML page
	page                  // 200, an HTML page, as a proxy or a login page sends
	cutBody               // the connection ends in the middle of the body
	hangUp                // the connection ends without an answer
	slow                  // late, then right
	faultKinds
	noFault fault = -1
)

// fail answers with the fault; it reports false where a right answer follows.
func (s *Server) fail(rw http.ResponseWriter, r *http.Request, kind fault, jira bool) bool {
	problem := func(status int, text string) {
		if jira {
			jiraError(rw, status, text)
		} else {
			writeJSON(rw, status, object{"message": text})
		}
	}
	html := func(status int, text string) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, text)
	}
	switch kind {
	case tooMany:
		rw.Header().Set("Retry-After", strconv.Itoa(s.opts.RetryAfter))
		problem(http.StatusTooManyRequests, "Rate limit exceeded.")
	case internal:
		problem(http.StatusInternalServerError, "Internal server error")
	case gateway:
		html(http.StatusBadGateway, "<html><body><h1>502 Bad Gateway</h1></body></html>")
	case page:
		html(http.StatusOK, "<!doctype html><title>Maintenance</title><p>Back soon.")
	case cutBody:
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(rw, `{"issues":[{"id":"1","key":"CUT-1","fie`)
		if f, ok := rw.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	case hangUp:
		panic(http.ErrAbortHandler)
	case slow:
		wait(r, s.opts.SlowAnswer)
		return false
	default:
		return false
	}
	return true
}

// wait waits, or until the client has gone.
func wait(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}
