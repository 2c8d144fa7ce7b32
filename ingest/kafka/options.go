package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// Options say which brokers and topics are read, and how. Brokers, Topics,
// Decode and Seal are needed; zero values elsewhere mean the default.
type Options struct {
	// Brokers are some of the cluster's brokers as host:port; the others are
	// found through them.
	Brokers []string
	// Topics are the topics to read.
	Topics []string
	// SASL logs in to the brokers; nil does without.
	SASL *SASL
	// TLS encrypts the connections; nil means plain text.
	TLS *tls.Config
	// ClientID is what brokers see in their logs and quotas; default
	// "ticketmill".
	ClientID string

	// Partitions are the partitions to read of every topic; nil means all.
	Partitions []int32
	// Shard of Shards, counted from 1, is the share of the partitions to
	// read: partition p belongs to shard p % Shards + 1. 0 of 0 means all.
	Shard, Shards int
	// Follow lets Read go on when it has reached the end, until its context
	// ends.
	Follow bool

	// Decode turns messages into records.
	Decode Decoder
	// Seal makes the bytes of a message that cannot be decoded fit to land.
	Seal func([]byte) (string, error)
	// Log hears of troubles that were overcome; nil drops them.
	Log *slog.Logger

	// FetchBytes is how much is asked for at a time; default 4 MiB. A larger
	// batch still comes, whole.
	FetchBytes int32
	// MaxWait is how long a broker may hold back the answer that there is
	// nothing new; default 500 ms.
	MaxWait time.Duration
	// Heartbeat is how often Read yields an empty page while it follows and
	// nothing comes; default 1 s.
	Heartbeat time.Duration
	// Recheck is how often, while it follows, Read asks anew who leads the
	// partition and whether the topic is still the same; default 30 s.
	Recheck time.Duration
	// RetryFor is how long Read goes on trying without any progress; default
	// 2 min. While it follows, it tries for ever.
	RetryFor time.Duration
	// TopicWait is how long a topic may be unknown to the brokers, as it is
	// for a moment after its creation; default 30 s.
	TopicWait time.Duration
	// MinBackoff and MaxBackoff bound the wait before another try; default
	// 100 ms and 10 s.
	MinBackoff, MaxBackoff time.Duration
}

// SASL are the credentials for a broker.
type SASL struct {
	// Mechanism is plain, scram-sha-256 or scram-sha-512.
	Mechanism string
	User      string
	Password  string
}

// Decoder turns messages into what they tell of. It must be safe for
// concurrent use.
type Decoder interface {
	// Decode gives the items of a message, in order. The message's bytes are
	// valid during the call only: no item may share them. A *message.Poison
	// says that the message cannot be read; any other error ends the read.
	Decode(ctx context.Context, m message.Message) ([]message.Item, error)
}

func (o *Options) setDefaults() {
	if o.ClientID == "" {
		o.ClientID = "ticketmill"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.FetchBytes <= 0 {
		o.FetchBytes = 4 << 20
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.MaxWait, 500 * time.Millisecond},
		{&o.Heartbeat, time.Second},
		{&o.Recheck, 30 * time.Second},
		{&o.RetryFor, 2 * time.Minute},
		{&o.TopicWait, 30 * time.Second},
		{&o.MinBackoff, 100 * time.Millisecond},
		{&o.MaxBackoff, 10 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
}

func (o *Options) validate() error {
	switch {
	case len(o.Brokers) == 0:
		return errors.New("brokers: name at least one as host:port")
	case len(o.Topics) == 0:
		return errors.New("topics: name at least one")
	case o.Decode == nil:
		return errors.New("decode: a decoder is needed")
	case o.Seal == nil:
		return errors.New("seal: it is needed, raw bytes must not land")
	}
	for _, b := range o.Brokers {
		if host, port, err := net.SplitHostPort(b); err != nil || host == "" || port == "" {
			return fmt.Errorf("brokers: %q is not host:port", b)
		}
	}
	for i, t := range o.Topics {
		if t == "" || slices.Contains(o.Topics[:i], t) {
			return fmt.Errorf("topics: %q is empty or named twice", t)
		}
	}
	return o.validateShare()
}

func (o *Options) validateShare() error {
	for i, p := range o.Partitions {
		if p < 0 || slices.Contains(o.Partitions[:i], p) {
			return fmt.Errorf("partitions: %d is negative or named twice", p)
		}
	}
	switch {
	case o.Shard == 0 && o.Shards == 0:
		return nil
	case o.Shards < 1 || o.Shard < 1 || o.Shard > o.Shards:
		return fmt.Errorf("shard: %d/%d is no share: the first of four is 1/4, the last 4/4", o.Shard, o.Shards)
	case len(o.Partitions) > 0:
		return errors.New("shard: partitions are named as well; give one of the two")
	}
	return nil
}

// assigned tells whether a partition is ours to read.
func (o *Options) assigned(p int32) bool {
	if o.Shards > 0 {
		return int(p)%o.Shards+1 == o.Shard
	}
	return len(o.Partitions) == 0 || slices.Contains(o.Partitions, p)
}

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	if s == nil {
		return nil, nil
	}
	if s.User == "" || s.Password == "" {
		return nil, errors.New("sasl: user and password are needed")
	}
	switch s.Mechanism {
	case "plain":
		return plain.Mechanism{Username: s.User, Password: s.Password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, s.User, s.Password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, s.User, s.Password)
	}
	return nil, fmt.Errorf("sasl: mechanism %q is none of plain, scram-sha-256, scram-sha-512", s.Mechanism)
}
