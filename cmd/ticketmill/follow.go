package main

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/ingest"
)

const (
	// lookForPartitions is how often a follower asks for partitions that were
	// added to its topics.
	lookForPartitions = 30 * time.Second
	// sayEvery is how often a follower says how far it is.
	sayEvery = time.Minute
)

// followSource reads all streams of a source until the context ends. A stream
// that fails for good ends the others: whoever supervises the process restarts
// it.
func (in *ingestion) followSource(ctx context.Context, s *SourceConfig) error {
	src, err := in.open(ctx, s)
	if err != nil && ctx.Err() == nil { // else it was to end before it could begin
		return err
	}
	if src == nil {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	say := &follower{in: in, source: s.Name, since: in.app.now()}
	started := map[ingest.Stream]bool{}
	begin := func() {
		streams := src.Streams()
		for _, st := range streams {
			if started[st] {
				continue
			}
			started[st] = true
			in.app.log.Info("following", "source", s.Name, "stream", st.String())
			group.Go(func() error {
				return in.stream(ctx, s, src, st, s.Kafka.limits(true, len(streams)), say.stream())
			})
		}
	}
	begin()
	group.Go(func() error {
		tick := time.NewTicker(lookForPartitions)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if err := prepare(ctx, src); err != nil {
				in.app.log.Warn("partitions_not_listed", "source", s.Name, "error", err)
				continue
			}
			begin()
		}
	})
	return group.Wait()
}

// follower says now and then how much has been read.
type follower struct {
	in      *ingestion
	source  string
	records atomic.Int64
	bytes   atomic.Int64
	last    atomic.Int64 // unix seconds of the last saying
	since   time.Time
}

// stream returns the progress callback of one stream.
func (f *follower) stream() func(ingest.SyncStats, *int64) {
	var seen ingest.SyncStats
	return func(s ingest.SyncStats, _ *int64) {
		records := f.records.Add(s.Records - seen.Records)
		bytes := f.bytes.Add(s.Bytes - seen.Bytes)
		seen = s
		now := f.in.app.now()
		last := f.last.Load()
		if now.Unix()-last >= int64(sayEvery.Seconds()) && f.last.CompareAndSwap(last, now.Unix()) {
			f.in.app.log.Info("followed", "source", f.source, "records", records, "bytes", bytes,
				"since", f.since.UTC().Format(time.RFC3339))
		}
	}
}
