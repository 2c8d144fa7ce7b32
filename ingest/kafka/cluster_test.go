package kafka_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
)

// cluster is an in-process cluster of a kind that the usual tests do not need.
type cluster struct {
	*kfake.Cluster
	client *kgo.Client
	topic  string
}

func startCluster(t *testing.T, opts ...kfake.Opt) *cluster {
	t.Helper()
	c := &cluster{topic: "t"}
	var err error
	if c.Cluster, err = kfake.NewCluster(opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(10*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	c.create(t)
	return c
}

func (c *cluster) create(t *testing.T) {
	t.Helper()
	if _, err := kadm.NewClient(c.client).CreateTopic(t.Context(), 1, 1, nil, c.topic); err != nil {
		t.Fatal(err)
	}
}

// produce appends messages, each in a batch of its own.
func (c *cluster) produce(t *testing.T, from, n int) {
	t.Helper()
	for i := range n {
		r := &kgo.Record{Topic: c.topic, Value: fmt.Appendf(nil, `{"n":%d}`, from+i)}
		if err := c.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *cluster) source(t *testing.T) *kafka.Source {
	t.Helper()
	src, err := kafka.New(kafka.Options{
		Brokers: c.ListenAddrs(), Topics: []string{c.topic}, Decode: decoder{}, Seal: seal, FetchBytes: 1,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond,
	})
	if err == nil {
		err = src.Prepare(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestLeaderMoves reads from a cluster whose partition wanders from broker to
// broker.
func TestLeaderMoves(t *testing.T) {
	c := startCluster(t, kfake.NumBrokers(3))
	c.produce(t, 0, 20)
	src := c.source(t)
	if err := src.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	var pages []ingest.Page
	for p, err := range src.Read(t.Context(), stream(c.topic, 0), nil) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
		if err := c.MoveTopicPartition(c.topic, 0, (c.LeaderFor(c.topic, 0)+1)%3); err != nil {
			t.Fatal(err)
		}
	}
	if rs := records(pages); len(rs) != 20 {
		t.Errorf("%d records: %v", len(rs), keys(rs))
	}
	wantGaps(t, gaps(pages))
}

// TestBrokersWithoutTopicIDs has brokers of before 2.8. A topic that was
// created again is noticed where its offsets do not fit.
func TestBrokersWithoutTopicIDs(t *testing.T) {
	c := startCluster(t, kfake.NumBrokers(1), kfake.MaxVersions(kversion.V2_4_0()))
	c.produce(t, 0, 5)
	src := c.source(t)
	pages := read(t, src, stream(c.topic, 0), nil)
	wantKeys(t, records(pages), 0, 1, 2, 3, 4)
	if want := `{"v":1,"topic_id":"","incarnation":0,"next":5}`; string(last(pages)) != want {
		t.Errorf("the cursor is %s", last(pages))
	}
	if _, err := kadm.NewClient(c.client).DeleteTopic(t.Context(), c.topic); err != nil {
		t.Fatal(err)
	}
	c.create(t)
	c.produce(t, 100, 2)
	pages = read(t, src, stream(c.topic, 0), last(pages))
	if got := keys(records(pages)); !slices.Equal(got, []string{"1:0", "1:1"}) {
		t.Errorf("got %v", got)
	}
	wantGaps(t, gaps(pages), ingest.Gap{Key: c.topic + "/0", Reason: "log_truncated", Count: 3})
}
