package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topic is what the cluster tells of a topic.
type topic struct {
	id      [16]byte       // zero where brokers are too old to tell
	leaders map[int32]node // of each partition; one without a leader has no address
}

// node is a broker, as others are told to reach it.
type node struct {
	addr string
	err  error // why it cannot be asked now
}

// idText is the id as Kafka's own tools print it; empty if there is none.
func (t topic) idText() string {
	if t.id == [16]byte{} {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(t.id[:])
}

// anyBroker connects to the first broker in the configuration that answers.
func (s *Source) anyBroker(ctx context.Context) (*conn, error) {
	var errs []error
	for _, addr := range s.o.Brokers {
		c, err := s.dial(ctx, addr)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// metadataVersion is the highest version known here; the first with topic ids
// is 10.
const metadataVersion = 12

// topics asks for topics by name. It gives an error if one of them cannot be
// had.
func (c *conn) topics(ctx context.Context, names ...string) (map[string]topic, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Version = c.version(kmsg.Metadata, metadataVersion)
	for _, name := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		req.Topics = append(req.Topics, t)
	}
	r, _, err := c.ask(ctx, req, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("broker %s: ask for topics: %w", c.addr, err)
	}
	res := r.(*kmsg.MetadataResponse)
	brokers := make(map[int32]string, len(res.Brokers))
	for _, b := range res.Brokers {
		brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	found := make(map[string]topic, len(res.Topics))
	for _, t := range res.Topics {
		if t.Topic == nil {
			continue
		}
		if t.ErrorCode != 0 {
			return nil, fmt.Errorf("broker %s: topic %s: %w", c.addr, *t.Topic, kafkago.Error(t.ErrorCode))
		}
		found[*t.Topic] = topic{id: t.TopicID, leaders: leaders(t.Partitions, brokers)}
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return nil, fmt.Errorf("broker %s: topic %s: %w", c.addr, name, kafkago.UnknownTopicOrPartition)
		}
	}
	return found, nil
}

func leaders(ps []kmsg.MetadataResponseTopicPartition, brokers map[int32]string) map[int32]node {
	out := make(map[int32]node, len(ps))
	for _, p := range ps {
		n := node{addr: brokers[p.Leader]}
		// A replica that is down is no trouble while there is a leader.
		if n.addr == "" {
			n.err = kafkago.LeaderNotAvailable
			if p.ErrorCode != 0 {
				n.err = kafkago.Error(p.ErrorCode)
			}
		}
		out[p.Partition] = n
	}
	return out
}

// bounds are the offsets of a partition.
type bounds struct {
	start  int64 // of the oldest message
	stable int64 // after the newest message that no open transaction holds back
	high   int64 // after the newest message
}

const (
	oldest = -2 // Kafka's name, among timestamps, for the beginning
	newest = -1

	uncommitted = 0
	committed   = 1
)

// bounds asks the leader of a partition where it begins and ends.
func (c *conn) bounds(ctx context.Context, topic string, partition int32) (b bounds, err error) {
	for _, q := range []struct {
		to        *int64
		at        int64
		isolation int8
	}{{&b.start, oldest, uncommitted}, {&b.stable, newest, committed}, {&b.high, newest, uncommitted}} {
		if *q.to, err = c.offset(ctx, topic, partition, q.at, q.isolation); err != nil {
			return b, fmt.Errorf("broker %s: ask for offsets: %w", c.addr, err)
		}
	}
	return b, nil
}

func (c *conn) offset(ctx context.Context, topic string, partition int32, at int64, isolation int8) (offset int64, err error) {
	req := &listoffsets.Request{ReplicaID: -1, IsolationLevel: isolation, Topics: []listoffsets.RequestTopic{{
		Topic: topic, Partitions: []listoffsets.RequestPartition{{Partition: partition, CurrentLeaderEpoch: -1, Timestamp: at}},
	}}}
	err = c.guard(ctx, answerTimeout, func() error {
		r, err := c.pc.RoundTrip(req)
		if err != nil {
			return err
		}
		res := r.(*listoffsets.Response)
		if len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 {
			return errors.New("the answer is not about the partition asked for")
		}
		p := res.Topics[0].Partitions[0]
		if p.ErrorCode != 0 {
			return kafkago.Error(p.ErrorCode)
		}
		if offset = p.Offset; offset < 0 {
			return errors.New("the broker gives none")
		}
		return nil
	})
	return offset, err
}
