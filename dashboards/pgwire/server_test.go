package pgwire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/ticketmill/ticketmill/dashboards/pgwire"
)

// fakeEngine knows a few statements, split at semicolons:
//
//	SELECT n      n rows, numbered from 1
//	SELECT WAIT   waits for its context to end
//	SELECT PANIC  panics
//	SELECT $1     gives its parameter, a bigint
type fakeEngine struct{ waiting chan struct{} }

type fakeStatement string

func (s fakeStatement) Verb() string    { return strings.ToUpper(s.Words()[0]) }
func (s fakeStatement) Words() []string { return strings.Fields(string(s)) }
func (s fakeStatement) SQL() string     { return string(s) }

func (e fakeEngine) Split(sql string) ([]pgwire.Statement, error) {
	var out []pgwire.Statement
	for part := range strings.SplitSeq(sql, ";") {
		if part = strings.TrimSpace(part); part != "" && !strings.HasPrefix(part, "--") {
			out = append(out, fakeStatement(part))
		}
	}
	return out, nil
}

func (e fakeEngine) Describe(_ context.Context, q pgwire.Query) (pgwire.Description, error) {
	d := pgwire.Description{Columns: fakeColumns()}
	if strings.Contains(q.Statement.SQL(), "$1") {
		d.Params = []uint32{20}
	}
	return d, nil
}

func fakeColumns() []pgwire.Column {
	return []pgwire.Column{{Name: "n", OID: 20, Typmod: -1, Len: 8}}
}

func (e fakeEngine) Query(ctx context.Context, q pgwire.Query) (pgwire.Rows, error) {
	words := q.Statement.Words()
	switch words[len(words)-1] {
	case "WAIT":
		e.waiting <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	case "PANIC":
		panic("a bug")
	case "$1":
		n, err := strconv.ParseInt(*q.Params[0], 10, 64)
		return &fakeRows{next: n, last: n}, err
	}
	n, err := strconv.ParseInt(words[len(words)-1], 10, 64)
	if err != nil {
		return nil, &pgwire.Error{Code: "42601", Message: "syntax error"}
	}
	return &fakeRows{next: 1, last: n}, nil
}

type fakeRows struct{ next, last int64 }

func (r *fakeRows) Columns() []pgwire.Column { return fakeColumns() }
func (r *fakeRows) Close()                   {}
func (r *fakeRows) Next() ([]any, error) {
	if r.next > r.last {
		return nil, io.EOF
	}
	r.next++
	return []any{r.next - 1}, nil
}

// running is a server of the fake engine.
type running struct {
	address string
	engine  fakeEngine
	server  *pgwire.Server
	stop    func() error

	mu       sync.Mutex
	accesses []pgwire.Access
}

func start(t testing.TB, change ...func(*pgwire.Config)) *running {
	t.Helper()
	r := &running{engine: fakeEngine{make(chan struct{}, 100)}}
	c := pgwire.Config{
		Engine: r.engine, Trust: pgwire.User{Name: "tester", Role: "viewer"}, Attempts: patient{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Audit: func(a pgwire.Access) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.accesses = append(r.accesses, a)
		},
	}
	for _, f := range change {
		f(&c)
	}
	server, err := pgwire.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	r.address, r.server = l.Addr().String(), server
	r.stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) dsn(more string) string {
	host, port, _ := net.SplitHostPort(r.address)
	return fmt.Sprintf("host=%s port=%s dbname=x sslmode=disable user=tester %s", host, port, more)
}

func (r *running) connect(t testing.TB, more ...string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), r.dsn(strings.Join(more, " ")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func count(ctx context.Context, conn *pgx.Conn, sql string, args ...any) (int, error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return len(all), err
}

func TestQueries(t *testing.T) {
	t.Parallel()
	r := start(t)
	conn := r.connect(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec} {
		for _, n := range []int{0, 1, 100_000} {
			if got, err := count(t.Context(), conn, fmt.Sprintf("SELECT %d", n), mode); err != nil || got != n {
				t.Errorf("%v gives %d rows (%v), want %d", mode, got, err, n)
			}
		}
	}
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCancelAndTimeout(t *testing.T) {
	t.Parallel()
	r := start(t)
	conn := r.connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-r.engine.waiting; cancel() }()
	config, _ := pgx.ParseConfig(r.dsn(""))
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Minute}
	}
	cancelling, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer cancelling.Close(t.Context())
	if _, err := count(ctx, cancelling, "SELECT WAIT"); code(err) != "57014" || !strings.Contains(err.Error(), "user request") {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := count(t.Context(), cancelling, "SELECT 3"); err != nil {
		t.Errorf("the session does not go on: %v", err)
	}
	if _, err := conn.Exec(t.Context(), "SET statement_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	if _, err := count(t.Context(), conn, "SELECT WAIT"); code(err) != "57014" || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("timed out: %v", err)
	}
}

