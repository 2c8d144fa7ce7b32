package jira

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ticketmill/ticketmill/ingest"
)

const cursorVersion = 1

// position is the cursor of an issues stream. All times are the source's own,
// in ms since 1970.
type position struct {
	V int `json:"v"`
	// Since: everything updated before it has been read; 0 before the end of
	// the first walk.
	Since int64 `json:"since"`
	// Recent holds the versions read of the issues updated shortly before
	// Since, which the overlap lists again.
	Recent map[string]int64 `json:"recent,omitempty"`
	// Walk is the walk under way, nil between walks.
	Walk *walking `json:"walk,omitempty"`
}

// walking is how far a walk has come.
type walking struct {
	Since int64 `json:"since"` // the position's, where the walk began
	Mark  int64 `json:"mark"`  // becomes Since at the end
	// Created: all issues created before it have been read; 0 at the start.
	Created int64 `json:"created"`
	// Recent will replace the position's.
	Recent map[string]int64 `json:"recent,omitempty"`
}

func decodePosition(c ingest.Cursor) (position, error) {
	p := position{V: cursorVersion}
	if len(c) == 0 {
		return p, nil
	}
	p.V = 0
	if err := json.Unmarshal(c, &p); err != nil {
		return position{}, fmt.Errorf("cursor: %w", err)
	}
	if p.V != cursorVersion {
		return position{}, fmt.Errorf("cursor has version %d and this program knows %d: it was written by another release", p.V, cursorVersion)
	}
	if w := p.Walk; p.Since < 0 || w != nil && (w.Since < 0 || w.Mark < 0 || w.Created < 0) {
		return position{}, errors.New("cursor holds a time before 1970")
	}
	return p, nil
}

func (p position) encode() ingest.Cursor {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers and strings only
	}
	return b
}

// maxRecent bounds a cursor's size after a bulk edit. What falls out is read
// once more than needed, and nothing is lost.
const maxRecent = 10_000

func trim(m map[string]int64) map[string]int64 {
	if len(m) <= maxRecent {
		return m
	}
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(-cmp.Compare(m[a], m[b]), cmp.Compare(a, b)) })
	for _, id := range ids[maxRecent:] {
		delete(m, id)
	}
	return m
}
