// Package ingesttest holds what every ingest.Source has to pass, and a source
// held in memory for the tests of what reads sources.
//
// A connector calls Run from a test of its own:
//
//	ingesttest.Run(t, ingesttest.Fixture{
//		New: func(t testing.TB, baseURL string) ingest.Source { … },
//	})
//
// One that does not read over HTTP brings the system it reads, as a World.
package ingesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// Fixture is the source under test and the simulated systems it reads.
type Fixture struct {
	// New makes a source that reads all there is at the base URL. Its waits
	// between tries should be a few milliseconds, and its tries many.
	New func(t testing.TB, baseURL string) ingest.Source
	// Server says how the systems behave; faults and latency are the suite's.
	Server simulate.ServerOptions
	// World makes another system than the simulated ones, which takes the
	// place of New and Server. Cursors of one world are used in another of
	// the same options.
	World func(t testing.TB, h *simulate.History, o WorldOptions) World
	// History is the history to read: by default a small one that still has
	// pages that overflow and bulk edits.
	History simulate.Options
	// Snapshots names the streams whose records have no clock of their own,
	// such as a list of settings: they need no version, and their time is when
	// they were seen.
	Snapshots []string
	// IdleRequests is how many requests a stream may cost when nothing is new;
	// default 8.
	IdleRequests int
}

// patience is how long any one read of the small history may take.
const patience = 2 * time.Minute

// DefaultHistory is small and has long threads, long histories and more than
// a hundred issues with one updated_at.
var DefaultHistory = simulate.Options{Seed: 7, JiraTickets: 300, GitHubTickets: 380}

// Run runs the suite.
func Run(t *testing.T, f Fixture) {
	if f.History == (simulate.Options{}) {
		f.History = DefaultHistory
	}
	if f.IdleRequests == 0 {
		f.IdleRequests = 8
	}
	s := &suite{fixture: f, history: simulate.Generate(f.History)}
	s.want = sync.OnceValue(func() *walk { return s.newWorld(t, WorldOptions{}).readAll(t, nil) })
	t.Run("streams", s.streams)
	t.Run("records", s.records)
	t.Run("repeatable", s.repeatable)
	t.Run("concurrent", s.concurrent)
	t.Run("resume", s.resume)
	t.Run("stop early", s.stopEarly)
	t.Run("nothing new", s.nothingNew)
	t.Run("time travel", s.timeTravel)
	t.Run("faults", s.faults)
	t.Run("cursors", s.cursors)
	t.Run("cancel", s.cancel)
}

type suite struct {
	fixture Fixture
	history *simulate.History
	want    func() *walk // one whole read without trouble
}

// world is a running system, for one test.
type world struct{ World }

func (s *suite) newWorld(t testing.TB, o WorldOptions) *world {
	if s.fixture.World != nil {
		return &world{s.fixture.World(t, s.history, o)}
	}
	return &world{newHTTPWorld(t, s.fixture, s.history, o)}
}

// walk is what reading the streams has given.
type walk struct {
	state map[ingest.Stream]state
	pages map[ingest.Stream][]ingest.Page
	last  map[ingest.Stream]ingest.Cursor
}

// state is the latest version of each key.
type state map[string]ingest.Record

func (st state) add(rs []ingest.Record) {
	for _, r := range rs {
		if old, ok := st[r.Key]; !ok || r.Version >= old.Version {
			st[r.Key] = r
		}
	}
}

// present counts the keys that are not deleted.
func (st state) present() (n int64) {
	for _, r := range st {
		if !r.Deleted {
			n++
		}
	}
	return n
}

