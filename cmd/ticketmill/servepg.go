package main

import (
	"context"

	"github.com/ticketmill/ticketmill/dashboards/pgwire"
	"github.com/ticketmill/ticketmill/transform/warehouse"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// pgEngine lets the wire server ask the warehouse: the rooms do not know each
// other.
type pgEngine struct{ *warehouse.Server }

// Split implements pgwire.Engine.
func (e pgEngine) Split(sql string) ([]pgwire.Statement, error) {
	statements, err := pgcat.Split(sql)
	if err != nil {
		return nil, err
	}
	out := make([]pgwire.Statement, len(statements))
	for i, s := range statements {
		out[i] = s
	}
	return out, nil
}

// Describe implements pgwire.Engine.
func (e pgEngine) Describe(ctx context.Context, q pgwire.Query) (pgwire.Description, error) {
	d, err := e.Server.Describe(ctx, servedRequest(q))
	return pgwire.Description{Params: d.Params, Columns: pgColumns(d.Columns)}, err
}

// Query implements pgwire.Engine.
func (e pgEngine) Query(ctx context.Context, q pgwire.Query) (pgwire.Rows, error) {
	c, err := e.Server.Query(ctx, servedRequest(q))
	if err != nil {
		return nil, err
	}
	return pgRows{c}, nil
}

func servedRequest(q pgwire.Query) warehouse.Request {
	st, _ := q.Statement.(pgcat.Statement) // Split made it
	return warehouse.Request{
		Role: pgcat.Role(q.Session.Role), Statement: st, Params: q.Params,
		Session: pgcat.Session{User: q.Session.User, PID: q.Session.PID, Setting: q.Session.Setting, Params: q.Types},
	}
}

func pgColumns(columns []warehouse.ServedColumn) []pgwire.Column {
	out := make([]pgwire.Column, len(columns))
	for i, c := range columns {
		out[i] = pgwire.Column{Name: c.Name, OID: c.Type.OID, Typmod: c.Type.Typmod, Len: c.Type.Len}
	}
	return out
}

// pgRows is a result for the wire.
type pgRows struct{ *warehouse.Cursor }

// Columns implements pgwire.Rows.
func (r pgRows) Columns() []pgwire.Column { return pgColumns(r.Cursor.Columns) }

// auditPG writes down a statement of the wire.
func (s *service) auditPG(x pgwire.Access) {
	s.metrics.ObserveQuery("pg", x.Outcome, x.Duration)
	s.audit.write(auditEntry{
		At: x.At.UTC(), User: x.User, Role: x.Role, Client: x.Client, Via: "pg", Application: x.Application,
		SQL: x.SQL, Rows: x.Rows, Millis: x.Duration.Milliseconds(), Outcome: x.Outcome,
	})
}