// TestClientGone: nobody's statement does not go on.
func TestClientGone(t *testing.T) {
	t.Parallel()
	r := start(t)
	conn := r.connect(t)
	go func() { _, _ = count(context.Background(), conn, "SELECT WAIT", pgx.QueryExecModeSimpleProtocol) }()
	<-r.engine.waiting
	_ = conn.PgConn().Conn().Close()
	for r.server.Sessions() > 0 {
		time.Sleep(time.Millisecond)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if len(r.accesses) != 1 || r.accesses[0].Outcome == "ok" {
		t.Errorf("audited is %+v", r.accesses)
	}
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	conn := start(t).connect(t)
	for _, c := range []struct{ sql, status, code string }{
		{"BEGIN", "T", ""},
		{"SELECT 1", "T", ""},
		{"SELECT x", "E", "42601"},
		{"SELECT 1", "E", "25P02"},
		{"SHOW TimeZone", "E", "25P02"},
		{"COMMIT", "I", ""},
		{"START TRANSACTION READ ONLY", "T", ""},
		{"SAVEPOINT a", "T", ""},
		{"SELECT x", "E", "42601"},
		{"ROLLBACK TO a", "T", ""},
		{"END", "I", ""},
		{"SAVEPOINT a", "I", "25P01"},
		{"INSERT x", "I", "25006"},
		{"BEGIN; SELECT x; COMMIT", "E", "42601"},
		{"ABORT", "I", ""},
	} {
		_, err := conn.PgConn().Exec(t.Context(), c.sql).ReadAll()
		if status := string(conn.PgConn().TxStatus()); status != c.status || c.code == "" && err != nil || c.code != "" && code(err) != c.code {
			t.Errorf("%s: status %s, %v; want %s %s", c.sql, status, err, c.status, c.code)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	conn := start(t).connect(t, "application_name=tests TimeZone=Europe/Berlin")
	for sql, want := range map[string]string{
		"SHOW application_name": "tests", "SHOW server_version": "15.8", "SHOW TimeZone": "UTC", "SHOW transaction isolation level": "repeatable read",
		"SET search_path TO a , b; SHOW search_path": "a, b", "SET SESSION my.own = 5; SHOW my.own": "5", "SET LOCAL extra_float_digits = 3; SHOW extra_float_digits": "3",
		"SET NAMES utf8; SHOW client_encoding": "UTF8", "SET TIME ZONE UTC; SHOW time zone": "UTC", "SET statement_timeout = 5000; RESET statement_timeout; SHOW statement_timeout": "0",
	} {
		results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
		if err != nil || string(results[len(results)-1].Rows[0][0]) != want {
			t.Errorf("%s gives %v (%v), want %s", sql, results, err, want)
		}
	}
	for name, want := range map[string]string{"DateStyle": "ISO, MDY", "TimeZone": "UTC", "standard_conforming_strings": "on", "session_authorization": "tester", "integer_datetimes": "on"} {
		if got := conn.PgConn().ParameterStatus(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

// TestPortals: a fetch size, as JDBC drivers have.
func TestPortals(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t).address)
	w.startup()
	w.send('P', "all\x00SELECT 5\x00\x00\x00").send('B', "c\x00all\x00\x00\x00\x00\x00\x00\x00").send('D', "Pc\x00").send('E', "c\x00\x00\x00\x00\x02").
		send('E', "c\x00\x00\x00\x00\x02").send('E', "c\x00\x00\x00\x00\x02").send('E', "c\x00\x00\x00\x00\x02").send('S', "")
	w.want("1 2 T D D s D D s D C E Z")
	w.send('E', "c\x00\x00\x00\x00\x00").send('P', "x\x00SELECT 1\x00\x00\x00").send('S', "") // closed with Sync; then skipped
	w.want("E Z")
	w.send('P', "\x00\x00\x00\x00").send('B', "\x00\x00\x00\x00\x00\x00\x00\x00").send('D', "P\x00").send('E', "\x00\x00\x00\x00\x00").send('S', "")
	w.want("1 2 n I Z")
	w.send('B', "\x00all\x00\x00\x00\x00\x00\x00\x00").send('C', "P\x00").send('C', "Sall\x00").send('D', "Sall\x00").send('H', "").send('S', "")
	w.want("2 3 3 E Z")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) {
		c.Trust, c.Users = pgwire.User{}, []pgwire.User{{Name: "tester", Password: "pässword 1", Role: "viewer"}}
	})
	conn := r.connect(t, "password='pässword 1'")
	if n, err := count(t.Context(), conn, "SELECT 3"); err != nil || n != 3 {
		t.Errorf("%d rows (%v)", n, err)
	}
	for _, wrong := range []string{"password=wrong", "", "password='pässword 1' user=other", "user=other"} {
		if _, err := pgx.Connect(t.Context(), r.dsn(wrong)); code(err) != "28P01" {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// patient lets everybody try as often as they like.
type patient struct{}

// Wait implements pgwire.Attempts.
func (patient) Wait(string, string) time.Duration { return 0 }

// Tried implements pgwire.Attempts.
func (patient) Tried(string, string, bool) {}

// TestUnknownNames: a name that is not known has a salt of its own, the same each
// time, as one that is.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) {
		c.Trust, c.Users = pgwire.User{}, []pgwire.User{{Name: "tester", Password: "x", Role: "viewer"}}
	})
	salt := func(user string) string {
		w := dial(t, r.address).raw(sized("\x00\x03\x00\x00user\x00" + user + "\x00\x00"))
		w.want("R")
		w.send('p', "SCRAM-SHA-256\x00\x00\x00\x00\x0cn,,n=,r=abcd")
		_, body, err := w.next()
		_, salt, found := strings.Cut(body, ",s=")
		if err != nil || !found {
			t.Fatalf("%q (%v)", body, err)
		}
		return salt
	}
	if a, b := salt("anna"), salt("berta"); a == b || len(a) != len(salt("tester")) {
		t.Errorf("salts %q and %q", a, b)
	}
	if a, b := salt("anna"), salt("anna"); a != b {
		t.Errorf("salts %q and %q of one name", a, b)
	}
}

// certificate makes a certificate for 127.0.0.1.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.TLS, c.RequireTLS = certificate(t), true })
	conn, err := pgx.Connect(t.Context(), strings.ReplaceAll(r.dsn(""), "sslmode=disable", "sslmode=require"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if n, err := count(t.Context(), conn, "SELECT 50000"); err != nil || n != 50000 {
		t.Errorf("%d rows (%v)", n, err)
	}
	if _, err := pgx.Connect(t.Context(), r.dsn("")); code(err) != "28000" {
		t.Errorf("in the clear: %v", err)
	}
	plain := start(t)
	if _, err := pgx.Connect(t.Context(), strings.ReplaceAll(plain.dsn(""), "sslmode=disable", "sslmode=prefer")); err != nil {
		t.Errorf("prefer without TLS: %v", err)
	}
}

func TestTooManyClients(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.MaxConnections = 2 })
	first := r.connect(t)
	r.connect(t)
	if _, err := pgx.Connect(t.Context(), r.dsn("")); code(err) != "53300" {
		t.Errorf("a third: %v", err)
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for r.server.Sessions() > 1 {
		time.Sleep(time.Millisecond)
	}
	r.connect(t)
}

// TestDrain: idle sessions end at once, a running statement may end first, and
// what does not end is ended.
func TestDrain(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.Grace = 50 * time.Millisecond })
	idle, busy := r.connect(t), r.connect(t)
	failed := make(chan error, 1)
	go func() {
		_, err := count(context.Background(), busy, "SELECT WAIT", pgx.QueryExecModeSimpleProtocol)
		failed <- err
	}()
	<-r.engine.waiting
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if err := <-failed; code(err) != "57P01" {
		t.Errorf("the statement that ran ends with %v", err)
	}
	if _, err := count(t.Context(), idle, "SELECT 1"); err == nil {
		t.Error("the idle session lives on")
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	r := start(t)
	conn := r.connect(t, "application_name=tests")
	_, _ = count(t.Context(), conn, "SELECT 7", pgx.QueryExecModeSimpleProtocol)
	_, _ = count(t.Context(), conn, "SELECT $1", 5)
	_, _ = conn.Exec(t.Context(), "DROP x", pgx.QueryExecModeSimpleProtocol)
	_ = conn.Ping(t.Context())
	_ = conn.Close(t.Context())
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range r.accesses {
		got = append(got, fmt.Sprintf("%s %s %s %q %d %s", a.User, a.Role, a.Application, a.SQL, a.Rows, a.Outcome))
		if !strings.HasPrefix(a.Client, "127.0.0.1:") || a.At.IsZero() {
			t.Errorf("%+v", a)
		}
	}
	want := `tester viewer tests "SELECT 7" 7 ok|tester viewer tests "SELECT $1" 1 ok|tester viewer tests "DROP x" 0 25006`
	if strings.Join(got, "|") != want {
		t.Errorf("audited are %s", strings.Join(got, "|"))
	}
}

// TestPanic: a bug ends its connection, and nothing else.
func TestPanic(t *testing.T) {
	t.Parallel()
	r := start(t)
	other := r.connect(t)
	if _, err := count(t.Context(), r.connect(t), "SELECT PANIC", pgx.QueryExecModeSimpleProtocol); err == nil {
		t.Error("it answers")
	}
	if _, err := count(t.Context(), other, "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func TestNewWantsOneKindOfUsers(t *testing.T) {
	t.Parallel()
	for _, c := range []pgwire.Config{
		{},
		{Trust: pgwire.User{Name: "a"}, Users: []pgwire.User{{Name: "b"}}},
		{Trust: pgwire.User{Name: "a"}, RequireTLS: true},
		{Users: []pgwire.User{{Name: "b"}}}, // their attempts are not counted
	} {
		if _, err := pgwire.New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