func readStream(ctx context.Context, src ingest.Source, st ingest.Stream, from ingest.Cursor) (pages []ingest.Page, err error) {
	for p, err := range src.Read(ctx, st, from) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// mustRead reads a stream to its end, which must be Complete.
func mustRead(t testing.TB, src ingest.Source, st ingest.Stream, from ingest.Cursor) []ingest.Page {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pages, err := readStream(ctx, src, st, from)
	if err != nil {
		t.Fatalf("%s: %v", st, err)
	}
	if len(pages) == 0 || !pages[len(pages)-1].Complete {
		t.Fatalf("%s: the read does not end with a Complete page (%d pages)", st, len(pages))
	}
	return pages
}

// readAll reads all streams from where an earlier walk ended (nil: from the
// beginning) into that walk's state.
func (w *world) readAll(t testing.TB, on *walk) *walk {
	t.Helper()
	if on == nil {
		on = &walk{state: map[ingest.Stream]state{}, last: map[ingest.Stream]ingest.Cursor{}}
	}
	on.pages = map[ingest.Stream][]ingest.Page{}
	src := w.Source(t)
	for _, st := range src.Streams() {
		if on.state[st] == nil {
			on.state[st] = state{}
		}
		pages := mustRead(t, src, st, stored(t, on.last[st]))
		for _, p := range pages {
			on.state[st].add(p.Records)
		}
		on.pages[st], on.last[st] = pages, pages[len(pages)-1].Next
	}
	return on
}

// stored takes a cursor through JSON, as landing does.
func stored(t testing.TB, c ingest.Cursor) ingest.Cursor {
	t.Helper()
	if c == nil {
		return nil
	}
	b, err := json.Marshal(struct{ C ingest.Cursor }{c})
	if err != nil {
		t.Fatalf("cursor %s: %v", c, err)
	}
	var back struct{ C ingest.Cursor }
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back.C
}

// sameState compares what two ways of reading have come to.
func (s *suite) sameState(t testing.TB, what string, st ingest.Stream, got, want state) {
	t.Helper()
	snapshot := slices.Contains(s.fixture.Snapshots, st.Name)
	bad := 0
	report := func(format string, args ...any) {
		t.Helper()
		if bad++; bad <= 3 {
			t.Errorf("%s: %s: %s", what, st, fmt.Sprintf(format, args...))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		w := want[k]
		switch {
		case !ok:
			report("record %s is missing", k)
		case g.Version != w.Version || g.Deleted != w.Deleted:
			report("record %s has version %s (deleted %t), want %s (%t)", k, g.Version, g.Deleted, w.Version, w.Deleted)
		case g.Schema != w.Schema || !snapshot && !g.ObservedAt.Equal(w.ObservedAt):
			report("record %s has schema %s of %s, want %s of %s", k, g.Schema, g.ObservedAt, w.Schema, w.ObservedAt)
		case string(g.Payload) != string(w.Payload):
			report("record %s, version %s: payload differs: %s", k, w.Version, difference(g.Payload, w.Payload))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			report("record %s is too many", k)
		}
	}
	if bad > 3 {
		t.Errorf("%s: %s: … and %d more", what, st, bad-3)
	}
}

// difference shows two payloads around the first byte that differs.
func difference(got, want []byte) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	cut := func(b []byte) string { return string(b[max(0, min(len(b), i)-60):min(len(b), i+60)]) }
	return fmt.Sprintf("…%s… want …%s…", cut(got), cut(want))
}

func (s *suite) streams(t *testing.T) {
	src := s.newWorld(t, WorldOptions{}).Source(t)
	list := src.Streams()
	if len(list) == 0 {
		t.Fatal("there are no streams")
	}
	if !slices.Equal(list, src.Streams()) {
		t.Error("the streams are not in a stable order")
	}
	seen := map[ingest.Stream]bool{}
	for _, st := range list {
		if st.Name == "" || strings.Contains(st.Name, "@") || seen[st] {
			t.Errorf("stream %q is empty, ambiguous or twice in the list", st)
		}
		if back := ingest.ParseStream(st.String()); back != st {
			t.Errorf("stream %q comes back as %q", st, back)
		}
		seen[st] = true
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := readStream(ctx, src, ingest.Stream{Name: "no-such-stream"}, nil); err == nil {
		t.Error("an unknown stream is not an error")
	}
}

// records checks every record of a whole read by itself.
func (s *suite) records(t *testing.T) {
	want := s.want()
	total := 0
	for st, pages := range want.pages {
		for i, p := range pages {
			if p.Complete && i < len(pages)-1 && len(pages[i+1].Records) == 0 {
				t.Errorf("%s: page %d is Complete and an empty one follows", st, i)
			}
			if err := versioned(p.Next); err != nil {
				t.Fatalf("%s: page %d: %v", st, i, err)
			}
			for _, r := range p.Records {
				total++
				if err := sound(r, slices.Contains(s.fixture.Snapshots, st.Name)); err != nil {
					t.Fatalf("%s: record %q: %v", st, r.Key, err)
				}
			}
			for _, g := range p.Gaps {
				t.Errorf("%s: the read admits a gap: %+v", st, g)
			}
		}
		var said *int64
		for _, p := range pages {
			if p.SourceCount != nil {
				said = p.SourceCount
			}
		}
		if said != nil && *said != want.state[st].present() {
			t.Errorf("%s: the source counts %d records, %d keys were read", st, *said, want.state[st].present())
		}
	}
	if total == 0 {
		t.Error("no records at all")
	}
	s.truth(t, want)
}

// truth checks that every ticket of the history this source covers was read.
func (s *suite) truth(t *testing.T, want *walk) {
	byProject := map[string][]string{}
	for _, tt := range s.history.Truth(time.Time{}) {
		byProject[tt.Project] = append(byProject[tt.Project], tt.ID)
	}
	for st, got := range want.state {
		ids := byProject[st.Scope]
		if st.Name != "issues" || ids == nil {
			continue
		}
		if len(got) != len(ids) {
			t.Errorf("%s: %d tickets read, there are %d", st, len(got), len(ids))
		}
		for _, id := range ids {
			if _, ok := got[id]; !ok {
				t.Errorf("%s: ticket %s was not read under its native id", st, id)
				break
			}
		}
	}
}

func versioned(c ingest.Cursor) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c, &fields); err != nil {
		return fmt.Errorf("the cursor is not a JSON object: %s", c)
	}
	if _, ok := versionField(fields); !ok {
		return fmt.Errorf("the cursor has no version: %s", c)
	}
	return nil
}

