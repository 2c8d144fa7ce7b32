package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// backfill gathers, issue by issue, the events below the depth to which GitHub
// lets one page through the repository-wide listing.
type backfill struct {
	Top    int64   `json:"top"` // what the walk above it has landed: from Low to Top
	TopAt  string  `json:"top_at"`
	Low    int64   `json:"low"`
	Before string  `json:"before"` // time of Low: issues created later have no older events
	Recent []int64 `json:"recent,omitempty"`
	ETag   string  `json:"etag,omitempty"`
	Next   string  `json:"next,omitempty"` // query of the page of issues to go on with
	Issues []int64 `json:"issues,omitempty"`
}

// startFill turns the walk that cannot go deeper into a backfill and runs it.
func (e *eventReader) startFill(ctx context.Context, res outcome, recs []ingest.Record) (outcome, error) {
	w := e.h.Walk
	if w.Low == 0 {
		return res, fmt.Errorf("repository %s: none of its events can be read", e.repo)
	}
	e.s.log.Info("events_by_issue", "repository", e.repo, "read", w.Read, "before", w.LowAt)
	e.h.Walk, e.h.Uncounted = nil, true
	e.h.Fill = &backfill{Top: w.Top, TopAt: w.TopAt, Low: w.Low, Before: w.LowAt, Recent: w.Recent, ETag: w.ETag}
	if err := e.page(recs); err != nil {
		return res, err
	}
	return res, e.fill(ctx)
}

// fill goes through the issues in order of creation, which an edit does not
// change, and lands the events of each. A page of issues is a checkpoint.
func (e *eventReader) fill(ctx context.Context) error {
	f := e.h.Fill
	query := fmt.Sprintf("state=all&sort=created&direction=asc&per_page=%d", e.s.opt.PageSize)
	if f.Next != "" {
		query = pageBefore(f.Next) // one back, in case issues were deleted meanwhile
	}
	for {
		r, err := e.s.get(ctx, e.repo, issueListing.path, query, "")
		if err != nil {
			return err
		}
		page := ingest.Page{}
		var todo []parentIssue
		var numbers []int64
		beyond := false
		for _, raw := range r.items {
			p, err := decodeParent(raw)
			if err != nil {
				page.Gaps = append(page.Gaps, ingest.Gap{Key: "unreadable:" + string(digestOf(raw)), Reason: "events_of_unreadable_issue", Count: 1})
				continue
			}
			if !p.created.Before(timeOf(f.Before)) && p.created != timeOf(f.Before) {
				beyond = true
				continue
			}
			numbers = append(numbers, p.number)
			if !slices.Contains(f.Issues, p.number) {
				todo = append(todo, p)
			}
		}
		if page.Records, err = e.eventsOf(ctx, todo); err != nil {
			return err
		}
		if r.next == "" || beyond {
			e.h.settle(f.Top, f.TopAt, f.Recent)
			e.h.ETag, e.h.Fill = f.ETag, nil
			page.Next = encodeCursor(e.h)
			return e.emit(page)
		}
		query, f.Next, f.Issues = r.next, r.next, numbers
		page.Next = encodeCursor(e.h)
		if err := e.emit(page); err != nil {
			return err
		}
	}
}

// parentIssue is an issue whose events are asked for.
type parentIssue struct {
	number  int64
	created time.Time
	ref     json.RawMessage
}

func decodeParent(raw json.RawMessage) (parentIssue, error) {
	var d struct {
		Number    int64     `json:"number"`
		CreatedAt time.Time `json:"created_at"`
	}
	if err := rawjson.Unmarshal(raw, &d); err != nil {
		return parentIssue{}, err
	}
	if d.Number <= 0 || d.CreatedAt.IsZero() {
		return parentIssue{}, errNoID
	}
	ref, err := shortIssue(raw)
	return parentIssue{number: d.Number, created: second(d.CreatedAt), ref: ref}, err
}

// eventsOf reads the events of the issues, several at a time, and gives those
// not landed yet in the issues' order.
func (e *eventReader) eventsOf(ctx context.Context, issues []parentIssue) ([]ingest.Record, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	found := make([][]json.RawMessage, len(issues))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(e.s.opt.MaxInFlight, len(issues)) {
		wg.Go(func() {
			for i := range work {
				evs, err := e.eventsOfIssue(ctx, issues[i].number)
				if err != nil {
					cancel(err)
					return
				}
				found[i] = evs
			}
		})
	}
feed:
	for i := range issues {
		select {
		case work <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var recs []ingest.Record
	for i, raws := range found {
		for _, raw := range raws {
			recs = append(recs, e.old(raw, issues[i])...)
		}
	}
	return recs, nil
}

// old gives the event as the repository-wide listing would have, if it is
// below what the walk has landed and not landed before.
func (e *eventReader) old(raw json.RawMessage, p parentIssue) []ingest.Record {
	ev, err := decodeEvent(raw)
	if err != nil {
		return e.unreadable(raw)
	}
	if ev.id >= e.h.Fill.Low || e.h.landed(ev) {
		return nil
	}
	payload, err := withIssue(raw, func(json.RawMessage) (json.RawMessage, error) { return p.ref, nil })
	if err != nil {
		return e.unreadable(raw)
	}
	return []ingest.Record{ev.record(payload)}
}

func (e *eventReader) eventsOfIssue(ctx context.Context, number int64) ([]json.RawMessage, error) {
	path := fmt.Sprintf("/issues/%d/events", number)
	query := fmt.Sprintf("per_page=%d", e.s.opt.PageSize)
	var all []json.RawMessage
	for {
		r, err := e.s.get(ctx, e.repo, path, query, "")
		if httpx.IsStatus(err, http.StatusNotFound, http.StatusGone) {
			// Deleted or transferred since it was listed: its history is gone
			// at the source too.
			e.s.log.Info("issue_gone", "repository", e.repo, "number", number)
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, r.items...)
		if r.next == "" {
			return all, nil
		}
		query = r.next
	}
}
