// Command ticketmill grinds ticket history into support analytics: it pulls
// Jira, GitHub and Kafka history into landing, builds and publishes a warehouse from
// it and exports the results. `ticketmill --help` lists the verbs.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // for machines without zone files, such as small containers
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal drains, a second one ends at once
	code := run(ctx, os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program with its surroundings as parameters; it returns the
// exit status.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{env: env, stdout: stdout, stderr: stderr, now: time.Now}
	cmd := newRoot(a)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	a.report(ctx, err)
	return exitStatus(err)
}
