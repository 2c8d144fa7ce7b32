package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/ingest/privacy"
)

func newIngest(a *app) *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "ingest [SOURCE…]",
		Short: "Pulls new history into landing",
		Long: `Pulls what is new from every source, or from the named ones, into landing.
What was read before an interruption is kept; the next run goes on from there.`,
		Example: "  ticketmill ingest\n  ticketmill ingest helpdesk --quiet\n  ticketmill ingest oss --full",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.journaled(cmd.Context(), "ingest", func(c *Config, j *journal) error {
				return a.ingest(cmd.Context(), c, j, args, full)
			})
		},
	}
	addFull(cmd, &full)
	return cmd
}

// addFull adds --full to a verb that pulls.
func addFull(cmd *cobra.Command, full *bool) {
	cmd.Flags().BoolVar(full, "full", false,
		"read the sources again from the beginning: finds what appeared there with an old date, such as issues that were hidden or transferred")
}

// streamsAtOnce bounds the streams of one source that are read together; the
// requests in flight are bounded by the source itself.
const streamsAtOnce = 4

// ingest pulls the named sources, or all. It returns a staleError when some
// failed, and the plain failure when all did.
func (a *app) ingest(ctx context.Context, c *Config, j *journal, names []string, full bool) error {
	chosen, err := c.choose(names)
	if err != nil {
		return err
	}
	border, err := a.border(c)
	if err != nil {
		return err
	}
	store := landing.Open(c.landingDir(), a.now)
	if n, err := store.Sweep(); err != nil {
		return err
	} else if n > 0 {
		a.log.Info("swept", "files", n)
	}
	in := &ingestion{app: a, store: store, border: border, journal: j, progress: newProgress(a), full: full}
	var group errgroup.Group // failures are kept per source, so no shared context
	failures := make([]error, len(chosen))
	for i, s := range chosen {
		group.Go(func() error {
			failures[i] = in.source(ctx, s)
			return nil
		})
	}
	_ = group.Wait() // never fails: see above
	in.progress.wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return summarise(chosen, failures)
}

func (c *Config) choose(names []string) ([]*SourceConfig, error) {
	var chosen []*SourceConfig
	for i := range c.Sources {
		if len(names) == 0 || slices.Contains(names, c.Sources[i].Name) {
			chosen = append(chosen, &c.Sources[i])
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(chosen, func(s *SourceConfig) bool { return s.Name == n }) {
			return nil, usagef("there is no source %q in the configuration", n)
		}
	}
	return chosen, nil
}

// border opens the privacy border with its key.
func (a *app) border(c *Config) (*privacy.Border, error) {
	fromEnv := c.Privacy.Key.Reveal()
	if variable.MatchString(fromEnv) {
		// Unset is allowed here: the key is then created in the home folder.
		fromEnv, _ = expandText("privacy.key", fromEnv, a.env)
	}
	key, err := privacy.LoadKey(fromEnv, c.keyPath())
	if err != nil {
		return nil, environmentError{fmt.Errorf("privacy key: %w", err)}
	}
	if err := c.samePrivacy(key); err != nil {
		return nil, err
	}
	return privacy.New(privacy.Mode(c.Privacy.Mode), key, privacy.Actors{Agents: c.Actors.Agents, Bots: c.Actors.Bots})
}

// samePrivacy refuses to land under another key or mode than what has landed
// before: everybody would become a stranger to their own history.
func (c *Config) samePrivacy(key []byte) error {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("fingerprint"))
	now := c.Privacy.Mode + " " + hex.EncodeToString(mac.Sum(nil)[:8])
	path := filepath.Join(c.Home, "state", "privacy")
	before, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return writeDurably(path, []byte(now+"\n"))
	}
	if err != nil {
		return err
	}
	if was := strings.TrimSpace(string(before)); was != now {
		return usagef("privacy: mode or key differ from those that %s was filled with, so the same person would get two names; restore them, or start with a new --home", c.Home)
	}
	return nil
}

