package kafka_test

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
)

// batchOf makes a batch that holds the offsets given and ends with last.
func batchOf(base, last int64, attributes int16, offsets ...int64) []byte {
	var records []byte
	for _, o := range offsets {
		r := kmsg.Record{OffsetDelta: int32(o - base), Value: []byte(`{}`)}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		records = r.AppendTo(records)
	}
	return sealBatch(kmsg.RecordBatch{
		FirstOffset: base, PartitionLeaderEpoch: 0, Magic: 2, Attributes: attributes, LastOffsetDelta: int32(last - base),
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: int32(len(offsets)), Records: records,
	})
}

// sealBatch gives a batch its length and checksum.
func sealBatch(b kmsg.RecordBatch) []byte {
	b.Length = int32(len(b.Records) + 49)
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

// wire is a broker whose answers about the end and to fetches are written by
// hand.
type wire struct {
	high     atomic.Int64
	answer   func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse)
	requests atomic.Int64
}

const wireTopic = "t"

func startWire(t *testing.T, high int64, answer func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse), change func(*kafka.Options)) (*kafka.Source, *wire) {
	t.Helper()
	w := &wire{answer: answer}
	w.high.Store(high)
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, wireTopic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(kmsg.ListOffsets.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return w.offsets(req.(*kmsg.ListOffsetsRequest)), nil, true
	})
	c.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return w.fetch(req.(*kmsg.FetchRequest)), nil, true
	})
	o := kafka.Options{
		Brokers: c.ListenAddrs(), Topics: []string{wireTopic}, Decode: decoder{}, Seal: seal,
		MaxWait: time.Millisecond, MinBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, RetryFor: 100 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	src, err := kafka.New(o)
	if err == nil {
		err = src.Prepare(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return src, w
}

func (w *wire) offsets(req *kmsg.ListOffsetsRequest) kmsg.Response {
	res := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	rt, rp := kmsg.NewListOffsetsResponseTopic(), kmsg.NewListOffsetsResponseTopicPartition()
	rt.Topic, rp.Offset = wireTopic, 0
	if req.Topics[0].Partitions[0].Timestamp == -1 {
		rp.Offset = w.high.Load()
	}
	rt.Partitions = append(rt.Partitions, rp)
	res.Topics = append(res.Topics, rt)
	return res
}

func (w *wire) fetch(req *kmsg.FetchRequest) kmsg.Response {
	w.requests.Add(1)
	res := req.ResponseKind().(*kmsg.FetchResponse)
	rt, rp := kmsg.NewFetchResponseTopic(), kmsg.NewFetchResponseTopicPartition()
	rt.Topic, rt.TopicID = wireTopic, req.Topics[0].TopicID
	rp.HighWatermark, rp.LastStableOffset = w.high.Load(), w.high.Load()
	w.answer(req.Topics[0].Partitions[0].FetchOffset, &rp, res)
	rt.Partitions = append(rt.Partitions, rp)
	res.Topics = append(res.Topics, rt)
	return res
}

// log answers fetches from whole batches, as a broker does.
func log(batches ...[]byte) func(int64, *kmsg.FetchResponseTopicPartition, *kmsg.FetchResponse) {
	return func(offset int64, p *kmsg.FetchResponseTopicPartition, _ *kmsg.FetchResponse) {
		for _, b := range batches {
			var rb kmsg.RecordBatch
			if rb.ReadFrom(b) == nil && rb.FirstOffset+int64(rb.LastOffsetDelta) >= offset {
				p.RecordBatches = append(p.RecordBatches, b...)
			}
		}
	}
}

func TestHoles(t *testing.T) {
	const transactional, control = 1 << 4, 1 << 5
	for what, c := range map[string]struct {
		high    int64
		batches [][]byte
		want    []int64
		lost    int64
	}{
		"none":                        {4, [][]byte{batchOf(0, 1, 0, 0, 1), batchOf(2, 3, 0, 2, 3)}, []int64{0, 1, 2, 3}, 0},
		"at the start":                {4, [][]byte{batchOf(2, 3, 0, 2, 3)}, []int64{2, 3}, 2},
		"within a batch":              {4, [][]byte{batchOf(0, 3, 0, 0, 3)}, []int64{0, 3}, 2},
		"at both ends of a batch":     {4, [][]byte{batchOf(0, 3, 0, 1, 2)}, []int64{1, 2}, 2},
		"between batches":             {6, [][]byte{batchOf(0, 0, 0, 0), batchOf(5, 5, 0, 5)}, []int64{0, 5}, 4},
		"an empty batch at the end":   {4, [][]byte{batchOf(0, 0, 0, 0), batchOf(1, 3, 0)}, []int64{0}, 3},
		"nothing at the end":          {9, [][]byte{batchOf(0, 0, 0, 0)}, []int64{0}, 8},
		"nothing at all":              {9, nil, nil, 9},
		"a control batch":             {3, [][]byte{batchOf(0, 0, 0, 0), batchOf(1, 1, transactional|control, 1), batchOf(2, 2, 0, 2)}, []int64{0, 2}, 0},
		"an emptied control batch":    {3, [][]byte{batchOf(0, 0, 0, 0), batchOf(1, 2, transactional|control)}, []int64{0}, 0},
		"a batch longer than the end": {3, [][]byte{batchOf(0, 5, 0, 0, 1, 2, 3, 5)}, []int64{0, 1, 2}, 0},
		"a hole over the end":         {3, [][]byte{batchOf(0, 5, 0, 0, 5)}, []int64{0}, 2},
	} {
		t.Run(what, func(t *testing.T) {
			src, _ := startWire(t, c.high, log(c.batches...), nil)
			pages := read(t, src, stream(wireTopic, 0), nil)
			wantKeys(t, records(pages), c.want...)
			var lost int64
			for _, g := range gaps(pages) {
				if lost += g.Count; g.Reason != "compacted_away" || g.Key != "t/0" {
					t.Errorf("gap %+v", g)
				}
			}
			if lost != c.lost {
				t.Errorf("%d offsets are said to be gone, want %d", lost, c.lost)
			}
			if again := read(t, src, stream(wireTopic, 0), last(pages)); len(again) != 1 || len(gaps(again))+len(records(again)) != 0 {
				t.Errorf("after the end: %+v", again)
			}
		})
	}
}

// TestEmptyAnswers has a broker that is short of time, which must not be taken
// for one that has nothing.
func TestEmptyAnswers(t *testing.T) {
	whole := log(batchOf(0, 2, 0, 0, 1, 2))
	var n atomic.Int64
	src, _ := startWire(t, 3, func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse) {
		switch n.Add(1) {
		case 1, 2, 4, 5, 6:
			r.ThrottleMillis = 1
		case 3, 7: // empty without saying why
		default:
			whole(offset, p, r)
		}
	}, nil)
	pages := read(t, src, stream(wireTopic, 0), nil)
	wantKeys(t, records(pages), 0, 1, 2)
	wantGaps(t, gaps(pages))
}

// TestShrunkWhileReading has a log that loses its tail after the read began.
func TestShrunkWhileReading(t *testing.T) {
	first := log(batchOf(0, 2, 0, 0, 1, 2))
	src, _ := startWire(t, 5, func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse) {
		p.HighWatermark, p.LastStableOffset = 3, 3
		first(offset, p, r)
	}, nil)
	pages := read(t, src, stream(wireTopic, 0), nil)
	wantKeys(t, records(pages), 0, 1, 2)
	wantGaps(t, gaps(pages))
}

