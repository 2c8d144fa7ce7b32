package kafka

import (
	"context"
	"errors"
	"math"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Versions of the fetch request: with the first, topics are named by their id,
// so that a topic that was created again cannot be taken for the old one; the
// second is the last that names them by name.
const (
	fetchByID   = 13
	fetchByName = 12
)

var errHalfBatch = errors.New("the broker has sent less than one batch")

// fetched is the answer to a fetch.
type fetched struct {
	high, stable int64
	batches      []batch
	aborted      []kmsg.FetchResponseTopicPartitionAbortedTransaction
	throttle     time.Duration // what the broker wants to be left alone for
}

// fetch asks for what comes at the partition's position. The answer uses buf,
// or a larger one that is returned. The broker may hold it back as long as
// wait while there is nothing.
func (c *conn) fetch(ctx context.Context, p *partition, wait time.Duration, buf []byte) (fetched, []byte, error) {
	r, buf, err := c.ask(ctx, c.fetchRequest(p, wait), wait, buf)
	if err != nil {
		return fetched{}, buf, err
	}
	res := r.(*kmsg.FetchResponse)
	if res.ErrorCode != 0 {
		return fetched{}, buf, kafkago.Error(res.ErrorCode)
	}
	f := fetched{throttle: time.Duration(res.ThrottleMillis) * time.Millisecond}
	if len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 {
		if f.throttle > 0 { // a broker that wants to be left alone may answer with nothing at all
			f.high, f.stable = p.bounds.high, p.bounds.stable
			return f, buf, nil
		}
		return f, buf, errors.New("the answer is not about the partition asked for")
	}
	rp := &res.Topics[0].Partitions[0]
	if rp.ErrorCode != 0 {
		return f, buf, kafkago.Error(rp.ErrorCode)
	}
	f.high, f.stable, f.aborted = rp.HighWatermark, rp.LastStableOffset, rp.AbortedTransactions
	f.batches, err = splitBatches(rp.RecordBatches, p.at.next)
	if err == nil && len(f.batches) == 0 && len(rp.RecordBatches) > 0 {
		err = errHalfBatch
	}
	return f, buf, err
}

func (c *conn) fetchRequest(p *partition, wait time.Duration) *kmsg.FetchRequest {
	o := &p.s.o
	req := kmsg.NewPtrFetchRequest()
	req.Version = c.version(kmsg.Fetch, fetchByName)
	if p.id != [16]byte{} {
		req.Version = c.version(kmsg.Fetch, fetchByID)
	}
	req.MaxWaitMillis = int32(wait.Milliseconds())
	req.MinBytes, req.MaxBytes = 1, math.MaxInt32 // the partition's limit is the limit
	req.IsolationLevel = committed
	req.SessionEpoch = -1 // no session: each request says all
	t, rp := kmsg.NewFetchRequestTopic(), kmsg.NewFetchRequestTopicPartition()
	t.Topic, t.TopicID = p.topic, p.id
	rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = p.number, p.at.next, o.FetchBytes
	t.Partitions = append(t.Partitions, rp)
	req.Topics = append(req.Topics, t)
	return req
}
