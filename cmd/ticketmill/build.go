package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newBuild(a *app) *cobra.Command {
	var asOf asOfFlag
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Builds, checks and publishes the warehouse from landing, without a network",
		Long: `Builds a new generation of the warehouse from everything in landing, checks
it and publishes it. Where a check fails, or a file of landing is damaged,
nothing is published and the last good snapshot keeps serving (exit 4).
What was staged from a landing file before is remembered.`,
		Example: "  ticketmill build\n  ticketmill build --as-of 2026-06-30T22:00:00Z",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.journaled(cmd.Context(), "build", func(c *Config, j *journal) error {
				return a.build(cmd.Context(), c, j, asOf.Time)
			})
		},
	}
	asOf.add(cmd)
	return cmd
}

// asOfFlag is --as-of: a moment, or a day meaning its end in UTC.
type asOfFlag struct{ time.Time }

func (f *asOfFlag) add(cmd *cobra.Command) {
	cmd.Flags().Var(f, "as-of", "the moment that open tickets are measured against, as RFC 3339 time or a date (default: when the newest manifest was written)")
}

// String implements pflag.Value.
func (f *asOfFlag) String() string {
	if f.IsZero() {
		return ""
	}
	return f.Format(time.RFC3339)
}

// Type implements pflag.Value.
func (f *asOfFlag) Type() string { return "TIME" }

// Set implements pflag.Value.
func (f *asOfFlag) Set(text string) error {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		f.Time = t.UTC()
		return nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return errors.New("write 2026-06-30T22:00:00Z or 2026-06-30")
	}
	f.Time = t.AddDate(0, 0, 1)
	return nil
}

// build makes and publishes a generation. A zero asOf means the time of the
// newest manifest, so that a rebuild of the same landing gives the same
// numbers.
func (a *app) build(ctx context.Context, c *Config, j *journal, asOf time.Time) error {
	manifests, err := a.manifests(ctx, c)
	if err != nil {
		return err
	}
	if asOf.IsZero() {
		asOf = newest(manifests)
		if now := a.now(); asOf.After(now.Add(time.Hour)) {
			a.log.Warn("landing_is_ahead_of_the_clock", "newest_manifest", asOf, "now", now.UTC())
		}
	}
	inputs, err := a.inputs(c, j, manifests, asOf)
	if err != nil {
		return err
	}
	plan, err := transform.Load(ctx, sql.Files)
	if err != nil {
		return err
	}
	types := a.newDemandStep(c, manifests, asOf)
	if !c.Demand.Off {
		if err := errors.Join(plan.AddModel(types.model()), plan.AddModel(trendStep())); err != nil {
			return err
		}
	}
	if err := plan.AddModel(supportStep{c, asOf}.model()); err != nil {
		return err
	}
	p := newProgress(a)
	bar := p.counter("build", 0, "steps")
	res, err := transform.Build(ctx, transform.Job{
		Plan: plan, WarehouseDir: c.warehouseDir(), PublishedDir: c.publishedDir(), Keep: c.Build.Keep,
		Files: landingFiles(manifests), Inputs: inputs, Now: a.now, Log: a.log,
		Options: warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads},
		Progress: func(done, total int, _ string) {
			bar.SetTotal(int64(total), false)
			bar.SetCurrent(int64(done))
		},
	})
	p.end(bar, err)
	if err != nil {
		return err
	}
	if err := types.save(ctx, j.RunID); err != nil {
		return err
	}
	j.Generation = filepath.Base(res.Generation)
	a.log.Info("published", "generation", j.Generation, "steps", len(res.Steps), "checks", len(res.Checks), "staged_files", res.Staged)
	return nil
}

// manifests reads what has landed of the configured sources, every file
// verified: a damaged file is never loaded.
func (a *app) manifests(ctx context.Context, c *Config) ([]*landing.Manifest, error) {
	store := landing.Open(c.landingDir(), a.now)
	landed, err := store.Sources()
	if err != nil {
		return nil, err
	}
	configured := map[string]string{}
	for _, s := range c.Sources {
		configured[s.Name] = s.Kind
	}
	var kept []*landing.Manifest
	for _, source := range landed {
		if source == modelSource {
			continue // it has its own readers
		}
		if configured[source] == "" {
			a.log.Warn("landed_source_not_configured", "source", source)
			continue
		}
		ms, err := store.Manifests(source)
		if err != nil {
			return nil, err
		}
		for _, m := range ms {
			if m.Kind != configured[source] {
				return nil, usagef("source %s landed as kind %s and is now configured as %s; give it another name", source, m.Kind, configured[source])
			}
		}
		kept = append(kept, ms...)
	}
	if len(kept) == 0 {
		return nil, environmentError{fmt.Errorf("nothing has landed in %s yet; `ticketmill ingest` pulls it", c.landingDir())}
	}
	return kept, verifyBytes(ctx, kept)
}

// verifyBytes checks the files of manifests, as many at once as there are cores.
func verifyBytes(ctx context.Context, ms []*landing.Manifest) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, m := range ms {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return m.VerifyBytes()
		})
	}
	return group.Wait()
}

// newest is when the newest manifest was written. Only the last one of each
// stream counts, so that one night with a wrong clock heals with the next.
func newest(ms []*landing.Manifest) time.Time {
	last := map[string]time.Time{}
	for _, m := range ms { // ordered by sequence within a stream
		last[m.Source+"\x00"+m.Stream] = m.CreatedAt
	}
	var t time.Time
	for _, at := range last {
		if at.After(t) {
			t = at
		}
	}
	return t
}

func landingFiles(ms []*landing.Manifest) []transform.LandingFile {
	var files []transform.LandingFile
	for _, m := range ms {
		if m.File != "" {
			files = append(files, transform.LandingFile{
				Kind: m.Kind, Stream: ingest.ParseStream(m.Stream).Name, Path: m.Path(), SHA256: m.SHA256,
			})
		}
	}
	return files
}
