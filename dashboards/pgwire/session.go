package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// session is one client.
type session struct {
	server     *Server
	conn       net.Conn // perhaps TLS
	plain      net.Conn // below it
	wire       *patientConn
	backend    *pgproto3.Backend
	client     string
	user, role string
	pid, key   uint32
	settings   *settings

	tx       byte // 'I' none, 'T' in a transaction, 'E' in a failed one
	skipping bool // until Sync, after an error in the extended protocol
	prepared map[string]*prepared
	portals  map[string]*portal
	kept     int // bytes of prepared statements and portals
	pending  int // bytes that are not sent yet, about

	mu      sync.Mutex
	running context.CancelCauseFunc // of the statement that runs; nil: none
	idle    bool
	ending  bool
}

func (s *Server) newSession(conn, plain net.Conn) *session {
	x := &session{
		server: s, conn: conn, plain: plain, client: clientAddress(plain), tx: 'I',
		prepared: map[string]*prepared{}, portals: map[string]*portal{},
	}
	x.settings = newSettings()
	x.wire = &patientConn{Conn: conn, stall: s.c.StallTimeout}
	x.backend = pgproto3.NewBackend(x.wire, x.wire)
	x.backend.SetMaxBodyLen(min(maxStartup, s.c.MaxMessage)) // until let in
	return x
}

func clientAddress(conn net.Conn) string {
	if a := conn.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}

// patientConn waits without a limit for a message to begin, but not for its
// rest, nor for the client to read.
type patientConn struct {
	net.Conn
	stall   time.Duration
	patient bool // let in: between messages there is no limit
	begun   bool // some of the message has come
}

// Read implements io.Reader.
func (c *patientConn) Read(b []byte) (int, error) {
	if c.patient && c.begun {
		_ = c.SetReadDeadline(time.Now().Add(c.stall)) // a dead connection shows at once
	}
	n, err := c.Conn.Read(b)
	c.begun = c.begun || n > 0
	return n, err
}

// Write implements io.Writer.
func (c *patientConn) Write(b []byte) (int, error) {
	if c.patient {
		_ = c.SetWriteDeadline(time.Now().Add(c.stall)) // see Read
	}
	return c.Conn.Write(b)
}

// receive waits for the next message.
func (x *session) receive() (pgproto3.FrontendMessage, error) {
	x.mu.Lock()
	if x.ending {
		x.mu.Unlock()
		return nil, errShutdown
	}
	x.idle = true
	holding := x.holding()
	if x.wire.patient {
		var deadline time.Time
		if holding {
			deadline = time.Now().Add(x.server.c.HoldTimeout)
		}
		_ = x.conn.SetReadDeadline(deadline) // under the lock: end sets one, too
	}
	x.wire.begun = false
	x.mu.Unlock()
	msg, err := x.backend.Receive()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.idle = false
	if err != nil && x.ending {
		return nil, errShutdown
	}
	if holding && !x.wire.begun && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errHeld
	}
	return msg, err
}

// holding tells whether a suspended portal keeps a result.
func (x *session) holding() bool {
	for _, p := range x.portals {
		if p.rows != nil {
			return true
		}
	}
	return false
}

// send gathers a message of about that many bytes until the next flush.
func (x *session) send(msg pgproto3.BackendMessage, bytes int) {
	x.backend.Send(msg)
	x.pending += bytes
}

func (x *session) flush() error {
	x.pending = 0
	return x.backend.Flush()
}

// flushFull sends what is gathered if that is much. A client that asks and asks
// without a Sync must not fill the memory with answers.
func (x *session) flushFull() error {
	if x.pending < flushAt {
		return nil
	}
	return x.flush()
}

// end asks the session to end: at once when idle, else after its statement.
func (x *session) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ending = true
	if x.idle {
		_ = x.plain.SetReadDeadline(time.Unix(1, 0)) // wakes it
	}
}

// cancel ends the statement that runs, if one does.
func (x *session) cancel(cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.running != nil {
		x.running(cause)
	}
}

// run serves the session from its admission to its end.
func (x *session) run() {
	defer x.closePortals() // also where it panics
	x.wire.patient = true
	x.backend.SetMaxBodyLen(x.server.c.MaxMessage)
	x.welcome()
	err := x.ready()
	for err == nil {
		err = x.message()
	}
	x.farewell(err)
}

