package kafka

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ticketmill/ticketmill/ingest"
)

// cursorVersion is the version of cursors that this program writes and reads.
const cursorVersion = 1

// beginning is where a read begins that has no offset yet. Only Rewind's cursors
// say so.
const beginning = -1

// position is how far a partition has been read.
type position struct {
	// topicID is Kafka's id of the topic, as its own tools print it; empty
	// where brokers are too old to tell.
	topicID string
	// incarnation counts how often the partition has begun anew: the same
	// offset then means another message, which needs another key.
	incarnation int64
	// next is the first offset that has not been read.
	next int64
}

// wireCursor is a position as a cursor has it. Pointers tell a missing field
// from 0, which would be a restart.
type wireCursor struct {
	V           int    `json:"v"`
	TopicID     string `json:"topic_id"`
	Incarnation *int64 `json:"incarnation"`
	Next        *int64 `json:"next"`
	FromStart   bool   `json:"from_start,omitempty"` // Rewind's: next counts for nothing
}

func (p position) cursor() (ingest.Cursor, error) {
	next := max(p.next, 0)
	return json.Marshal(wireCursor{
		V: cursorVersion, TopicID: p.topicID, Incarnation: &p.incarnation, Next: &next, FromStart: p.next == beginning,
	})
}

func parseCursor(c ingest.Cursor) (position, error) {
	if c == nil {
		return position{next: beginning}, nil
	}
	var w wireCursor
	if err := json.Unmarshal(c, &w); err != nil {
		return position{}, fmt.Errorf("cursor: %w", err)
	}
	switch {
	case w.V != cursorVersion:
		return position{}, fmt.Errorf("cursor: version %d is not known, want %d: it was written by another version of the program", w.V, cursorVersion)
	case w.Incarnation == nil || w.Next == nil:
		return position{}, errors.New("cursor: incarnation or next is missing")
	case *w.Incarnation < 0 || *w.Next < 0:
		return position{}, fmt.Errorf("cursor: incarnation %d or next %d is negative", *w.Incarnation, *w.Next)
	}
	p := position{topicID: w.TopicID, incarnation: *w.Incarnation, next: *w.Next}
	if w.FromStart {
		p.next = beginning
	}
	return p, nil
}

// Rewind gives the cursor from which all that the partition still holds is read
// again. It keeps which topic was read and how often the partition has begun
// anew: the same offset must not get the key of another message.
func (s *Source) Rewind(from ingest.Cursor) (ingest.Cursor, error) {
	p, err := parseCursor(from)
	if err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	p.next = beginning
	return p.cursor()
}
