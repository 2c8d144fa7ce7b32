package kafkatest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ByKey lets the key choose the partition, as Kafka's own producer does.
const ByKey int32 = -1

// Message is one message to produce. A nil Value is a tombstone, a zero Time
// means now.
type Message struct {
	Key, Value []byte
	Headers    []Header
	Time       time.Time
}

// Header is one header of a message.
type Header struct {
	Key   string
	Value []byte
}

// Produce appends messages uncompressed and gives their offsets, in order. The
// messages of one call make one batch per partition, as far as a batch holds
// them.
func (b *Broker) Produce(t testing.TB, topic string, partition int32, msgs ...Message) []int64 {
	t.Helper()
	return b.ProduceAs(t, "none", topic, partition, msgs...)
}

// ProduceAs is Produce with a codec: none, gzip, snappy, lz4 or zstd.
func (b *Broker) ProduceAs(t testing.TB, codec, topic string, partition int32, msgs ...Message) []int64 {
	t.Helper()
	cl, err := b.producer(codec, partition, msgs)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	defer cl.Close()
	offsets, err := produce(patient(t), cl, topic, partition, msgs)
	if err != nil {
		t.Fatalf("kafkatest: produce to %s/%d: %v", topic, partition, err)
	}
	return offsets
}

// ProduceTx appends messages in one transaction, which is then committed or
// aborted.
func (b *Broker) ProduceTx(t testing.TB, topic string, partition int32, commit bool, msgs ...Message) []int64 {
	t.Helper()
	tx := b.BeginTx(t)
	offsets := tx.Produce(t, topic, partition, msgs...)
	if commit {
		tx.Commit(t)
	} else {
		tx.Abort(t)
	}
	return offsets
}

// Tx is an open transaction. One that the test leaves open is aborted when the
// test ends.
type Tx struct {
	cl   *kgo.Client
	done bool
}

// BeginTx opens a transaction of its own transactional id.
func (b *Broker) BeginTx(t testing.TB) *Tx {
	t.Helper()
	cl, err := b.producer("none", 0, nil, kgo.TransactionalID(b.Topic(t)), kgo.TransactionTimeout(10*time.Minute))
	if err == nil {
		err = cl.BeginTransaction()
	}
	if err != nil {
		t.Fatalf("kafkatest: begin transaction: %v", err)
	}
	tx := &Tx{cl: cl}
	t.Cleanup(func() {
		if !tx.done {
			// The test's context has ended by now.
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_ = cl.EndTransaction(ctx, kgo.TryAbort) // the broker may be down for good
		}
		cl.Close()
	})
	return tx
}

// Produce appends messages within the transaction and gives their offsets. It
// needs a partition: ByKey is not for transactions.
func (tx *Tx) Produce(t testing.TB, topic string, partition int32, msgs ...Message) []int64 {
	t.Helper()
	offsets, err := produce(patient(t), tx.cl, topic, partition, msgs)
	if err != nil {
		t.Fatalf("kafkatest: produce to %s/%d in a transaction: %v", topic, partition, err)
	}
	return offsets
}

// Commit ends the transaction; its messages count from now on.
func (tx *Tx) Commit(t testing.TB) { t.Helper(); tx.end(t, kgo.TryCommit) }

// Abort ends the transaction; its messages never count.
func (tx *Tx) Abort(t testing.TB) { t.Helper(); tx.end(t, kgo.TryAbort) }

func (tx *Tx) end(t testing.TB, how kgo.TransactionEndTry) {
	t.Helper()
	tx.done = true
	if err := tx.cl.EndTransaction(patient(t), how); err != nil {
		t.Fatalf("kafkatest: end transaction: %v", err)
	}
}

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// batchBytes is the size of a batch that every topic takes by default.
const batchBytes = 1_000_012

func (b *Broker) producer(codec string, partition int32, msgs []Message, more ...kgo.Opt) (*kgo.Client, error) {
	c, ok := codecs[codec]
	if !ok {
		return nil, fmt.Errorf("no such codec: %s", codec)
	}
	most := batchBytes
	for _, m := range msgs {
		most = max(most, len(m.Key)+len(m.Value)+batchBytes/10)
	}
	part := kgo.ManualPartitioner()
	if partition == ByKey {
		part = kgo.StickyKeyPartitioner(nil)
	}
	return kgo.NewClient(append(append(b.dial(), kgo.ManualFlushing(), kgo.MaxBufferedRecords(flushEvery+1),
		kgo.ProducerBatchCompression(c), kgo.ProducerBatchMaxBytes(int32(most)), kgo.RecordPartitioner(part)), more...)...)
}

// flushEvery is how many messages at most wait to be sent.
const flushEvery = 20_000

func produce(ctx context.Context, cl *kgo.Client, topic string, partition int32, msgs []Message) ([]int64, error) {
	records := make([]*kgo.Record, len(msgs))
	var failed error
	for i, m := range msgs {
		r := &kgo.Record{Topic: topic, Partition: max(0, partition), Key: m.Key, Value: m.Value, Timestamp: m.Time}
		for _, h := range m.Headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		records[i] = r
		cl.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if failed == nil { // kgo calls back one at a time, and before Flush returns
				failed = err
			}
		})
		if i%flushEvery == flushEvery-1 || i == len(msgs)-1 {
			if err := cl.Flush(ctx); err != nil {
				return nil, err
			}
		}
	}
	offsets := make([]int64, len(records))
	for i, r := range records {
		offsets[i] = r.Offset
	}
	return offsets, failed
}
