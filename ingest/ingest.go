// Package ingest is the vocabulary of the collecting side: what a source of
// ticket history is, what it yields and how a run moves it into landing.
//
// A source kind lives in a package of its own (ingest/jira, ingest/github, …)
// and passes the suite of ingest/ingesttest. Bytes reach the disk through
// ingest/landing, after ingest/privacy has decided what may land.
package ingest

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// Source reads the history of one configured system.
//
// Implementations are safe for concurrent Read calls on different streams.
type Source interface {
	// Streams lists what the source can be asked for, in a stable order.
	Streams() []Stream
	// Read yields the stream's pages from the given cursor on; a nil cursor
	// means from the beginning. It ends when the source has nothing newer. An
	// error ends the sequence; the pages yielded before it stay valid.
	Read(ctx context.Context, s Stream, from Cursor) iter.Seq2[Page, error]
}

// Stream names one sequence of records of a source: what they are (Name, such
// as "issues") and which part of the system they come from (Scope, such as a
// project or repository; may be empty). Each stream has its own cursor, so a
// scope added to the configuration later is read from its beginning.
type Stream struct {
	Name  string
	Scope string
}

// String gives "name@scope", the form kept in landing.
func (s Stream) String() string {
	if s.Scope == "" {
		return s.Name
	}
	return s.Name + "@" + s.Scope
}

// ParseStream is the inverse of Stream.String.
func ParseStream(s string) Stream {
	name, scope, _ := strings.Cut(s, "@")
	return Stream{Name: name, Scope: scope}
}

// Cursor says how far a stream has been read. It is versioned JSON that only
// its source understands, built from the source's own clock and ids.
type Cursor json.RawMessage

// MarshalJSON keeps the cursor's JSON as it is.
func (c Cursor) MarshalJSON() ([]byte, error) { return json.RawMessage(c).MarshalJSON() }

// UnmarshalJSON keeps the cursor's JSON as it is.
func (c *Cursor) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*c = nil
		return nil
	}
	*c = append((*c)[:0], b...)
	return nil
}

// Page is a checkpoint border: once its records are durable, Next may be
// stored, never before.
type Page struct {
	Records []Record
	Next    Cursor
	// SourceCount is how many records the source itself says the stream holds
	// in all, where its API can tell; nil otherwise.
	SourceCount *int64
	// Complete marks the page that ends a walk: everything the source had
	// when the walk began has now been yielded.
	Complete bool
	// Gaps are losses the source admits to, such as a history it truncates.
	Gaps []Gap
}

// Record is one version of one thing of the source, payload kept raw.
type Record struct {
	// Key identifies the thing within its stream for ever: a native id.
	Key string
	// Version orders the versions of a key by the source's own clock; it is
	// compared as text (RFC 3339 in UTC, or a zero-padded number).
	Version string
	// ObservedAt is the source's time of this version.
	ObservedAt time.Time
	// Deleted marks the news that the thing is gone.
	Deleted bool
	// Schema names the payload's shape and its version, such as "jira.issue/1".
	Schema string
	// Payload is the source's JSON, one object.
	Payload json.RawMessage
}

// Gap is something the source is known to hold and did not give.
type Gap struct {
	Key    string `json:"key"`    // the record concerned
	Reason string `json:"reason"` // snake_case, no content
	Count  int64  `json:"count"`  // how many items are missing
}
