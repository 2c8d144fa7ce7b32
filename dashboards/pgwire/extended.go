package pgwire

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Bounds of what a session may keep.
const (
	maxPrepared  = 1_000
	maxKeptBytes = 4 << 20 // with their words and parameters
	maxPortals   = 100
	wordBytes    = 48 // of a word of a statement beside its text
)

// prepared is a prepared statement; without a statement it is an empty one.
type prepared struct {
	st    Statement
	types []uint32
	size  int
}

// portal is a bound statement.
type portal struct {
	*prepared
	params  []*string
	formats []int16
	size    int  // bytes of the parameters
	rows    Rows // while it runs
	tag     string
	sent    int64
	done    bool
}

// extended answers a message of the extended protocol. An *Error is for the
// client, any other ends the session.
func (x *session) extended(msg pgproto3.FrontendMessage) error {
	switch m := msg.(type) {
	case *pgproto3.Parse:
		return x.parse(m)
	case *pgproto3.Bind:
		return x.bind(m)
	case *pgproto3.Describe:
		return x.describe(m)
	case *pgproto3.Execute:
		return x.executePortal(m)
	case *pgproto3.Close:
		if m.ObjectType == 'S' {
			x.deallocate(m.Name)
		} else {
			x.closePortal(m.Name)
		}
		x.send(&pgproto3.CloseComplete{}, messageHead)
		return nil
	case *pgproto3.Flush:
		return x.flush()
	}
	return &Error{Code: "08P01", Message: "unexpected message"}
}

func (x *session) parse(m *pgproto3.Parse) error {
	began := x.server.c.Now()
	statements, err := x.server.c.Engine.Split(m.Query)
	if err == nil && len(statements) > 1 {
		err = &Error{Code: "42601", Message: "cannot insert multiple commands into a prepared statement"}
	}
	p := &prepared{types: append([]uint32(nil), m.ParameterOIDs...), size: len(m.Query)}
	if err == nil && len(statements) == 1 {
		p.st = statements[0]
		p.size += wordBytes * len(p.st.Words())
		_, err = x.description(p)
	}
	if err == nil {
		err = x.keep(m.Name, p)
	}
	if err != nil {
		told := clientError(context.Background(), err)
		x.audit(m.Query, began, 0, told)
		return told
	}
	x.send(&pgproto3.ParseComplete{}, messageHead)
	return nil
}

func (x *session) keep(name string, p *prepared) error {
	if name == "" {
		x.deallocate("")
	} else if x.prepared[name] != nil {
		return &Error{Code: "42P05", Message: fmt.Sprintf("prepared statement %q already exists", name)}
	}
	if len(x.prepared) >= maxPrepared || x.kept+p.size > maxKeptBytes {
		return &Error{Code: "53400", Message: "too many prepared statements in this session; close some"}
	}
	x.prepared[name] = p
	x.kept += p.size
	return nil
}

func (x *session) deallocate(name string) bool {
	p := x.prepared[name]
	if p == nil {
		return false
	}
	x.kept -= p.size
	delete(x.prepared, name)
	return true
}

func (x *session) deallocateAll() {
	for name := range x.prepared {
		x.deallocate(name)
	}
}

// description says what a prepared statement takes and gives. What is answered
// without the engine takes no parameters.
func (x *session) description(p *prepared) (Description, error) {
	verb := p.st.Verb()
	if _, ok := utilities(verb); ok {
		return Description{Columns: utilityColumns(p.st.Words())}, nil
	}
	if x.tx == 'E' {
		return Description{}, errAborted
	}
	if err := refused(verb); err != nil {
		return Description{}, err
	}
	var d Description
	err := x.within(func(ctx context.Context) (err error) {
		q := x.query(p.st)
		q.Types = p.types
		d, err = x.server.c.Engine.Describe(ctx, q)
		return err
	})
	return d, err
}

func (x *session) bind(m *pgproto3.Bind) error {
	p := x.prepared[m.PreparedStatement]
	if p == nil {
		return &Error{Code: "26000", Message: fmt.Sprintf("prepared statement %q does not exist", m.PreparedStatement)}
	}
	bound := &portal{prepared: p, formats: append([]int16(nil), m.ResultFormatCodes...)}
	if p.st != nil {
		d, err := x.description(p)
		if err != nil {
			return clientError(context.Background(), err)
		}
		if bound.params, err = decodeParams(m, d.Params); err != nil {
			return clientError(context.Background(), err)
		}
		if n := len(bound.formats); n > 1 && n != len(d.Columns) {
			return &Error{Code: "08P01", Message: fmt.Sprintf("bind message has %d result formats but query has %d columns", n, len(d.Columns))}
		}
	}
	for _, f := range bound.formats {
		if f != 0 && f != 1 {
			return &Error{Code: "22023", Message: "unsupported format code"}
		}
	}
	x.closePortal("")
	if m.DestinationPortal != "" && x.portals[m.DestinationPortal] != nil {
		return &Error{Code: "42P03", Message: "portal already exists"}
	}
	for _, p := range bound.params {
		if p != nil {
			bound.size += len(*p)
		}
	}
	if len(x.portals) >= maxPortals || x.kept+bound.size > maxKeptBytes {
		return &Error{Code: "53400", Message: "too many portals in this session; close some"}
	}
	x.portals[m.DestinationPortal] = bound
	x.kept += bound.size
	x.send(&pgproto3.BindComplete{}, messageHead)
	return nil
}

