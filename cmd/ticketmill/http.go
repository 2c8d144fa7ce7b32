package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/web"
	"github.com/ticketmill/ticketmill/transform/warehouse"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// newHTTP makes the handler of everything that is served over HTTP. connect is
// how to reach the wire protocol, for the start page; empty: it is not served.
func (s *service) newHTTP(connect string) (*web.Handler, error) {
	c := web.Config{
		Engine: webEngine{s.engine}, Anonymous: web.User{Name: localUser, Role: string(pgcat.Viewer)},
		Export: s.exportMart, Match: s.matchRequest, Audit: s.auditHTTP, Metrics: s.metrics,
		Connect: connect, Now: s.app.now, Log: s.app.log,
	}
	if len(s.accounts) > 0 {
		c.Users, c.Attempts = webUsers(s.accounts), s.attempts
	}
	return web.New(c)
}

// webEngine lets the web handler ask the warehouse: the rooms do not know each
// other.
type webEngine struct{ server *warehouse.Server }

// Query implements web.Engine.
func (e webEngine) Query(ctx context.Context, q web.Query) (*web.Rows, error) {
	statements, err := pgcat.Split(q.SQL)
	if err != nil {
		return nil, err
	}
	if len(statements) != 1 {
		return nil, errors.New("one statement is due")
	}
	r := warehouse.Request{Role: pgcat.Role(q.User.Role), Statement: statements[0], Session: pgcat.Session{
		User: q.User.Name, Setting: func(string) (string, bool) { return "", false },
	}}
	for i := range q.Params {
		r.Params = append(r.Params, &q.Params[i])
	}
	found, err := e.server.Query(ctx, r)
	if err != nil {
		return nil, err
	}
	rows := &web.Rows{Generation: generationOf(found.Generation), Next: found.Next, Close: found.Close}
	for _, c := range found.Columns {
		rows.Columns = append(rows.Columns, web.Column{Name: c.Name, OID: c.Type.OID})
	}
	return rows, nil
}

// Generation implements web.Engine.
func (e webEngine) Generation() (name string, since time.Time) {
	file, since := e.server.Generation()
	return generationOf(file), since
}

// generationOf is the name of a generation without its file's ending.
func generationOf(file string) string { return strings.TrimSuffix(file, ".duckdb") }

// webUsers knows the users of the configuration.
type webUsers []account

// Authenticate implements web.Users. It takes as long for a name that is not
// there as for a wrong password.
func (u webUsers) Authenticate(name, password string) (web.User, bool) {
	given := sha256.Sum256([]byte(password))
	var found web.User
	ok := 0
	for _, a := range u {
		want := sha256.Sum256([]byte(a.password))
		same := subtle.ConstantTimeCompare(given[:], want[:])
		if a.name == name && same == 1 {
			found, ok = web.User{Name: a.name, Role: string(a.role)}, 1
		}
	}
	return found, ok == 1
}

// exportMart writes a whole mart of a generation.
func (s *service) exportMart(ctx context.Context, generation, mart, format string, w io.Writer) error {
	path, err := publishedGeneration(s.config.publishedDir(), generation)
	if err != nil {
		return err
	}
	o := warehouse.Options{Memory: s.config.Serve.memory(), Threads: 1}
	return s.app.withMart(ctx, path, o, mart, "", func(m *warehouse.Mart, _ string) error {
		return writeMart(ctx, m, w, format, func(int64) {})
	})
}

// matchRequest tells what a request is.
func (s *service) matchRequest(ctx context.Context, text, priority string) (any, error) {
	m, err := s.app.match(ctx, inquiry{text, priority})
	var around environmentError
	if errors.As(err, &around) {
		return nil, web.Unavailable(err.Error())
	}
	return m, err
}

// auditHTTP writes down a request.
func (s *service) auditHTTP(x web.Access) {
	s.metrics.ObserveQuery("http", x.Outcome, x.Duration)
	s.audit.write(auditEntry{
		At: x.At.UTC(), User: x.User.Name, Role: x.User.Role, Client: x.Client, Via: "http",
		SQL: x.Request, Rows: x.Rows, Millis: x.Duration.Milliseconds(), Outcome: x.Outcome,
	})
}
