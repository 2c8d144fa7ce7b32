package pgwire

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Error is an error for the client.
type Error struct {
	Code    string // SQLSTATE
	Message string
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// SQLState is the error's code.
func (e *Error) SQLState() string { return e.Code }

// Why a running statement ends early.
var (
	errCanceled = &Error{Code: "57014", Message: "canceling statement due to user request"}
	errTimeout  = &Error{Code: "57014", Message: "canceling statement due to statement timeout"}
	errShutdown = &Error{Code: "57P01", Message: "terminating connection due to administrator command"}
	errHeld     = &Error{Code: "25P03", Message: "terminating connection: a result was left half read for too long"}
	errGone     = &Error{Code: "08006", Message: "the client has gone"}
)

// clientError is what the client is told of an error. When the statement's
// context ended, its cause says more than what the engine made of it.
func clientError(ctx context.Context, err error) *Error {
	var known *Error
	if cause := context.Cause(ctx); cause != nil && errors.As(cause, &known) {
		return known
	}
	if errors.As(err, &known) {
		return known
	}
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return &Error{Code: coded.SQLState(), Message: err.Error()}
	}
	return &Error{Code: "XX000", Message: "internal error"}
}

func (e *Error) response(severity string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: e.Code, Message: e.Message}
}
