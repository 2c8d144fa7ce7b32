package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// problem is an answer that is an error, written as RFC 9457 says.
type problem struct {
	status int
	detail string
}

// Error implements error.
func (p *problem) Error() string { return p.detail }

func writeProblem(w http.ResponseWriter, p *problem) {
	w.Header().Del("Content-Disposition")
	w.Header().Del("Etag")
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // whoever asked may have gone
		"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": p.detail,
	})
}

// stated is an error with PostgreSQL's code, as the engine gives it.
type stated interface{ SQLState() string }

// asProblem finds the status of an error. What is not the asker's fault is not
// told in detail.
func asProblem(err error) *problem {
	var p *problem
	var s stated
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &s):
		return stateProblem(s.SQLState(), err)
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{http.StatusGatewayTimeout, "this took too long"}
	}
	return &problem{http.StatusInternalServerError, "something went wrong here"}
}

// stateProblem maps the classes of SQLSTATE
// (https://www.postgresql.org/docs/15/errcodes-appendix.html).
func stateProblem(code string, err error) *problem {
	switch {
	case code == "42501":
		return &problem{http.StatusForbidden, "this role may not see that"}
	case code == "57014":
		return &problem{http.StatusGatewayTimeout, "this took too long"}
	case strings.HasPrefix(code, "57"), strings.HasPrefix(code, "53"):
		return &problem{http.StatusServiceUnavailable, "the server is busy or shutting down; try again"}
	case strings.HasPrefix(code, "54"):
		return &problem{http.StatusRequestEntityTooLarge, "the result is too large; ask for less"}
	case strings.HasPrefix(code, "22"), strings.HasPrefix(code, "42"):
		return &problem{http.StatusBadRequest, err.Error()}
	}
	return &problem{http.StatusInternalServerError, "something went wrong here"}
}

// Unavailable is an error that tells the asker why something cannot be had now.
func Unavailable(why string) error { return &problem{http.StatusServiceUnavailable, why} }
