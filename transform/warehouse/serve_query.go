package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// sharedBytes is up to which size a result is read as a whole, so that it can be
// shared by all who ask for it at once and be remembered.
const sharedBytes = 4 << 20

// result is a whole result in memory.
type result struct {
	columns []ServedColumn
	rows    [][]any
	bytes   int64
}

// Cursor gives a result's rows. It must be closed.
type Cursor struct {
	Columns []ServedColumn
	// Generation is the one that answered.
	Generation string

	rows    [][]any // those read already
	next    int
	stream  *stream // the rest; nil: there is none
	maxRows int64
}

// Next gives the next row, or io.EOF. Its values are nil, bool, int16, int32,
// int64, float32, float64, string, []byte, time.Time, Interval, or a slice []any
// of these; numeric, uuid and json are text. A row must not be changed.
func (c *Cursor) Next() ([]any, error) {
	if c.next < len(c.rows) {
		c.next++
		return c.rows[c.next-1], c.bound()
	}
	if c.stream == nil {
		return nil, io.EOF
	}
	row, err := c.stream.next()
	if err != nil {
		return nil, err
	}
	c.next++
	return row, c.bound()
}

func (c *Cursor) bound() error {
	if int64(c.next) > c.maxRows {
		return &pgcat.Error{Code: pgcat.CodeTooLarge, Message: fmt.Sprintf("the result has more than %d rows; add a LIMIT or a condition", c.maxRows)}
	}
	return nil
}

// Close gives back what the cursor holds.
func (c *Cursor) Close() {
	if c.stream != nil {
		c.stream.close()
		c.stream = nil
	}
}

// Query runs a statement. Identical ones in flight run once, and a result is
// remembered as long as its generation counts.
func (s *Server) Query(ctx context.Context, r Request) (*Cursor, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	snap, err := s.acquire()
	if err != nil {
		return nil, err
	}
	defer s.release(snap)
	key, p, err := s.plan(ctx, snap, r)
	if err != nil {
		return nil, queryError(err)
	}
	args, err := bind(p, r.Params)
	if err != nil {
		return nil, err
	}
	key = snap.path + "\x00" + key + paramsKey(r.Params)
	if res, ok := s.cache.get(key); ok {
		s.cached.Add(1)
		return s.cursor(snap, res, nil), nil
	}
	if p.volatile {
		f := s.newFlight(snap, p, args)
		go f.run(s, "")
		return s.join(ctx, f)
	}
	return s.shared(ctx, snap, key, p, args)
}

// paramsKey tells lists of parameters apart.
func paramsKey(params []*string) string {
	var b strings.Builder
	for _, p := range params {
		if p == nil {
			b.WriteString("\x00-")
		} else {
			fmt.Fprintf(&b, "\x00%d:%s", len(*p), *p)
		}
	}
	return b.String()
}

func (s *Server) cursor(snap *snapshot, res *result, rest *stream) *Cursor {
	return &Cursor{Columns: res.columns, Generation: snap.name(), rows: res.rows, stream: rest, maxRows: s.o.MaxRows}
}

// bind makes the engine's arguments.
func bind(p *plan, params []*string) ([]driver.NamedValue, error) {
	if len(params) < len(p.params) {
		return nil, &pgcat.Error{Code: "08P01", Message: fmt.Sprintf("the statement has %d parameters, %d are given", len(p.params), len(params))}
	}
	args := make([]driver.NamedValue, len(p.params))
	for i, t := range p.params {
		args[i] = driver.NamedValue{Name: fmt.Sprint(i + 1), Ordinal: i + 1}
		if params[i] == nil {
			continue
		}
		text := *params[i]
		if strings.HasSuffix(t, "[]") {
			var err error
			if text, err = pgcat.ListLiteral(text); err != nil {
				return nil, err
			}
		}
		args[i].Value = text
	}
	return args, nil
}

// flight is one run of a statement, which several may wait for.
type flight struct {
	snap   *snapshot
	plan   *plan
	args   []driver.NamedValue
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	waiting int
	res     *result
	rest    *stream // only the first who comes can have it
	err     error
}

func (s *Server) newFlight(snap *snapshot, p *plan, args []driver.NamedValue) *flight {
	s.retain(snap)
	f := &flight{snap: snap, plan: p, args: args, done: make(chan struct{}), waiting: 1}
	// Not the first asker's context: others may go on waiting when he leaves.
	f.ctx, f.cancel = context.WithTimeout(context.Background(), s.o.Timeout)
	return f
}

// shared joins the flight of the same statement, or starts one.
func (s *Server) shared(ctx context.Context, snap *snapshot, key string, p *plan, args []driver.NamedValue) (*Cursor, error) {
	fresh := s.newFlight(snap, p, args)
	s.mu.Lock()
	f := s.flights[key]
	if joined := f != nil && f.join(); joined {
		s.mu.Unlock()
		s.joined.Add(1)
		fresh.cancel()
		s.release(snap)
	} else {
		f = fresh
		s.flights[key] = f
		s.mu.Unlock()
		go f.run(s, key)
	}
	c, err := s.join(ctx, f)
	if !errors.Is(err, errNotShared) {
		return c, err
	}
	alone := s.newFlight(snap, p, args)
	go alone.run(s, "")
	return s.join(ctx, alone)
}

