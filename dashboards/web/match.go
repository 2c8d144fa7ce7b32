package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// requestBytes is the most that a request to match may have.
const requestBytes = 256 << 10

// inquiry is the body of POST /v1/match.
type inquiry struct {
	Text     string `json:"text"`
	Priority string `json:"priority"`
}

// match tells what a new request is.
func (h *Handler) match(w http.ResponseWriter, q *http.Request) error {
	if h.c.Match == nil {
		return &problem{http.StatusNotFound, "this server does not match requests"}
	}
	asked, err := readInquiry(http.MaxBytesReader(w, q.Body, requestBytes), q.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	leave, err := enter(q.Context(), h.matches)
	if err != nil {
		return err
	}
	defer leave()
	answer, err := h.c.Match(q.Context(), asked.Text, asked.Priority)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, answer)
}

func readInquiry(body io.Reader, contentType string) (inquiry, error) {
	asked := inquiry{Priority: "none"}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return asked, &problem{http.StatusUnsupportedMediaType, "send JSON, with Content-Type: application/json"}
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(&asked)
	if err == nil {
		_, err = d.Token() // there must be nothing else
	} else if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return asked, &problem{http.StatusRequestEntityTooLarge, "the request is too long"}
	case !errors.Is(err, io.EOF):
		return asked, badRequest(`send {"text": "…", "priority": "high"} and nothing else`)
	case strings.TrimSpace(asked.Text) == "":
		return asked, badRequest("the request has no text")
	case !slices.Contains([]string{"urgent", "high", "normal", "low", "none"}, asked.Priority):
		return asked, badRequest("priority is urgent, high, normal, low or none")
	}
	return asked, nil
}
