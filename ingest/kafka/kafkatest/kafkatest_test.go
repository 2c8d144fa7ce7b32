package kafkatest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func text(values ...string) []Message {
	var out []Message
	for i, v := range values {
		out = append(out, Message{Key: fmt.Appendf(nil, "k%d", i), Value: []byte(v)})
	}
	return out
}

// holds fails the test unless the partition holds these values, as seen by a
// reader of committed messages.
func holds(t *testing.T, b *Broker, topic string, partition int32, want ...string) {
	t.Helper()
	var got []string
	for _, r := range b.read(t, topic, partition, kgo.ReadCommitted()) {
		got = append(got, string(r.Value))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s/%d holds %q, not %q", topic, partition, got, want)
	}
}

func TestTopics(t *testing.T) {
	began := time.Now()
	b := Start(t, Options{})
	t.Logf("started in %v", time.Since(began))
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 2, nil)
	if got := b.Produce(t, topic, 1, text("a", "b", "c")...); !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("offsets %v", got)
	}
	if got := b.Produce(t, topic, 1, text("d")...); !slices.Equal(got, []int64{3}) {
		t.Errorf("offsets %v", got)
	}
	holds(t, b, topic, 1, "a", "b", "c", "d")
	b.DeleteBefore(t, topic, 1, 2)
	holds(t, b, topic, 1, "c", "d")
	b.AddPartitions(t, topic, 3)
	b.Produce(t, topic, 2, text("e")...)
	holds(t, b, topic, 2, "e")
	b.DeleteTopic(t, topic)
	b.CreateTopic(t, topic, 1, nil)
	if got := b.Produce(t, topic, 0, text("f")...); !slices.Equal(got, []int64{0}) {
		t.Errorf("offsets in the topic created again: %v", got)
	}
	holds(t, b, topic, 0, "f")
}

func TestByKey(t *testing.T) {
	b := Start(t, Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 4, nil)
	same := []Message{{Key: []byte("SUP-1"), Value: []byte("a")}, {Key: []byte("SUP-1"), Value: []byte("b")}}
	b.Produce(t, topic, ByKey, same...)
	b.Produce(t, topic, ByKey, same...)
	for p := range int32(4) {
		if n := len(b.read(t, topic, p, kgo.ReadCommitted())); n != 0 && n != 4 {
			t.Errorf("partition %d has %d of the key's 4 messages", p, n)
		}
	}
}

func TestMessages(t *testing.T) {
	b := Start(t, Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, map[string]string{"max.message.bytes": "8000000"})
	at := time.Date(2026, 5, 6, 7, 8, 9, 123e6, time.UTC)
	huge := bytes.Repeat([]byte("x"), 4<<20)
	b.Produce(t, topic, 0, Message{Key: []byte("k"), Headers: []Header{{"h", []byte("v")}}, Time: at}, Message{Value: huge})
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		b.ProduceAs(t, codec, topic, 0, text(strings.Repeat(codec+" ", 100))...)
	}
	got := b.read(t, topic, 0, kgo.ReadCommitted())
	if len(got) != 7 {
		t.Fatalf("%d messages", len(got))
	}
	if r := got[0]; r.Value != nil || !r.Timestamp.Equal(at) || len(r.Headers) != 1 || string(r.Headers[0].Value) != "v" {
		t.Errorf("first message: value %q, time %v, headers %v", r.Value, r.Timestamp, r.Headers)
	}
	if !bytes.Equal(got[1].Value, huge) || got[1].Key != nil {
		t.Error("the huge message is another")
	}
	for _, r := range got[2:] {
		if codec := []string{"none", "gzip", "snappy", "lz4", "zstd"}[r.Attrs.CompressionType()]; !strings.HasPrefix(string(r.Value), codec+" ") {
			t.Errorf("%.6s came as %s", r.Value, codec)
		}
	}
}

