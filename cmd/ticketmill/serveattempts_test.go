package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	a := newAttempts(func() time.Time { return now })
	wait := func(want time.Duration) {
		t.Helper()
		if got := a.Wait("192.0.2.1:1000", "vera"); got != want {
			t.Errorf("it waits for %v, want %v", got, want)
		}
	}
	for range 4 {
		a.Tried("192.0.2.1:1000", "vera", false)
	}
	wait(0)
	a.Tried("192.0.2.1:2000", "vera", false)
	wait(4 * time.Second)
	a.Tried("192.0.2.1:2000", "vera", false)
	wait(8 * time.Second)
	now = now.Add(1500 * time.Millisecond)
	wait(6500 * time.Millisecond)
	for range 50 {
		a.Tried("192.0.2.1:2000", "vera", false)
	}
	wait(time.Minute)
	if a.Wait("192.0.2.2:1000", "vera") != 0 || a.Wait("192.0.2.1:1000", "anna") != 0 {
		t.Error("others must wait for her")
	}
	for i := range 2 * attemptsKept {
		a.Tried("192.0.2.3:1000", fmt.Sprint(i), false)
	}
	if len(a.wrong) > attemptsKept {
		t.Errorf("%d names are kept", len(a.wrong))
	}
	a.Tried("192.0.2.1:2000", "vera", true)
	wait(0)
}

// TestPasswordsAreNotTriedOut: not even the right one is looked at then, while
// others come in.
func TestPasswordsAreNotTriedOut(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 1, func(c *Config) {
		c.Serve.Users = []ServeUser{{Name: "vera", Password: "${VERA}", Role: "viewer"}, {Name: "anna", Password: "${ANNA}", Role: "analyst"}}
	})
	try := func(user, password, want string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), s.dsn(user, password, "sslmode=disable"))
		if err == nil {
			defer conn.Close(t.Context())
		}
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %s", user, err, want)
		}
	}
	for range freeAttempts {
		try("vera", "wrong", "28P01")
	}
	try("vera", "vera's password", "too many wrong passwords")
	try("anna", "anna's", "<nil>")
}
