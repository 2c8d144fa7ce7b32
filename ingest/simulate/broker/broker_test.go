package broker

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// TestProduce: what is produced comes back, and the messages of one key in
// order.
func TestProduce(t *testing.T) {
	b, err := Start("", map[string]int32{"webhooks": 4, "feed": 2})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h := simulate.Generate(simulate.Options{Seed: 2, JiraTickets: 30, GitHubTickets: 30})
	o := simulate.StreamOptions{Poison: .02, Contacts: 20}
	sent := map[string][]simulate.Message{"webhooks": h.Webhooks(o), "feed": h.Feed(o)}
	keys, n := map[string][]simulate.Message{}, 0
	for topic, msgs := range sent {
		if err := b.Produce(t.Context(), topic, msgs); err != nil {
			t.Fatal(err)
		}
		for _, m := range msgs {
			keys[topic+m.Key] = append(keys[topic+m.Key], m)
		}
		n += len(msgs)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics("webhooks", "feed"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	partitions := map[string]bool{}
	for n > 0 {
		fs := cl.PollFetches(t.Context())
		if err := fs.Err(); err != nil {
			t.Fatal(err)
		}
		fs.EachRecord(func(r *kgo.Record) {
			n--
			partitions[r.Topic+fmt.Sprint(r.Partition)] = true
			k := r.Topic + string(r.Key)
			if len(keys[k]) == 0 {
				t.Fatalf("%s comes too often", k)
			}
			m := keys[k][0]
			keys[k] = keys[k][1:]
			if string(m.Value) != string(r.Value) || len(r.Headers) != len(m.Headers) || !r.Timestamp.Equal(m.At.Truncate(time.Millisecond)) {
				t.Errorf("%s: another message, or out of order", k)
			}
			for _, h := range r.Headers {
				if m.Headers[h.Key] != string(h.Value) {
					t.Errorf("%s: header %s is %q", k, h.Key, h.Value)
				}
			}
		})
	}
	if len(partitions) != 6 {
		t.Errorf("only %d of 6 partitions are used", len(partitions))
	}
	if err := b.Produce(t.Context(), "webhooks", nil); err != nil {
		t.Error(err)
	}
}