func TestTransactions(t *testing.T) {
	b := Start(t, Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, nil)
	b.ProduceTx(t, topic, 0, true, text("a")...)
	b.ProduceTx(t, topic, 0, false, text("b")...)
	open := b.BeginTx(t)
	open.Produce(t, topic, 0, text("c")...)
	b.Produce(t, topic, 0, text("d")...)
	holds(t, b, topic, 0, "a") // what follows an open transaction waits for it
	open.Commit(t)
	holds(t, b, topic, 0, "a", "c", "d")
	if n := len(b.read(t, topic, 0, kgo.ReadUncommitted())); n != 4 {
		t.Errorf("%d messages uncommitted ones included", n)
	}
	b.BeginTx(t).Produce(t, topic, 0, text("left open")...)
}

func TestCompact(t *testing.T) {
	b := Start(t, Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, Compacted())
	for _, v := range []string{"1", "2", "3"} {
		b.Produce(t, topic, 0, Message{Key: []byte("a"), Value: []byte(v)}, Message{Key: []byte("b" + v), Value: []byte(v)})
	}
	b.Compact(t, topic, 0)
	holds(t, b, topic, 0, "1", "2", "3", "3", "{}")
}

func TestRestart(t *testing.T) {
	b := Start(t, Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, nil)
	b.Produce(t, topic, 0, text("a")...)
	open := b.BeginTx(t)
	open.Produce(t, topic, 0, text("b")...)
	began := time.Now()
	b.Restart(t)
	t.Logf("restarted in %v", time.Since(began))
	open.Abort(t)
	b.Produce(t, topic, 0, text("c")...)
	holds(t, b, topic, 0, "a", "c")
}

func TestDown(t *testing.T) {
	b := Start(t, Options{})
	up := b.Down(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if b.client(t).Ping(ctx) == nil {
		t.Error("a broker that is down answers")
	}
	up()
	if err := b.client(t).Ping(patient(t)); err != nil {
		t.Error(err)
	}
}

func TestLogin(t *testing.T) {
	for _, o := range []Options{{SASL: true}, {TLS: true}, {SASL: true, TLS: true}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			b := Start(t, o)
			topic := b.Topic(t)
			b.CreateTopic(t, topic, 1, nil)
			b.Produce(t, topic, 0, text("a")...)
			holds(t, b, topic, 0, "a")
			if !o.SASL {
				return
			}
			ms := map[string]sasl.Mechanism{
				"plain":   plain.Auth{User: User, Pass: Password}.AsMechanism(),
				"sha-256": scram.Auth{User: User, Pass: Password}.AsSha256Mechanism(),
				"sha-512": scram.Auth{User: User, Pass: Password}.AsSha512Mechanism(),
				"wrong":   scram.Auth{User: User, Pass: "wrong"}.AsSha512Mechanism(),
			}
			for name, m := range ms {
				opts := []kgo.Opt{kgo.SeedBrokers(b.Addrs()...), kgo.SASL(m)}
				if o.TLS {
					opts = append(opts, kgo.DialTLSConfig(b.TLS()))
				}
				cl, err := kgo.NewClient(opts...)
				if err != nil {
					t.Fatal(err)
				}
				err = cl.Ping(patient(t))
				cl.Close()
				if (err == nil) != (name != "wrong") {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func TestFaults(t *testing.T) {
	b := Start(t, Options{})
	b.CutConnections(t)
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, nil)
	b.Produce(t, topic, 0, text("a", "b")...)
	fetches := b.Fetches(t)
	failed := b.FailFetches(t, topic, kerr.NotLeaderForPartition.Code, 2)
	b.BreakEvery(t, 7)
	holds(t, b, topic, 0, "a", "b")
	b.BreakEvery(t, 0)
	if failed() != 2 {
		t.Errorf("%d fetches failed, not 2", failed())
	}
	failed = b.FailListOffsets(t, topic, kerr.TopicAuthorizationFailed.Code, 1)
	if _, err := endOffset(b.adm().ListEndOffsets(patient(t), topic))(topic, 0); err == nil || failed() != 1 {
		t.Errorf("list offsets: error %v, %d failed", err, failed())
	}
	failed = b.FailMetadata(t, topic, kerr.TopicAuthorizationFailed.Code, 1)
	if ts, err := kadm.NewClient(b.client(t)).ListTopics(patient(t), topic); err == nil && ts[topic].Err == nil || failed() != 1 {
		t.Errorf("metadata: error %v, %v, %d failed", err, ts[topic].Err, failed())
	}
	if fetches() == 0 {
		t.Error("no fetch was counted")
	}
}
