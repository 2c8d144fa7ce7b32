package pgwire

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// simple answers a text of statements.
func (x *session) simple(sql string) error {
	began := x.server.c.Now()
	statements, err := x.server.c.Engine.Split(sql)
	if err != nil {
		told := clientError(context.Background(), err)
		x.audit(sql, began, 0, told)
		x.fail(told)
		return x.ready()
	}
	if len(statements) == 0 {
		x.backend.Send(&pgproto3.EmptyQueryResponse{})
	}
	for _, st := range statements {
		err := x.statement(st)
		var told *Error
		if errors.As(err, &told) {
			x.fail(told)
			break
		}
		if err == nil {
			err = x.flushFull()
		}
		if err != nil {
			return err
		}
	}
	return x.ready()
}

// statement runs one statement and sends all of its result.
func (x *session) statement(st Statement) error {
	began := x.server.c.Now()
	var sent int64
	err := x.within(func(ctx context.Context) error {
		rows, tag, err := x.execute(ctx, x.query(st))
		if err != nil {
			return err
		}
		if rows != nil {
			defer rows.Close()
			x.sendColumns(rows.Columns(), nil)
			if sent, _, err = x.sendRows(ctx, rows, nil, 0); err != nil {
				return err
			}
		}
		x.complete(tag, sent)
		return nil
	})
	x.audit(st.SQL(), began, sent, err)
	return err
}

// complete tells that a command has ended.
func (x *session) complete(tag string, rows int64) {
	tag = completeTag(tag, rows)
	x.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)}, messageHead+len(tag))
}

// messageHead is about what a message has beside its texts.
const messageHead = 16

// completeTag is the tag of a command that has ended. Grafana takes results
// for tables only if theirs begins with SELECT.
func completeTag(tag string, rows int64) string {
	if tag == "SELECT" {
		return fmt.Sprintf("SELECT %d", rows)
	}
	return tag
}

// execute runs a statement: its rows, if it has any, and its tag.
func (x *session) execute(ctx context.Context, q Query) (rows Rows, tag string, err error) {
	if u, ok := utilities(q.Statement.Verb()); ok {
		if x.tx == 'E' && !endsTransaction(q.Statement.Verb()) {
			return nil, "", errAborted
		}
		return u(x, q.Statement.Words())
	}
	if x.tx == 'E' {
		return nil, "", errAborted
	}
	if err := refused(q.Statement.Verb()); err != nil {
		return nil, "", err
	}
	rows, err = x.server.c.Engine.Query(ctx, q)
	if q.Statement.Verb() == "EXPLAIN" {
		return rows, "EXPLAIN", err
	}
	return rows, "SELECT", err
}

var errAborted = &Error{Code: "25P02", Message: "current transaction is aborted, commands ignored until end of transaction block"}

// flushAt is how many bytes are gathered before they are sent.
const flushAt = 32 << 10

// sendRows sends rows, at most limit of them where limit is not 0. done tells
// that there are no more.
func (x *session) sendRows(ctx context.Context, rows Rows, formats []int16, limit uint32) (sent int64, done bool, err error) {
	columns := rows.Columns()
	row := &dataRow{encode: make([]encoder, len(columns))}
	for i, c := range columns {
		row.encode[i] = encoderOf(c.OID, formatOf(formats, i))
	}
	for limit == 0 || sent < int64(limit) {
		row.values, err = rows.Next()
		if errors.Is(err, io.EOF) {
			return sent, true, nil
		}
		if err != nil {
			return sent, false, err
		}
		x.send(row, 0)
		sent++
		if x.pending += row.size; x.pending < flushAt {
			continue
		}
		if err := x.flush(); err != nil {
			return sent, false, &writeError{err}
		}
		if ctx.Err() != nil {
			return sent, false, ctx.Err()
		}
	}
	return sent, false, nil
}

func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return 0
	case 1:
		return formats[0]
	}
	return formats[i]
}

// sendColumns describes the columns of the rows that follow.
func (x *session) sendColumns(columns []Column, formats []int16) {
	bytes := messageHead
	for _, c := range columns {
		bytes += len(c.Name) + 20
	}
	x.send(rowDescription(columns, formats), bytes)
}

func rowDescription(columns []Column, formats []int16) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(columns))}
	for i, c := range columns {
		d.Fields[i] = pgproto3.FieldDescription{
			Name: []byte(c.Name), DataTypeOID: c.OID, DataTypeSize: c.Len, TypeModifier: c.Typmod, Format: formatOf(formats, i),
		}
	}
	return d
}
