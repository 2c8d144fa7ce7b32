package main

import (
	"net"
	"sync"
	"time"
)

// Wrong passwords: the first ones are free, for people err; from then on each
// must wait twice as long as the one before.
const (
	freeAttempts    = 5
	firstWait       = 4 * time.Second
	longestWait     = time.Minute
	attemptsKept    = 10_000 // names at addresses that are remembered
	attemptsForgive = 15 * time.Minute
)

// attempts counts wrong passwords by address and user, over HTTP and the wire
// protocol together, so that passwords cannot be tried out. One who guesses at
// somebody's name does not keep out the owner elsewhere.
type attempts struct {
	now func() time.Time

	mu    sync.Mutex
	wrong map[attemptKey]*attempt
}

type attemptKey struct{ host, user string }

type attempt struct {
	count int
	last  time.Time
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, wrong: map[attemptKey]*attempt{}}
}

func keyOf(client, user string) attemptKey {
	host, _, err := net.SplitHostPort(client)
	if err != nil {
		host = client
	}
	return attemptKey{host, user[:min(len(user), 64)]}
}

// Wait is how long the client must wait until the user's password is looked at.
func (a *attempts) Wait(client, user string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.wrong[keyOf(client, user)]
	if w == nil || w.count < freeAttempts {
		return 0
	}
	wait := min(longestWait, firstWait<<min(w.count-freeAttempts, 10))
	return max(0, w.last.Add(wait).Sub(a.now()))
}

// Tried tells how a look at a password ended.
func (a *attempts) Tried(client, user string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := keyOf(client, user)
	if ok {
		delete(a.wrong, key)
		return
	}
	if len(a.wrong) >= attemptsKept {
		a.forget()
	}
	w := a.wrong[key]
	if w == nil {
		w = &attempt{}
		a.wrong[key] = w
	}
	w.count++
	w.last = a.now()
}

// forget makes room: those long ago go, and where none is, all.
func (a *attempts) forget() {
	for key, w := range a.wrong {
		if a.now().Sub(w.last) > attemptsForgive {
			delete(a.wrong, key)
		}
	}
	if len(a.wrong) >= attemptsKept {
		clear(a.wrong)
	}
}
