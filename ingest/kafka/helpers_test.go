package kafka_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// decoder takes a value for JSON: an object is one item, an array many. Values
// of other kinds choose the trouble.
type decoder struct{}

func (decoder) Decode(_ context.Context, m message.Message) ([]message.Item, error) {
	item := func(b []byte) message.Item {
		return message.Item{Schema: "test.thing/1", Payload: bytes.Clone(b)}
	}
	switch {
	case m.Value == nil:
		return []message.Item{{Schema: "test.thing/1", Payload: json.RawMessage(`{}`), Deleted: true}}, nil
	case string(m.Value) == "panic":
		panic(string(m.Value))
	case string(m.Value) == "later":
		return nil, errors.New("the registry is down")
	case m.Value[0] == '{':
		return []message.Item{item(m.Value)}, nil
	}
	var many []json.RawMessage
	if json.Unmarshal(m.Value, &many) != nil {
		return nil, &message.Poison{Reason: "not_json"}
	}
	var items []message.Item
	for _, b := range many {
		items = append(items, item(b))
	}
	return items, nil
}

func seal(b []byte) (string, error) { return base64.StdEncoding.EncodeToString(b), nil }

func unseal(s string) ([]byte, error) { return base64.StdEncoding.DecodeString(s) }

// newSource makes a prepared source that reads a topic.
func newSource(t testing.TB, b *kafkatest.Broker, topic string, change func(*kafka.Options)) *kafka.Source {
	t.Helper()
	src, err := kafka.New(options(b, topic, change))
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return src
}

func options(b *kafkatest.Broker, topic string, change func(*kafka.Options)) kafka.Options {
	o := kafka.Options{
		Brokers: b.Addrs(), Topics: []string{topic}, TLS: b.TLS(), Decode: decoder{}, Seal: seal,
		MaxWait: 20 * time.Millisecond, Heartbeat: 10 * time.Millisecond, MinBackoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		RetryFor: time.Minute,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func stream(topic string, partition int) ingest.Stream {
	return ingest.Stream{Name: kafka.StreamName, Scope: fmt.Sprintf("%s/%d", topic, partition)}
}

// read reads a stream to its end.
func read(t testing.TB, src ingest.Source, st ingest.Stream, from ingest.Cursor) []ingest.Page {
	t.Helper()
	var pages []ingest.Page
	for p, err := range src.Read(t.Context(), st, from) {
		if err != nil {
			t.Fatalf("%s: %v", st, err)
		}
		pages = append(pages, p)
	}
	if len(pages) == 0 || !pages[len(pages)-1].Complete {
		t.Fatalf("%s: the read does not end with a Complete page", st)
	}
	return pages
}

// fails reads a stream and gives the error that it must end with.
func fails(t testing.TB, src ingest.Source, st ingest.Stream, from ingest.Cursor) error {
	t.Helper()
	for _, err := range src.Read(t.Context(), st, from) {
		if err != nil {
			return err
		}
	}
	t.Fatalf("%s: no error", st)
	return nil
}

func records(pages []ingest.Page) (out []ingest.Record) {
	for _, p := range pages {
		out = append(out, p.Records...)
	}
	return out
}

func gaps(pages []ingest.Page) (out []ingest.Gap) {
	for _, p := range pages {
		out = append(out, p.Gaps...)
	}
	return out
}

func keys(rs []ingest.Record) (out []string) {
	for _, r := range rs {
		out = append(out, r.Key)
	}
	return out
}

func last(pages []ingest.Page) ingest.Cursor { return pages[len(pages)-1].Next }

// wantKeys compares keys with those of offsets, in the first incarnation.
func wantKeys(t testing.TB, got []ingest.Record, offsets ...int64) {
	t.Helper()
	var want []string
	for _, o := range offsets {
		want = append(want, fmt.Sprintf("0:%d", o))
	}
	if !slices.Equal(keys(got), want) {
		t.Errorf("got keys %v, want %v", short(keys(got)), short(want))
	}
}

func short(s []string) []string { return s[:min(len(s), 40)] }

func wantGaps(t testing.TB, got []ingest.Gap, want ...ingest.Gap) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got gaps %+v, want %+v", got, want)
	}
}

// things are n messages, numbered from a start.
func things(from, n int) []kafkatest.Message {
	out := make([]kafkatest.Message, n)
	for i := range out {
		out[i] = kafkatest.Message{Key: fmt.Appendf(nil, "k%d", from+i), Value: fmt.Appendf(nil, `{"n":%d}`, from+i)}
	}
	return out
}

// topicOf makes a topic of one partition with messages in it.
func topicOf(t testing.TB, b *kafkatest.Broker, msgs ...kafkatest.Message) string {
	t.Helper()
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, nil)
	if len(msgs) > 0 {
		b.Produce(t, topic, 0, msgs...)
	}
	return topic
}

// moved is a cursor with another next offset.
func moved(t testing.TB, c ingest.Cursor, next int64) ingest.Cursor {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(c, &m); err != nil {
		t.Fatal(err)
	}
	m["next"] = next
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
