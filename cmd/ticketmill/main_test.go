package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes the test binary behave as ticketmill itself, for tests that
// need a process of its own.
const asProgram = "TICKETMILL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// result is what a call of the program gave.
type result struct {
	status         int
	stdout, stderr string
}

// line is the one line that says what went wrong: the last of stderr, and the
// only one of its form.
func (r result) line(t *testing.T) string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	last := lines[len(lines)-1]
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(l, "ticketmill: ") {
			n++
		}
	}
	if n != 1 || !strings.HasPrefix(last, "ticketmill: ") || !strings.HasSuffix(r.stderr, "\n") {
		t.Errorf("want one line of error, at the end:\n%s", r.stderr)
	}
	return last
}

// call runs the program in this process.
func call(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return callContext(t.Context(), t, env, args...)
}

func callContext(ctx context.Context, t *testing.T, env []string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{}, args...) // never nil: cobra would take the test's own
	status := run(ctx, args, environment(env...), strings.NewReader(""), &out, &errs)
	return result{status, out.String(), errs.String()}
}

// must fails the test unless the call is done.
func must(t *testing.T, r result) result {
	t.Helper()
	if r.status != exitDone {
		t.Fatalf("exit %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	return r
}