func (x *session) describe(m *pgproto3.Describe) error {
	var p *prepared
	var formats []int16
	if m.ObjectType == 'S' {
		if p = x.prepared[m.Name]; p == nil {
			return &Error{Code: "26000", Message: fmt.Sprintf("prepared statement %q does not exist", m.Name)}
		}
	} else {
		bound := x.portals[m.Name]
		if bound == nil {
			return &Error{Code: "34000", Message: fmt.Sprintf("portal %q does not exist", m.Name)}
		}
		p, formats = bound.prepared, bound.formats
	}
	var d Description
	if p.st != nil {
		var err error
		if d, err = x.description(p); err != nil {
			return clientError(context.Background(), err)
		}
	}
	if m.ObjectType == 'S' {
		x.send(&pgproto3.ParameterDescription{ParameterOIDs: d.Params}, messageHead+4*len(d.Params))
	}
	if len(d.Columns) == 0 {
		x.send(&pgproto3.NoData{}, messageHead)
	} else {
		x.sendColumns(d.Columns, formats)
	}
	return nil
}

// executePortal sends up to m.MaxRows rows of a portal, all where that is 0.
func (x *session) executePortal(m *pgproto3.Execute) error {
	p := x.portals[m.Portal]
	switch {
	case p == nil:
		return &Error{Code: "34000", Message: fmt.Sprintf("portal %q does not exist", m.Portal)}
	case p.st == nil:
		x.send(&pgproto3.EmptyQueryResponse{}, messageHead)
		return nil
	case p.done:
		return &Error{Code: "55000", Message: fmt.Sprintf("portal %q cannot be run anymore", m.Portal)}
	}
	began := x.server.c.Now()
	suspended := false
	var sent int64
	err := x.within(func(ctx context.Context) (err error) {
		sent, suspended, err = x.advance(ctx, p, m.MaxRows)
		return err
	})
	p.sent += sent
	x.audit(p.st.SQL(), began, sent, err)
	if suspended {
		x.send(&pgproto3.PortalSuspended{}, messageHead)
		return nil
	}
	p.done = true
	p.close()
	if err != nil {
		return err
	}
	x.complete(p.tag, p.sent)
	return nil
}

// advance begins a portal or goes on with it.
func (x *session) advance(ctx context.Context, p *portal, limit uint32) (sent int64, suspended bool, err error) {
	if p.rows == nil {
		q := x.query(p.st)
		q.Types, q.Params = p.types, p.params
		if p.rows, p.tag, err = x.execute(ctx, q); err != nil || p.rows == nil {
			return 0, false, err
		}
		if n := len(p.formats); n > 1 && n != len(p.rows.Columns()) {
			return 0, false, &Error{Code: "0A000", Message: "cached plan must not change result type"}
		}
	}
	sent, done, err := x.sendRows(ctx, p.rows, p.formats, limit)
	return sent, err == nil && !done, err
}

func (p *portal) close() {
	if p.rows != nil {
		p.rows.Close()
		p.rows = nil
	}
}

func (x *session) closePortal(name string) {
	if p := x.portals[name]; p != nil {
		p.close()
		x.kept -= p.size
		delete(x.portals, name)
	}
}

func (x *session) closePortals() {
	for name := range x.portals {
		x.closePortal(name)
	}
}

// decodeParams gives the parameters' values as text.
func decodeParams(m *pgproto3.Bind, types []uint32) ([]*string, error) {
	if len(m.Parameters) != len(types) {
		return nil, &Error{Code: "08P01", Message: fmt.Sprintf("bind message supplies %d parameters, but prepared statement requires %d", len(m.Parameters), len(types))}
	}
	if n := len(m.ParameterFormatCodes); n > 1 && n != len(types) {
		return nil, &Error{Code: "08P01", Message: "bind message has the wrong number of parameter formats"}
	}
	out := make([]*string, len(types))
	for i, b := range m.Parameters {
		if b == nil {
			continue
		}
		text := string(b)
		switch formatOf(m.ParameterFormatCodes, i) {
		case 0:
		case 1:
			var err error
			if text, err = textOf(types[i], b); err != nil {
				return nil, errors.Join(&Error{Code: "22P03", Message: fmt.Sprintf("incorrect binary data format in bind parameter %d", i+1)}, err)
			}
		default:
			return nil, &Error{Code: "22023", Message: "unsupported format code"}
		}
		if !validText(text) {
			return nil, &Error{Code: "22021", Message: "invalid byte sequence for encoding \"UTF8\""}
		}
		out[i] = &text
	}
	return out, nil
}
