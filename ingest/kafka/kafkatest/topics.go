package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// CreateTopic creates a topic with Kafka's own topic settings, nil for none,
// and returns when it can be written.
func (b *Broker) CreateTopic(t testing.TB, name string, partitions int32, config map[string]string) {
	t.Helper()
	settings := make(map[string]*string, len(config))
	for k, v := range config {
		settings[k] = &v
	}
	ctx := patient(t)
	if _, err := b.adm().CreateTopic(ctx, partitions, 1, settings, name); err != nil {
		t.Fatalf("kafkatest: create topic %s: %v", name, err)
	}
	b.awaitPartitions(ctx, t, name, int(partitions))
}

// AddPartitions raises the topic's number of partitions to total.
func (b *Broker) AddPartitions(t testing.TB, name string, total int) {
	t.Helper()
	ctx := patient(t)
	rs, err := b.adm().UpdatePartitions(ctx, total, name)
	if err == nil {
		err = rs.Error()
	}
	if err != nil {
		t.Fatalf("kafkatest: add partitions to %s: %v", name, err)
	}
	b.awaitPartitions(ctx, t, name, total)
}

// awaitPartitions waits until the broker leads all partitions: a real one
// answers before it does.
func (b *Broker) awaitPartitions(ctx context.Context, t testing.TB, name string, n int) {
	t.Helper()
	err := until(ctx, func() bool {
		ts, err := b.adm().ListTopics(ctx, name)
		if err != nil || ts[name].Err != nil || len(ts[name].Partitions) != n {
			return false
		}
		for _, p := range ts[name].Partitions {
			if p.Err != nil || p.Leader < 0 {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Fatalf("kafkatest: topic %s does not get its %d partitions: %v", name, n, err)
	}
}

// DeleteTopic deletes a topic and returns when it is gone; one created again
// under the name has another id and starts at offset 0.
func (b *Broker) DeleteTopic(t testing.TB, name string) {
	t.Helper()
	ctx := patient(t)
	if _, err := b.adm().DeleteTopic(ctx, name); err != nil {
		t.Fatalf("kafkatest: delete topic %s: %v", name, err)
	}
	err := until(ctx, func() bool {
		ts, err := b.adm().ListTopics(ctx, name)
		return err == nil && errors.Is(ts[name].Err, kerr.UnknownTopicOrPartition)
	})
	if err != nil {
		t.Fatalf("kafkatest: topic %s does not go: %v", name, err)
	}
}

// DeleteBefore removes the messages before the offset, as retention does.
func (b *Broker) DeleteBefore(t testing.TB, topic string, partition int32, offset int64) {
	t.Helper()
	var os kadm.Offsets
	os.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset})
	rs, err := b.adm().DeleteRecords(patient(t), os)
	if err == nil {
		err = rs.Error()
	}
	if err != nil {
		t.Fatalf("kafkatest: delete records of %s/%d: %v", topic, partition, err)
	}
}

// rollKey is the key of the message that Compact appends.
const rollKey = "kafkatest.roll"

// Compacted are the settings of a topic that Compact works on.
func Compacted() map[string]string {
	return map[string]string{"cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0"}
}

// Compact returns when of every key only the newest message is left. It
// appends one message more, under a key of its own, since Kafka does not
// compact what it still writes to. The messages must be older than now.
func (b *Broker) Compact(t testing.TB, topic string, partition int32) {
	t.Helper()
	b.Produce(t, topic, partition, Message{Key: []byte(rollKey), Value: []byte("{}")})
	if !b.IsReal() {
		b.fake.cluster.Compact()
	}
	err := until(patient(t), func() bool {
		seen := map[string]bool{}
		for _, r := range b.read(t, topic, partition, kgo.ReadUncommitted()) {
			if seen[string(r.Key)] {
				return false
			}
			seen[string(r.Key)] = true
		}
		return true
	})
	if err != nil {
		t.Fatalf("kafkatest: %s/%d is not compacted: %v", topic, partition, err)
	}
}

// read gives what the partition holds, for the isolation level.
func (b *Broker) read(t testing.TB, topic string, partition int32, level kgo.IsolationLevel) []*kgo.Record {
	t.Helper()
	ctx := patient(t)
	list := b.adm().ListEndOffsets
	if level == kgo.ReadCommitted() {
		list = b.adm().ListCommittedOffsets
	}
	end, err := endOffset(list(ctx, topic))(topic, partition)
	if err != nil {
		t.Fatalf("kafkatest: end of %s/%d: %v", topic, partition, err)
	}
	cl, err := kgo.NewClient(append(b.dial(), kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().AtStart()}}))...)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	defer cl.Close()
	var out []*kgo.Record
	for next := int64(0); next < end; {
		fs := cl.PollFetches(ctx)
		if err := fs.Err(); err != nil {
			t.Fatalf("kafkatest: read %s/%d: %v", topic, partition, err)
		}
		fs.EachRecord(func(r *kgo.Record) {
			if next = r.Offset + 1; !r.Attrs.IsControl() {
				out = append(out, r)
			}
		})
	}
	return out
}

func endOffset(os kadm.ListedOffsets, err error) func(string, int32) (int64, error) {
	return func(topic string, partition int32) (int64, error) {
		if err != nil {
			return 0, err
		}
		o, ok := os.Lookup(topic, partition)
		if !ok {
			return 0, fmt.Errorf("no such partition")
		}
		return o.Offset, o.Err
	}
}
