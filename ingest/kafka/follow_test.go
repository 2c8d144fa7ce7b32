package kafka_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
)

// follower is a read that follows; its pages wait to be taken.
type follower struct {
	t      testing.TB
	pages  chan ingest.Page
	ended  chan error
	cancel context.CancelFunc
}

func follow(t testing.TB, src *kafka.Source, st ingest.Stream, from ingest.Cursor) *follower {
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t, pages: make(chan ingest.Page), ended: make(chan error, 1), cancel: cancel}
	go func() {
		var end error
		for p, err := range src.Read(ctx, st, from) {
			if end = err; err != nil {
				break
			}
			select {
			case f.pages <- p:
			case <-ctx.Done():
			}
		}
		f.ended <- end
	}()
	t.Cleanup(func() { f.stop() })
	return f
}

// until takes pages until one is as wanted, and gives all of them.
func (f *follower) until(want func(ingest.Page) bool) (got []ingest.Page) {
	f.t.Helper()
	patience := time.After(time.Minute)
	for {
		select {
		case p := <-f.pages:
			if got = append(got, p); want(p) {
				return got
			}
		case err := <-f.ended:
			f.ended <- err
			f.t.Fatalf("the read has ended: %v", err)
		case <-patience:
			f.t.Fatalf("nothing came; so far %d pages", len(got))
		}
	}
}

// untilKey takes pages until one has the key.
func (f *follower) untilKey(key string) []ingest.Page {
	f.t.Helper()
	return f.until(func(p ingest.Page) bool { return slices.Contains(keys(p.Records), key) })
}

func (f *follower) stop() error {
	f.cancel()
	err := <-f.ended
	f.ended <- err
	return err
}

func heartbeat(p ingest.Page) bool { return len(p.Records) == 0 && len(p.Gaps) == 0 && p.Complete }

func TestFollow(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, func(o *kafka.Options) { o.Follow = true })
	f := follow(t, src, stream(topic, 0), nil)
	first := f.untilKey("0:2")
	wantKeys(t, records(first), 0, 1, 2)
	if p := f.until(heartbeat); string(last(p)) != string(last(first)) {
		t.Errorf("a heartbeat moves the cursor from %s to %s", last(first), last(p))
	}
	b.Produce(t, topic, 0, things(3, 2)...)
	wantKeys(t, records(f.untilKey("0:4")), 3, 4)
	tx := b.BeginTx(t)
	tx.Produce(t, topic, 0, things(5, 1)...)
	wantKeys(t, records(f.until(heartbeat)))
	tx.Commit(t)
	wantKeys(t, records(f.untilKey("0:5")), 5)
	if err := f.stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, the read ends with %v", err)
	}
}

func TestFollowSeesTroublesPass(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, func(o *kafka.Options) { o.Follow, o.Recheck = true, time.Millisecond })
	f := follow(t, src, stream(topic, 0), nil)
	f.untilKey("0:2")
	b.Restart(t)
	b.Produce(t, topic, 0, things(3, 2)...)
	pages := f.untilKey("0:4")
	wantKeys(t, records(pages), 3, 4)

	b.DeleteBefore(t, topic, 0, 5)
	b.DeleteTopic(t, topic)
	b.CreateTopic(t, topic, 1, nil)
	b.Produce(t, topic, 0, things(10, 2)...)
	pages = f.untilKey("1:1")
	if got := keys(records(pages)); !slices.Equal(got, []string{"1:0", "1:1"}) {
		t.Errorf("after the topic was created again: %v", got)
	}
	wantGaps(t, gaps(pages), ingest.Gap{Key: topic + "/0", Reason: "topic_recreated"})
}

func TestFollowDeletedTopic(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	src := newSource(t, b, topic, func(o *kafka.Options) { o.Follow, o.TopicWait = true, time.Millisecond })
	f := follow(t, src, stream(topic, 0), nil)
	f.untilKey("0:2")
	f.until(heartbeat)
	go func() {
		for range f.pages { // a follower that nobody reads from does not look
		}
	}()
	b.DeleteTopic(t, topic)
	err := <-f.ended
	f.ended <- err
	close(f.pages)
	if err == nil || !strings.Contains(err.Error(), topic) || !strings.Contains(err.Error(), "deleted") {
		t.Errorf("the read ends with %v", err)
	}
}
