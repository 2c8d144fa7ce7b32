package main

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

var kills = flag.Int("kills", 0, "how often TestKill kills; 0: 8, with -short 2")

// child starts the program as a process of its own.
func (w *world) child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, w.args(args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	for i := 0; i < len(w.env); i += 2 {
		cmd.Env = append(cmd.Env, w.env[i]+"="+w.env[i+1])
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKill kills runs (kill -9) at random moments. One undisturbed run later
// the exports are those of a run that nobody touched, and nothing is left.
func TestKill(t *testing.T) {
	t.Parallel()
	n := *kills
	if n == 0 {
		n = 8
		if testing.Short() {
			n = 2
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, worldOptions{server: simulate.ServerOptions{Latency: 20 * time.Millisecond}})
	// How long an undisturbed run takes here and now, on a home of its own.
	start := time.Now()
	if err := w.child(t, "--quiet", "--home", t.TempDir(), "run", w.asOf()).Wait(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(start)
	killed, published := 0, ""
	for i := range n {
		// New history arrives between the kills.
		w.server.SetUntil(w.until.AddDate(0, -(n-1-i)*20/n, 0))
		cmd := w.child(t, "--quiet", "run", w.asOf())
		after := time.Duration(rng.Int64N(int64(whole)))
		stop := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		stop.Stop()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
			killed++
		case err != nil:
			t.Fatalf("run %d failed by itself: %v", i, err)
		}
		// Readers never see a half-built snapshot.
		if r := w.call(t, "export", "ticket"); r.status == exitDone {
			published = w.current(t)
		} else if r.status != exitEnvironment || published != "" {
			t.Fatalf("after kill %d at %v: exit %d\n%s", i, after, r.status, r.stderr)
		}
	}
	t.Logf("%d of %d runs killed within %v", killed, n, whole)
	w.server.SetUntil(time.Time{})
	w.run(t)
	sameExports(t, w.exports(t), reference(t))
	noStrays(t, w)
	must(t, w.call(t, "check", "--landing"))
	if rows := w.query(t, "SELECT count(*) - count(DISTINCT ticket_id) FROM marts.ticket"); rows[0][0] != int64(0) {
		t.Errorf("%v tickets are doubled", rows[0][0])
	}
	if rows := w.query(t, "SELECT sum(unexplained)::BIGINT FROM ops.completeness"); rows[0][0] != int64(0) {
		t.Errorf("%v records unexplained", rows[0][0])
	}
}

// TestSignal: SIGTERM ends a run in order.
func TestSignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{server: simulate.ServerOptions{Latency: 150 * time.Millisecond}})
	cmd := w.child(t, "--quiet", "run", w.asOf())
	for w.server.Requests() < 5 {
		time.Sleep(5 * time.Millisecond)
	}
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailed || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	noStrays(t, w)
}