// TestLateHighWatermark has a new leader that does not know its end yet: a
// cursor behind it is right.
func TestLateHighWatermark(t *testing.T) {
	src, w := startWire(t, 3, log(batchOf(0, 2, 0, 0, 1, 2)), nil)
	pages := read(t, src, stream(wireTopic, 0), nil)
	w.high.Store(1)
	again := read(t, src, stream(wireTopic, 0), last(pages))
	wantKeys(t, records(again))
	wantGaps(t, gaps(again))
	if string(last(again)) != string(last(pages)) {
		t.Errorf("the cursor moves to %s", last(again))
	}
}

func TestDamage(t *testing.T) {
	corrupt := batchOf(3, 5, 0, 3, 4, 5)
	corrupt[len(corrupt)-1] ^= 1
	old := slices.Clone(batchOf(3, 3, 0, 3))
	old[16] = 1
	var packed kmsg.RecordBatch
	if err := packed.ReadFrom(batchOf(3, 5, 0, 3, 4, 5)); err != nil {
		t.Fatal(err)
	}
	packed.Attributes = 4 // zstd, which it is not
	outside := batchOf(3, 4, 0, 3, 5)
	for what, c := range map[string]struct {
		bad  []byte
		want string
	}{
		"corrupt":              {corrupt, "corrupt"},
		"old format":           {old, "before 0.11"},
		"not what it says":     {sealBatch(packed), "unpacked"},
		"a record outside":     {outside, "unpacked"},
		"half a batch":         {corrupt[:20], "less than one batch"},
		"a batch without size": {make([]byte, 100), "before 0.11"},
	} {
		t.Run(what, func(t *testing.T) {
			good := log(batchOf(0, 2, 0, 0, 1, 2))
			src, w := startWire(t, 6, func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse) {
				good(offset, p, r)
				p.RecordBatches = append(p.RecordBatches, c.bad...)
			}, nil)
			var got []ingest.Record
			var failure error
			for p, err := range src.Read(t.Context(), stream(wireTopic, 0), nil) {
				got, failure = append(got, p.Records...), err
			}
			if len(got) < 3 { // one lies before what is found to be wrong while unpacking
				t.Errorf("%d records before the damage", len(got))
			}
			if failure == nil || !strings.Contains(failure.Error(), c.want) || !strings.Contains(failure.Error(), "t/0") {
				t.Errorf("the error is %v", failure)
			}
			if what == "corrupt" && (w.requests.Load() < 3 || !strings.Contains(failure.Error(), "offset 3")) {
				t.Errorf("after %d requests: %v", w.requests.Load(), failure)
			}
		})
	}
}

func TestDamageThatPasses(t *testing.T) {
	good, bad := batchOf(0, 2, 0, 0, 1, 2), batchOf(0, 2, 0, 0, 1, 2)
	bad[70] ^= 1
	var n atomic.Int64
	src, _ := startWire(t, 3, func(offset int64, p *kmsg.FetchResponseTopicPartition, r *kmsg.FetchResponse) {
		if n.Add(1) < 3 {
			p.RecordBatches = bad
			return
		}
		log(good)(offset, p, r)
	}, nil)
	wantKeys(t, records(read(t, src, stream(wireTopic, 0), nil)), 0, 1, 2)
}

// TestLogAppendTime has a topic whose messages bear the broker's time.
func TestLogAppendTime(t *testing.T) {
	var b kmsg.RecordBatch
	if err := b.ReadFrom(batchOf(0, 0, 1<<3, 0)); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	b.FirstTimestamp, b.MaxTimestamp = 5, at.UnixMilli()
	src, _ := startWire(t, 1, log(sealBatch(b)), nil)
	if got := records(read(t, src, stream(wireTopic, 0), nil)); !got[0].ObservedAt.Equal(at) {
		t.Errorf("the time is %s, want %s", got[0].ObservedAt, at)
	}
}
