package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
)

// Border decides what of a record may land, and in which shape.
type Border interface {
	// Scrub returns the payload as it may land. It reports an error for a
	// payload it cannot read, which then must not land. It is called from
	// several goroutines at once.
	Scrub(kind string, payload []byte) ([]byte, error)
}

// Sink makes pages durable, in order.
type Sink interface {
	// Cursor is the position of the last durable page, nil for none.
	Cursor() Cursor
	// Append takes a page over; it becomes durable now or later, never partly.
	Append(ctx context.Context, p Page) error
	// Flush makes everything taken over durable.
	Flush(ctx context.Context) error
}

// SyncStats counts what one Sync moved.
type SyncStats struct {
	Pages       int
	Records     int64
	Bytes       int64
	Quarantined int64
	Gaps        int64 // losses that the source admits
}

// Rewinder is a source whose cursors say more than how far it has been read,
// which a new read from the beginning must know: its records' keys depend on it.
type Rewinder interface {
	// Rewind gives the cursor of the beginning, as seen from a later one.
	Rewind(from Cursor) (Cursor, error)
}

// Job is one stream on its way into landing.
type Job struct {
	Kind   string
	Source Source
	Stream Stream
	Border Border
	Sink   Sink
	// FromStart reads the stream again from its beginning instead of from the
	// sink's cursor. What has landed before lands again and changes nothing.
	FromStart bool
	// Progress, when set, is called after every page with the totals so far
	// and the source's own count where it gave one.
	Progress func(SyncStats, *int64)
}

// Sync reads the stream from the sink's cursor to its present end. What was
// read before an error or a cancellation is flushed, so that the next run goes
// on from there.
func Sync(ctx context.Context, j Job) (SyncStats, error) {
	var st SyncStats
	var total *int64
	var readErr error
	from := j.Sink.Cursor()
	if j.FromStart {
		r, ok := j.Source.(Rewinder)
		if !ok || from == nil {
			from = nil
		} else if from, readErr = r.Rewind(from); readErr != nil {
			return st, fmt.Errorf("read %s: %w", j.Stream, readErr)
		}
	}
	for p, err := range j.Source.Read(ctx, j.Stream, from) {
		if err != nil {
			readErr = fmt.Errorf("read %s: %w", j.Stream, err)
			break
		}
		if len(p.Next) == 0 { // where to go on from would be anybody's guess
			readErr = fmt.Errorf("read %s: the source gave a page without a cursor", j.Stream)
			break
		}
		st.Quarantined += scrub(j, &p)
		st.Pages++
		st.Records += int64(len(p.Records))
		st.Gaps += int64(len(p.Gaps))
		for _, r := range p.Records {
			st.Bytes += int64(len(r.Payload))
		}
		if err := j.Sink.Append(ctx, p); err != nil {
			return st, fmt.Errorf("land %s: %w", j.Stream, err)
		}
		if p.SourceCount != nil {
			total = p.SourceCount
		}
		if j.Progress != nil {
			j.Progress(st, total)
		}
	}
	// A cancelled run still keeps what it has read: the flush is short and local.
	if err := j.Sink.Flush(context.WithoutCancel(ctx)); err != nil {
		return st, fmt.Errorf("land %s: %w", j.Stream, err)
	}
	return st, readErr
}

// QuarantineSchema marks a record whose payload could not be read: it is
// rejected in staging and counted. Where nothing but the border stumbled over
// it, it lands without content; a source that marks a record so itself has made
// its payload fit to land.
const QuarantineSchema = "quarantine/1"

// scrubAlone is how many records one goroutine scrubs at least: fewer are not
// worth another one.
const scrubAlone = 64

// scrub passes every payload of a page through the border, as many at once as
// there are cores: the border costs more than reading and writing together.
func scrub(j Job, p *Page) (quarantined int64) {
	workers := min(runtime.GOMAXPROCS(0), 1+len(p.Records)/scrubAlone)
	counts := make([]int64, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < len(p.Records); i += workers {
				if !scrubRecord(j, &p.Records[i]) {
					counts[w]++
				}
			}
		})
	}
	group.Wait()
	for _, n := range counts {
		quarantined += n
	}
	return quarantined
}

// scrubRecord passes one payload through the border. One that cannot be read is
// replaced by its reason, and false: it must neither stop the run nor land
// unscrubbed.
func scrubRecord(j Job, r *Record) (ok bool) {
	if r.Schema == QuarantineSchema {
		return false
	}
	out, err := j.Border.Scrub(j.Kind, r.Payload)
	if err != nil {
		r.Schema = QuarantineSchema
		r.Payload = json.RawMessage(`{"_quarantined":"unreadable_payload"}`)
		return false
	}
	r.Payload = out
	return true
}
