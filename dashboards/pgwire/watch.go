//go:build unix

package pgwire

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// watchInterval is how often a waiting client is looked for.
const watchInterval = 500 * time.Millisecond

// watchClient cancels when the client closes its connection while a statement
// runs, so that nobody's query does not go on. It peeks and takes no bytes.
func watchClient(ctx context.Context, conn net.Conn, cancel context.CancelCauseFunc) (stop func()) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return func() {}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				if hungUp(raw) {
					cancel(errGone)
				}
			}
		}
	}()
	return func() { close(done) }
}

func hungUp(raw syscall.RawConn) bool {
	gone := false
	err := raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		gone = n == 0 && err == nil || errors.Is(err, syscall.ECONNRESET)
	})
	return gone || err != nil
}
