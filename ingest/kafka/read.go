package kafka

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// A page is full with so many records or so many bytes of payload.
const (
	pageRecords = 1000
	pageBytes   = 1 << 20
)

// Read yields the messages of one partition from the cursor on, as far as they
// are committed: up to the end that the partition has when Read starts, or, if
// the source follows, until the context ends.
//
// Losses are gaps of the page that passes them: retention_passed and
// compacted_away for offsets that hold nothing any more; log_truncated and
// topic_recreated for a partition that has begun anew and is read again, under
// new keys.
func (s *Source) Read(ctx context.Context, st ingest.Stream, from ingest.Cursor) iter.Seq2[ingest.Page, error] {
	return func(yield func(ingest.Page, error) bool) {
		p, err := s.open(st, from)
		if err != nil {
			yield(ingest.Page{}, fmt.Errorf("kafka: %s: %w", st, err))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		chunks, spare := make(chan chunk), make(chan []byte, 2)
		spare <- nil
		spare <- nil
		r := reader{s: s, ctx: ctx, topic: p.topic, number: p.number, name: p.name(), at: p.at, yield: yield}
		var fetching sync.WaitGroup
		fetching.Go(func() { p.run(ctx, chunks, spare) })
		defer fetching.Wait()
		defer cancel()
		if err := r.run(chunks, spare); err != nil && !errors.Is(err, errStopped) {
			yield(ingest.Page{}, err)
		}
	}
}

func (s *Source) open(st ingest.Stream, from ingest.Cursor) (*partition, error) {
	topic, number, ok := s.lookUp(st)
	if !ok {
		return nil, errors.New("there is no such stream")
	}
	at, err := parseCursor(from)
	if err != nil {
		return nil, err
	}
	return s.partition(topic, number, at), nil
}

// errStopped tells that nobody wants more pages.
var errStopped = errors.New("stopped")

// reader turns chunks into pages, for one Read.
type reader struct {
	s      *Source
	ctx    context.Context
	topic  string
	number int32
	name   string
	yield  func(ingest.Page, error) bool

	at       position // after the last record of the page
	caughtUp bool     // the last page was Complete
	page     ingest.Page
	bytes    int
	unpack   records
	headers  []message.Header
}

// run yields pages until the last chunk was read.
func (r *reader) run(chunks <-chan chunk, spare chan<- []byte) error {
	beat := make(<-chan time.Time) // never, unless the source follows
	if r.s.o.Follow {
		t := time.NewTicker(r.s.o.Heartbeat)
		defer t.Stop()
		beat = t.C
	}
	for {
		select {
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		case <-beat:
			if r.at.next >= 0 { // before it is known where reading begins, there is no cursor
				if err := r.flush(r.caughtUp); err != nil {
					return err
				}
			}
		case c := <-chunks:
			if c.err != nil {
				return c.err
			}
			if err := r.chunk(&c); err != nil {
				return err
			}
			if !r.s.o.Follow && r.caughtUp {
				return nil
			}
			spare <- r.reusable(c.buf)
		}
	}
}

// reusable drops memory that only an outsize batch has needed.
func (r *reader) reusable(buf []byte) []byte {
	if cap(buf) > 2*int(r.s.o.FetchBytes) {
		return nil
	}
	return buf
}

// chunk yields the pages of a chunk. No page spans chunks: a message waits for
// none that comes after it.
func (r *reader) chunk(c *chunk) error {
	r.at = c.at
	if c.gap != nil {
		r.page.Gaps = append(r.page.Gaps, *c.gap)
	}
	aborted := newAborts(c.aborted)
	for i := range c.batches {
		b := &c.batches[i]
		if r.at.next >= c.end {
			break
		}
		if err := r.batch(b, aborted.skip(b), c.end); err != nil {
			return r.keep(err)
		}
	}
	if len(c.batches) == 0 {
		r.at.next = c.next
	}
	complete := r.at.next >= c.end
	if r.s.o.Follow {
		complete = r.at.next >= c.stable
	}
	if r.at == c.at && c.gap == nil && (r.s.o.Follow || !complete) {
		r.caughtUp = complete
		return nil // a heartbeat will tell
	}
	return r.flush(complete)
}

// keep yields what was read before an error that ends the read.
func (r *reader) keep(err error) error {
	if len(r.page.Records) == 0 || errors.Is(err, errStopped) || r.ctx.Err() != nil {
		return err
	}
	if stopped := r.flush(false); stopped != nil {
		return stopped
	}
	return err
}

// batch takes the records of a batch up to an end into pages.
func (r *reader) batch(b *batch, skip bool, end int64) error {
	r.pass(min(b.FirstOffset, end))
	if !skip {
		if err := r.records(b, end); err != nil {
			return err
		}
		// Where the last records are gone, the batch still ends where they were.
		r.pass(min(b.last()+1, end))
	}
	r.at.next = max(r.at.next, min(b.last()+1, end))
	return nil
}

func (r *reader) records(b *batch, end int64) error {
	err := r.unpack.open(b)
	defer r.unpack.close()
	for err == nil {
		var rec kmsg.Record
		var ok bool
		if rec, ok, err = r.unpack.next(); err != nil {
			break
		}
		offset := b.FirstOffset + int64(rec.OffsetDelta)
		if !ok || offset >= end {
			return nil
		}
		if offset < r.at.next { // read before, or deleted
			continue
		}
		r.pass(offset)
		if err := r.message(b, &rec, offset); err != nil {
			return err
		}
	}
	return fmt.Errorf("kafka: %s: batch at offset %d: %w", r.name, b.FirstOffset, explain(err, 0))
}

// pass notes that the offsets up to one hold nothing.
func (r *reader) pass(to int64) {
	lost := to - r.at.next
	if lost <= 0 {
		return
	}
	r.at.next = to
	if n := len(r.page.Gaps); n > 0 && r.page.Gaps[n-1].Reason == compactedAway {
		r.page.Gaps[n-1].Count += lost
		return
	}
	r.page.Gaps = append(r.page.Gaps, ingest.Gap{Key: r.name, Reason: compactedAway, Count: lost})
}

func (r *reader) message(b *batch, rec *kmsg.Record, offset int64) error {
	m := message.Message{Topic: r.topic, Partition: r.number, Offset: offset, Time: b.time(rec), Key: rec.Key, Value: rec.Value}
	r.headers = r.headers[:0]
	for _, h := range rec.Headers {
		r.headers = append(r.headers, message.Header(h))
	}
	m.Headers = r.headers
	records, err := r.s.decode(r.ctx, m, r.at.incarnation)
	if err != nil {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		return fmt.Errorf("kafka: %s: %w", r.name, err)
	}
	r.page.Records = append(r.page.Records, records...)
	for _, rec := range records {
		r.bytes += len(rec.Payload)
	}
	r.at.next = offset + 1
	if len(r.page.Records) >= pageRecords || r.bytes >= pageBytes {
		return r.flush(false)
	}
	return nil
}

// flush yields the page, also an empty one.
func (r *reader) flush(complete bool) error {
	next, err := r.at.cursor()
	if err != nil {
		return err
	}
	p := r.page
	p.Next, p.Complete = next, complete
	r.page, r.bytes, r.caughtUp = ingest.Page{}, 0, complete
	if !r.yield(p, nil) {
		return errStopped
	}
	return nil
}
