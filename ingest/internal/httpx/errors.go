package httpx

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// StatusError is an answer that trying again will not change.
type StatusError struct {
	Method, Path string
	Status       int
	Message      string // the server's own words, one line
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, http.StatusText(e.Status), e.Message)
}

// IsStatus tells whether err is, or wraps, an answer with one of the statuses.
func IsStatus(err error, statuses ...int) bool {
	var se *StatusError
	if !errors.As(err, &se) {
		return false
	}
	for _, s := range statuses {
		if se.Status == s {
			return true
		}
	}
	return false
}

// healingError is an answer that may be better next time.
type healingError struct{ error }

func (e *healingError) Unwrap() error { return e.error }

// permanentError is a failure on our side that a second try repeats.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// refusedError is a 401 that another credential may not meet.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

// Stuck tells that the server did not manage an answer in all the tries there
// were: it failed, fell silent or broke off. That may be due to what was asked
// for. Rate limits and a server that cannot be reached are not counted.
func Stuck(err error) bool {
	var limited *limitError
	if err == nil || errors.As(err, &limited) || isUnreachable(err) {
		return false
	}
	var se *StatusError
	if errors.As(err, &se) {
		return se.Status == http.StatusRequestTimeout || se.Status >= 500
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout() || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// isUnreachable tells that there was no connection to the server.
func isUnreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func retryable(err error) bool {
	var pe *permanentError
	if errors.As(err, &pe) {
		return false
	}
	// A certificate or host name that is wrong now is wrong in a minute.
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	if errors.As(err, &cert) || errors.As(err, &dns) && dns.IsNotFound {
		return false
	}
	var he *healingError
	if errors.As(err, &he) {
		return true
	}
	var se *StatusError
	return !errors.As(err, &se) // what is left: network errors, cut bodies, decode errors
}

// checkStatus turns an answer that is no JSON success into an error.
func checkStatus(req *http.Request, resp *http.Response, body []byte) error {
	s := resp.StatusCode
	if s == http.StatusNotModified || s == http.StatusNoContent {
		return nil
	}
	if s >= 200 && s < 300 {
		if isHTML(resp.Header, body) {
			return &healingError{fmt.Errorf("%s %s: an HTML page where JSON was due (a login page, proxy or maintenance notice)", req.Method, req.URL.Path)}
		}
		return nil
	}
	se := &StatusError{Method: req.Method, Path: req.URL.Path, Status: s, Message: serverWords(resp.Header, body)}
	if s == http.StatusRequestTimeout || s == http.StatusTooManyRequests || s >= 500 {
		return &healingError{se}
	}
	return se
}

func isHTML(h http.Header, body []byte) bool {
	if mt, _, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil && mt == "text/html" {
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n\ufeff"), []byte("<"))
}

// serverWords extracts what the server says went wrong: Jira's errorMessages
// and errors, GitHub's message and errors. It never returns a page of HTML.
func serverWords(h http.Header, body []byte) string {
	if isHTML(h, body) {
		return "(an HTML page)"
	}
	var d struct {
		Message       string          `json:"message"`
		ErrorMessages []string        `json:"errorMessages"`
		Errors        json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &d) != nil {
		return "(no explanation given)"
	}
	words := d.ErrorMessages
	if d.Message != "" {
		words = append(words, d.Message)
	}
	if e := string(d.Errors); e != "" && e != "{}" && e != "[]" && e != "null" {
		words = append(words, e)
	}
	if len(words) == 0 {
		return "(no explanation given)"
	}
	line := strings.Join(strings.Fields(strings.Join(words, "; ")), " ")
	if len(line) > 500 {
		line = strings.ToValidUTF8(line[:500], "") + "…"
	}
	return line
}