// join adds one who waits, unless all have left: then the flight is ending.
func (f *flight) join() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == 0 {
		return false
	}
	f.waiting++
	return true
}

// errNotShared says that a flight's result was too large for more than one.
var errNotShared = errors.New("result not shared")

// join waits for a flight. The last who leaves ends it.
func (s *Server) join(ctx context.Context, f *flight) (*Cursor, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		f.leave()
		return nil, queryError(ctx.Err())
	}
	defer f.leave()
	if f.err != nil {
		return nil, queryError(f.err)
	}
	f.mu.Lock()
	rest := f.rest
	f.rest = nil
	f.mu.Unlock()
	if f.res == nil {
		if rest == nil {
			return nil, errNotShared
		}
		return s.cursor(f.snap, &result{columns: f.plan.columns, rows: rest.head}, rest), nil
	}
	return s.cursor(f.snap, f.res, nil), nil
}

func (f *flight) leave() {
	f.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	rest := f.rest
	if last {
		f.rest = nil
	}
	f.mu.Unlock()
	if !last {
		return
	}
	select {
	case <-f.done:
		if rest != nil {
			rest.close()
		}
	default:
		f.cancel()
	}
}

// run executes the plan.
func (f *flight) run(s *Server, key string) {
	res, rest, err := f.guarded(s)
	if key != "" {
		if res != nil {
			s.cache.put(key, res, res.bytes)
		}
		s.mu.Lock()
		if s.flights[key] == f { // else one that took its place
			delete(s.flights, key)
		}
		s.mu.Unlock()
	}
	f.mu.Lock()
	f.res, f.rest, f.err = res, rest, err
	gone := f.waiting == 0
	if gone {
		f.rest = nil
	}
	f.mu.Unlock()
	close(f.done)
	if rest == nil {
		f.cancel()
		s.release(f.snap)
	} else if gone {
		rest.close()
	}
}

// guarded runs execute so that a panic in it, which is in nobody's session, ends
// this statement and not the process.
func (f *flight) guarded(s *Server) (res *result, rest *stream, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.o.Log.Error("query_panicked", "panic", fmt.Sprintf("%T", r))
			res, rest, err = nil, nil, &pgcat.Error{Code: "XX000", Message: "internal error"}
		}
	}()
	return f.execute(s)
}

// execute runs the plan in its lane and reads the result up to the size that is
// shared. rest is what is left of a larger one.
func (f *flight) execute(s *Server) (res *result, rest *stream, err error) {
	leave, err := s.lanes.enter(f.ctx, f.plan.heavy)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	s.run.Add(1)
	conn, err := f.snap.db.Conn(f.ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, err := query(f.ctx, conn, f.plan.sql, f.args)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	st := &stream{rows: rows, conn: conn, plan: f.plan, finish: func() { f.cancel(); s.release(f.snap) }}
	st.convert = converters(f.plan.columns)
	res = &result{columns: f.plan.columns}
	for res.bytes < sharedBytes {
		row, err := st.next()
		if errors.Is(err, io.EOF) {
			st.finish = func() {}
			st.close()
			return res, nil, nil
		}
		if err != nil {
			st.finish = func() {}
			st.close()
			return nil, nil, err
		}
		res.rows = append(res.rows, row)
		res.bytes += weight(row)
	}
	st.head = res.rows
	return nil, st, nil
}

// query runs one statement on the driver's own level, where arguments keep
// their numbers.
func query(ctx context.Context, conn *sql.Conn, statement string, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = conn.Raw(func(dc any) error {
		rows, err = dc.(driver.QueryerContext).QueryContext(ctx, statement, args)
		return err
	})
	return rows, err
}

// stream is the unread rest of a result. The engine holds it in memory.
type stream struct {
	head    [][]any
	rows    driver.Rows
	conn    *sql.Conn
	plan    *plan
	convert []func(any) any
	lines   []string // of a plan that is being explained
	raw     []driver.Value
	finish  func()
}

func (st *stream) next() ([]any, error) {
	if len(st.lines) > 0 {
		line := st.lines[0]
		st.lines = st.lines[1:]
		return []any{line}, nil
	}
	if st.raw == nil {
		st.raw = make([]driver.Value, len(st.rows.Columns()))
	}
	if err := st.rows.Next(st.raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, queryError(err)
	}
	if st.plan.explain {
		explained, _ := st.raw[len(st.raw)-1].(string)
		st.lines = strings.Split(strings.TrimRight(explained, "\n"), "\n")
		return st.next()
	}
	row := make([]any, len(st.raw))
	for i, v := range st.raw {
		if v != nil && st.convert[i] != nil {
			v = st.convert[i](v)
		}
		row[i] = v
	}
	return row, nil
}

func (st *stream) close() {
	_ = st.rows.Close() // nothing is written
	_ = st.conn.Close() // back to the pool
	st.finish()
}
