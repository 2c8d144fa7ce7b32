package kafka_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
)

func TestOptions(t *testing.T) {
	good := func() kafka.Options {
		return kafka.Options{Brokers: []string{"a:9092"}, Topics: []string{"t"}, Decode: decoder{}, Seal: seal}
	}
	for want, change := range map[string]func(*kafka.Options){
		"":                                    func(*kafka.Options) {},
		"brokers: name at least one":          func(o *kafka.Options) { o.Brokers = nil },
		`brokers: "a" is not host:port`:       func(o *kafka.Options) { o.Brokers = []string{"a"} },
		`brokers: ":9092" is not host:port`:   func(o *kafka.Options) { o.Brokers = []string{":9092"} },
		"topics: name at least one":           func(o *kafka.Options) { o.Topics = nil },
		`topics: "t" is empty or named twice`: func(o *kafka.Options) { o.Topics = []string{"t", "t"} },
		`topics: "" is empty`:                 func(o *kafka.Options) { o.Topics = []string{""} },
		"decode:":                             func(o *kafka.Options) { o.Decode = nil },
		"seal:":                               func(o *kafka.Options) { o.Seal = nil },
		"partitions: -1 is negative":          func(o *kafka.Options) { o.Partitions = []int32{-1} },
		"partitions: 3 is negative or named":  func(o *kafka.Options) { o.Partitions = []int32{3, 3} },
		"shard: 5/4 is no share":              func(o *kafka.Options) { o.Shard, o.Shards = 5, 4 },
		"shard: 0/4 is no share":              func(o *kafka.Options) { o.Shards = 4 },
		"shard: 1/0 is no share":              func(o *kafka.Options) { o.Shard = 1 },
		"give one of the two":                 func(o *kafka.Options) { o.Shard, o.Shards, o.Partitions = 1, 2, []int32{1} },
		"sasl: user and password":             func(o *kafka.Options) { o.SASL = &kafka.SASL{Mechanism: "plain", User: "u"} },
		`sasl: mechanism "gssapi"`:            func(o *kafka.Options) { o.SASL = &kafka.SASL{Mechanism: "gssapi", User: "u", Password: "p"} },
	} {
		o := good()
		change(&o)
		_, err := kafka.New(o)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q, the error is %v", want, err)
		}
	}
}

func scopes(src *kafka.Source) (out []string) {
	for _, st := range src.Streams() {
		out = append(out, st.Scope)
	}
	return out
}

func TestShares(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	one, two := b.Topic(t)+"-b", b.Topic(t)+"-a"
	b.CreateTopic(t, one, 12, nil)
	b.CreateTopic(t, two, 2, nil)
	one, two = one+"/", two+"/"
	names := func(prefix string, ps ...string) (out []string) {
		for _, p := range ps {
			out = append(out, prefix+p)
		}
		return out
	}
	byTopic := func(a, b []string) []string {
		if one < two {
			return append(a, b...)
		}
		return append(b, a...)
	}
	for what, c := range map[string]struct {
		change func(*kafka.Options)
		want   []string
	}{
		"all":        {func(*kafka.Options) {}, byTopic(names(one, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"), names(two, "0", "1"))},
		"partitions": {func(o *kafka.Options) { o.Partitions = []int32{11, 1} }, byTopic(names(one, "1", "11"), names(two, "1"))},
		"shard 1/4":  {func(o *kafka.Options) { o.Shard, o.Shards = 1, 4 }, byTopic(names(one, "0", "4", "8"), names(two, "0"))},
		"shard 4/4":  {func(o *kafka.Options) { o.Shard, o.Shards = 4, 4 }, byTopic(names(one, "3", "7", "11"), nil)},
		"shard 1/1":  {func(o *kafka.Options) { o.Shard, o.Shards, o.Topics = 1, 1, o.Topics[1:] }, names(two, "0", "1")},
	} {
		o := options(b, "", func(o *kafka.Options) { o.Topics = []string{one[:len(one)-1], two[:len(two)-1]}; c.change(o) })
		src, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(src.Streams()); n != 0 {
			t.Errorf("before Prepare there are %d streams", n)
		}
		if err := src.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := scopes(src); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
		if err := src.Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	o := options(b, one[:len(one)-1], func(o *kafka.Options) { o.Partitions = []int32{0, 12} })
	src, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{src.Prepare(t.Context()), src.Ping(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "no topic has partition 12") {
			t.Errorf("a partition that does not exist: %v", err)
		}
	}
}

func TestAddedPartitions(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, nil)
	if err := fails(t, src, stream(topic, 1), nil); !strings.Contains(err.Error(), "no such stream") {
		t.Errorf("a partition that does not exist: %v", err)
	}
	b.AddPartitions(t, topic, 3)
	b.Produce(t, topic, 2, things(3, 2)...)
	if err := src.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := scopes(src); !slices.Equal(got, []string{topic + "/0", topic + "/1", topic + "/2"}) {
		t.Errorf("streams %v", got)
	}
	wantKeys(t, records(read(t, src, stream(topic, 1), nil)))
	wantKeys(t, records(read(t, src, stream(topic, 2), nil)), 0, 1)
}

func TestUnknownTopic(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	src, err := kafka.New(options(b, "no-such-topic", func(o *kafka.Options) { o.TopicWait = time.Millisecond }))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{src.Prepare(t.Context()), src.Ping(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "no-such-topic") || !strings.Contains(err.Error(), "check the topic's name") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestPingSeesWhatMayNotBeRead(t *testing.T) {
	const notAllowed = 29
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, nil)
	if err := src.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	b.FailFetches(t, topic, notAllowed, 1)
	if err := src.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "grant the user READ") || !strings.Contains(err.Error(), topic+"/0") {
		t.Errorf("the error is %v", err)
	}
}

func TestCursorsThatAreRefused(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, nil)
	for _, c := range []string{
		"", "}", "[]", "null", `{}`, `{"v":1}`, `{"v":2,"topic_id":"","incarnation":0,"next":0}`, `{"v":1,"incarnation":0}`, `{"v":1,"next":0}`,
		`{"v":1,"topic_id":"","incarnation":0,"next":-1}`, `{"v":1,"topic_id":"","incarnation":-1,"next":1}`, `{"v":1,"topic_id":"","incarnation":0,"next":1.5}`,
	} {
		if err := fails(t, src, stream(topic, 0), ingest.Cursor(c)); !strings.Contains(err.Error(), "cursor") {
			t.Errorf("%s: %v", c, err)
		}
	}
	// A cursor of brokers too old for topic ids learns the id.
	pages := read(t, src, stream(topic, 0), ingest.Cursor(`{"v":1,"topic_id":"","incarnation":4,"next":2}`))
	if got := keys(records(pages)); !slices.Equal(got, []string{"4:2"}) || !strings.Contains(string(last(pages)), `"topic_id":"`) || strings.Contains(string(last(pages)), `"topic_id":""`) {
		t.Errorf("got %v, then %s", got, last(pages))
	}
	wantGaps(t, gaps(pages))
}
