package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

const eventsPath = "/issues/events"

// defaultEventsCap is how many items a listing must have given for its end to
// be suspected of not being the end: GitHub cuts repository-wide listings at
// 30 to 40 thousand items without a word.
const defaultEventsCap = 30_000

// history is how far a repository's events have been read. Its JSON is the
// cursor. The listing is newest first and knows no since, so there is a part
// that is whole (up to Done) and, while a walk goes on, a part above it that
// grows downwards.
type history struct {
	header
	// Done: all events with an id up to this one have been landed, save those
	// that the listing showed late: of the events from Edge on, Recent are the
	// ones landed.
	Done   int64     `json:"done,omitempty"`
	Edge   string    `json:"edge,omitempty"`
	Recent []int64   `json:"recent,omitempty"`
	Walk   *descent  `json:"walk,omitempty"`
	Fill   *backfill `json:"backfill,omitempty"`
	ETag   string    `json:"etag,omitempty"` // of the listing's first page
	// Uncounted tells that the listing's count is known to be capped.
	Uncounted bool `json:"uncounted,omitempty"`
	// Unreadable are the newest landed events without an id.
	Unreadable []string `json:"unreadable,omitempty"`
}

// descent is a walk from the newest event down that has not arrived yet.
type descent struct {
	Top    int64   `json:"top"`              // newest event of the walk
	TopAt  string  `json:"top_at"`           // its time
	Low    int64   `json:"low"`              // oldest event landed by it
	LowAt  string  `json:"low_at"`           // its time
	Next   string  `json:"next"`             // query of the page to go on with
	Read   int64   `json:"read"`             // items read so far
	Recent []int64 `json:"recent,omitempty"` // events of the overlap before TopAt
	ETag   string  `json:"etag,omitempty"`   // of the first page
}

// maxRecent and maxUnreadable bound what a cursor carries.
const (
	maxRecent     = 2000
	maxUnreadable = 200
)

func decodeHistory(raw ingest.Cursor) (*history, error) {
	h := &history{header: header{V: cursorVersion, Of: eventsStream}}
	if raw == nil {
		return h, nil
	}
	if err := decodeCursor(raw, eventsStream, h); err != nil {
		return nil, err
	}
	times := []string{h.Edge}
	if w := h.Walk; w != nil {
		times = append(times, w.TopAt, w.LowAt)
	}
	if f := h.Fill; f != nil {
		times = append(times, f.TopAt, f.Before)
	}
	for _, t := range times {
		if _, err := parseTime(t); err != nil {
			return nil, fmt.Errorf("github: unreadable cursor of events: %w", err)
		}
	}
	return h, nil
}

// timeOf reads a time that decodeHistory has checked.
func timeOf(s string) time.Time {
	t, _ := parseTime(s)
	return t
}

// settle makes top the newest event known, once everything below is landed.
func (h *history) settle(top int64, topAt string, recent []int64) {
	if top == 0 {
		return
	}
	if top < h.Done { // the newest events were deleted
		return
	}
	edge := timeOf(topAt).Add(-overlap)
	if len(recent) >= maxRecent {
		// Too many to remember: better no overlap than landing them every run.
		edge, recent = timeOf(topAt).Add(time.Second), nil
	}
	h.Done, h.Edge, h.Recent = top, stamp(edge), recent
}

// landed tells whether the event is known to be landed by an earlier walk.
func (h *history) landed(e event) bool {
	return e.id <= h.Done && (e.created.Before(timeOf(h.Edge)) || slices.Contains(h.Recent, e.id))
}

// passed tells whether the event, and so everything older, is below the part
// that an earlier walk has landed.
func (h *history) passed(e event) bool {
	return e.id <= h.Done && e.created.Before(timeOf(h.Edge))
}

// eventReader is one run through a repository's events.
type eventReader struct {
	s    *Source
	repo string
	h    *history
	emit emitFunc
	// count is the lowest the source said in this run; nil: nothing.
	count *int64
}

// readEvents finishes what an earlier run left half done, then walks from the
// newest event down to what is known.
func (s *Source) readEvents(ctx context.Context, repo string, from ingest.Cursor, emit emitFunc) error {
	h, err := decodeHistory(from)
	if err != nil {
		return err
	}
	e := &eventReader{s: s, repo: repo, h: h, emit: emit}
	resumed := h.Fill != nil || h.Walk != nil
	if h.Fill != nil {
		if err := e.fill(ctx); err != nil {
			return err
		}
	}
	if h.Walk != nil {
		if _, err := e.resume(ctx); err != nil {
			return err
		}
	}
	if resumed { // before looking for what is new: the count must not be ahead
		if err := e.ask(ctx); err != nil {
			return err
		}
	}
	for round := 0; ; round++ {
		res, err := e.fresh(ctx)
		if err != nil {
			return err
		}
		if res.notModified && round == 0 {
			if resumed {
				break
			}
			return emit(ingest.Page{Next: from, Complete: true})
		}
		if res.landed == 0 && round > 0 {
			break
		}
		if err := e.ask(ctx); err != nil {
			return err
		}
		// Look once more after counting, so that the count is not ahead of
		// what was read; mostly this is a free 304.
		if res.landed == 0 || round == maxRounds {
			break
		}
	}
	if h.Uncounted {
		e.count = nil
	}
	return emit(ingest.Page{Next: encodeCursor(h), SourceCount: e.count, Complete: true})
}

func (e *eventReader) ask(ctx context.Context) error {
	if e.h.Uncounted {
		return nil
	}
	n, err := e.s.count(ctx, e.repo, eventsPath, "")
	e.count = lower(e.count, n)
	return err
}

// outcome is what a walk found.
type outcome struct {
	landed      int
	notModified bool
}

