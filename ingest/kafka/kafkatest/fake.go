package kafkatest

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// fake is a broker inside the process.
type fake struct {
	cluster *kfake.Cluster
	gate    *gate
	cert    *certificate
}

func startFake(t testing.TB, o Options) *fake {
	t.Helper()
	f := &fake{gate: &gate{conns: map[*cuttable]bool{}}}
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.ListenFn(f.gate.listen)}
	if o.SASL {
		opts = append(opts, kfake.EnableSASL(), kfake.Superuser("PLAIN", User, Password),
			kfake.Superuser("SCRAM-SHA-256", User, Password), kfake.Superuser("SCRAM-SHA-512", User, Password))
	}
	if o.TLS {
		f.cert = newCertificate(t)
		opts = append(opts, kfake.TLS(f.cert.server()))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatalf("kafkatest: start the in-process broker: %v", err)
	}
	t.Cleanup(cluster.Close)
	f.cluster = cluster
	return f
}

// gate stands before the in-process broker: it can cut what is connected, keep
// everybody out, and break answers off.
type gate struct {
	mu      sync.Mutex
	shut    bool
	conns   map[*cuttable]bool
	every   int // every so many answers one is broken off; 0 for none
	answers int
}

func (g *gate) listen(network, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	return &gated{Listener: l, gate: g}, nil
}

// set opens or shuts the gate; shutting it cuts all connections.
func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut = shut; shut {
		g.cut()
	}
}

// cut closes all connections; the lock must be held.
func (g *gate) cut() {
	for c := range g.conns {
		_ = c.Conn.Close() // it may have gone by itself
		delete(g.conns, c)
	}
}

func (g *gate) breakEvery(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.every, g.answers = n, 0
}

// breaks reports whether the answer to be written now is to be broken off.
func (g *gate) breaks() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.every == 0 {
		return false
	}
	g.answers++
	return g.answers%g.every == 0
}

type gated struct {
	net.Listener
	gate *gate
}

// Accept gives the next connection that the gate lets in.
func (l *gated) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.gate.mu.Lock()
		if l.gate.shut {
			l.gate.mu.Unlock()
			_ = conn.Close() // nobody is let in
			continue
		}
		c := &cuttable{Conn: conn, gate: l.gate}
		l.gate.conns[c] = true
		l.gate.mu.Unlock()
		return c, nil
	}
}

// cuttable is a connection that the gate may cut.
type cuttable struct {
	net.Conn
	gate *gate
}

func (c *cuttable) Write(b []byte) (int, error) {
	if !c.gate.breaks() {
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:len(b)/2]) // what arrives does not matter
	_ = c.Close()
	return n, net.ErrClosed
}

// Close closes the connection.
func (c *cuttable) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}
