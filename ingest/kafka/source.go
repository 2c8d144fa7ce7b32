// Package kafka reads topics of Apache Kafka, each partition as one stream.
//
// There is no consumer group: which partitions are read is a matter of
// configuration, and how far they have been read is a cursor that is stored
// with the data. That is what makes the streams exactly-once. Messages of
// transactions are read when they are committed.
package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/segmentio/kafka-go/sasl"

	"github.com/ticketmill/ticketmill/ingest"
)

// StreamName is the name of all streams of this source; the scope is
// "<topic>/<partition>".
const StreamName = "messages"

// Source reads topics of one cluster. Its methods may be called concurrently.
type Source struct {
	o     Options
	login sasl.Mechanism // nil for none

	mu      sync.Mutex
	streams []ingest.Stream
}

// New makes a source. It looks at the options and does not use the network.
func New(o Options) (*Source, error) {
	login, err := o.SASL.mechanism()
	if err == nil {
		err = o.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	o.setDefaults()
	return &Source{o: o, login: login}, nil
}

// Prepare asks the brokers for the partitions of the topics, which Streams
// then lists. Called again, it finds partitions that were added. While the
// brokers do not answer it tries on, as long as Options.RetryFor.
func (s *Source) Prepare(ctx context.Context) error {
	streams, err := retry(ctx, &patience{o: &s.o, what: strings.Join(s.o.Topics, ",")}, func() ([]ingest.Stream, error) {
		c, err := s.anyBroker(ctx)
		if err != nil {
			return nil, err
		}
		defer c.close()
		ts, err := c.topics(ctx, s.o.Topics...)
		if err != nil {
			return nil, err
		}
		return s.share(ts), nil
	})
	if err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	if err := s.known(streams); err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams = streams
	return nil
}

// share lists the streams of our partitions.
func (s *Source) share(ts map[string]topic) []ingest.Stream {
	var out []ingest.Stream
	for _, name := range slices.Sorted(maps.Keys(ts)) {
		for _, p := range slices.Sorted(maps.Keys(ts[name].leaders)) {
			if s.o.assigned(p) {
				out = append(out, ingest.Stream{Name: StreamName, Scope: fmt.Sprintf("%s/%d", name, p)})
			}
		}
	}
	return out
}

// known checks that every partition that was named exists in some topic.
func (s *Source) known(streams []ingest.Stream) error {
	for _, p := range s.o.Partitions {
		if !slices.ContainsFunc(streams, func(st ingest.Stream) bool {
			_, n, err := splitScope(st.Scope)
			return err == nil && n == p
		}) {
			return fmt.Errorf("partitions: no topic has partition %d", p)
		}
	}
	return nil
}

// Streams lists the partitions to read, by topic and number. Before Prepare
// there are none.
func (s *Source) Streams() []ingest.Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.streams)
}

// lookUp gives the topic and partition of a stream.
func (s *Source) lookUp(st ingest.Stream) (topic string, partition int32, ok bool) {
	if !slices.Contains(s.Streams(), st) {
		return "", 0, false
	}
	topic, partition, err := splitScope(st.Scope)
	return topic, partition, err == nil
}

func splitScope(scope string) (topic string, partition int32, err error) {
	i := strings.LastIndexByte(scope, '/')
	n, err := strconv.ParseInt(scope[i+1:], 10, 32)
	return scope[:max(i, 0)], int32(n), err
}

// Ping checks that a broker answers and takes the credentials, and that every
// partition to read has a leader that lets us read it. It tries once.
func (s *Source) Ping(ctx context.Context) error {
	if err := s.ping(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("kafka: %w", explain(err, 0))
	}
	return nil
}

func (s *Source) ping(ctx context.Context) error {
	c, err := s.anyBroker(ctx)
	if err != nil {
		return err
	}
	conns := map[string]*conn{c.addr: c}
	defer func() {
		for _, c := range conns {
			c.close()
		}
	}()
	ts, err := c.topics(ctx, s.o.Topics...)
	if err != nil {
		return err
	}
	streams := s.share(ts)
	if err := s.known(streams); err != nil {
		return err
	}
	for _, st := range streams {
		name, number, _ := splitScope(st.Scope) // made above
		if err := s.pingPartition(ctx, conns, name, ts[name], number); err != nil {
			return fmt.Errorf("%s: %w", st.Scope, err)
		}
	}
	return nil
}

// pingPartition reads the end of a partition, which tells whether it may be
// read without reading much.
func (s *Source) pingPartition(ctx context.Context, conns map[string]*conn, name string, t topic, number int32) error {
	leader := t.leaders[number]
	if leader.err != nil {
		return leader.err
	}
	c := conns[leader.addr]
	if c == nil {
		var err error
		if c, err = s.dial(ctx, leader.addr); err != nil {
			return fmt.Errorf("its leader, as the brokers advertise it: %w", err)
		}
		conns[leader.addr] = c
	}
	p := s.partition(name, number, position{})
	var err error
	if p.bounds, err = c.bounds(ctx, name, number); err != nil {
		return err
	}
	p.id, p.at.next = t.id, p.bounds.high
	if _, _, err = c.fetch(ctx, p, 0, nil); err != nil {
		return fmt.Errorf("broker %s: read: %w", c.addr, err)
	}
	return nil
}

// Close ends the use of the source. Connections belong to the reads that made
// them and end with those.
func (s *Source) Close() error { return nil }
