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
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/ingest/privacy"
)

func newIngest(a *app) *cobra.Command {
	var o pull
	var replay bool
	cmd := &cobra.Command{
		Use:   "ingest [SOURCE…]",
		Short: "Pulls new history into landing",
		Long: `Pulls what is new from every source, or from the named ones, into landing.
What was read before an interruption is kept; the next run goes on from there.

Kafka topics are read up to where they ended when the run began. With --follow
the Kafka sources are read on until a signal: the first one drains what was
read and ends well, a second one ends at once. A follower and other runs get on
in one home: build, run and ingest leave the followed partitions to it.

Messages that could not be read are kept in quarantine. After a fix of the
configuration or of this program, --replay-quarantine tries them again.`,
		Example: "  ticketmill ingest\n  ticketmill ingest helpdesk --quiet\n  ticketmill ingest oss --full\n" +
			"  ticketmill ingest events --follow --log-format json\n  ticketmill ingest --replay-quarantine",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if replay && (o.follow || o.full) || o.follow && o.full {
				return usagef("--follow, --full and --replay-quarantine exclude each other")
			}
			work := func(c *Config, j *journal) error { return a.ingest(cmd.Context(), c, j, o) }
			if replay {
				work = func(c *Config, j *journal) error { return a.replayQuarantine(cmd.Context(), c, j, args) }
			}
			return a.journaledIngest(cmd.Context(), o, work)
		},
	}
	addFull(cmd, &o.full)
	cmd.Flags().BoolVar(&o.follow, "follow", false, "keep reading the Kafka sources until a signal")
	cmd.Flags().BoolVar(&replay, "replay-quarantine", false, "try the messages in quarantine again, reading nothing new")
	return cmd
}

// pull says what to read and how.
type pull struct {
	names  []string // of sources; none: all
	full   bool     // from the beginning
	follow bool     // until the context ends
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
func (a *app) ingest(ctx context.Context, c *Config, j *journal, p pull) error {
	chosen, err := c.chooseFor(p)
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
	in := &ingestion{app: a, store: store, border: border, journal: j, progress: newProgress(a), pull: p}
	var group errgroup.Group // failures are kept per source, so no shared context
	failures := make([]error, len(chosen))
	for i, s := range chosen {
		group.Go(func() error {
			if p.follow {
				failures[i] = in.followSource(ctx, s)
			} else {
				failures[i] = in.source(ctx, s)
			}
			return nil
		})
	}
	_ = group.Wait() // never fails: see above
	in.progress.wait()
	if ctx.Err() != nil && !p.follow { // a follower ends so
		return context.Cause(ctx)
	}
	return summarise(chosen, failures)
}

// chooseFor lists the sources to pull; only Kafka's can be followed.
func (c *Config) chooseFor(p pull) ([]*SourceConfig, error) {
	chosen, err := c.choose(p.names)
	if err != nil || !p.follow {
		return chosen, err
	}
	chosen = slices.DeleteFunc(chosen, func(s *SourceConfig) bool { return s.Kind != "kafka" && len(p.names) == 0 })
	for _, s := range chosen {
		if s.Kind != "kafka" {
			return nil, usagef("--follow: the source %s is of kind %s; only kafka can be followed, let cron run the others", s.Name, s.Kind)
		}
	}
	if len(chosen) == 0 {
		return nil, usagef("--follow: there is no source of kind kafka in the configuration")
	}
	return chosen, nil
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
	border, err := privacy.New(privacy.Mode(c.Privacy.Mode), key, privacy.Actors{Agents: c.Actors.Agents, Bots: c.Actors.Bots})
	if err != nil {
		return nil, err
	}
	for _, s := range c.Sources {
		border.NamePeople(s.Kafka.personColumns()...)
	}
	return border, nil
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
	pull     pull
	mu       sync.Mutex // of the journal
}

// preparer is a source that must ask the system before it can list its streams.
type preparer interface {
	Prepare(ctx context.Context) error
}

func prepare(ctx context.Context, src pinger) error {
	if p, ok := src.(preparer); ok {
		return p.Prepare(ctx)
	}
	return nil
}

// open makes a source ready to be read; a failure is journaled.
func (in *ingestion) open(ctx context.Context, s *SourceConfig) (pinger, error) {
	src, err := in.app.openSource(s, in.border, in.pull.follow)
	if err == nil {
		err = prepare(ctx, src)
	}
	if err != nil {
		in.outcome(streamOutcome{Source: s.Name, Outcome: outcomeFailed, Message: err.Error()})
		return nil, err
	}
	return src, nil
}

// source reads all streams of one source to their present end. A stream that
// fails does not stop the others.
func (in *ingestion) source(ctx context.Context, s *SourceConfig) error {
	src, err := in.open(ctx, s)
	if err != nil {
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
			failures[i] = in.stream(ctx, s, src, st, s.Kafka.limits(false, len(streams)), bar.stream())
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

func (in *ingestion) stream(ctx context.Context, s *SourceConfig, src ingest.Source, st ingest.Stream, l landing.Limits, progress func(ingest.SyncStats, *int64)) error {
	log := in.app.log.With("source", s.Name, "stream", st.String())
	o := streamOutcome{Source: s.Name, Stream: st.String(), Outcome: outcomeDone}
	stats, err := in.sync(ctx, s, src, st, l, progress)
	o.Records, o.Bytes = stats.Records, stats.Bytes
	var followed *landing.FollowedError
	switch {
	case errors.As(err, &followed) && !in.pull.follow:
		o.Outcome, err = outcomeFollowed, nil
		log.Info("stream_is_followed_by_another_process")
	case err != nil && in.pull.follow && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))):
		// not what could not land any more: that is a failure
		err = nil
		log.Info("stream_drained", "records", stats.Records, "bytes", stats.Bytes)
	case err != nil:
		o.Outcome, o.Message = outcomeFailed, err.Error()
		log.Error("stream_failed", "records", stats.Records, "error", err)
	default:
		log.Info("stream_done", "records", stats.Records, "bytes", stats.Bytes)
	}
	if stats.Quarantined > 0 {
		log.Warn("quarantined", "records", stats.Quarantined)
	}
	if stats.Gaps > 0 {
		log.Warn("gaps", "gaps", stats.Gaps, "see", "ops.completeness")
	}
	in.outcome(o)
	return err
}

