package kafka

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// dialTimeout bounds connecting, TLS and login together.
	dialTimeout = 15 * time.Second
	// answerTimeout bounds the wait for an answer, beyond the time that the
	// broker was allowed to hold it back.
	answerTimeout = 30 * time.Second
)

// conn is a connection to one broker, which serves one request at a time.
//
// kafka-go opens it, logs in and asks for offsets. Two messages are kmsg's:
// kafka-go's metadata knows no topic ids, and its fetch throws away where a
// batch ends (so that the offsets which compaction and transactions leave
// behind cannot be passed) and hides a corrupt batch behind a good one.
type conn struct {
	pc      *protocol.Conn
	addr    string
	format  *kmsg.RequestFormatter
	highest map[int16]int16 // the version of each request up to which the broker understands it
	out     []byte
	asked   int32
}

// dial connects to a broker and logs in.
func (s *Source) dial(ctx context.Context, addr string) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("broker %s: connect: %w", addr, err)
	}
	if nc, err = s.encrypt(ctx, nc, addr); err != nil {
		return nil, fmt.Errorf("broker %s: TLS (does this port speak it?): %w", addr, err)
	}
	c := &conn{
		pc: protocol.NewConn(nc, s.o.ClientID), addr: addr,
		format: kmsg.NewRequestFormatter(kmsg.FormatterClientID(s.o.ClientID)),
	}
	if err := c.guard(ctx, dialTimeout, func() error { return c.greet(ctx, s.login) }); err != nil {
		c.close()
		return nil, fmt.Errorf("broker %s: %w", addr, err)
	}
	return c, nil
}

func (s *Source) encrypt(ctx context.Context, nc net.Conn, addr string) (net.Conn, error) {
	if s.o.TLS == nil {
		return nc, nil
	}
	cfg := s.o.TLS
	if cfg.ServerName == "" {
		cfg = cfg.Clone()
		cfg.ServerName, _, _ = net.SplitHostPort(addr) // it has just been dialled
	}
	tc := tls.Client(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return tc, nil
}

func (c *conn) close() { c.pc.Close() }

// guard runs an exchange that ends when the context does or its time is over.
// The connection is of no use after an error.
func (c *conn) guard(ctx context.Context, within time.Duration, exchange func() error) error {
	if err := c.pc.SetDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		_ = c.pc.SetDeadline(time.Unix(1, 0)) // it is closed then, which ends the exchange as well
	})
	defer stop()
	err := exchange()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// greet learns what the broker understands and logs in.
func (c *conn) greet(ctx context.Context, login sasl.Mechanism) error {
	r, err := c.pc.RoundTrip(new(apiversions.Request))
	if err != nil {
		return fmt.Errorf("ask for its versions (does it expect TLS?): %w", err)
	}
	res := r.(*apiversions.Response)
	if res.ErrorCode != 0 {
		return fmt.Errorf("ask for its versions: %w", kafkago.Error(res.ErrorCode))
	}
	c.highest = make(map[int16]int16, len(res.ApiKeys))
	common := make(map[protocol.ApiKey]int16, len(res.ApiKeys))
	for _, k := range res.ApiKeys {
		c.highest[k.ApiKey] = k.MaxVersion
		key := protocol.ApiKey(k.ApiKey)
		common[key] = key.SelectVersion(k.MinVersion, k.MaxVersion)
	}
	c.pc.SetVersions(common)
	if login == nil {
		return nil
	}
	if err := c.authenticate(ctx, login); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return nil
}

func (c *conn) authenticate(ctx context.Context, login sasl.Mechanism) error {
	r, err := c.pc.RoundTrip(&saslhandshake.Request{Mechanism: login.Name()})
	if err != nil {
		return err
	}
	if code := r.(*saslhandshake.Response).ErrorCode; code != 0 {
		return kafkago.Error(code)
	}
	state, answer, err := login.Start(ctx)
	for done := false; err == nil && !done; {
		var challenge []byte
		if challenge, err = c.present(answer); err != nil {
			return err
		}
		done, answer, err = state.Next(ctx, challenge)
	}
	if err != nil { // what the broker says does not fit the credentials
		return fmt.Errorf("%w: %w", kafkago.SASLAuthenticationFailed, err)
	}
	return nil
}

// errHungUp is how some brokers refuse credentials; one that is just going
// down does the same.
var errHungUp = errors.New("the broker has hung up on the credentials")

// present sends one step of the login and gives the broker's answer.
func (c *conn) present(answer []byte) ([]byte, error) {
	r, err := c.pc.RoundTrip(&saslauthenticate.Request{AuthBytes: answer})
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errHungUp
	}
	if err != nil {
		return nil, err
	}
	res := r.(*saslauthenticate.Response)
	if res.ErrorCode != 0 {
		return nil, kafkago.Error(res.ErrorCode)
	}
	return res.AuthBytes, nil
}

// version is the highest one that the broker understands, up to most.
func (c *conn) version(key kmsg.Key, most int16) int16 { return min(most, c.highest[key.Int16()]) }

// ask sends a request and reads the answer into buf, which grows as needed;
// the answer may share it.
func (c *conn) ask(ctx context.Context, req kmsg.Request, wait time.Duration, buf []byte) (kmsg.Response, []byte, error) {
	res := req.ResponseKind()
	err := c.guard(ctx, wait+answerTimeout, func() (err error) {
		c.asked++
		c.out = c.format.AppendRequest(c.out[:0], req, c.asked)
		if _, err = c.pc.Write(c.out); err != nil {
			return err
		}
		if buf, err = c.readAnswer(buf); err != nil {
			return err
		}
		body, err := answerBody(buf, c.asked, res.IsFlexible())
		if err != nil {
			return err
		}
		return res.ReadFrom(body)
	})
	return res, buf, err
}

// allocStep is how much memory the mere announcement of bytes can take.
const allocStep = 16 << 20

func (c *conn) readAnswer(buf []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.pc, head[:]); err != nil {
		return buf, err
	}
	size := int(int32(binary.BigEndian.Uint32(head[:])))
	if size < 4 {
		return buf, fmt.Errorf("an answer of %d bytes", size)
	}
	return readInto(c.pc, buf[:0], size)
}

// readInto appends size bytes to buf. Its memory grows with what has come, not
// with what is said to come.
func readInto(r io.Reader, buf []byte, size int) ([]byte, error) {
	for end := len(buf) + size; len(buf) < end; {
		n := min(end-len(buf), allocStep)
		buf = slices.Grow(buf, n)
		if _, err := io.ReadFull(r, buf[len(buf):len(buf)+n]); err != nil {
			return buf, err
		}
		buf = buf[:len(buf)+n]
	}
	return buf, nil
}

// answerBody strips the header off an answer.
func answerBody(b []byte, asked int32, flexible bool) ([]byte, error) {
	if int32(binary.BigEndian.Uint32(b)) != asked {
		return nil, errors.New("the answer is to another question")
	}
	b = b[4:]
	if !flexible {
		return b, nil
	}
	tags, b, ok := uvarint(b)
	for ; ok && tags > 0; tags-- {
		if _, b, ok = uvarint(b); !ok {
			break
		}
		var size uint64
		if size, b, ok = uvarint(b); ok && size <= uint64(len(b)) {
			b = b[size:]
		} else {
			ok = false
		}
	}
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	return b, nil
}

func uvarint(b []byte) (v uint64, rest []byte, ok bool) {
	v, n := binary.Uvarint(b)
	return v, b[max(n, 0):], n > 0
}
