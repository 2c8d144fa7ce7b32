package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// journal is what one run writes down about itself under state/runs; the
// build shows all of them as ops.run and ops.source_freshness.
type journal struct {
	RunID      string          `json:"run_id"`
	Verb       string          `json:"verb"`
	StartedAt  time.Time       `json:"started_at"`
	EndedAt    time.Time       `json:"ended_at"`
	Outcome    string          `json:"outcome"` // done, stale or failed
	ExitStatus int             `json:"exit_status"`
	Message    string          `json:"message,omitempty"`
	Streams    []streamOutcome `json:"streams,omitempty"`
	Generation string          `json:"generation,omitempty"`
}

// How a stream fared in a run.
const (
	outcomeDone     = "done"
	outcomeFailed   = "failed"
	outcomeFollowed = "followed" // another process reads it all the time
)

// streamOutcome is how one stream fared in a run.
type streamOutcome struct {
	Source  string    `json:"source"`
	Stream  string    `json:"stream"`
	Outcome string    `json:"outcome"`
	Message string    `json:"message,omitempty"`
	Records int64     `json:"records"`
	Bytes   int64     `json:"bytes"`
	EndedAt time.Time `json:"ended_at"`
}

// newRunID makes an id that sorts by time.
func newRunID(now time.Time) string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return now.UTC().Format("20060102T150405.000Z") + "-" + hex.EncodeToString(b[:])
}

// journaled does the work of a verb that writes: with the configuration, under
// the lock on the home folder, and with a journal of how it ended.
func (a *app) journaled(ctx context.Context, verb string, work func(*Config, *journal) error) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	unlock, err := c.lockHome(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	j := a.startJournal(verb)
	return j.finish(a, c.journalDir(), work(c, j))
}

// journaledIngest is journaled for ingest. Processes that share a topic, and
// followers, work side by side in one home: each holds the locks of its
// streams, and the home's lock is left to those who build.
func (a *app) journaledIngest(ctx context.Context, p pull, work func(*Config, *journal) error) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	chosen, err := c.chooseFor(p)
	if err != nil {
		return err
	}
	if !p.follow && !slices.ContainsFunc(chosen, (*SourceConfig).isShare) {
		unlock, err := c.lockHome(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	j := a.startJournal("ingest")
	return j.finish(a, c.journalDir(), work(c, j))
}

// isShare tells whether the source is read by several processes, each a part.
func (s *SourceConfig) isShare() bool { return s.Kafka.Shard != "" || s.Kafka.Partitions != "" }

func (a *app) startJournal(verb string) *journal {
	now := a.now()
	return &journal{RunID: newRunID(now), Verb: verb, StartedAt: now.UTC()}
}

// finish writes the journal. It never hides the run's own error.
func (j *journal) finish(a *app, dir string, err error) error {
	j.EndedAt, j.ExitStatus = a.now().UTC(), exitStatus(err)
	switch j.ExitStatus {
	case exitDone:
		j.Outcome = "done"
	case exitStale:
		j.Outcome = "stale"
	default:
		j.Outcome = "failed"
	}
	if err != nil {
		j.Message = err.Error()
	}
	return errors.Join(err, j.write(dir), sweepJournals(dir, a.now()))
}

func (j *journal) write(dir string) error {
	b, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	return writeDurably(filepath.Join(dir, j.RunID+".json"), append(b, '\n'))
}

// writeDurably writes a file whole or not at all, even if the machine crashes:
// half a file under state/ would stop every later run.
func writeDurably(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// A name of its own: processes that share a home may write at once.
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// sweepJournals removes what killed runs were writing. A process that works
// beside us may be writing its own.
func sweepJournals(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		st, gone := e.Info()
		if strings.HasSuffix(e.Name(), ".tmp") && gone == nil && now.Sub(st.ModTime()) > time.Hour {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// readJournals reads all journals in the order of their runs. An unreadable
// one is an error that names it: it is only history, so it may be deleted.
func readJournals(dir string) ([]*journal, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []*journal
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		j := &journal{}
		if err := json.Unmarshal(b, j); err != nil {
			return nil, fmt.Errorf("journal %s is not readable (%w); it is only history and may be deleted", p, err)
		}
		all = append(all, j)
	}
	return all, nil
}
