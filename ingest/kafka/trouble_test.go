package kafka_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
)

// smallFetches makes reads of many steps.
func smallFetches(o *kafka.Options) { o.FetchBytes = 1 }

// produceApart gives every message a batch of its own.
func produceApart(t testing.TB, b *kafkatest.Broker, topic string, n int) (offsets []int64) {
	t.Helper()
	for i := range n {
		offsets = append(offsets, b.Produce(t, topic, 0, things(i, 1)...)...)
	}
	return offsets
}

func TestRestartWhileReading(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	want := produceApart(t, b, topic, 20)
	src := newSource(t, b, topic, smallFetches)
	var pages []ingest.Page
	for p, err := range src.Read(t.Context(), stream(topic, 0), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if pages = append(pages, p); len(pages) == 5 {
			b.Restart(t)
		}
	}
	wantKeys(t, records(pages), want...)
	wantGaps(t, gaps(pages))
}

// TestRetentionWhileReading has messages go that the read was to give.
func TestRetentionWhileReading(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	produceApart(t, b, topic, 20)
	src := newSource(t, b, topic, smallFetches)
	var pages []ingest.Page
	for p, err := range src.Read(t.Context(), stream(topic, 0), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if pages = append(pages, p); len(pages) == 1 {
			b.DeleteBefore(t, topic, 0, 15)
		}
	}
	got, lost := keys(records(pages)), gaps(pages)
	if len(lost) != 1 || lost[0].Reason != "retention_passed" || int64(len(got))+lost[0].Count != 20 || got[len(got)-1] != "0:19" {
		t.Errorf("got %v and %+v", got, lost)
	}
}

func TestCutConnections(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	want := produceApart(t, b, topic, 20)
	src := newSource(t, b, topic, smallFetches)
	var pages []ingest.Page
	for p, err := range src.Read(t.Context(), stream(topic, 0), nil) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
		b.CutConnections(t)
	}
	wantKeys(t, records(pages), want...)
}

func TestHalfAnswers(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	want := produceApart(t, b, topic, 40)
	src := newSource(t, b, topic, smallFetches)
	b.BreakEvery(t, 9)
	wantKeys(t, records(read(t, src, stream(topic, 0), nil)), want...)
	b.BreakEvery(t, 0)
}

func TestErrorsThatPass(t *testing.T) {
	const notLeader, unknownTopic, leaderNotAvailable, offsetNotAvailable, outOfRange, unknownID = 6, 3, 5, 78, 1, 100
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b)
	want := produceApart(t, b, topic, 5)
	src := newSource(t, b, topic, smallFetches)
	for what, fail := range map[string]func(testing.TB) func() int{
		"fetch, another leader":   func(t testing.TB) func() int { return b.FailFetches(t, topic, notLeader, 3) },
		"fetch, no such topic":    func(t testing.TB) func() int { return b.FailFetches(t, topic, unknownTopic, 3) },
		"fetch, no such topic id": func(t testing.TB) func() int { return b.FailFetches(t, topic, unknownID, 3) },
		"fetch, out of range":     func(t testing.TB) func() int { return b.FailFetches(t, topic, outOfRange, 3) },
		"offsets, not available":  func(t testing.TB) func() int { return b.FailListOffsets(t, topic, offsetNotAvailable, 3) },
		"metadata, no leader":     func(t testing.TB) func() int { return b.FailMetadata(t, topic, leaderNotAvailable, 3) },
		"metadata, not yet known": func(t testing.TB) func() int { return b.FailMetadata(t, topic, unknownTopic, 3) },
		"offsets, another leader": func(t testing.TB) func() int { return b.FailListOffsets(t, topic, notLeader, 3) },
		"offsets and fetch, together": func(t testing.TB) func() int {
			b.FailListOffsets(t, topic, notLeader, 2)
			return b.FailFetches(t, topic, notLeader, 3)
		},
	} {
		t.Run(what, func(t *testing.T) {
			hits := fail(t)
			pages := read(t, src, stream(topic, 0), nil)
			wantKeys(t, records(pages), want...)
			wantGaps(t, gaps(pages))
			if hits() != 3 {
				t.Errorf("%d faults were met", hits())
			}
		})
	}
}

