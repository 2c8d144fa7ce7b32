package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// fetched is what a batch of ids became.
type fetched struct {
	records []ingest.Record
	gaps    []ingest.Gap
	landed  []version // of the records that have one
	created int64     // the latest creation among them
}

// version is a landed issue's `updated`.
type version struct {
	id      string
	updated int64
	// settled is false when the issue might have changed once more within the
	// tick of the source's clock that its version shows.
	settled bool
}

// fetchBatch reads issues whole, in the order of ids.
//
// Comments and histories are asked for after the issue itself, never beside
// it: then they hold at least what the issue's version promises, and what came
// later moves the version and is read again.
//
// alive tells whether the site answers a question about something else.
func fetchBatch(ctx context.Context, d dialect, a *api, ids []string, alive func(context.Context) error) (*fetched, error) {
	f := &fetched{}
	if len(ids) == 0 {
		return f, nil
	}
	issues, at, err := f.read(ctx, d, ids, alive)
	if err != nil {
		return nil, err
	}
	if len(issues) > 0 { // an empty bulk request is refused
		t := &tally{}
		if err := d.histories(ctx, issues, t); err != nil {
			return nil, err
		}
		if err := t.outage(ctx, len(issues), alive); err != nil {
			return nil, err
		}
	}
	t := &tally{}
	if err := each(ctx, issues, func(ctx context.Context, is *issue) error {
		return completeComments(ctx, d, a, is, t)
	}); err != nil {
		return nil, err
	}
	if err := t.outage(ctx, len(issues), alive); err != nil {
		return nil, err
	}
	for _, is := range issues {
		f.add(is, at)
	}
	// To a stranger all issues are gone.
	if slices.ContainsFunc(f.gaps, func(g ingest.Gap) bool {
		return g.Reason == "issue_gone" || g.Reason == "comments_unreadable" || g.Reason == "changelog_unreadable"
	}) {
		if err := a.verify(ctx, d.version()); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// read gives the issues in the order of ids; those that are gone or cannot be
// read become gaps or quarantined records.
func (f *fetched) read(ctx context.Context, d dialect, ids []string, alive func(context.Context) error) ([]*issue, time.Time, error) {
	s := &searcher{d: d}
	err := s.search(ctx, ids)
	at := s.at
	if err != nil {
		return nil, at, err
	}
	byID := make(map[string]*issue, len(s.raws))
	for _, raw := range s.raws {
		if is, err := decodeIssue(raw); err == nil {
			byID[is.id] = is
		}
	}
	var missing []string
	for _, id := range ids {
		if byID[id] == nil {
			missing = append(missing, id)
		}
	}
	t := &tally{ok: len(byID)}
	var mu sync.Mutex
	bad := map[string]ingest.Record{}
	lost := map[string]ingest.Gap{}
	one := func(ctx context.Context, id string) error {
		r, err := d.issue(ctx, id)
		reason := "issue_unreadable"
		if httpx.IsStatus(err, 404, 410) {
			reason = "issue_gone"
		}
		gone, err := t.lost(ctx, err, 403, 404, 410)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case gone:
			lost[id] = ingest.Gap{Key: id, Reason: reason, Count: 1}
		case err != nil:
			return fmt.Errorf("issue %s: %w", id, err)
		default:
			if is, derr := decodeIssue(r.T); derr == nil && is.id == id {
				byID[id] = is
			} else {
				bad[id] = quarantined("", r.T)
			}
		}
		return nil
	}
	width := max(1, len(missing))
	if s.stuck && !s.alive { // it looks like an outage: a few will tell
		width = enoughStuck
	}
	for part := range slices.Chunk(missing, width) {
		if err = each(ctx, part, one); err != nil {
			break
		}
	}
	if err == nil {
		err = t.outage(ctx, len(ids), alive)
	}
	if err != nil {
		return nil, at, err
	}
	var out []*issue
	for _, id := range ids {
		if is, ok := byID[id]; ok {
			out = append(out, is)
		} else if g, ok := lost[id]; ok {
			f.gaps = append(f.gaps, g)
		} else {
			f.records = append(f.records, bad[id])
		}
	}
	return out, at, nil
}

// batchAttempts is how often a question about many issues is asked before it is
// put for fewer: one issue that the site cannot show fails all those beside it.
const batchAttempts = 4

// searcher gathers the issues of a batch.
type searcher struct {
	d     dialect
	raws  []json.RawMessage
	at    time.Time // of the earliest answer
	alive bool      // the site has answered a search
	stuck bool      // it has failed even for a single issue
}

// search looks for the ids, and for halves of them when the site refuses or
// does not manage the whole: one id that no longer exists can make it refuse
// the query, one broken issue can make it fail, and a hundred large ones can be
// too much for it. Ids that end up alone are left out: they are asked for by
// themselves next.
func (s *searcher) search(ctx context.Context, ids []string) error {
	attempts := batchAttempts
	if s.stuck && !s.alive {
		attempts = 1 // it looks like an outage
	}
	r, err := s.d.search(httpx.WithAttempts(ctx, attempts), ids)
	switch {
	case err == nil:
		s.alive = true
		s.raws = append(s.raws, r.T...)
		if s.at.IsZero() || r.At.Before(s.at) {
			s.at = r.At
		}
		return nil
	case httpx.IsStatus(err, 400, 413, 414):
		s.alive = true
	case !stuck(ctx, err):
		return err
	case len(ids) == 1:
		s.stuck = true
	}
	if len(ids) == 1 || s.stuck && !s.alive {
		return nil
	}
	half := len(ids) / 2
	if err := s.search(ctx, ids[:half]); err != nil {
		return err
	}
	return s.search(ctx, ids[half:])
}

func stuck(ctx context.Context, err error) bool { return ctx.Err() == nil && httpx.Stuck(err) }

// tally tells what the site cannot show from an outage, for questions of one
// kind about the issues of a batch: in an outage all of them fail.
type tally struct {
	mu     sync.Mutex
	ok     int // questions answered, be it by a refusal
	stuck  int
	reason error
}

// enoughStuck is after how many failures without any answer the rest of a
// batch need not be tried: each takes all the tries of a request.
const enoughStuck = 8

// lost takes down how a question ended and tells whether to do without the
// answer: refused with one of the statuses, or not managed by the site. The
// error is what to fail with.
func (t *tally) lost(ctx context.Context, err error, refusals ...int) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.ok++
		return false, nil
	case httpx.IsStatus(err, refusals...):
		t.ok++
		return true, nil
	case !stuck(ctx, err):
		return false, err
	}
	t.stuck++
	t.reason = err
	if t.ok == 0 && t.stuck >= enoughStuck {
		return false, err
	}
	return true, nil
}

