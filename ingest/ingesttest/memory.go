package ingesttest

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/ticketmill/ticketmill/ingest"
)

// Memory is a Source held in memory, for tests of what reads sources. Each
// stream is a log: what is put last comes last. The zero value has no streams
// and pages of 100 records.
type Memory struct {
	// PageSize is how many records a page holds.
	PageSize int

	mu      sync.Mutex
	order   []ingest.Stream
	logs    map[ingest.Stream][]ingest.Record
	failure error
	after   int
}

// Put appends records to a stream, which it makes if need be.
func (m *Memory) Put(st ingest.Stream, rs ...ingest.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.logs == nil {
		m.logs = map[ingest.Stream][]ingest.Record{}
	}
	if _, ok := m.logs[st]; !ok {
		m.order = append(m.order, st)
	}
	m.logs[st] = append(m.logs[st], rs...)
}

// FailAfter lets every read fail with err once it has yielded that many pages;
// a nil error ends this.
func (m *Memory) FailAfter(pages int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after, m.failure = pages, err
}

// Streams lists the streams in the order in which they were first put.
func (m *Memory) Streams() []ingest.Stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.order)
}

// memoryCursor is how many records of the log have been read.
type memoryCursor struct {
	V  int `json:"v"`
	At int `json:"at"`
}

// Read yields the log from the cursor on; the last page is Complete and may
// be empty.
func (m *Memory) Read(ctx context.Context, st ingest.Stream, from ingest.Cursor) iter.Seq2[ingest.Page, error] {
	return func(yield func(ingest.Page, error) bool) {
		pos := memoryCursor{V: 1}
		if from != nil {
			pos.V = 0
			if err := json.Unmarshal(from, &pos); err != nil || pos.V != 1 || pos.At < 0 {
				yield(ingest.Page{}, fmt.Errorf("memory: unknown cursor %s", from))
				return
			}
		}
		for pages := 0; ; pages++ {
			p, next, err := m.page(ctx, st, pos, pages)
			if !yield(p, err) || err != nil || p.Complete {
				return
			}
			pos = next
		}
	}
}

func (m *Memory) page(ctx context.Context, st ingest.Stream, pos memoryCursor, before int) (ingest.Page, memoryCursor, error) {
	if err := context.Cause(ctx); err != nil {
		return ingest.Page{}, pos, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	log, ok := m.logs[st]
	if !ok {
		return ingest.Page{}, pos, fmt.Errorf("memory: no stream %s", st)
	}
	if m.failure != nil && before >= m.after {
		return ingest.Page{}, pos, m.failure
	}
	size := m.PageSize
	if size <= 0 {
		size = 100
	}
	end := min(pos.At+size, len(log))
	keys := map[string]bool{}
	for _, r := range log {
		if r.Deleted {
			delete(keys, r.Key)
		} else {
			keys[r.Key] = true
		}
	}
	count := int64(len(keys))
	p := ingest.Page{SourceCount: &count, Complete: end >= len(log)}
	p.Records = slices.Clone(log[min(pos.At, end):end])
	pos.At = max(pos.At, end)
	next, err := json.Marshal(pos)
	p.Next = next
	return p, pos, err
}
