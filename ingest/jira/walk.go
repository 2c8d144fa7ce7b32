package jira

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// errStopped says that the reader of the pages has had enough.
var errStopped = errors.New("stopped by the reader")

const (
	batchSize = 100
	// prefetch is how many batches are fetched ahead of the one being landed.
	prefetch = 8
	// maxRounds bounds how often a listing that ended early is taken up again;
	// every round has to bring something new, so this is a last resort.
	maxRounds = 1000
)

// readIssues walks the issues of a scope. A walk left unfinished by an earlier
// run is finished first and followed by a new one, since it ends where the
// source stood when it began.
func (s *Source) readIssues(ctx context.Context, sc scope, from ingest.Cursor, yield func(ingest.Page, error) bool) error {
	pos, err := decodePosition(from)
	if err != nil {
		return err
	}
	d, err := s.dialect(ctx)
	if err != nil {
		return err
	}
	if pos.Walk != nil {
		if pos, err = s.walk(ctx, d, sc, pos, yield); err != nil {
			return err
		}
	}
	_, err = s.walk(ctx, d, sc, pos, yield)
	return err
}

// walker is one walk under way.
//
// It lists what was updated since the last mark in order of creation, which no
// edit changes, so that nothing slips past while issues are edited. Edits made
// after its start are at or past its own mark, and the next walk finds them.
type walker struct {
	s      *Source
	d      dialect
	sc     scope
	log    *slog.Logger
	pos    position
	walk   *walking
	recent int64 // from when on an issue belongs into walk.Recent
	seen   map[string]bool
	yield  func(ingest.Page, error) bool
}

func (s *Source) walk(ctx context.Context, d dialect, sc scope, pos position, yield func(ingest.Page, error) bool) (position, error) {
	w := &walker{s: s, d: d, sc: sc, log: s.opt.Log, pos: pos, yield: yield, seen: map[string]bool{}}
	empty := false
	if pos.Walk != nil {
		own := *pos.Walk
		own.Recent = maps.Clone(own.Recent)
		w.walk = &own
	} else {
		mark, err := w.mark(ctx)
		if err != nil {
			return pos, err
		}
		empty = mark == 0
		w.walk = &walking{Since: pos.Since, Mark: max(pos.Since, mark)}
	}
	if w.walk.Recent == nil {
		w.walk.Recent = map[string]int64{}
	}
	w.recent = w.lower(w.walk.Mark)
	if empty { // nothing there, or nothing that the account may see
		maps.Copy(w.walk.Recent, pos.Recent)
	}

	var before *int64
	if !empty {
		var err error
		if before, err = w.rounds(ctx); err != nil {
			return pos, err
		}
	}
	if empty && pos.Since > 0 || !empty && len(w.seen) == 0 { // there were some
		if err := s.api.verify(ctx, d.version()); err != nil {
			return pos, err
		}
	}
	after, err := d.count(ctx, w.counted(empty))
	if err != nil {
		return pos, err
	}
	done := position{V: cursorVersion, Since: w.walk.Mark, Recent: trim(w.walk.Recent)}
	if !yield(ingest.Page{Next: done.encode(), SourceCount: least(before, after), Complete: true}, nil) {
		return pos, errStopped
	}
	return done, nil
}

// counted is what the stream's count is taken of: what was created so long
// before the mark that the listing shows it. Later ones may be listed or not.
func (w *walker) counted(empty bool) query {
	q := query{base: w.sc.jql}
	if !empty {
		q.before = w.recent
	}
	return q
}

