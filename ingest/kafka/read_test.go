package kafka_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

func TestMessagesBecomeRecords(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	at := time.Date(2026, 3, 1, 9, 30, 0, 123e6, time.UTC)
	topic := topicOf(t, b,
		kafkatest.Message{Value: []byte(`{"n":1}`), Time: at},
		kafkatest.Message{Key: []byte("k"), Time: at},
		kafkatest.Message{Value: []byte(`[{"n":2},{"n":3}]`), Time: at},
		kafkatest.Message{Value: []byte(`[]`), Time: at},
		kafkatest.Message{Key: []byte("k"), Value: []byte("<xml>"), Time: at, Headers: []kafkatest.Header{{Key: "h", Value: []byte{0, 255}}}},
		kafkatest.Message{Value: []byte("panic"), Time: at},
	)
	got := records(read(t, newSource(t, b, topic, nil), stream(topic, 0), nil))
	want := []ingest.Record{
		{Key: "0:0", Version: "00000000000000000000", Payload: json.RawMessage(`{"n":1}`), Schema: "test.thing/1"},
		{Key: "0:1", Version: "00000000000000000001", Payload: json.RawMessage(`{}`), Schema: "test.thing/1", Deleted: true},
		{Key: "0:2:0", Version: "00000000000000000002", Payload: json.RawMessage(`{"n":2}`), Schema: "test.thing/1"},
		{Key: "0:2:1", Version: "00000000000000000002", Payload: json.RawMessage(`{"n":3}`), Schema: "test.thing/1"},
		{Key: "0:4", Version: "00000000000000000004", Schema: ingest.QuarantineSchema},
		{Key: "0:5", Version: "00000000000000000005", Schema: ingest.QuarantineSchema},
	}
	if len(got) != len(want) {
		t.Fatalf("%d records: %v", len(got), keys(got))
	}
	for i, w := range want {
		w.ObservedAt = at
		if w.Payload == nil {
			w.Payload = got[i].Payload
		}
		if !reflect.DeepEqual(got[i], w) {
			t.Errorf("record %d is %+v, want %+v", i, got[i], w)
		}
	}
	for i, reason := range map[int]string{4: "not_json", 5: "decoder_panic"} {
		if !strings.Contains(string(got[i].Payload), reason) || strings.Contains(string(got[i].Payload), "xml") {
			t.Errorf("quarantined as %s", got[i].Payload)
		}
	}
	m, key, err := kafka.OpenPoison(got[4].Payload, unseal)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, message.Message{
		Topic: topic, Offset: 4, Time: at, Key: []byte("k"), Value: []byte("<xml>"),
		Headers: []message.Header{{Key: "h", Value: []byte{0, 255}}},
	}) {
		t.Errorf("the quarantined message comes back as %+v", m)
	}
	again := kafka.Records(m, key, []message.Item{{Schema: "a/1"}, {Schema: "a/1", At: at.Add(time.Hour)}})
	if !slices.Equal(keys(again), []string{"0:4:0", "0:4:1"}) || !again[0].ObservedAt.Equal(at) || !again[1].ObservedAt.Equal(at.Add(time.Hour)) {
		t.Errorf("a replay gives %+v", again)
	}
}

func TestDecoderThatFailsEndsTheRead(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, append(things(0, 3), kafkatest.Message{Value: []byte("later")})...)
	err := fails(t, newSource(t, b, topic, nil), stream(topic, 0), nil)
	if !strings.Contains(err.Error(), "offset 3") || !strings.Contains(err.Error(), "registry") {
		t.Errorf("the error is %v", err)
	}
}

// TestResume reads on after each page of a read, and must come to the same.
func TestResume(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	n := 0
	for _, size := range []int{1, 2500, 3, 700, 1} { // batches that pages cut, and the other way round
		b.Produce(t, topic, 0, things(n, size)...)
		n += size
	}
	src := newSource(t, b, topic, func(o *kafka.Options) { o.FetchBytes = 10_000 })
	pages := read(t, src, stream(topic, 0), nil)
	want := records(pages)
	if len(want) != n || len(pages) < 5 {
		t.Fatalf("%d records of %d on %d pages", len(want), n, len(pages))
	}
	for i := range pages {
		got := slices.Concat(records(pages[:i+1]), records(read(t, src, stream(topic, 0), pages[i].Next)))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("read on after page %d: %d records, want %d", i, len(got), len(want))
		}
	}
	wantGaps(t, gaps(pages))
	again := read(t, src, stream(topic, 0), last(pages))
	if len(again) != 1 || len(again[0].Records) != 0 || !bytes.Equal(again[0].Next, last(pages)) {
		t.Errorf("nothing new gives %+v", again)
	}
}

