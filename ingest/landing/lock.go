package landing

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/ticketmill/ticketmill/ingest"
)

// ErrBusy says that another process is writing a stream.
var ErrBusy = errors.New("landing: another process is writing this stream")

// FollowedError says that the process that is writing a stream follows it, so
// that there is nothing left to do for others.
type FollowedError struct{ Stream ingest.Stream }

func (e *FollowedError) Error() string {
	return fmt.Sprintf("landing: another process follows %s", e.Stream)
}

// Is makes a FollowedError an ErrBusy.
func (e *FollowedError) Is(target error) bool { return target == ErrBusy }

// lockName is the file in a stream's folder that its writer locks. Its content
// says whether that writer follows the stream. The kernel releases the lock
// when the process ends, however it ends.
const lockName = "lock"

const followMark = "follow\n"

// Lock takes a stream for writing; follow tells others that the stream will be
// read as long as the lock is held. Another writer's lock is an ErrBusy, or a
// *FollowedError.
func (s *Store) Lock(source string, st ingest.Stream, follow bool) (unlock func(), err error) {
	dir := s.streamDir(source, st)
	if err := s.makeStreamDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockName)
	l := flock.New(path)
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		if b, err := os.ReadFile(path); err == nil && string(b) == followMark {
			return nil, &FollowedError{Stream: st}
		}
		return nil, fmt.Errorf("%w: %s", ErrBusy, st)
	}
	mark := ""
	if follow {
		mark = followMark
	}
	if err := os.WriteFile(path, []byte(mark), 0o644); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return func() { _ = l.Unlock() }, nil
}
