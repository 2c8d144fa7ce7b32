package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockHome takes the exclusive lock on the home folder, which every verb that
// writes holds. The kernel releases it when the process ends, however it ends.
func (c *Config) lockHome(ctx context.Context) (unlock func(), err error) {
	dir := filepath.Join(c.Home, "state")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, environmentError{fmt.Errorf("home folder: %w", err)}
	}
	l := flock.New(filepath.Join(dir, "lock"))
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch ok, err := l.TryLockContext(ctx, 100*time.Millisecond); {
	case ok:
		return func() { _ = l.Unlock() }, nil
	case err != nil && ctx.Err() == nil:
		return nil, environmentError{fmt.Errorf("lock the home folder (was it used by another user before?): %w", err)}
	}
	return nil, environmentError{fmt.Errorf("another ticketmill is working in %s: wait for it to end, or give this one another --home", c.Home)}
}