// farewell tells the client why the session ends, where it can hear it.
func (x *session) farewell(err error) {
	var told *Error
	var tooLong *pgproto3.ExceededMaxBodyLenErr
	var network net.Error
	switch {
	case errors.As(err, &told):
	case errors.As(err, &tooLong):
		told = &Error{Code: "54000", Message: fmt.Sprintf("a message may have %d bytes at most", x.server.c.MaxMessage)}
	case errors.Is(err, io.EOF) && !x.wire.begun, errors.Is(err, io.ErrUnexpectedEOF), // else the codec met the end of a message
		errors.Is(err, errTerminated), errors.As(err, &network):
		return
	default:
		told = &Error{Code: "08P01", Message: "invalid message format"}
	}
	x.backend.Send(told.response("FATAL"))
	_ = x.flush() // it may have gone
}

// welcome is what a client expects once it is let in.
func (x *session) welcome() {
	x.backend.Send(&pgproto3.AuthenticationOk{})
	for _, name := range reported() {
		value, _ := x.settings.get(name)
		x.backend.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	x.backend.Send(&pgproto3.ParameterStatus{Name: "session_authorization", Value: x.user})
	x.backend.Send(&pgproto3.BackendKeyData{ProcessID: x.pid, SecretKey: binary.BigEndian.AppendUint32(nil, x.key)})
}

func (x *session) ready() error {
	x.backend.Send(&pgproto3.ReadyForQuery{TxStatus: x.tx})
	return x.flush()
}

var errTerminated = errors.New("the client said good-bye")

// message receives one message and answers it.
func (x *session) message() error {
	msg, err := x.receive()
	if err != nil {
		return err
	}
	switch m := msg.(type) {
	case *pgproto3.Terminate:
		return errTerminated
	case *pgproto3.Sync:
		x.skipping = false
		if x.tx == 'I' {
			x.closePortals()
		}
		return x.ready()
	case *pgproto3.Query:
		x.skipping = false
		return x.simple(m.String)
	case *pgproto3.FunctionCall:
		x.fail(&Error{Code: "0A000", Message: "function calls are not supported"})
		return x.ready()
	case *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
		return nil // late, as the protocol allows
	}
	if x.skipping {
		return nil
	}
	err = x.extended(msg)
	var told *Error
	if errors.As(err, &told) {
		x.fail(told)
		x.skipping = true
		return x.flush()
	}
	if err != nil {
		return err
	}
	return x.flushFull()
}

// fail tells the client of an error; a transaction has failed with it.
func (x *session) fail(err *Error) {
	if x.tx == 'T' {
		x.tx = 'E'
	}
	x.backend.Send(err.response("ERROR"))
}

// within runs f as a statement: under the timeout, open to cancel requests, and
// ended when the client goes away.
func (x *session) within(f func(ctx context.Context) error) (err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, x.settings.timeout(x.server.c.StatementTimeout), errTimeout)
	defer stop()
	x.mu.Lock()
	x.running = cancel
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		x.running = nil
		x.mu.Unlock()
	}()
	watch := watchClient(ctx, x.plain, cancel)
	defer watch()
	err = f(ctx)
	if err == nil {
		return nil
	}
	var wire *writeError
	if errors.As(err, &wire) {
		return err
	}
	return clientError(ctx, err)
}

// writeError is a failure to write to the client: the session ends with it.
type writeError struct{ error }

// Unwrap gives the connection's own error.
func (e *writeError) Unwrap() error { return e.error }

// query wraps a statement for the engine.
func (x *session) query(st Statement) Query {
	return Query{Statement: st, Session: Session{User: x.user, Role: x.role, PID: x.pid, Setting: x.settings.get}}
}

// audit records a statement that has ended.
func (x *session) audit(sql string, began time.Time, rows int64, err error) {
	if x.server.c.Audit == nil {
		return
	}
	outcome := "ok"
	var told *Error
	if errors.As(err, &told) {
		outcome = told.Code
	} else if err != nil {
		outcome = errGone.Code
	}
	application, _ := x.settings.get("application_name")
	x.server.c.Audit(Access{
		At: began, User: x.user, Role: x.role, Client: x.client, Application: application,
		SQL: sql, Rows: rows, Duration: x.server.c.Now().Sub(began), Outcome: outcome,
	})
}