// least is the smaller count: issues deleted while the walk went on are not
// missing from it.
func least(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// mark is the source's present: the newest `updated`, but not later than its
// clock. An imported issue can be dated in the future, and a mark there would
// hide every edit until then.
func (w *walker) mark(ctx context.Context) (int64, error) {
	newest, at, err := w.d.newest(ctx, w.sc.jql)
	if err != nil || newest.IsZero() {
		return 0, err
	}
	if !at.IsZero() && newest.After(at) {
		newest = at
	}
	return newest.UnixMilli(), nil
}

// lower is where the listing of a walk since ms begins.
func (w *walker) lower(ms int64) int64 {
	return max(0, minute(ms)-w.d.overlap().Milliseconds())
}

// query is what is left to list.
func (w *walker) query() query {
	q := query{base: w.sc.jql, created: w.walk.Created}
	if w.walk.Since > 0 {
		q.updated = w.lower(w.walk.Since)
	}
	return q
}

// rounds lists until the site has shown as many issues as it counts: a long
// listing has been seen to end early without an error. It gives the number of
// issues at the walk's start where it fetched any.
func (w *walker) rounds(ctx context.Context) (before *int64, err error) {
	asked := false
	start := func() error { // only a walk that fetches something pays for it
		if asked {
			return nil
		}
		asked = true
		before, err = w.d.count(ctx, w.counted(false))
		return err
	}
	whole := w.query()
	for range maxRounds {
		had := len(w.seen)
		pages, err := w.round(ctx, start)
		if err != nil {
			return nil, err
		}
		if whole.updated > 0 && pages <= 1 {
			return before, nil
		}
		want, err := w.d.count(ctx, whole)
		if err != nil {
			return nil, err
		}
		if want != nil && *want == 0 && len(w.seen) > 0 { // as if the site had forgotten the account
			if err := w.s.api.verify(ctx, w.d.version()); err != nil {
				return nil, err
			}
		}
		if want == nil || int64(len(w.seen)) >= *want || len(w.seen) == had {
			return before, nil
		}
		w.log.Info("listing_ended_early", "stream", w.sc.stream.String(), "listed", len(w.seen), "counted", *want)
	}
	return before, nil
}

// batch is a stretch of the listing on its way.
type batch struct {
	ids     []string
	bad     []ingest.Record
	skipped []ref // unchanged since they were landed
	created int64 // of the last issue, 0 if not listed
	done    chan struct{}
	out     *fetched
	err     error
}

// round lists once and lands what it finds, batch by batch in the order of the
// listing though batches are fetched in parallel.
func (w *walker) round(ctx context.Context, start func() error) (int, error) {
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait() // after cancel: nothing outlives the round
	defer cancel()

	q, seen := w.query(), maps.Clone(w.seen) // a copy: w.seen grows while batches land
	queue := make(chan *batch, prefetch)
	var pages int // this and listErr are written before the queue is closed
	var listErr error
	wg.Go(func() {
		defer close(queue)
		pages, listErr = w.list(ctx, q, seen, func(b *batch) bool {
			select {
			case queue <- b: // a full queue holds the listing up
			case <-ctx.Done():
				return false
			}
			wg.Go(func() {
				defer close(b.done)
				b.out, b.err = fetchBatch(ctx, w.d, w.s.api, b.ids, w.alive)
			})
			return true
		})
	})
	for b := range queue {
		if len(b.ids) > 0 {
			if err := start(); err != nil {
				return 0, err
			}
		}
		select {
		case <-b.done:
		case <-ctx.Done():
			return 0, context.Cause(outer)
		}
		if b.err != nil {
			return 0, b.err
		}
		if err := w.land(b); err != nil {
			return 0, err
		}
	}
	if outer.Err() != nil {
		return 0, context.Cause(outer)
	}
	return pages, listErr
}

// list turns the listing into batches, without what has been seen.
func (w *walker) list(ctx context.Context, q query, seen map[string]bool, emit func(*batch) bool) (pages int, err error) {
	known := w.pos.Recent
	oldest := w.lower(w.walk.Since)
	thin := w.walk.Since == 0
	fresh := func() *batch { return &batch{done: make(chan struct{})} }
	b := fresh()
	stopped := false
	err = w.d.list(ctx, q, thin, func(refs []ref) bool {
		pages++
		for _, r := range refs {
			switch {
			case r.id == "":
				b.bad = append(b.bad, quarantined("", r.raw))
				continue
			case seen[r.id]:
				continue
			case !thin && r.updated > 0 && (known[r.id] == r.updated || r.updated < oldest):
				// Landed already: as it is, or by a walk before the last, for
				// a date written as text may reach further back than asked.
				b.skipped = append(b.skipped, r)
			default:
				b.ids = append(b.ids, r.id)
			}
			seen[r.id] = true
			b.created = max(b.created, r.created)
			if len(b.ids) == batchSize {
				if !emit(b) {
					stopped = true
					return false
				}
				b = fresh()
			}
		}
		return true
	})
	if !stopped {
		emit(b) // what was listed before an error is good
	}
	return pages, err
}

// alive tells whether the site answers at all.
func (w *walker) alive(ctx context.Context) error {
	_, _, err := w.d.newest(httpx.WithAttempts(ctx, batchAttempts), w.sc.jql)
	return err
}

// land yields a batch and moves the checkpoint behind it.
func (w *walker) land(b *batch) error {
	for _, r := range b.skipped {
		w.seen[r.id] = true
		w.remember(r.id, r.updated)
	}
	for _, id := range b.ids {
		w.seen[id] = true
	}
	for _, v := range b.out.landed {
		if v.settled {
			w.remember(v.id, v.updated)
		}
	}
	w.walk.Created = max(w.walk.Created, b.created, b.out.created)
	p := ingest.Page{Records: append(b.bad, b.out.records...), Gaps: b.out.gaps}
	if len(p.Records)+len(p.Gaps) == 0 {
		return nil // the checkpoint can wait for the next page
	}
	trim(w.walk.Recent)
	at := w.pos
	at.Walk = w.walk
	p.Next = at.encode()
	if !w.yield(p, nil) {
		return errStopped
	}
	return nil
}

func (w *walker) remember(id string, updated int64) {
	if updated >= w.recent {
		w.walk.Recent[id] = updated
	}
}
