package kafka

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ticketmill/ticketmill/ingest"
)

// cursorVersion is the version of cursors that this program writes and reads.
const cursorVersion = 1

// position is how far a partition has been read.
type position struct {
	// topicID is Kafka's id of the topic, as its own tools print it; empty
	// where brokers are too old to tell.
	topicID string
	// incarnation counts how often the partition has begun anew: the same
	// offset then means another message, which needs another key.
	incarnation int64
	// next is the first offset that has not been read; -1 before the first
	// read.
	next int64
}

// wireCursor is a position as a cursor has it. Pointers tell a missing field
// from 0, which would be a restart.
type wireCursor struct {
	V           int    `json:"v"`
	TopicID     string `json:"topic_id"`
	Incarnation *int64 `json:"incarnation"`
	Next        *int64 `json:"next"`
}

func (p position) cursor() (ingest.Cursor, error) {
	return json.Marshal(wireCursor{V: cursorVersion, TopicID: p.topicID, Incarnation: &p.incarnation, Next: &p.next})
}

func parseCursor(c ingest.Cursor) (position, error) {
	if c == nil {
		return position{next: -1}, nil
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
	return position{topicID: w.TopicID, incarnation: *w.Incarnation, next: *w.Next}, nil
}