func TestCodecs(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	codecs := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	for i, codec := range codecs {
		b.ProduceAs(t, codec, topic, 0, things(i*1000, 1000)...)
	}
	got := records(read(t, newSource(t, b, topic, nil), stream(topic, 0), nil))
	if len(got) != len(codecs)*1000 {
		t.Fatalf("%d records", len(got))
	}
	for i, r := range got {
		if want := fmt.Sprintf(`{"n":%d}`, i); string(r.Payload) != want || r.Key != fmt.Sprintf("0:%d", i) {
			t.Fatalf("record %s is %s, want %s", r.Key, r.Payload, want)
		}
	}
}

func TestHugeMessage(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, map[string]string{"max.message.bytes": "9000000"})
	huge := fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 6<<20))
	b.Produce(t, topic, 0, things(0, 2)...)
	b.Produce(t, topic, 0, kafkatest.Message{Value: huge})
	b.ProduceAs(t, "zstd", topic, 0, kafkatest.Message{Value: huge})
	b.Produce(t, topic, 0, things(2, 2)...)
	got := records(read(t, newSource(t, b, topic, func(o *kafka.Options) { o.FetchBytes = 1 << 16 }), stream(topic, 0), nil))
	wantKeys(t, got, 0, 1, 2, 3, 4, 5)
	for _, i := range []int{2, 3} {
		if !bytes.Equal(got[i].Payload, huge) {
			t.Errorf("record %d has %d bytes, want %d", i, len(got[i].Payload), len(huge))
		}
	}
}

func TestTransactions(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 1)...)
	var want []int64
	take := func(offsets []int64) { want = append(want, offsets...) }
	take([]int64{0})
	take(b.ProduceTx(t, topic, 0, true, things(1, 2)...))
	b.ProduceTx(t, topic, 0, false, things(3, 2)...)
	b.ProduceTx(t, topic, 0, false, things(5, 1)...)
	// Two at once, of which one counts, with messages of neither between.
	good, bad := b.BeginTx(t), b.BeginTx(t)
	take(good.Produce(t, topic, 0, things(6, 1)...))
	bad.Produce(t, topic, 0, things(7, 1)...)
	take(b.Produce(t, topic, 0, things(8, 1)...))
	take(good.Produce(t, topic, 0, things(9, 1)...))
	bad.Produce(t, topic, 0, things(10, 1)...)
	good.Commit(t)
	bad.Abort(t)
	take(b.Produce(t, topic, 0, things(11, 1)...))

	for _, fetchBytes := range []int32{0, 1} { // all at once, and a batch at a time
		src := newSource(t, b, topic, func(o *kafka.Options) { o.FetchBytes = fetchBytes })
		pages := read(t, src, stream(topic, 0), nil)
		wantKeys(t, records(pages), want...)
		wantGaps(t, gaps(pages))
	}

	src := newSource(t, b, topic, nil)
	pages := read(t, src, stream(topic, 0), nil)
	open := b.BeginTx(t)
	held := open.Produce(t, topic, 0, things(12, 1)...)
	behind := b.Produce(t, topic, 0, things(13, 1)...)
	waiting := read(t, src, stream(topic, 0), last(pages))
	wantKeys(t, records(waiting)) // what comes behind an open transaction waits for it
	open.Commit(t)
	rest := read(t, src, stream(topic, 0), last(waiting))
	wantKeys(t, records(rest), held[0], behind[0])
	// What ends a transaction has an offset as well, and is passed.
	again := read(t, src, stream(topic, 0), last(rest))
	if len(again) != 1 || !bytes.Equal(again[0].Next, last(rest)) {
		t.Errorf("after the end: %+v", again)
	}
	wantGaps(t, gaps(append(waiting, append(rest, again...)...)))
}

