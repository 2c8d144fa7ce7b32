// Package broker runs a Kafka broker inside the process, on loopback, for what
// the simulated company's relay and feeds send. It speaks the real protocol.
package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// Broker is a running broker.
type Broker struct {
	cluster  *kfake.Cluster
	producer *kgo.Client
}

// Start starts a broker with these topics, each with its number of partitions.
// What it holds is kept in the folder dir and found there by the next start; an
// empty dir keeps everything in memory.
func Start(dir string, topics map[string]int32) (*Broker, error) {
	opts := []kfake.Opt{kfake.NumBrokers(1)}
	if dir != "" {
		opts = append(opts, kfake.DataDir(dir))
	}
	for name, partitions := range topics {
		opts = append(opts, kfake.SeedTopics(partitions, name))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DisableClientMetrics(),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("start broker: %w", err)
	}
	return &Broker{cluster: cluster, producer: producer}, nil
}

// Addrs are the broker's addresses as host:port.
func (b *Broker) Addrs() []string { return b.cluster.ListenAddrs() }

// Produce appends messages in order, each to the partition of its key, and
// returns when the broker has them all.
func (b *Broker) Produce(ctx context.Context, topic string, msgs []simulate.Message) error {
	const together = 1000 // messages, so that what is on its way stays small
	for part := range slices.Chunk(msgs, together) {
		records := make([]*kgo.Record, len(part))
		for i, m := range part {
			records[i] = record(topic, m)
		}
		if err := b.producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return fmt.Errorf("produce to topic %s: %w", topic, err)
		}
	}
	return nil
}

func record(topic string, m simulate.Message) *kgo.Record {
	r := &kgo.Record{Topic: topic, Key: []byte(m.Key), Value: m.Value, Timestamp: m.At}
	for name, value := range m.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	slices.SortFunc(r.Headers, func(a, b kgo.RecordHeader) int { return strings.Compare(a.Key, b.Key) })
	return r
}

// Close stops the broker.
func (b *Broker) Close() {
	b.producer.Close()
	b.cluster.Close()
}