func (in *ingestion) sync(ctx context.Context, s *SourceConfig, src ingest.Source, st ingest.Stream, l landing.Limits, progress func(ingest.SyncStats, *int64)) (ingest.SyncStats, error) {
	unlock, err := in.lock(ctx, s, st)
	if err != nil {
		return ingest.SyncStats{}, err
	}
	defer unlock()
	w, err := in.writer(s, st, l)
	if err != nil {
		return ingest.SyncStats{}, err
	}
	return ingest.Sync(ctx, ingest.Job{
		Kind: s.Kind, Source: src, Stream: st, Border: in.border, Sink: w, FromStart: in.pull.full, Progress: progress,
	})
}

// quarantineStream is the name of the stream beside a Kafka partition's for
// the messages that could not be read.
const quarantineStream = "quarantine"

// lock takes a stream, and the quarantine beside it, for writing.
func (in *ingestion) lock(ctx context.Context, s *SourceConfig, st ingest.Stream) (unlock func(), err error) {
	messages, err := in.lockOne(ctx, s, st)
	if err != nil || s.Kind != "kafka" {
		return messages, err
	}
	quarantine, err := in.lockOne(ctx, s, ingest.Stream{Name: quarantineStream, Scope: st.Scope})
	if err != nil {
		messages()
		return nil, err
	}
	return func() { quarantine(); messages() }, nil
}

// lockOne takes one stream. A follower waits for who reads it just now; others
// wait a moment, in which a new follower may say that it is one. That somebody
// follows is not believed at once: a follower that was killed leaves its word
// behind, and who sweeps holds the lock for a moment.
func (in *ingestion) lockOne(ctx context.Context, s *SourceConfig, st ingest.Stream) (unlock func(), err error) {
	for try := 0; ; try++ {
		unlock, err = in.store.Lock(s.Name, st, in.pull.follow)
		var followed *landing.FollowedError
		if !errors.Is(err, landing.ErrBusy) || errors.As(err, &followed) && try >= 3 || !in.pull.follow && try == 10 {
			return unlock, err
		}
		if try == 0 {
			in.app.log.Info("waiting_for_another_process", "source", s.Name, "stream", st.String())
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// writer opens a stream for appending; the caller holds its lock.
func (in *ingestion) writer(s *SourceConfig, st ingest.Stream, l landing.Limits) (*landing.Writer, error) {
	w, err := in.store.Writer(s.Name, s.Kind, st, in.journal.RunID, l)
	if err != nil || s.Kind != "kafka" {
		return w, err
	}
	q, err := in.store.Writer(s.Name, s.Kind, ingest.Stream{Name: quarantineStream, Scope: st.Scope}, in.journal.RunID, l)
	if err != nil {
		return nil, err
	}
	w.Quarantine(q)
	return w, nil
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
	if errors.Is(err, landing.ErrBusy) {
		return environmentError{fmt.Errorf("%w; wait for it to end, or give each process partitions or a shard of its own", err)}
	}
	return environmentError{err}
}
