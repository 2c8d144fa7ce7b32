// Package kafkatest gives tests a Kafka broker: by default one inside the
// process that speaks the real protocol, and a real Apache Kafka (one KRaft
// node on loopback) when the environment variable TICKETMILL_TEST_KAFKA names
// the folder of its jars. fetch-kafka.sh beside this file fetches them and
// prints that folder.
//
// The same tests run on both. What only one of the two can do says so, and
// skips the test on the other.
package kafkatest

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// EnvJars is the environment variable that names the folder with Apache
// Kafka's jars.
const EnvJars = "TICKETMILL_TEST_KAFKA"

// User and Password are the credentials of a broker with SASL, for the
// mechanisms PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
const (
	User     = "reader"
	Password = "kafkatest-secret"
)

// patience bounds every single thing asked of a broker.
const patience = time.Minute

// Options say which listener of the broker a test talks to.
type Options struct {
	// SASL makes clients log in as User with Password.
	SASL bool
	// TLS makes clients talk TLS; Broker.TLS has what they need for it.
	TLS bool
}

// Broker is a running broker. Its methods fail the test on any error.
type Broker struct {
	opts  Options
	fake  *fake // nil for a real one
	real  *process
	admin *kgo.Client
	names atomic.Int64
}

// Start gives a broker that lives as long as the test. In-process brokers are
// new and empty each time. The real one is shared by all tests of the test
// binary and ends with it: name topics with Broker.Topic, and do not run tests
// in parallel with those that call Restart or Down.
func Start(t testing.TB, o Options) *Broker {
	t.Helper()
	b := &Broker{opts: o}
	if dir := os.Getenv(EnvJars); dir != "" {
		b.real = sharedProcess(t, dir)
	} else {
		t.Logf("in-process broker: not run against a real Apache Kafka (%s is not set, see make test-kafka)", EnvJars)
		b.fake = startFake(t, o)
	}
	b.admin = b.client(t)
	return b
}

// IsReal reports whether the broker is an Apache Kafka.
func (b *Broker) IsReal() bool { return b.real != nil }

// Addrs are the broker's addresses as host:port, for clients that talk as the
// options say.
func (b *Broker) Addrs() []string {
	if b.IsReal() {
		return []string{b.real.listener(b.opts)}
	}
	return b.fake.cluster.ListenAddrs()
}

// TLS is the configuration that clients of a broker with TLS need; nil without
// TLS.
func (b *Broker) TLS() *tls.Config {
	switch {
	case !b.opts.TLS:
		return nil
	case b.IsReal():
		return b.real.cert.client()
	}
	return b.fake.cert.client()
}

// Topic gives a topic name that no other test uses.
func (b *Broker) Topic(t testing.TB) string {
	t.Helper()
	names := &b.names
	if b.IsReal() {
		names = &b.real.names
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name())
	return fmt.Sprintf("%.180s-%d", plain, names.Add(1))
}

// client makes a client that ends with the test.
func (b *Broker) client(t testing.TB) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(b.dial()...)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// dial says how the package's own clients connect. Topics change all the time
// here, so what a client knows of them is old at once.
func (b *Broker) dial() []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(b.Addrs()...), kgo.DisableClientMetrics(), kgo.MetadataMinAge(10 * time.Millisecond)}
	if b.opts.SASL {
		opts = append(opts, kgo.SASL(plain.Auth{User: User, Pass: Password}.AsMechanism()))
	}
	if b.opts.TLS {
		opts = append(opts, kgo.DialTLSConfig(b.TLS()))
	}
	return opts
}

func (b *Broker) adm() *kadm.Client { return kadm.NewClient(b.admin) }

// patient is the context of one thing asked of the broker.
func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// until asks again and again until done says yes.
func until(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
