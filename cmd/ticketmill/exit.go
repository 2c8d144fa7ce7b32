package main

import (
	"errors"
	"fmt"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// The exit statuses, as `ticketmill --help` promises them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitEnvironment = 3
	exitChecks      = 4
	exitStale       = 5
)

// usageError is a mistake in the call or in the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// environmentError is something around us that is not as it must be:
// credentials, network, the lock.
type environmentError struct{ error }

func (e environmentError) Unwrap() error { return e.error }

// staleError says that the work was done, but with old data for some sources.
type staleError struct{ error }

func (e staleError) Unwrap() error { return e.error }

// exitStatus is the one place that maps errors to exit statuses.
func exitStatus(err error) int {
	var (
		usage   usageError
		around  environmentError
		stale   staleError
		checks  *transform.ChecksFailedError
		damaged *landing.DamageError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &checks), errors.As(err, &damaged):
		return exitChecks
	case errors.As(err, &stale):
		return exitStale
	case errors.As(err, &around), errors.Is(err, warehouse.ErrNothingPublished):
		return exitEnvironment
	default:
		return exitFailed
	}
}
