package kafka

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/compress"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The bits of a batch's attributes.
const (
	codecBits     = 0b111
	logAppendTime = 1 << 3
	transactional = 1 << 4
	control       = 1 << 5
)

// The bytes of a batch: base offset 0, length 8, leader epoch 12, magic 16,
// CRC 17, what the CRC covers 21, records 61.
const (
	lengthEnd  = 12
	magicAt    = 16
	crcAt      = 17
	coveredAt  = 21
	headerSize = 61
	magic      = 2
)

var (
	errCorrupt   = errors.New("a batch is corrupt")
	errOldFormat = errors.New("a batch has the message format that Kafka had before 0.11, which is not supported")
	errUnpack    = errors.New("a batch cannot be unpacked")
)

// batch is a batch of records whose checksum is right.
type batch struct {
	kmsg.RecordBatch
}

// last is the offset of the batch's last record, also where compaction has
// removed that record.
func (b *batch) last() int64 { return b.FirstOffset + int64(b.LastOffsetDelta) }

func (b *batch) has(bit int16) bool { return b.Attributes&bit != 0 }

// splitBatches gives the whole batches in what a broker has sent; half a batch
// at the end is usual. Batches that end before an offset are left out: a
// broker sends the whole batch that an offset lies in. What is wrong with a
// batch is an error once it is the first one.
func splitBatches(b []byte, from int64) (out []batch, err error) {
	for len(b) >= headerSize {
		size := int64(int32(binary.BigEndian.Uint32(b[lengthEnd-4:]))) + lengthEnd
		if size > int64(len(b)) && b[magicAt] == magic {
			break
		}
		var rb batch
		if rb, err = readBatch(b[:min(max(size, 0), int64(len(b)))], b[magicAt]); err != nil {
			err = fmt.Errorf("offset %d: %w", int64(binary.BigEndian.Uint64(b)), err)
			break
		}
		if rb.last() >= from {
			out = append(out, rb)
		}
		b = b[size:]
	}
	if len(out) > 0 {
		err = nil
	}
	return out, err
}

func readBatch(b []byte, version byte) (rb batch, err error) {
	if version < magic {
		return rb, errOldFormat
	}
	if version > magic || len(b) < headerSize ||
		crc32.Checksum(b[coveredAt:], crc32.MakeTable(crc32.Castagnoli)) != binary.BigEndian.Uint32(b[crcAt:]) ||
		rb.ReadFrom(b) != nil || rb.FirstOffset < 0 || rb.last() < rb.FirstOffset {
		return rb, errCorrupt
	}
	return rb, nil
}

// abortMarker tells whether a control batch ends its producer's transaction by
// aborting it.
func (b *batch) abortMarker() bool {
	var r kmsg.Record // the only one; compaction may have removed it
	// The kind comes after two bytes of version, and abort is 0.
	return r.ReadFrom(b.Records) == nil && len(r.Key) >= 4 && binary.BigEndian.Uint16(r.Key[2:]) == 0
}

// aborts tells which batches belong to aborted transactions. It does as
// Kafka's own consumer does: the broker lists the aborted transactions that
// touch what it has sent, each by its producer and first offset, and a control
// batch of that producer ends it.
type aborts struct {
	coming []kmsg.FetchResponseTopicPartitionAbortedTransaction // by first offset
	open   map[int64]bool                                       // producers
}

func newAborts(list []kmsg.FetchResponseTopicPartitionAbortedTransaction) *aborts {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return cmp.Compare(a.FirstOffset, b.FirstOffset)
	})
	return &aborts{coming: list, open: map[int64]bool{}}
}

// skip tells whether a batch holds no messages: a control batch, or one of an
// aborted transaction. It wants every batch, in order.
func (a *aborts) skip(b *batch) bool {
	for len(a.coming) > 0 && a.coming[0].FirstOffset <= b.last() {
		a.open[a.coming[0].ProducerID] = true
		a.coming = a.coming[1:]
	}
	if b.has(control) {
		if b.abortMarker() {
			delete(a.open, b.ProducerID)
		}
		return true
	}
	return b.has(transactional) && a.open[b.ProducerID]
}

// records reads the records of one batch after another. It unpacks a batch as
// it goes, so that it needs no more memory than the largest record does.
type records struct {
	batch    *batch
	left     int32
	plain    []byte        // what is left of an uncompressed batch
	unpacked *bufio.Reader // of a compressed one
	codec    io.Closer     // nil for an uncompressed batch
	buf      []byte
}

// open begins a batch; close ends it.
func (rs *records) open(b *batch) error {
	rs.batch, rs.left, rs.plain, rs.codec = b, b.NumRecords, b.Records, nil
	c := compress.Compression(b.Attributes & codecBits)
	if c == compress.None {
		return nil
	}
	codec := c.Codec()
	if codec == nil {
		return fmt.Errorf("%w: codec %d is not known", errUnpack, int8(c))
	}
	r := codec.NewReader(bytes.NewReader(b.Records))
	rs.codec = r
	if rs.unpacked == nil {
		rs.unpacked = bufio.NewReaderSize(nil, 32<<10)
	}
	rs.unpacked.Reset(r)
	return nil
}

func (rs *records) close() {
	if rs.codec != nil {
		rs.codec.Close()
	}
}

// next gives the next record, valid until the call after; there is none after
// the last.
func (rs *records) next() (r kmsg.Record, ok bool, err error) {
	if rs.left <= 0 {
		return r, false, nil
	}
	rs.left--
	raw, err := rs.raw()
	if err == nil {
		err = r.ReadFrom(raw)
	}
	if err == nil && (r.OffsetDelta < 0 || r.OffsetDelta > rs.batch.LastOffsetDelta) {
		err = errors.New("a record lies outside")
	}
	if err != nil {
		return r, false, fmt.Errorf("%w: %w", errUnpack, err)
	}
	return r, true, nil
}

// raw gives the next record's bytes, with their length before them.
func (rs *records) raw() ([]byte, error) {
	if rs.codec != nil {
		return rs.rawUnpacked()
	}
	size, n := binary.Varint(rs.plain)
	if n <= 0 || size < 0 || size > int64(len(rs.plain)-n) {
		return nil, io.ErrUnexpectedEOF
	}
	raw := rs.plain[:n+int(size)]
	rs.plain = rs.plain[len(raw):]
	return raw, nil
}

func (rs *records) rawUnpacked() ([]byte, error) {
	size, err := binary.ReadVarint(rs.unpacked)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > math.MaxInt32 {
		return nil, errors.New("a record's length is none")
	}
	rs.buf = binary.AppendVarint(rs.buf[:0], size)
	rs.buf, err = readInto(rs.unpacked, rs.buf, int(size))
	return rs.buf, err
}

// time of a record is the producer's, or the broker's where the topic is set
// to that.
func (b *batch) time(r *kmsg.Record) time.Time {
	if b.has(logAppendTime) {
		return time.UnixMilli(b.MaxTimestamp).UTC()
	}
	return time.UnixMilli(b.FirstTimestamp + r.TimestampDelta64).UTC()
}
