package kafka

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"v":1,"topic_id":"KCxPPIVV7BZCCN9IIbcKOQ","incarnation":2,"next":9223372036854775807}`))
	f.Add([]byte(`{"v":1,"incarnation":0,"next":-1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseCursor(ingest.Cursor(b))
		if b == nil || err != nil {
			return
		}
		if p.next < beginning || p.incarnation < 0 {
			t.Errorf("%s is taken for %+v", b, p)
		}
		c, err := p.cursor()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseCursor(c); err != nil || back != p {
			t.Errorf("%+v comes back as %+v, %v", p, back, err)
		}
	})
}

func identity(b []byte) (string, error)   { return string(b), nil }
func unidentity(s string) ([]byte, error) { return []byte(s), nil }

func FuzzPoison(f *testing.F) {
	f.Add("topic", int32(3), int64(7), []byte("key"), []byte(nil), "h", []byte{0xff}, int64(2), []byte(`{"_quarantined":"x","topic":"t","offset":1,"sealed":"{}"}`))
	f.Add("t", int32(0), int64(0), []byte(nil), []byte{}, "", []byte(nil), int64(0), []byte(`{}`))
	s := &Source{o: Options{Seal: identity}}
	f.Fuzz(func(t *testing.T, topic string, partition int32, offset int64, key, value []byte, name string, header []byte, incarnation int64, foreign []byte) {
		_, _, _ = OpenPoison(foreign, unidentity) // anything but a panic
		clean, err := json.Marshal([]string{topic, name})
		var names []string
		if err != nil || json.Unmarshal(clean, &names) != nil || names[0] == "" {
			return
		}
		m := message.Message{
			Topic: names[0], Partition: partition, Offset: offset, Time: time.UnixMilli(offset % 1e12).UTC(),
			Key: key, Value: value, Headers: []message.Header{{Key: names[1], Value: header}},
		}
		r, err := s.poison(m, incarnation, "not_json")
		if err != nil {
			t.Fatal(err)
		}
		back, k, err := OpenPoison(r.Payload, unidentity)
		if err != nil || k != r.Key || !reflect.DeepEqual(back, m) {
			t.Errorf("%+v comes back as %+v under %s, %v", m, back, k, err)
		}
	})
}

func TestOpenPoisonRefuses(t *testing.T) {
	for _, payload := range []string{
		``, `[]`, `{}`, `{"_quarantined":"unreadable_payload"}`, `{"_quarantined":"x","topic":"t","sealed":"{}"}`,
		`{"_quarantined":"x","topic":"t","offset":1}`, `{"_quarantined":"x","topic":"t","offset":1,"sealed":"secret"}`,
	} {
		if _, _, err := OpenPoison([]byte(payload), unidentity); err == nil {
			t.Errorf("%s: no error", payload)
		}
	}
	broken := errors.New("wrong key")
	_, _, err := OpenPoison([]byte(`{"_quarantined":"x","topic":"t","offset":1,"sealed":"{}"}`), func(string) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

func TestSealThatFailsEndsTheRead(t *testing.T) {
	broken := errors.New("no key")
	s := &Source{o: Options{Seal: func([]byte) (string, error) { return "", broken }}}
	if _, err := s.poison(message.Message{}, 0, "not_json"); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

// fuzzBatch is a batch of two records.
func fuzzBatch(attributes int16) []byte {
	var records []byte
	for i := range int32(2) {
		r := kmsg.Record{OffsetDelta: i, Key: []byte("k"), Value: []byte("v"), Headers: []kmsg.Header{{Key: "h", Value: []byte("w")}}}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		records = r.AppendTo(records)
	}
	b := kmsg.RecordBatch{FirstOffset: 3, Length: int32(len(records) + 49), Magic: magic, Attributes: attributes, LastOffsetDelta: 1, NumRecords: 2, Records: records}
	return b.AppendTo(nil)
}

func FuzzBatches(f *testing.F) {
	for _, attributes := range []int16{0, 1, 2, 3, 4, 5, transactional, transactional | control} {
		f.Add(append(fuzzBatch(attributes), fuzzBatch(attributes)...), int64(4))
	}
	f.Fuzz(func(t *testing.T, b []byte, from int64) {
		// With a checksum that is right, the rest is looked at too.
		if len(b) >= headerSize {
			size := min(int64(len(b)), max(headerSize, int64(int32(binary.BigEndian.Uint32(b[lengthEnd-4:])))+lengthEnd))
			binary.BigEndian.PutUint32(b[crcAt:], crc32.Checksum(b[coveredAt:size], crc32.MakeTable(crc32.Castagnoli)))
		}
		batches, _ := splitBatches(b, from)
		skips := newAborts([]kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 0, FirstOffset: from}})
		var rs records
		for i := range batches {
			skips.skip(&batches[i])
			if batches[i].last() < from {
				t.Errorf("a batch that ends with %d, from %d", batches[i].last(), from)
			}
			for err := rs.open(&batches[i]); err == nil; {
				var ok bool
				var r kmsg.Record
				if r, ok, err = rs.next(); !ok {
					break
				}
				if o := batches[i].FirstOffset + int64(r.OffsetDelta); o < batches[i].FirstOffset || o > batches[i].last() {
					t.Errorf("a record at %d in a batch from %d to %d", o, batches[i].FirstOffset, batches[i].last())
				}
			}
			rs.close()
		}
	})
}

func TestAnswers(t *testing.T) {
	id := []byte{0, 0, 0, 7}
	for what, c := range map[string]struct {
		answer   []byte
		flexible bool
		want     string // of the rest; "-" for an error
	}{
		"plain":               {append(id, "rest"...), false, "rest"},
		"no tags":             {append(id, "\x00rest"...), true, "rest"},
		"two tags":            {append(id, "\x02\x00\x01a\x01\x02bcrest"...), true, "rest"},
		"another question":    {[]byte{0, 0, 0, 8}, false, "-"},
		"tags cut off":        {id, true, "-"},
		"a tag cut off":       {append(id, "\x01\x00"...), true, "-"},
		"a tag that is short": {append(id, "\x01\x00\x05abcd"...), true, "-"},
	} {
		got, err := answerBody(c.answer, 7, c.flexible)
		if (err != nil) != (c.want == "-") || err == nil && string(got) != c.want {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}