func (e *eventReader) get(ctx context.Context, query, etag string) (reply, error) {
	return e.s.get(ctx, e.repo, eventsPath, query, etag)
}

// fresh walks from the newest event.
func (e *eventReader) fresh(ctx context.Context) (outcome, error) {
	r, err := e.get(ctx, fmt.Sprintf("per_page=%d", e.s.opt.PageSize), e.h.ETag)
	if err != nil {
		return outcome{}, err
	}
	if r.notModified {
		return outcome{notModified: true}, nil
	}
	e.h.Walk = &descent{ETag: r.etag}
	return e.descend(ctx, r, true)
}

// resume goes on with a walk that an earlier run left. New events have moved
// its page further down, which only brings known events again. Deleted ones
// have moved it up: then it goes back until it meets an event that it knows.
func (e *eventReader) resume(ctx context.Context) (outcome, error) {
	w := e.h.Walk
	query := w.Next
	for {
		query = pageBefore(query)
		r, err := e.get(ctx, query, "")
		if tooDeep(err) {
			return e.startFill(ctx, outcome{}, nil)
		}
		if httpx.IsStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity) {
			// The saved place is no longer valid: begin again, at the price of
			// landing some events twice.
			e.s.log.Info("saved_page_refused", "repository", e.repo, "error", err)
			e.h.Walk = nil
			return outcome{}, nil
		}
		if err != nil {
			return outcome{}, err
		}
		if !isPageNumber(query) || pageOf(query) <= 1 || reaches(r.items, w.Low) {
			return e.descend(ctx, r, false)
		}
	}
}

// reaches tells whether the page holds an event at or above the id, so that
// nothing can be missing between.
func reaches(items []json.RawMessage, id int64) bool {
	for _, raw := range items {
		if ev, err := decodeEvent(raw); err == nil && ev.id >= id {
			return true
		}
	}
	return false
}

func pageOf(query string) int {
	q, err := url.ParseQuery(query)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(q.Get("page"))
	return n
}

// pageBefore steps a numbered page back by one.
func pageBefore(query string) string {
	n := pageOf(query)
	if n <= 1 || !isPageNumber(query) {
		return query
	}
	q, _ := url.ParseQuery(query)
	q.Set("page", strconv.Itoa(n-1))
	return q.Encode()
}

// tooDeep recognises GitHub's refusal to page further down.
func tooDeep(err error) bool {
	return httpx.IsStatus(err, http.StatusUnprocessableEntity) &&
		strings.Contains(strings.ToLower(err.Error()), "pagination")
}

// descend lands page after page from r down, until it meets what is known.
func (e *eventReader) descend(ctx context.Context, r reply, counting bool) (outcome, error) {
	var res outcome
	for {
		recs, arrived := e.take(r.items)
		res.landed += len(recs)
		w := e.h.Walk
		if arrived || r.next == "" {
			if !arrived && w.Read >= int64(e.s.opt.eventsCap) {
				return e.startFill(ctx, res, recs)
			}
			e.h.settle(w.Top, w.TopAt, w.Recent)
			e.h.ETag, e.h.Walk = w.ETag, nil
			return res, e.page(recs)
		}
		w.Next = r.next
		if err := e.page(recs); err != nil {
			return res, err
		}
		if counting {
			counting = false
			if err := e.ask(ctx); err != nil {
				return res, err
			}
		}
		var err error
		r, err = e.get(ctx, w.Next, "")
		if tooDeep(err) {
			return e.startFill(ctx, res, nil)
		}
		if err != nil {
			return res, err
		}
	}
}

func (e *eventReader) page(recs []ingest.Record) error {
	if len(recs) == 0 {
		return nil
	}
	return e.emit(ingest.Page{Records: recs, Next: encodeCursor(e.h)})
}

// take turns a page of the repository-wide listing into records and tells
// whether it reached what an earlier walk has landed.
func (e *eventReader) take(items []json.RawMessage) (recs []ingest.Record, arrived bool) {
	w := e.h.Walk
	first := w.Top == 0
	for _, raw := range items {
		w.Read++
		ev, err := decodeEvent(raw)
		var payload json.RawMessage
		if err == nil {
			payload, err = withIssue(raw, shortIssue)
		}
		if err != nil {
			recs = append(recs, e.unreadable(raw)...)
			continue
		}
		if first && ev.id > w.Top {
			w.Top, w.TopAt = ev.id, stamp(ev.created)
		}
		if e.h.passed(ev) {
			arrived = true
			continue
		}
		// Above Top: newer than this walk, so the next one lands it. From Low
		// up: landed by this walk, on a page that has moved since.
		if ev.id > w.Top || w.Low > 0 && ev.id >= w.Low && !first {
			continue
		}
		if w.Low == 0 || ev.id < w.Low {
			w.Low, w.LowAt = ev.id, stamp(ev.created)
		}
		if !ev.created.Before(timeOf(w.TopAt).Add(-overlap)) && len(w.Recent) < maxRecent {
			w.Recent = append(w.Recent, ev.id)
		}
		if e.h.landed(ev) {
			continue
		}
		recs = append(recs, ev.record(payload))
	}
	return recs, arrived
}

// unreadable lands an event that has no usable id, once.
func (e *eventReader) unreadable(raw json.RawMessage) []ingest.Record {
	d := digestOf(raw)
	if slices.Contains(e.h.Unreadable, string(d)) {
		return nil
	}
	e.h.Unreadable = append(e.h.Unreadable, string(d))
	if n := len(e.h.Unreadable) - maxUnreadable; n > 0 {
		e.h.Unreadable = e.h.Unreadable[n:]
	}
	return []ingest.Record{quarantined(raw, d, timeOf(e.h.Edge))}
}
