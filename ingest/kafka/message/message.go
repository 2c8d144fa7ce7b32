// Package message turns one Kafka message into the JSON records it tells of.
//
// It knows formats and no Kafka client: what to fetch and where to land it is
// the business of ingest/kafka.
package message

import (
	"encoding/json"
	"time"
)

// Header is one header of a message; names may repeat.
type Header struct {
	Key   string
	Value []byte
}

// Message is one message as it came. A nil Value is a tombstone; a Value of no
// bytes is not.
type Message struct {
	Topic     string
	Partition int32
	Offset    int64
	Time      time.Time // the broker's or the producer's, as the topic has it
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Item is one thing that a message tells of.
type Item struct {
	// Schema names the payload's shape and its version, such as
	// "jira.webhook/1".
	Schema string
	// Payload is one JSON object: the source's own and a last member "_kafka"
	// that says where it came from.
	Payload json.RawMessage
	// At is the source's own time of the thing where it gives one, else the
	// message's.
	At time.Time
	// Deleted marks a tombstone. Deletions told of in a payload are found by
	// staging.
	Deleted bool
}

// Poison is the error of a message that cannot be read and never will be with
// this program and configuration.
type Poison struct {
	// Reason is snake_case and free of content, such as "not_json".
	Reason string
	// Err is the cause, free of content; may be nil.
	Err error
}

// Error gives the reason and the cause.
func (p *Poison) Error() string {
	if p.Err == nil {
		return "poison message: " + p.Reason
	}
	return "poison message: " + p.Reason + ": " + p.Err.Error()
}

// Unwrap gives the cause.
func (p *Poison) Unwrap() error { return p.Err }
