package kafka

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// envelope is the payload of a message that could not be read. What is in the
// open says where the message is; its content is sealed.
type envelope struct {
	Quarantined string    `json:"_quarantined"` // the reason, snake_case
	Topic       string    `json:"topic"`
	Partition   int32     `json:"partition"`
	Offset      *int64    `json:"offset"`
	Incarnation int64     `json:"incarnation"`
	At          time.Time `json:"at"`
	Sealed      string    `json:"sealed"`
}

// content is what is sealed. JSON has the bytes in base64 and tells no bytes
// (a tombstone) from an empty value.
type content struct {
	Key     []byte          `json:"key"`
	Value   []byte          `json:"value"`
	Headers []contentHeader `json:"headers"`
}

type contentHeader struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// poison is the record of a message that cannot be read.
func (s *Source) poison(m message.Message, incarnation int64, reason string) (ingest.Record, error) {
	c := content{Key: m.Key, Value: m.Value}
	for _, h := range m.Headers {
		c.Headers = append(c.Headers, contentHeader(h))
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return ingest.Record{}, fmt.Errorf("quarantine offset %d: %w", m.Offset, err)
	}
	e := envelope{
		Quarantined: reason, Topic: m.Topic, Partition: m.Partition, Offset: &m.Offset,
		Incarnation: incarnation, At: m.Time,
	}
	if e.Sealed, err = s.o.Seal(plain); err != nil {
		return ingest.Record{}, fmt.Errorf("quarantine offset %d: seal: %w", m.Offset, err)
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return ingest.Record{}, fmt.Errorf("quarantine offset %d: %w", m.Offset, err)
	}
	return ingest.Record{
		Key: recordKey(incarnation, m.Offset), Version: version(m.Offset), ObservedAt: m.Time,
		Schema: ingest.QuarantineSchema, Payload: payload,
	}, nil
}

// OpenPoison gives the message that a quarantined record holds, and the key
// for the records it becomes (see Records). unseal undoes Options.Seal. The
// errors have no content.
func OpenPoison(payload []byte, unseal func(string) ([]byte, error)) (message.Message, string, error) {
	var e envelope
	if err := json.Unmarshal(payload, &e); err != nil {
		return message.Message{}, "", errors.New("kafka: the quarantined record is not JSON as it was written")
	}
	if e.Quarantined == "" || e.Topic == "" || e.Offset == nil || e.Sealed == "" {
		return message.Message{}, "", errors.New("kafka: the quarantined record does not hold a message")
	}
	where := fmt.Sprintf("kafka: the quarantined message %s/%d at offset %d", e.Topic, e.Partition, *e.Offset)
	plain, err := unseal(e.Sealed)
	if err != nil {
		return message.Message{}, "", fmt.Errorf("%s: unseal: %w", where, err)
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return message.Message{}, "", fmt.Errorf("%s: what was sealed is no message", where)
	}
	m := message.Message{Topic: e.Topic, Partition: e.Partition, Offset: *e.Offset, Time: e.At, Key: c.Key, Value: c.Value}
	for _, h := range c.Headers {
		m.Headers = append(m.Headers, message.Header(h))
	}
	return m, recordKey(e.Incarnation, *e.Offset), nil
}