func TestErrorsThatEndARead(t *testing.T) {
	b := kafkatest.Start(t, kafkatest.Options{})
	topic := topicOf(t, b, things(0, 3)...)
	for what, c := range map[string]struct {
		fail func(testing.TB)
		want string
	}{
		"not allowed":        {func(t testing.TB) { b.FailFetches(t, topic, 29, -1) }, "grant the user READ"},
		"not to be found":    {func(t testing.TB) { b.FailMetadata(t, topic, 3, -1) }, "check the topic's name"},
		"no leader for ever": {func(t testing.TB) { b.FailMetadata(t, topic, 5, -1) }, "check that the brokers run"},
	} {
		t.Run(what, func(t *testing.T) {
			var log bytes.Buffer
			src := newSource(t, b, topic, func(o *kafka.Options) {
				o.RetryFor, o.TopicWait = 100*time.Millisecond, 10*time.Millisecond
				o.Log = slog.New(slog.NewTextHandler(&log, nil))
			})
			c.fail(t)
			err := fails(t, src, stream(topic, 0), nil)
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), topic+"/0") {
				t.Errorf("the error is %v", err)
			}
			if n := strings.Count(log.String(), "kafka_retry"); n > 1 {
				t.Errorf("%d warnings within a moment", n)
			}
		})
	}
}

func TestNoBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	src, err := kafka.New(kafka.Options{
		Brokers: []string{addr, addr}, Topics: []string{"t"}, Decode: decoder{}, Seal: seal,
		RetryFor: 20 * time.Millisecond, MinBackoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"prepare": src.Prepare(t.Context()), "ping": src.Ping(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(src.Streams()); n != 0 {
		t.Errorf("there are %d streams", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := src.Prepare(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLogin(t *testing.T) {
	for _, tls := range []bool{false, true} {
		b := kafkatest.Start(t, kafkatest.Options{SASL: true, TLS: tls})
		topic := topicOf(t, b, things(0, 3)...)
		for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
			t.Run(fmt.Sprintf("%s, TLS %t", mechanism, tls), func(t *testing.T) {
				as := func(password string) func(*kafka.Options) {
					return func(o *kafka.Options) {
						o.SASL = &kafka.SASL{Mechanism: mechanism, User: kafkatest.User, Password: password}
					}
				}
				src := newSource(t, b, topic, as(kafkatest.Password))
				if err := src.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				wantKeys(t, records(read(t, src, stream(topic, 0), nil)), 0, 1, 2)

				wrong, err := kafka.New(options(b, topic, as("not-the-password")))
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range []error{wrong.Prepare(t.Context()), wrong.Ping(t.Context())} {
					if err == nil || !strings.Contains(err.Error(), "credentials") || strings.Contains(err.Error(), "not-the-password") {
						t.Errorf("a wrong password gives: %v", err)
					}
				}
			})
		}
	}
}

func TestTLSOnOneSideOnly(t *testing.T) {
	secure := kafkatest.Start(t, kafkatest.Options{TLS: true})
	topic := topicOf(t, secure)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	go func() {
		for {
			conn, err := plain.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "no TLS here")
			conn.Close()
		}
	}()
	for what, o := range map[string]kafka.Options{
		"this port of the broker does not speak TLS": options(secure, topic, func(o *kafka.Options) { o.Brokers = []string{plain.Addr().String()} }),
		"does it expect TLS?":                        options(secure, topic, func(o *kafka.Options) { o.TLS = nil }),
		"authority":                                  options(secure, topic, func(o *kafka.Options) { o.TLS = o.TLS.Clone(); o.TLS.RootCAs = nil }),
	} {
		src, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("the error is %v, want %q", err, what)
		}
	}
}
