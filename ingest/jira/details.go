package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
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
func fetchBatch(ctx context.Context, d dialect, a *api, ids []string) (*fetched, error) {
	f := &fetched{}
	if len(ids) == 0 {
		return f, nil
	}
	issues, at, err := f.read(ctx, d, ids)
	if err != nil {
		return nil, err
	}
	if len(issues) > 0 { // an empty bulk request is refused
		if err := d.histories(ctx, issues); err != nil {
			return nil, err
		}
	}
	if err := each(ctx, issues, func(ctx context.Context, is *issue) error {
		return completeComments(ctx, d, a, is)
	}); err != nil {
		return nil, err
	}
	for _, is := range issues {
		f.add(is, at)
	}
	return f, nil
}

// read gives the issues in the order of ids; those that are gone or cannot be
// read become gaps or quarantined records.
func (f *fetched) read(ctx context.Context, d dialect, ids []string) ([]*issue, time.Time, error) {
	raws, at, err := searchSplitting(ctx, d, ids)
	if err != nil {
		return nil, at, err
	}
	byID := make(map[string]*issue, len(raws))
	for _, raw := range raws {
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
	var mu sync.Mutex
	bad := map[string]ingest.Record{}
	lost := map[string]ingest.Gap{}
	err = each(ctx, missing, func(ctx context.Context, id string) error {
		r, err := d.issue(ctx, id)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case httpx.IsStatus(err, 404, 410):
			lost[id] = ingest.Gap{Key: id, Reason: "issue_gone", Count: 1}
		case httpx.IsStatus(err, 403):
			lost[id] = ingest.Gap{Key: id, Reason: "issue_unreadable", Count: 1}
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
	})
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

// searchSplitting searches for the ids, and for halves of them when the site
// refuses the whole: one id that no longer exists can make it refuse the
// query, and a hundred large issues can be too much for it.
func searchSplitting(ctx context.Context, d dialect, ids []string) ([]json.RawMessage, time.Time, error) {
	r, err := d.search(ctx, ids)
	if !httpx.IsStatus(err, 400, 413, 414, 504) {
		return r.T, r.At, err
	}
	if len(ids) == 1 {
		return nil, r.At, nil // asked for by itself next
	}
	half := len(ids) / 2
	first, at, err := searchSplitting(ctx, d, ids[:half])
	if err != nil {
		return nil, at, err
	}
	rest, at2, err := searchSplitting(ctx, d, ids[half:])
	if at.IsZero() || at2.Before(at) {
		at = at2
	}
	return append(first, rest...), at, err
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
func completeComments(ctx context.Context, d dialect, a *api, is *issue) error {
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
			if httpx.IsStatus(err, 403, 404) {
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
