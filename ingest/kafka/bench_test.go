package kafka_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

const benchMessages = 100_000

// benchTopic holds as many messages of about 1 kB as a codec packs.
func benchTopic(b *testing.B, codec string) (broker *kafkatest.Broker, topic string, size int64) {
	broker = kafkatest.Start(b, kafkatest.Options{})
	topic = topicOf(b, broker)
	msgs := make([]kafkatest.Message, benchMessages)
	for i := range msgs {
		v := fmt.Appendf(nil, `{"n":%d,"text":%q}`, i, strings.Repeat(fmt.Sprintf("word%d ", i*7919%10007), 100))
		msgs[i] = kafkatest.Message{Key: fmt.Appendf(nil, "k%d", i), Value: v}
		size += int64(len(v))
	}
	broker.ProduceAs(b, codec, topic, 0, msgs...)
	return broker, topic, size
}

// raw takes every value for one item, without looking.
type raw struct{}

func (raw) Decode(_ context.Context, m message.Message) ([]message.Item, error) {
	return []message.Item{{Schema: "test.thing/1", Payload: append([]byte(nil), m.Value...)}}, nil
}

func eachCodec(b *testing.B, run func(b *testing.B, broker *kafkatest.Broker, topic string)) {
	for _, codec := range []string{"none", "zstd"} {
		b.Run(codec, func(b *testing.B) {
			broker, topic, size := benchTopic(b, codec)
			b.SetBytes(size)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, broker, topic)
			b.ReportMetric(float64(b.N)*benchMessages/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkRead reads one partition, decoding nothing; one operation is the
// whole topic.
func BenchmarkRead(b *testing.B) {
	eachCodec(b, func(b *testing.B, broker *kafkatest.Broker, topic string) {
		src := newSource(b, broker, topic, func(o *kafka.Options) { o.Decode = raw{} })
		for b.Loop() {
			n := 0
			for p, err := range src.Read(b.Context(), stream(topic, 0), nil) {
				if err != nil {
					b.Fatal(err)
				}
				n += len(p.Records)
			}
			if n != benchMessages {
				b.Fatalf("%d messages", n)
			}
		}
	})
}

// BenchmarkConsume is what to compare with: kafka-go's own consumer, which
// throws the messages away.
func BenchmarkConsume(b *testing.B) {
	eachCodec(b, func(b *testing.B, broker *kafkatest.Broker, topic string) {
		for b.Loop() {
			r := kafkago.NewReader(kafkago.ReaderConfig{Brokers: broker.Addrs(), Topic: topic, MinBytes: 1, MaxBytes: 4 << 20, MaxWait: 10 * time.Millisecond})
			for range benchMessages {
				if _, err := r.ReadMessage(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			r.Close()
		}
	})
}
