package main

import (
	"io"
	"sync"

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

// streamBar shows the records of one stream, against the source's own count
// where it gives one.
type streamBar struct {
	bar  *mpb.Bar
	once sync.Once
}

func (p *progress) stream(source string, st ingest.Stream) *streamBar {
	return &streamBar{bar: p.bars.AddBar(0,
		mpb.PrependDecorators(decor.Name(source+" "+st.String(), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.CurrentNoUnit("%d records", decor.WCSyncSpace),
			decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace),
		),
	)}
}

func (b *streamBar) update(s ingest.SyncStats, total *int64) {
	if total != nil {
		b.bar.SetTotal(max(*total, s.Records), false)
	}
	b.bar.SetCurrent(s.Records)
}

func (b *streamBar) done(err error) {
	b.once.Do(func() {
		if err != nil {
			b.bar.Abort(false)
			return
		}
		b.bar.SetTotal(-1, true)
	})
}

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