func versionField(fields map[string]json.RawMessage) (string, bool) {
	for _, name := range []string{"v", "version"} {
		if _, ok := fields[name]; ok {
			return name, true
		}
	}
	return "", false
}

// sound checks what every record needs.
func sound(r ingest.Record, snapshot bool) error {
	name, number, ok := strings.Cut(r.Schema, "/")
	switch {
	case r.Key == "":
		return errors.New("it has no key")
	case r.Version == "" && !snapshot:
		return errors.New("it has no version")
	case r.ObservedAt.IsZero():
		return errors.New("it has no time")
	case !ok || name == "" || number == "":
		return fmt.Errorf("its schema is %q", r.Schema)
	case r.Schema == ingest.QuarantineSchema:
		return fmt.Errorf("it is in quarantine: %.200s", r.Payload)
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(r.Payload, &o); err != nil || o == nil {
		return fmt.Errorf("its payload is not a JSON object: %.200s", r.Payload)
	}
	return nil
}

func (s *suite) repeatable(t *testing.T) {
	again := s.newWorld(t, WorldOptions{}).readAll(t, nil)
	for st, want := range s.want().state {
		s.sameState(t, "second read", st, again.state[st], want)
	}
}

func (s *suite) concurrent(t *testing.T) {
	src := s.newWorld(t, WorldOptions{}).Source(t)
	want := s.want()
	var wg sync.WaitGroup
	for _, st := range src.Streams() {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			pages, err := readStream(ctx, src, st, nil)
			if err != nil {
				t.Errorf("%s: %v", st, err)
				return
			}
			got := state{}
			for _, p := range pages {
				got.add(p.Records)
			}
			s.sameState(t, "all streams at once", st, got, want.state[st])
		})
	}
	wg.Wait()
}

// resume reads on from cursors in the middle, as after a crash.
func (s *suite) resume(t *testing.T) {
	const samples = 4
	w := s.newWorld(t, WorldOptions{})
	want := s.want()
	for st, pages := range want.pages {
		step := max(1, len(pages)/samples)
		for cut := 0; cut < len(pages)-1; cut += step {
			got := state{}
			for _, p := range pages[:cut+1] {
				got.add(p.Records)
			}
			for _, p := range mustRead(t, w.Source(t), st, stored(t, pages[cut].Next)) {
				got.add(p.Records)
			}
			s.sameState(t, fmt.Sprintf("resumed after page %d of %d", cut+1, len(pages)), st, got, want.state[st])
		}
	}
}

func (s *suite) stopEarly(t *testing.T) {
	src := s.newWorld(t, WorldOptions{}).Source(t)
	for _, st := range src.Streams() {
		for _, err := range src.Read(t.Context(), st, nil) {
			if err != nil {
				t.Errorf("%s: %v", st, err)
			}
			break
		}
	}
}

func (s *suite) nothingNew(t *testing.T) {
	w := s.newWorld(t, WorldOptions{})
	got := w.readAll(t, nil)
	first := w.Requests()
	src := w.Source(t)
	for _, st := range src.Streams() {
		before := w.Requests()
		n := 0
		for _, p := range mustRead(t, src, st, stored(t, got.last[st])) {
			n += len(p.Records)
			got.state[st].add(p.Records)
		}
		s.sameState(t, "a read with nothing new", st, got.state[st], s.want().state[st])
		if most := 3 + len(got.state[st])/20; n > most {
			t.Errorf("%s: a read with nothing new gives %d records of %d", st, n, len(got.state[st]))
		}
		if r := w.Requests() - before; r > s.fixture.IdleRequests {
			t.Errorf("%s: a read with nothing new costs %d requests (all streams from the beginning: %d)", st, r, first)
		}
	}
}

