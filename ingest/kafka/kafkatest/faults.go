package kafkatest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Restart stops the broker and starts it again at the same address with the
// same data. A real one is stopped as an administrator does it, by SIGTERM;
// the in-process one cuts all connections.
func (b *Broker) Restart(t testing.TB) { t.Helper(); b.Down(t)() }

// Down stops the broker as Restart does; up starts it again and returns when
// it answers. Until then all connections are refused or closed at once. A
// broker left down comes up when the test ends.
func (b *Broker) Down(t testing.TB) (up func()) {
	t.Helper()
	if b.IsReal() {
		return b.real.down(t)
	}
	b.fake.gate.set(true)
	return func() { b.fake.gate.set(false) }
}

// inProcess skips the test where the broker is a real one.
func (b *Broker) inProcess(t testing.TB, what string) {
	t.Helper()
	if b.IsReal() {
		t.Skipf("only the in-process broker can %s", what)
	}
}

// CutConnections cuts all connections of the in-process broker; clients may
// connect again at once. On a real broker it skips the test.
func (b *Broker) CutConnections(t testing.TB) {
	t.Helper()
	b.inProcess(t, "cut its connections")
	b.fake.gate.mu.Lock()
	defer b.fake.gate.mu.Unlock()
	b.fake.gate.cut()
}

// BreakEvery makes the in-process broker send only half of every n-th answer
// and then cut the connection; 0 ends it. On a real broker it skips the test.
func (b *Broker) BreakEvery(t testing.TB, n int) {
	t.Helper()
	b.inProcess(t, "break off its answers")
	b.fake.gate.breakEvery(n)
}

// FailFetches makes the in-process broker answer the next count fetches of the
// topic ("" for any) with an error by Kafka's number, such as 6 for
// NOT_LEADER_OR_FOLLOWER; hits tells how many it has failed so far. On a real
// broker it skips the test.
func (b *Broker) FailFetches(t testing.TB, topic string, code int16, count int) (hits func() int) {
	t.Helper()
	return b.fail(t, kmsg.Fetch, topic, code, count)
}

// FailListOffsets is FailFetches for the question where a partition begins and
// ends.
func (b *Broker) FailListOffsets(t testing.TB, topic string, code int16, count int) (hits func() int) {
	t.Helper()
	return b.fail(t, kmsg.ListOffsets, topic, code, count)
}

// FailMetadata is FailFetches for the question who leads a topic.
func (b *Broker) FailMetadata(t testing.TB, topic string, code int16, count int) (hits func() int) {
	t.Helper()
	return b.fail(t, kmsg.Metadata, topic, code, count)
}

func (b *Broker) fail(t testing.TB, key kmsg.Key, topic string, code int16, count int) func() int {
	t.Helper()
	b.inProcess(t, "answer with errors")
	e := kerr.TypedErrorForCode(code)
	if e == nil {
		t.Fatalf("kafkatest: Kafka has no error %d", code)
	}
	h := b.fake.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Topic: topic, Err: e, Count: count})
	t.Cleanup(h.Remove)
	return h.Hits
}

// Fetches counts the fetch requests that the in-process broker has answered
// from now on. On a real broker it skips the test.
func (b *Broker) Fetches(t testing.TB) (count func() int) {
	t.Helper()
	b.inProcess(t, "count its requests")
	h := b.fake.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Observe: true, Count: -1})
	t.Cleanup(h.Remove)
	return h.Hits
}