// outage is the error that questions met if it was not for what they asked: if
// all the issues met it, or if the site no longer answers anything.
func (t *tally) outage(ctx context.Context, issues int, alive func(context.Context) error) error {
	if t.stuck == 0 {
		return nil
	}
	all := t.ok == 0 && t.stuck == issues && issues > 1
	if all || alive(ctx) != nil {
		return t.reason
	}
	return nil
}

// add turns an issue into a record.
func (f *fetched) add(is *issue, at time.Time) {
	f.gaps = append(f.gaps, is.gaps...)
	f.created = max(f.created, is.created)
	payload, err := assemble(is.raw, is.comments, is.histories)
	if err != nil || is.updated == 0 {
		f.records = append(f.records, quarantined(is.id, is.raw))
		return
	}
	f.records = append(f.records, ingest.Record{
		Key: is.id, Version: versionOf(is.updated), ObservedAt: time.UnixMilli(is.updated).UTC(),
		Schema: "jira.issue/1", Payload: payload,
	})
	// Some databases keep whole seconds: an edit in the second in which the
	// issue was read would not move its version.
	settled := is.updated%1000 != 0 || at.IsZero() || at.UnixMilli()-is.updated >= 2000
	f.landed = append(f.landed, version{is.id, is.updated, settled})
}

// quarantined stands for something that cannot be read. Its content stays out
// of landing; without an id the hash of its content is its name.
func quarantined(id string, raw []byte) ingest.Record {
	if id == "" {
		sum := sha256.Sum256(raw)
		id = "unreadable:" + hex.EncodeToString(sum[:8])
	}
	return ingest.Record{Key: id, Schema: ingest.QuarantineSchema, Payload: json.RawMessage(`{"_quarantined":"unreadable_payload"}`)}
}

// completeComments reads all comments of an issue whose own list is cut.
func completeComments(ctx context.Context, d dialect, a *api, is *issue, t *tally) error {
	if is.commentTotal >= 0 && len(is.comments) >= is.commentTotal {
		return nil
	}
	all, total := is.comments, max(0, is.commentTotal)
	// A comment deleted while the pages are read shifts those after it; then
	// the second reading finds what the first one missed.
	for range 2 {
		start := 0
		for {
			r, err := get[pageOf](ctx, a, "rest/api/"+d.version()+"/issue/"+url.PathEscape(is.id)+"/comment",
				url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(commentPage)}, "orderBy": {"created"}})
			lost, err := t.lost(ctx, err, 403, 404)
			if lost {
				is.comments = all
				is.gap("comments_unreadable", int64(max(1, total-len(distinct(all)))))
				return nil
			}
			if err != nil {
				return fmt.Errorf("comments of issue %s: %w", is.id, err)
			}
			page := r.T.items()
			all, total = append(all, page...), r.T.Total
			if start += len(page); len(page) == 0 || start >= total {
				break
			}
		}
		all = distinct(all)
		if len(all) >= total {
			break
		}
	}
	is.comments = all
	if missing := total - len(all); missing > 0 {
		is.gap("comments_truncated_by_source", int64(missing))
	}
	return nil
}

func idIn(ids []string) string { return "id in (" + strings.Join(ids, ",") + ")" }

// each runs fn on all items at once, as far as the HTTP client's own bound
// lets requests through, and gives the first error.
func each[T any](ctx context.Context, items []T, fn func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, it := range items {
		wg.Go(func() {
			if err := fn(ctx, it); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
