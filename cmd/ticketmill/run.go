package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newRun(a *app) *cobra.Command {
	var asOf asOfFlag
	var p pull
	cmd := &cobra.Command{
		Use:   "run [SOURCE…]",
		Short: "ingest, then build: what cron calls",
		Long: `Pulls what is new, then builds, checks and publishes. A source that fails does
not stop the others: the rest is published, marked stale, and the exit status
is 5.`,
		Example: "  ticketmill run --quiet\n  ticketmill --config /etc/ticketmill.yaml run",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.names = args
			return a.journaled(cmd.Context(), "run", func(c *Config, j *journal) error {
				return a.runAll(cmd.Context(), c, j, p, asOf.Time)
			})
		},
	}
	asOf.add(cmd)
	addFull(cmd, &p.full)
	return cmd
}

// runAll ingests and builds. Failed sources do not keep the rest from being
// published; the error says afterwards what is stale.
func (a *app) runAll(ctx context.Context, c *Config, j *journal, p pull, asOf time.Time) error {
	pulled := a.ingest(ctx, c, j, p)
	var stale staleError
	var around environmentError
	sourcesFailed := len(j.Streams) > 0 && (errors.As(pulled, &stale) || errors.As(pulled, &around))
	if pulled != nil && !sourcesFailed || ctx.Err() != nil {
		return pulled // no source was asked, or landing itself is the trouble
	}
	if err := a.build(ctx, c, j, asOf); err != nil {
		if pulled != nil {
			// What stopped the sources explains why there is nothing to build.
			return fmt.Errorf("%w (before that: %v)", err, pulled) //nolint:errorlint // what decides the exit status is that nothing was published
		}
		return err
	}
	if pulled != nil {
		return staleError{fmt.Errorf("published, but stale: %w", pulled)}
	}
	return nil
}
