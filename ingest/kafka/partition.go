package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ticketmill/ticketmill/ingest"
)

// compactedAway is the reason of a gap that compaction has left.
const compactedAway = "compacted_away"

// chunk is one step of reading a partition: what a fetch has brought, or a
// gap. Its memory is the reader's until it is given back.
type chunk struct {
	at      position // where it begins
	next    int64    // where it ends
	end     int64    // where the read ends
	stable  int64    // where the partition ended when it was fetched
	gap     *ingest.Gap
	batches []batch
	aborted []kmsg.FetchResponseTopicPartitionAbortedTransaction
	buf     []byte
	err     error // ends the read
}

// partition fetches one partition, for one Read.
type partition struct {
	s       *Source
	topic   string
	number  int32
	patient *patience

	conn    *conn // to the leader; nil when there is none
	id      [16]byte
	checked time.Time // when leader and topic id were last asked for
	at      position
	end     int64 // where the read ends; -1 before that is known
	bounds  bounds
	refused bool          // the broker has nothing at the position
	pause   time.Duration // what the broker wants to be left alone for
	empty   int           // answers in a row without anything, though there should be something
}

func (s *Source) partition(topic string, number int32, at position) *partition {
	what := fmt.Sprintf("%s/%d", topic, number)
	return &partition{s: s, topic: topic, number: number, at: at, end: -1, patient: &patience{o: &s.o, what: what, forever: s.o.Follow}}
}

func (p *partition) name() string { return p.patient.what }

// run sends chunks until the end is reached, the context ends or something
// fails for good; the last chunk has the error. It is one fetch ahead of the
// receiver and takes the memory it has used back from the spare channel.
func (p *partition) run(ctx context.Context, out chan<- chunk, spare <-chan []byte) {
	defer p.hangUp()
	for {
		var buf []byte
		select {
		case buf = <-spare:
		case <-ctx.Done():
			return
		}
		c, err := retry(ctx, p.patient, func() (chunk, error) { return p.step(ctx, buf) })
		if err != nil {
			c = chunk{err: fmt.Errorf("kafka: %s: %w", p.name(), err)}
		}
		select {
		case out <- c:
		case <-ctx.Done():
			return
		}
		if err != nil || p.done() {
			return
		}
	}
}

// done tells whether everything has been fetched that a read is to give. A
// position behind the end of the log is not believed before a fetch was
// answered: a new leader may not know its true end yet.
func (p *partition) done() bool {
	return !p.s.o.Follow && p.at.next >= p.end && p.at.next <= p.bounds.high
}

// step makes one step, and hangs up when it fails: the next one begins with
// the question who leads the partition.
func (p *partition) step(ctx context.Context, buf []byte) (chunk, error) {
	c, err := p.tryStep(ctx, buf)
	if err != nil {
		p.hangUp()
		return chunk{}, err
	}
	if c.buf == nil {
		c.buf = buf
	}
	if c.end = p.end; p.s.o.Follow {
		c.end = math.MaxInt64
	}
	return c, nil
}

func (p *partition) tryStep(ctx context.Context, buf []byte) (chunk, error) {
	if p.conn == nil || p.s.o.Follow && time.Since(p.checked) > p.s.o.Recheck {
		gap, err := p.locate(ctx)
		if err != nil || gap != nil || p.done() {
			return chunk{at: p.at, next: p.at.next, stable: p.bounds.stable, gap: gap}, err
		}
	}
	if err := sleep(ctx, p.pause); err != nil {
		return chunk{}, err
	}
	return p.fetch(ctx, buf)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *partition) hangUp() {
	if p.conn != nil {
		p.conn.close()
		p.conn = nil
	}
}

// locate connects to the leader and finds out whether the position still means
// what it meant. If it does not, the position moves and the loss is given.
func (p *partition) locate(ctx context.Context) (*ingest.Gap, error) {
	id, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	if p.bounds, err = p.conn.bounds(ctx, p.topic, p.number); err != nil {
		return nil, err
	}
	p.checked = time.Now()
	if p.end < 0 {
		p.end = p.bounds.stable
	}
	gap := p.settle(id)
	p.refused = false
	return gap, nil
}

