package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/ticketmill/ticketmill/ingest"
)

// progress draws bars on a terminal and nothing elsewhere.
type progress struct{ bars *mpb.Progress }

func newProgress(a *app) *progress {
	out := io.Discard
	if a.onTerminal() {
		out = a.stderr
	}
	return &progress{bars: mpb.New(mpb.WithOutput(out), mpb.WithWidth(40))}
}

func (p *progress) wait() { p.bars.Wait() }

// sourceBar shows one source: its streams as they are done, and the records of
// all of them. A line a stream would not fit a screen for many repositories.
type sourceBar struct {
	bar     *mpb.Bar
	records atomic.Int64
}

func (p *progress) source(name string, streams int) *sourceBar {
	b := &sourceBar{}
	b.bar = p.bars.AddBar(int64(streams),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.CountersNoUnit("%d / %d streams", decor.WCSyncSpace),
			decor.Any(func(decor.Statistics) string { return fmt.Sprintf("%d records", b.records.Load()) }, decor.WCSyncSpace),
			decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace),
		),
	)
	return b
}

// stream returns the progress callback of one of the source's streams.
func (b *sourceBar) stream() func(ingest.SyncStats, *int64) {
	var seen int64
	return func(s ingest.SyncStats, _ *int64) {
		b.records.Add(s.Records - seen)
		seen = s.Records
	}
}

// done counts a stream that has ended, well or not.
func (b *sourceBar) done() { b.bar.Increment() }

// counter shows the progress of something with a known end, such as a build's
// steps or an export's rows.
func (p *progress) counter(name string, total int64, unit string) *mpb.Bar {
	return p.bars.AddBar(total,
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.CountersNoUnit("%d / %d "+unit, decor.WCSyncSpace),
			decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace),
		),
	)
}

// end leaves the counter full or, after an error, where it was.
func (p *progress) end(bar *mpb.Bar, err error) {
	if err != nil {
		bar.Abort(false)
	} else {
		bar.SetTotal(-1, true)
	}
	p.wait()
}
