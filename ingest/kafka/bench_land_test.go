package kafka_test

import (
	"fmt"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/ingest/privacy"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// webhookTopic holds the webhooks of a made-up history in one partition.
func webhookTopic(b *testing.B) (broker *kafkatest.Broker, topic string, count int, size int64) {
	broker = kafkatest.Start(b, kafkatest.Options{})
	topic = topicOf(b, broker)
	history := simulate.Generate(simulate.Options{Seed: 1, JiraTickets: 900, GitHubTickets: 900})
	var batch []kafkatest.Message
	for _, m := range history.Webhooks(simulate.StreamOptions{Seed: 1}) {
		batch = append(batch, kafkatest.Message{Key: []byte(m.Key), Value: m.Value, Time: m.At})
		count, size = count+1, size+int64(len(m.Value))
		if len(batch) == 200 {
			broker.ProduceAs(b, "lz4", topic, 0, batch...)
			batch = nil
		}
	}
	broker.ProduceAs(b, "lz4", topic, 0, batch...)
	return broker, topic, count, size
}

// BenchmarkLand takes webhooks from a broker to durable files, through decoder
// and privacy border; one operation is the whole topic. Beside it stands
// kafka-go's own consumer, which throws the messages away.
func BenchmarkLand(b *testing.B) {
	broker, topic, count, size := webhookTopic(b)
	run := func(name string, read func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				read(b)
			}
			b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "msg/s")
		})
	}
	run("consumer", func(b *testing.B) {
		r := kafkago.NewReader(kafkago.ReaderConfig{Brokers: broker.Addrs(), Topic: topic, MinBytes: 1, MaxBytes: 4 << 20, MaxWait: 10 * time.Millisecond})
		defer r.Close()
		for range count {
			if _, err := r.ReadMessage(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, mode := range []privacy.Mode{privacy.Keep, privacy.Pseudonymise} {
		run(fmt.Sprintf("land/%s", mode), func(b *testing.B) { land(b, broker, topic, mode, count) })
	}
}

func land(b *testing.B, broker *kafkatest.Broker, topic string, mode privacy.Mode, count int) {
	border, err := privacy.New(mode, []byte("a key for the benchmark"), privacy.Actors{Agents: []string{"*@acme.example"}, Bots: []string{"*[bot]"}})
	if err != nil {
		b.Fatal(err)
	}
	decoder, err := message.New(message.Options{})
	if err != nil {
		b.Fatal(err)
	}
	src := newSource(b, broker, topic, func(o *kafka.Options) { o.Decode, o.Seal = decoder, border.Seal })
	w, err := landing.Open(b.TempDir(), time.Now).Writer("events", "kafka", stream(topic, 0), "run", landing.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	stats, err := ingest.Sync(b.Context(), ingest.Job{Kind: "kafka", Source: src, Stream: stream(topic, 0), Border: border, Sink: w})
	if err != nil || stats.Records != int64(count) || stats.Quarantined > 0 {
		b.Fatalf("%+v, %v", stats, err)
	}
}