// connect makes the connection one to the partition's leader and gives the
// topic's id.
func (p *partition) connect(ctx context.Context) (id string, err error) {
	if p.conn == nil {
		if p.conn, err = p.s.anyBroker(ctx); err != nil {
			return "", err
		}
	}
	ts, err := p.conn.topics(ctx, p.topic)
	if err != nil {
		return "", err
	}
	leader, ok := ts[p.topic].leaders[p.number]
	switch {
	case !ok:
		return "", kafkago.UnknownTopicOrPartition
	case leader.err != nil:
		return "", leader.err
	case leader.addr != p.conn.addr:
		p.hangUp()
		if p.conn, err = p.s.dial(ctx, leader.addr); err != nil {
			return "", err
		}
	}
	p.id = ts[p.topic].id
	return ts[p.topic].idText(), nil
}

// settle moves the position to where reading can go on, and gives the loss if
// there is one.
func (p *partition) settle(id string) *ingest.Gap {
	known := p.at.topicID
	if id != "" {
		p.at.topicID = id
	}
	switch b := p.bounds; {
	case known != "" && id != "" && known != id:
		return p.beginAnew("topic_recreated", 0)
	case p.at.next == beginning:
		p.at.next = b.start
	case p.at.next < b.start:
		lost := b.start - p.at.next
		p.at.next = b.start
		return p.gap("retention_passed", lost)
	case p.refused && p.at.next > b.high:
		return p.beginAnew("log_truncated", p.at.next-b.high)
	}
	return nil
}

// beginAnew goes back to the start of a partition whose offsets mean other
// messages than before.
func (p *partition) beginAnew(reason string, lost int64) *ingest.Gap {
	p.at.incarnation++
	p.at.next, p.end = p.bounds.start, p.bounds.stable
	return p.gap(reason, lost)
}

func (p *partition) gap(reason string, count int64) *ingest.Gap {
	return &ingest.Gap{Key: p.name(), Reason: reason, Count: count}
}

// fetch asks the leader for what comes at the position, and moves it.
func (p *partition) fetch(ctx context.Context, buf []byte) (chunk, error) {
	res, buf, err := p.conn.fetch(ctx, p, p.s.o.MaxWait, buf)
	if err != nil {
		p.refused = errors.Is(err, kafkago.OffsetOutOfRange)
		return chunk{}, fmt.Errorf("fetch offset %d from broker %s: %w", p.at.next, p.conn.addr, err)
	}
	c := chunk{at: p.at, next: p.at.next, stable: res.stable, batches: res.batches, aborted: res.aborted, buf: buf}
	// That it has answered means that the position lies in its log.
	p.bounds.high = max(res.high, p.at.next)
	if n := len(res.batches); n > 0 {
		p.empty = 0
		c.next = res.batches[n-1].last() + 1
	} else {
		c.gap = p.nothing(res)
		c.next = p.at.next
	}
	p.at.next, p.pause = c.next, res.throttle
	return c, nil
}

// enough is how many answers in a row must be empty before it is believed that
// there is nothing: a broker that is short of time may send an empty one.
const enough = 10

// nothing deals with an answer that brings nothing. That is usual at the end;
// before it, it means that compaction has removed all there was.
func (p *partition) nothing(res fetched) *ingest.Gap {
	end := res.stable
	if !p.s.o.Follow {
		end = p.end
	}
	if p.empty++; res.throttle > 0 || p.at.next >= end {
		p.empty = 0
	}
	if p.empty < enough {
		return nil
	}
	p.empty = 0
	if p.end = end; res.stable < end { // the log has become shorter since the read began
		p.end = max(p.at.next, res.stable)
	}
	lost := p.end - p.at.next
	p.at.next = p.end
	if lost == 0 {
		return nil
	}
	return p.gap(compactedAway, lost)
}
