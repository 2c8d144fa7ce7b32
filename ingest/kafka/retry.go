package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	kafkago "github.com/segmentio/kafka-go"
)

// warnEvery is how often a trouble that lasts is logged.
const warnEvery = 30 * time.Second

// patience is how long something is tried again, and what is said meanwhile.
type patience struct {
	o       *Options
	what    string // what is read, for the log
	forever bool

	warned  time.Time
	unknown time.Time // since when the topic is unknown
	suspect int       // how many errors in a row were suspicious
}

// retry runs op until it succeeds, fails for good or patience ends.
func retry[T any](ctx context.Context, p *patience, op func() (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = p.o.MinBackoff, p.o.MaxBackoff
	limit := p.o.RetryFor
	if p.forever {
		limit = 0
	}
	attempt := func() (T, error) {
		v, err := op()
		if err = p.judge(err); err != nil && ctx.Err() != nil {
			err = backoff.Permanent(context.Cause(ctx))
		}
		return v, err
	}
	v, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(limit), backoff.WithNotify(p.warn))
	if err == nil || ctx.Err() != nil {
		return v, err
	}
	return v, explain(err, limit)
}

// suspectTries is how often something is tried that looks hopeless and may
// have been damaged or cut off on its way all the same.
const suspectTries = 4

// judge marks errors that no other try will mend, a topic that stays unknown
// among them.
func (p *patience) judge(err error) error {
	if p.suspect++; !errors.Is(err, errCorrupt) && !errors.Is(err, errHungUp) {
		p.suspect = 0
	}
	if !errors.Is(err, kafkago.UnknownTopicOrPartition) {
		p.unknown = time.Time{}
	} else if p.unknown.IsZero() {
		p.unknown = time.Now()
	}
	unknown := !p.unknown.IsZero() && time.Since(p.unknown) > p.o.TopicWait
	if err != nil && (unknown || p.suspect >= suspectTries || hopeless(err)) {
		return backoff.Permanent(err)
	}
	return err
}

// warn logs a trouble that is being overcome. Its text comes from the broker
// or the network and has no content of messages.
func (p *patience) warn(err error, next time.Duration) {
	if time.Since(p.warned) < warnEvery {
		return
	}
	p.warned = time.Now()
	p.o.Log.Warn("kafka_retry", slog.String("what", p.what), slog.Any("error", err), slog.Duration("next_try_in", next))
}

// hopeless tells whether trying again is no use: somebody has to do something.
func hopeless(err error) bool {
	var code kafkago.Error
	var cert *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &cert), errors.As(err, &noTLS), errors.As(err, &alert), errors.Is(err, errOldFormat):
		return true
	case errors.As(err, &code):
		return advice(code) != "" && code != kafkago.UnknownTopicOrPartition
	}
	return false
}

// advice says what to do about an error that ends a read.
func advice(code kafkago.Error) string {
	switch code {
	case kafkago.SASLAuthenticationFailed:
		return "the brokers do not accept the credentials: check mechanism, user and password"
	case kafkago.UnsupportedSASLMechanism:
		return "the brokers do not offer this mechanism: set another one"
	case kafkago.IllegalSASLState:
		return "this listener of the brokers has no login: use another port, or no credentials"
	case kafkago.TopicAuthorizationFailed, kafkago.ClusterAuthorizationFailed:
		return "grant the user READ and DESCRIBE on the topic"
	case kafkago.UnknownTopicOrPartition:
		return "it was never created, was deleted, or the user may not see it: check the topic's name"
	case kafkago.InvalidTopic:
		return "no topic can have this name"
	case kafkago.UnsupportedVersion, kafkago.UnsupportedCompressionType, kafkago.UnsupportedForMessageFormat:
		return "the brokers are too old: Kafka 0.11 or newer is needed, 2.1 for zstd"
	}
	return ""
}

// explain adds to the error that ends a read what to do about it.
func explain(err error, limit time.Duration) error {
	var code kafkago.Error
	var cert *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &code) && advice(code) != "":
		return fmt.Errorf("%w (%s)", err, advice(code))
	case errors.As(err, &cert):
		return fmt.Errorf("%w (name the authority that signed the brokers' certificate)", err)
	case errors.As(err, &noTLS):
		return fmt.Errorf("%w (this port of the broker does not speak TLS)", err)
	case errors.Is(err, errHungUp):
		return fmt.Errorf("%w (%s)", err, advice(kafkago.SASLAuthenticationFailed))
	case errors.Is(err, errCorrupt), errors.Is(err, errUnpack):
		return fmt.Errorf("%w (the broker's disk or the producer has damaged it: restore the partition from a replica)", err)
	case errors.Is(err, errOldFormat):
		return fmt.Errorf("%w (let the topic's retention pass it, or copy the topic with a newer producer)", err)
	case limit > 0:
		return fmt.Errorf("%w (tried for %s: check that the brokers run and can be reached from here, under the addresses they advertise)", err, limit)
	}
	return err
}