// ingestion is one run over the sources.
type ingestion struct {
	app      *app
	store    *landing.Store
	border   *privacy.Border
	journal  *journal
	progress *progress
	full     bool       // from the beginning
	mu       sync.Mutex // of the journal
}

// source reads all streams of one source. A stream that fails does not stop
// the others.
func (in *ingestion) source(ctx context.Context, s *SourceConfig) error {
	src, err := in.app.openSource(s)
	if err != nil {
		in.outcome(streamOutcome{Source: s.Name, Outcome: "failed", Message: err.Error()})
		return err
	}
	streams := src.Streams()
	bar := in.progress.source(s.Name, len(streams))
	failures := make([]error, len(streams))
	var group errgroup.Group
	group.SetLimit(streamsAtOnce)
	for i, st := range streams {
		group.Go(func() error {
			defer bar.done()
			failures[i] = in.stream(ctx, s, src, st, bar)
			return nil
		})
	}
	_ = group.Wait() // never fails: see above
	return firstOf(failures)
}

// firstOf reports the first of a source's failures and how many there are: they
// are mostly the same, and each has its line in the log.
func firstOf(failures []error) error {
	var first error
	more := -1
	for _, err := range failures {
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		more++
	}
	if more > 0 {
		return fmt.Errorf("%w (and %d more of its streams)", first, more)
	}
	return first
}

func (in *ingestion) stream(ctx context.Context, s *SourceConfig, src ingest.Source, st ingest.Stream, bar *sourceBar) error {
	log := in.app.log.With("source", s.Name, "stream", st.String())
	o := streamOutcome{Source: s.Name, Stream: st.String(), Outcome: "done"}
	stats, err := in.sync(ctx, s, src, st, bar)
	o.Records, o.Bytes = stats.Records, stats.Bytes
	if err != nil {
		o.Outcome, o.Message = "failed", err.Error()
		log.Error("stream_failed", "records", stats.Records, "error", err)
	} else {
		log.Info("stream_done", "records", stats.Records, "bytes", stats.Bytes)
	}
	if stats.Quarantined > 0 {
		log.Warn("quarantined", "records", stats.Quarantined)
	}
	in.outcome(o)
	return err
}

func (in *ingestion) sync(ctx context.Context, s *SourceConfig, src ingest.Source, st ingest.Stream, bar *sourceBar) (ingest.SyncStats, error) {
	w, err := in.store.Writer(s.Name, s.Kind, st, in.journal.RunID, landing.Limits{})
	if err != nil {
		return ingest.SyncStats{}, err
	}
	return ingest.Sync(ctx, ingest.Job{
		Kind: s.Kind, Source: src, Stream: st, Border: in.border, Sink: w, FromStart: in.full, Progress: bar.stream(),
	})
}

func (in *ingestion) outcome(o streamOutcome) {
	o.EndedAt = in.app.now().UTC()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.journal.Streams = append(in.journal.Streams, o)
}

// summarise makes one error of the sources' failures.
func summarise(sources []*SourceConfig, failures []error) error {
	var failed []string
	var errs []error
	for i, err := range failures {
		if err != nil {
			failed = append(failed, sources[i].Name)
			errs = append(errs, fmt.Errorf("source %s: %w", sources[i].Name, err))
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(failed) == len(sources):
		return classify(errors.Join(errs...))
	default:
		return staleError{fmt.Errorf("%d of %d sources failed (%s), their data is stale: %w",
			len(failed), len(sources), strings.Join(failed, ", "), errors.Join(errs...))}
	}
}

// classify tells a broken environment (a source that cannot be reached or
// refuses us) from our own failures (landing that cannot be written).
func classify(err error) error {
	var damaged *landing.DamageError
	if errors.As(err, &damaged) || errors.Is(err, landing.ErrConflict) {
		return err
	}
	return environmentError{err}
}