func TestCompaction(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := b.Topic(t)
	b.CreateTopic(t, topic, 1, kafkatest.Compacted())
	b.Produce(t, topic, 0, things(100, 1)...)
	for range 3 { // within a batch, a whole batch, and what stays
		b.Produce(t, topic, 0, append(things(0, 4), things(200, 1)...)...)
		b.Produce(t, topic, 0, things(4, 2)...)
	}
	b.Produce(t, topic, 0, things(200, 1)...)
	b.Compact(t, topic, 0)
	src := newSource(t, b, topic, func(o *kafka.Options) { o.FetchBytes = 1 })
	pages := read(t, src, stream(topic, 0), nil)
	got := keys(records(pages))
	for _, k := range []string{"0:0", "0:15", "0:16", "0:17", "0:18", "0:20", "0:21", "0:22"} {
		if !slices.Contains(got, k) {
			t.Errorf("%s is missing in %v", k, got)
		}
	}
	missing := func(pages []ingest.Page) (n int64) {
		for _, g := range gaps(pages) {
			if g.Reason != "compacted_away" || g.Key != topic+"/0" {
				t.Errorf("gap %+v", g)
			}
			n += g.Count
		}
		return n
	}
	if n := missing(pages); n != 15 {
		t.Errorf("%d messages are said to be gone, want 15", n)
	}
	for i := range pages {
		if n := missing(pages[:i+1]) + missing(read(t, src, stream(topic, 0), pages[i].Next)); n != 15 {
			t.Errorf("read on after page %d, %d messages are said to be gone, want 15", i, n)
		}
	}
}

func TestRetention(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 10)...)
	src := newSource(t, b, topic, nil)
	pages := read(t, src, stream(topic, 0), nil)
	b.Produce(t, topic, 0, things(10, 10)...)
	b.DeleteBefore(t, topic, 0, 15) // within a batch

	passed := read(t, src, stream(topic, 0), last(pages))
	wantKeys(t, records(passed), 15, 16, 17, 18, 19)
	wantGaps(t, gaps(passed), ingest.Gap{Key: topic + "/0", Reason: "retention_passed", Count: 5})

	// A new stream was promised nothing.
	fresh := read(t, src, stream(topic, 0), nil)
	wantKeys(t, records(fresh), 15, 16, 17, 18, 19)
	wantGaps(t, gaps(fresh))

	b.DeleteBefore(t, topic, 0, 20)
	all := read(t, src, stream(topic, 0), last(pages))
	wantKeys(t, records(all))
	wantGaps(t, gaps(all), ingest.Gap{Key: topic + "/0", Reason: "retention_passed", Count: 10})
	wantGaps(t, gaps(read(t, src, stream(topic, 0), last(all))))
}

// TestTruncated has a cursor behind the end, as after an unclean election.
func TestTruncated(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, nil)
	pages := read(t, src, stream(topic, 0), moved(t, last(read(t, src, stream(topic, 0), nil)), 7))
	if got := keys(records(pages)); !slices.Equal(got, []string{"1:0", "1:1", "1:2"}) {
		t.Errorf("got %v", got)
	}
	wantGaps(t, gaps(pages), ingest.Gap{Key: topic + "/0", Reason: "log_truncated", Count: 4})
	wantGaps(t, gaps(read(t, src, stream(topic, 0), last(pages))))
}

func TestRecreated(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, nil)
	pages := read(t, src, stream(topic, 0), nil)
	b.DeleteTopic(t, topic)
	b.CreateTopic(t, topic, 1, nil)
	b.Produce(t, topic, 0, things(100, 5)...) // beyond the old end
	pages = read(t, src, stream(topic, 0), last(pages))
	if got := keys(records(pages)); !slices.Equal(got, []string{"1:0", "1:1", "1:2", "1:3", "1:4"}) {
		t.Errorf("got %v", got)
	}
	wantGaps(t, gaps(pages), ingest.Gap{Key: topic + "/0", Reason: "topic_recreated"})
	wantGaps(t, gaps(read(t, src, stream(topic, 0), last(pages))))

	// Read again from the beginning, the messages keep their keys.
	start, err := src.Rewind(last(pages))
	if err != nil {
		t.Fatal(err)
	}
	again := read(t, src, stream(topic, 0), start)
	if got, want := keys(records(again)), keys(records(pages)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantGaps(t, gaps(again))
}
