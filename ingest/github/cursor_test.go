package github

import (
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/ingest"
)

func TestBadCursors(t *testing.T) {
	f := newFake(t)
	s := f.source()
	for _, c := range []struct {
		st        ingest.Stream
		raw, want string
	}{
		{issuesOf, `{"v":2,"of":"issues"}`, "version 2"},
		{issuesOf, `{}`, "version 0"},
		{issuesOf, `nonsense`, "unreadable cursor"},
		{issuesOf, `{"v":1,"of":"comments"}`, `belongs to stream "comments"`},
		{issuesOf, `{"v":1,"of":"issues","since":"yesterday"}`, "since"},
		{issuesOf, `{"v":1,"of":"issues","seen":{"2024-01-01T00:00:00Z":"short"}}`, "seen"},
		{eventsOf, `{"v":7,"of":"events"}`, "version 7"},
		{eventsOf, `{"v":1,"of":"events","edge":"x"}`, "unreadable cursor"},
		{eventsOf, `{"v":1,"of":"events","done":"x"}`, "unreadable cursor"},
	} {
		r, err := tryRead(t.Context(), s, c.st, ingest.Cursor(c.raw))
		if err == nil || !strings.Contains(err.Error(), c.want) || len(r.pages) > 0 {
			t.Errorf("%s: %v, want %q", c.raw, err, c.want)
		}
	}
	if len(f.asked()) > 0 {
		t.Error("a bad cursor must not cost a request")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"v":1,"of":"issues","since":"2024-03-01T10:20:00Z","floor":"2024-03-01T10:19:00Z","seen":{"2024-03-01T10:18:00Z":"Kh8IRGMPKZc"},"etag":"W/\"1\""}`)
	f.Add(`{"v":1,"of":"events","done":5,"edge":"2024-03-01T10:20:00Z","walk":{"top":9,"next":"page=3"},"backfill":{"low":3}}`)
	f.Add(`{"v":2}`)
	f.Fuzz(func(t *testing.T, raw string) {
		if p, err := decodePosition(ingest.Cursor(raw), "issues", 10); err == nil {
			p.from()
			again, err := decodePosition(p.encode("issues"), "issues", 10)
			if err != nil {
				t.Fatalf("own cursor is refused: %v", err)
			}
			if !again.from().Equal(p.from()) {
				t.Fatalf("from %v becomes %v", p.from(), again.from())
			}
		}
		if h, err := decodeHistory(ingest.Cursor(raw)); err == nil {
			if _, err := decodeHistory(encodeCursor(h)); err != nil {
				t.Fatalf("own cursor is refused: %v", err)
			}
		}
	})
}
