package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Config is how a server serves. Zero durations and numbers take the defaults.
type Config struct {
	Engine Engine
	Users  []User
	// Trust is the one user who needs no password, where Users is empty.
	Trust User
	// Attempts keeps the users' passwords from being tried out.
	Attempts Attempts
	// TLS, when set, is offered; with RequireTLS nothing else is accepted.
	TLS        *tls.Config
	RequireTLS bool
	// MaxConnections bounds the sessions; default 100.
	MaxConnections int
	// StatementTimeout bounds every statement, whatever the session sets;
	// default 30 s.
	StatementTimeout time.Duration
	// AuthTimeout is how long a client has until it is let in; default 10 s.
	AuthTimeout time.Duration
	// StallTimeout is how long a client may stop in the middle of a message, or
	// not read what it asked for; default 60 s.
	StallTimeout time.Duration
	// HoldTimeout is how long a client may leave a result half read, which keeps
	// it in memory; default 5 min.
	HoldTimeout time.Duration
	// MaxMessage bounds one message of a client in bytes; default 1 MiB.
	MaxMessage int
	// Grace is how long running statements may take when the server ends;
	// default 10 s.
	Grace time.Duration
	// Audit is called after every statement.
	Audit func(Access)
	Now   func() time.Time
	Log   *slog.Logger
}

func (c *Config) defaults() {
	if c.MaxConnections <= 0 {
		c.MaxConnections = 100
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = 1 << 20
	}
	for field, value := range map[*time.Duration]time.Duration{
		&c.StatementTimeout: 30 * time.Second, &c.AuthTimeout: 10 * time.Second,
		&c.StallTimeout: time.Minute, &c.HoldTimeout: 5 * time.Minute, &c.Grace: 10 * time.Second,
	} {
		if *field <= 0 {
			*field = value
		}
	}
}

// Server serves an engine.
type Server struct {
	c      Config
	users  map[string]account
	secret string // of the salts of unknown names

	mu       sync.Mutex
	sessions map[uint32]*session // those let in, by process id
	conns    map[net.Conn]bool   // all, those not let in too
	lastPID  uint32
	ending   bool
	wait     sync.WaitGroup
}

// New makes a server. Without users there must be one to trust.
func New(c Config) (*Server, error) {
	c.defaults()
	if (len(c.Users) == 0) == (c.Trust.Name == "") {
		return nil, errors.New("serve: either users or one trusted user is needed")
	}
	if len(c.Users) > 0 && c.Attempts == nil {
		return nil, errors.New("serve: with users their attempts must be counted")
	}
	if c.RequireTLS && c.TLS == nil {
		return nil, errors.New("serve: TLS is required and there is no certificate")
	}
	s := &Server{c: c, secret: rand.Text(), sessions: map[uint32]*session{}, conns: map[net.Conn]bool{}}
	var err error
	s.users, err = accounts(c.Users)
	return s, err
}

// handshakes is how many connections may be on their way in beside the
// sessions: cancel requests need a place when all sessions are taken.
const handshakes = 50

// Serve accepts connections until the context ends, and then lets running
// statements finish within the grace. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // Accept tells
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				s.c.Log.Warn("accept_failed", "error", err)
				select { // such as no file descriptors left
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
					continue
				}
			}
			s.drain()
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("serve: %w", err)
		}
		if !s.admit(conn) {
			_ = conn.Close() // more than may even knock
			continue
		}
		go func() {
			defer s.leave(conn)
			s.handle(conn)
		}()
	}
}

func (s *Server) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || len(s.conns) >= s.c.MaxConnections+handshakes {
		return false
	}
	s.conns[conn] = true
	s.wait.Add(1)
	return true
}

func (s *Server) leave(conn net.Conn) {
	_ = conn.Close() // it may be closed already
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	s.wait.Done()
}

// drain ends idle sessions at once and others after their statement, or after
// the grace.
func (s *Server) drain() {
	s.mu.Lock()
	s.ending = true
	for _, x := range s.sessions {
		x.end()
	}
	for conn := range s.conns {
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // wakes who waits for a message
	}
	s.mu.Unlock()
	force := time.AfterFunc(s.c.Grace, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, x := range s.sessions {
			x.cancel(errShutdown)
		}
		for conn := range s.conns {
			_ = conn.SetDeadline(time.Now().Add(time.Second)) // one second to say good-bye
		}
	})
	defer force.Stop()
	s.wait.Wait()
}

// register lets a session in and gives it its process id and cancel key.
func (s *Server) register(x *session) error {
	var key [4]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return errShutdown
	}
	if len(s.sessions) >= s.c.MaxConnections {
		return &Error{Code: "53300", Message: "sorry, too many clients already"}
	}
	for s.lastPID++; s.lastPID == 0 || s.lastPID > 1<<31-1 || s.sessions[s.lastPID] != nil; s.lastPID++ {
		if s.lastPID > 1<<31-1 {
			s.lastPID = 0
		}
	}
	x.pid, x.key = s.lastPID, binary.BigEndian.Uint32(key[:])
	s.sessions[x.pid] = x
	return nil
}

func (s *Server) unregister(x *session) {
	s.mu.Lock()
	delete(s.sessions, x.pid)
	s.mu.Unlock()
}

// cancelQuery ends what the session of that id and key is running.
func (s *Server) cancelQuery(pid, key uint32) {
	s.mu.Lock()
	x := s.sessions[pid]
	s.mu.Unlock()
	if x != nil && x.key == key {
		x.cancel(errCanceled)
	}
}

// Sessions is how many clients are connected.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}
