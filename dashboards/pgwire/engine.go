// Package pgwire serves query results over PostgreSQL's wire protocol, version
// 3.0, so that Grafana's own data source, psql and BI tools can read them. It
// knows sessions, messages and formats; what a statement means is the engine's.
package pgwire

import (
	"context"
	"time"
)

// Engine runs statements. Its errors may have a method SQLState() string; those
// without are internal errors. Its methods are called from many goroutines.
type Engine interface {
	// Split reads a text of statements. Empty ones are left out.
	Split(sql string) ([]Statement, error)
	// Describe says what a statement takes and gives, without running it.
	Describe(ctx context.Context, q Query) (Description, error)
	// Query runs a statement.
	Query(ctx context.Context, q Query) (Rows, error)
}

// Statement is one statement as its engine has read it.
type Statement interface {
	// Verb is the first word in upper case, "" if it is none.
	Verb() string
	// Words are all words, symbols and the values of literals.
	Words() []string
	// SQL is the statement's text.
	SQL() string
}

// Query is a statement and who asks.
type Query struct {
	Statement Statement
	Session   Session
	// Types are the OIDs that the client declared for parameters; 0 and what is
	// missing is the engine's to infer.
	Types []uint32
	// Params are the parameters' values in PostgreSQL's text form; nil is null.
	Params []*string
}

// Session is what a statement may ask about its session.
type Session struct {
	User, Role string
	PID        uint32
	// Setting gives the value of a setting such as search_path.
	Setting func(name string) (string, bool)
}

// Description says what a statement takes and gives.
type Description struct {
	Params  []uint32 // OIDs
	Columns []Column
}

// Column is a column of a result.
type Column struct {
	Name   string
	OID    uint32
	Typmod int32 // -1: none
	Len    int16 // bytes; -1: varies
}

// Rows is a result. Next gives the next row or io.EOF. The values are nil,
// bool, int16, int32, int64, float32, float64, string, []byte, time.Time,
// Span, or a slice []any of these; numeric, uuid and json are text.
type Rows interface {
	Columns() []Column
	Next() ([]any, error)
	Close()
}

// Span is a value of type interval.
type Span interface {
	Parts() (months, days int32, micros int64)
}

// Access is one statement for the audit.
type Access struct {
	At          time.Time
	User, Role  string
	Client      string // address
	Application string // as the client names itself
	SQL         string // with its literals
	Rows        int64
	Duration    time.Duration
	Outcome     string // "ok" or an SQLSTATE
}
