package pgwire

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Codes in place of a protocol version.
const (
	codeCancel = 80877102
	codeTLS    = 80877103
	codeGSS    = 80877104
)

// maxStartup is PostgreSQL's bound of the first packet.
const maxStartup = 10_000

// startup is a client's first packet.
type startup struct {
	code     uint32
	pid, key uint32            // of a cancel request
	params   map[string]string // of a start
}

// readStartup reads one packet and not a byte more: TLS may begin behind it.
func readStartup(r io.Reader) (startup, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return startup{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	s := startup{code: binary.BigEndian.Uint32(head[4:])}
	if length < 8 || length > maxStartup {
		return s, errors.New("invalid length of startup packet")
	}
	body := make([]byte, length-8)
	if _, err := io.ReadFull(r, body); err != nil {
		return s, err
	}
	switch {
	case s.code == codeCancel:
		if len(body) != 8 {
			return s, errors.New("invalid cancel request")
		}
		s.pid, s.key = binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	case s.code>>16 == 3:
		return s, s.readParams(body)
	case s.code != codeTLS && s.code != codeGSS:
		return s, &Error{Code: "0A000", Message: fmt.Sprintf("unsupported frontend protocol %d.%d: server supports 3.0", s.code>>16, s.code&0xffff)}
	}
	return s, nil
}

func (s *startup) readParams(body []byte) error {
	s.params = map[string]string{}
	texts := strings.Split(string(body), "\x00")
	// pairs, an empty name as their end, and what follows the last zero byte
	for i := 0; i+1 < len(texts); i += 2 {
		if texts[i] == "" {
			if i+2 == len(texts) && texts[i+1] == "" {
				return nil
			}
			break
		}
		s.params[texts[i]] = texts[i+1]
	}
	return &Error{Code: "08P01", Message: "invalid startup packet layout: expected terminator as last byte"}
}

// handle serves one connection until it ends. Whatever goes wrong in it stays
// in it.
func (s *Server) handle(conn net.Conn) {
	defer func() {
		if r := recover(); r != nil {
			s.c.Log.Error("connection_panicked", "panic", fmt.Sprintf("%T", r))
		}
	}()
	_ = conn.SetDeadline(time.Now().Add(s.c.AuthTimeout)) // a dead connection shows at the next read
	x, err := s.begin(conn)
	if x == nil {
		return // nobody to talk to, or a cancel request
	}
	if err == nil {
		err = x.authenticate()
	}
	if err == nil {
		err = s.register(x)
	}
	if err != nil {
		var told *Error
		if errors.As(err, &told) {
			s.c.Log.Warn("connection_refused", "client", x.client, "code", told.Code)
			x.backend.Send(told.response("FATAL"))
			_ = x.flush() // it may have gone
		}
		return
	}
	defer s.unregister(x)
	_ = conn.SetDeadline(time.Time{})
	x.run()
}

// begin reads first packets until a session starts. A nil session: there is
// none to start.
func (s *Server) begin(conn net.Conn) (*session, error) {
	plain := conn
	for range 3 { // GSS refused, TLS, start
		first, err := readStartup(conn)
		var told *Error
		if err != nil && !errors.As(err, &told) {
			return nil, err
		}
		if told != nil {
			return s.newSession(conn, plain), err
		}
		switch first.code {
		case codeCancel:
			s.cancelQuery(first.pid, first.key)
			return nil, nil
		case codeGSS:
			_, err = conn.Write([]byte("N"))
		case codeTLS:
			conn, err = s.offerTLS(conn)
		default:
			x := s.newSession(conn, plain)
			if _, encrypted := conn.(*tls.Conn); s.c.RequireTLS && !encrypted {
				return x, &Error{Code: "28000", Message: "this server takes encrypted connections only: use sslmode=require"}
			}
			x.greet(first)
			return x, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("too many requests before the start")
}

func (s *Server) offerTLS(conn net.Conn) (net.Conn, error) {
	if s.c.TLS == nil {
		_, err := conn.Write([]byte("N"))
		return conn, err
	}
	if _, already := conn.(*tls.Conn); already {
		return nil, errors.New("TLS within TLS")
	}
	if _, err := conn.Write([]byte("S")); err != nil {
		return nil, err
	}
	secure := tls.Server(conn, s.c.TLS)
	return secure, secure.HandshakeContext(context.Background()) // the connection's deadline bounds it
}

// greet takes over the startup's parameters and settles the protocol version.
func (x *session) greet(first startup) {
	var unknown []string
	for name, value := range first.params {
		switch {
		case name == "user":
			x.user = value
		case name == "options":
			x.options(value)
		case strings.HasPrefix(name, "_pq_."):
			unknown = append(unknown, name)
		case name != "database" && name != "replication":
			// Not worth refusing a connection: PostgreSQL would, for names it
			// does not know.
			_ = x.settings.set(name, value)
		}
	}
	if first.code != pgproto3.ProtocolVersion30 || len(unknown) > 0 {
		x.backend.Send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: pgproto3.ProtocolVersion30, UnrecognizedOptions: unknown})
	}
}

// options reads "-c name=value" pairs, as PGOPTIONS has them.
func (x *session) options(text string) {
	fields := strings.Fields(text)
	for i, f := range fields {
		setting := ""
		switch {
		case f == "-c" && i+1 < len(fields):
			setting = fields[i+1]
		case strings.HasPrefix(f, "--"):
			setting = strings.ReplaceAll(f[2:], "-", "_")
		case strings.HasPrefix(f, "-c"):
			setting = f[2:]
		}
		if name, value, ok := strings.Cut(setting, "="); ok {
			_ = x.settings.set(name, value) // see greet
		}
	}
}
