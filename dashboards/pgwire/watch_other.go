//go:build !unix

package pgwire

import (
	"context"
	"net"
)

// watchClient does nothing here: a client that goes away is noticed when the
// result is sent.
func watchClient(context.Context, net.Conn, context.CancelCauseFunc) (stop func()) { return func() {} }
