package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/ingest/landing"
)

func newCheck(a *app) *cobra.Command {
	var landingOnly bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Validates the configuration and asks every source whether it would work",
		Long: `Validates the configuration, resolves its secrets (and never prints them) and
asks every source whether it can be reached and read.

With --landing it checks what has landed instead: that every file has the
sha256 and the number of rows that its manifest promises.`,
		Example: "  ticketmill check\n  ticketmill check --landing",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			if landingOnly {
				return a.checkLanding(cmd.Context(), c)
			}
			return a.checkSources(cmd.Context(), c)
		},
	}
	cmd.Flags().BoolVar(&landingOnly, "landing", false, "verify every file in landing instead of the sources")
	return cmd
}

// pingTime bounds how long one source may take to answer, retries included.
const pingTime = 10 * time.Second

func (a *app) checkSources(ctx context.Context, c *Config) error {
	failures := make([]error, len(c.Sources))
	var group errgroup.Group // failures are kept per source, so no shared context
	for i := range c.Sources {
		group.Go(func() error {
			failures[i] = a.ping(ctx, &c.Sources[i])
			return nil
		})
	}
	_ = group.Wait() // never fails: see above
	for i, s := range c.Sources {
		word := "ok  "
		if failures[i] != nil {
			word = "FAIL"
		}
		fmt.Fprintf(a.stdout, "%s  %s (%s)\n", word, s.Name, s.Kind)
	}
	if err := errors.Join(failures...); err != nil {
		return environmentError{err}
	}
	_, err := fmt.Fprintf(a.stdout, "%s is valid and all %d sources answer\n", a.configPath, len(c.Sources))
	return err
}

func (a *app) ping(ctx context.Context, s *SourceConfig) error {
	src, err := a.openSource(s, nil, false)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, pingTime, fmt.Errorf("no good answer within %s", pingTime))
	defer cancel()
	if err := src.Ping(ctx); err != nil {
		return fmt.Errorf("source %s: %w", s.Name, err)
	}
	return nil
}

func (a *app) checkLanding(ctx context.Context, c *Config) error {
	ms, err := landing.Open(c.landingDir(), a.now).Manifests()
	if err != nil {
		return err
	}
	var bad []error
	var rows int64
	files := 0
	for _, m := range ms {
		if err := ctx.Err(); err != nil {
			return err
		}
		if m.File == "" {
			continue
		}
		files, rows = files+1, rows+m.Rows
		if err := m.Verify(); err != nil {
			fmt.Fprintf(a.stdout, "BAD   %s\n", m.Path())
			bad = append(bad, err)
		}
	}
	if len(bad) > 0 {
		return errors.Join(bad...)
	}
	_, err = fmt.Fprintf(a.stdout, "ok    %d files, %d rows, every sha256 and row count as promised\n", files, rows)
	return err
}