// timeTravel reads in steps while the history goes on, and must arrive where
// one read at the end does.
func (s *suite) timeTravel(t *testing.T) {
	want := s.want()
	from, until := s.history.Truth(time.Time{})[0].CreatedAt, s.history.Until()
	moments := []time.Time{until.Add(-time.Hour), {}}
	for i := 5; i >= 1; i-- {
		moments = append([]time.Time{from.Add(until.Sub(from) * time.Duration(i) / 6)}, moments...)
	}
	w := s.newWorld(t, WorldOptions{Until: moments[0]})
	var got *walk
	for _, at := range moments {
		w.SetUntil(t, at)
		got = w.readAll(t, got)
		s.counted(t, at, got)
	}
	for st, st0 := range want.state {
		s.sameState(t, "read in steps", st, got.state[st], st0)
	}
}

// counted checks that as many tickets are known as there were at that moment.
func (s *suite) counted(t *testing.T, at time.Time, got *walk) {
	n := map[string]int{}
	for _, tt := range s.history.Truth(at) {
		n[tt.Project]++
	}
	for st, known := range got.state {
		if want, ok := n[st.Scope]; ok && st.Name == "issues" && len(known) != want {
			t.Errorf("%s at %s: %d tickets known, there are %d", st, at, len(known), want)
		}
	}
}

// faults reads while one request in five fails, until enough has failed.
func (s *suite) faults(t *testing.T) {
	const enough, most = 25, 30
	met := 0
	for seed := uint64(1); met < enough; seed++ {
		if seed > most {
			t.Fatalf("only %d faults in %d reads", met, most)
		}
		w := s.newWorld(t, WorldOptions{FaultShare: 0.2, FaultSeed: seed})
		got := w.readAll(t, nil)
		for st, want := range s.want().state {
			s.sameState(t, "one request in five fails", st, got.state[st], want)
		}
		met += w.Faults()
	}
}

// cursors checks that what is not understood is refused, not restarted.
func (s *suite) cursors(t *testing.T) {
	src := s.newWorld(t, WorldOptions{}).Source(t)
	for st, c := range s.want().last {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(c, &fields); err != nil {
			t.Fatal(err)
		}
		name, _ := versionField(fields)
		fields[name] = json.RawMessage("9999")
		newer, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		for what, bad := range map[string]string{"of an unknown version": string(newer), "without a version": "{}", "that is no object": `["v"]`, "that is no JSON": "}"} {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			if pages, err := readStream(ctx, src, st, ingest.Cursor(bad)); err == nil {
				t.Errorf("%s: a cursor %s gives %d pages and no error", st, what, len(pages))
			}
			cancel()
		}
	}
}

// cancel checks that a cancelled read ends at once, whether the source is
// waiting for an answer or between two pages.
func (s *suite) cancel(t *testing.T) {
	quick := func(t *testing.T, st ingest.Stream, ctx context.Context, src ingest.Source, onPage func()) {
		t.Helper()
		done := make(chan error, 1)
		go func() {
			var err error
			for _, e := range src.Read(ctx, st, nil) {
				if err = e; e == nil {
					onPage()
				}
			}
			done <- err
		}()
		select {
		case <-ctx.Done():
		case err := <-done: // all was read before the cancellation
			if err != nil && ctx.Err() == nil {
				t.Errorf("%s: %v", st, err)
			}
			return
		}
		select {
		case err := <-done:
			if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: the cancellation is reported as: %v", st, err)
			}
		case <-time.After(time.Second):
			t.Errorf("%s: a second after its cancellation the read still goes on", st)
		}
	}
	t.Run("waiting", func(t *testing.T) {
		w := s.newWorld(t, WorldOptions{Latency: time.Minute})
		src := w.Source(t)
		for _, st := range src.Streams() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			quick(t, st, ctx, src, func() { t.Errorf("%s: a page before any answer", st) })
			cancel()
		}
	})
	t.Run("backing off", func(t *testing.T) {
		w := s.newWorld(t, WorldOptions{FaultShare: 1, RetryAfter: 30})
		src := w.Source(t)
		for _, st := range src.Streams() {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			quick(t, st, ctx, src, func() { t.Errorf("%s: a page from failures only", st) })
			cancel()
		}
	})
	t.Run("between pages", func(t *testing.T) {
		src := s.newWorld(t, WorldOptions{}).Source(t)
		for _, st := range src.Streams() {
			ctx, cancel := context.WithCancel(context.Background())
			quick(t, st, ctx, src, cancel)
			cancel()
		}
	})
}
