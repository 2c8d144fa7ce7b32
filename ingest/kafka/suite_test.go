package kafka_test

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/ingesttest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

const (
	suiteTopic      = "tickets"
	suitePartitions = 3
)

func TestSuite(t *testing.T) {
	// Cursors name the topic by its id, so that most tests share one broker.
	var shared *kafkatest.Broker
	ingesttest.Run(t, ingesttest.Fixture{
		World: func(tt testing.TB, h *simulate.History, o ingesttest.WorldOptions) ingesttest.World {
			w := &world{history: h, broker: shared, topic: suiteTopic}
			switch {
			case !o.Until.IsZero():
				w.broker = kafkatest.Start(tt, kafkatest.Options{})
				if w.broker.IsReal() {
					tt.Skip("a real broker has one topic of the name only")
				}
				w.fill(tt, o.Until)
			case shared == nil:
				shared = kafkatest.Start(t, kafkatest.Options{})
				w.broker = shared
				w.fill(t, time.Time{})
			}
			w.trouble(tt, o)
			return w
		},
	})
}

// world is a broker with a topic that has a message for every ticket.
type world struct {
	history *simulate.History
	broker  *kafkatest.Broker
	topic   string
	sent    int

	requests, faults func() int
	gate             *gate // nil without trouble
}

// fill makes the topic and sends what the history has until a moment.
func (w *world) fill(t testing.TB, at time.Time) {
	w.broker.CreateTopic(t, w.topic, suitePartitions, nil)
	w.SetUntil(t, at)
}

func (w *world) SetUntil(t testing.TB, at time.Time) {
	const batch = 40
	tickets := w.history.Truth(at)
	slices.SortFunc(tickets, func(a, b simulate.TicketTruth) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	for ; w.sent < len(tickets); w.sent += min(batch, len(tickets)-w.sent) {
		msgs := make([][]kafkatest.Message, suitePartitions)
		for i, tt := range tickets[w.sent:min(w.sent+batch, len(tickets))] {
			p := (w.sent + i) % suitePartitions
			msgs[p] = append(msgs[p], kafkatest.Message{
				Key: []byte(tt.Key), Value: fmt.Appendf(nil, `{"id":%q,"project":%q}`, tt.ID, tt.Project), Time: tt.CreatedAt,
			})
		}
		for p, list := range msgs {
			if len(list) > 0 {
				w.broker.Produce(t, w.topic, int32(p), list...)
			}
		}
	}
}

func (w *world) trouble(t testing.TB, o ingesttest.WorldOptions) {
	const notLeader = 6
	w.requests, w.faults = func() int { return 0 }, func() int { return 0 }
	if !w.broker.IsReal() {
		w.requests = w.broker.Fetches(t)
	}
	switch {
	case o.Latency > 0:
		w.gate = newGate(t, w.broker, func(c net.Conn) { <-t.Context().Done() })
	case o.FaultShare == 1:
		w.gate = newGate(t, w.broker, func(c net.Conn) {})
	case o.FaultShare > 0:
		w.broker.BreakEvery(t, int(1/o.FaultShare)+2)
		t.Cleanup(func() { w.broker.BreakEvery(t, 0) })
		fetches, offsets := w.broker.FailFetches(t, suiteTopic, notLeader, 6), w.broker.FailListOffsets(t, suiteTopic, notLeader, 3)
		w.faults = func() int { return fetches() + offsets() }
	}
}

func (w *world) Source(t testing.TB) ingest.Source {
	src := newSource(t, w.broker, w.topic, func(o *kafka.Options) {
		o.FetchBytes, o.MaxBackoff = 4096, 5*time.Millisecond
		if w.gate != nil {
			o.Brokers = []string{w.gate.addr}
		}
	})
	if w.gate != nil {
		w.gate.shut()
	}
	return src
}

func (w *world) Requests() int { return w.requests() }

func (w *world) Faults() int { return w.faults() }

// gate is a way to a broker that lets everything through until it is shut;
// what comes then has to do with something else.
type gate struct {
	addr string

	mu     sync.Mutex
	closed bool
}

func newGate(t testing.TB, b *kafkatest.Broker, closed func(net.Conn)) *gate {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	g := &gate{addr: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if g.isShut() {
					closed(c)
				} else if to, err := net.Dial("tcp", b.Addrs()[0]); err == nil {
					defer to.Close()
					go io.Copy(to, c)
					io.Copy(c, to)
				}
			}()
		}
	}()
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}
