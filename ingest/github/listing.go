package github

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// listing is a repository-wide list that GitHub can sort by update time and
// filter by since.
type listing struct {
	stream string
	path   string
	filter string // query that belongs to the listing itself, counting included
	schema string
}

var (
	issueListing   = listing{stream: issuesStream, path: "/issues", filter: "state=all", schema: "github.issue/1"}
	commentListing = listing{stream: commentsStream, path: "/issues/comments", schema: "github.comment/1"}
)

// query asks for the items updated at or after the time, oldest first.
func (l listing) query(since time.Time, size int) string {
	q := fmt.Sprintf("sort=updated&direction=asc&per_page=%d", size)
	if l.filter != "" {
		q = l.filter + "&" + q
	}
	if !since.IsZero() {
		q += "&since=" + stamp(since)
	}
	return q
}

// maxRounds bounds how often a run looks for what was edited while it read, so
// that a busy repository cannot keep it for ever.
const maxRounds = 3

// readListing walks a listing by time, not by page number.
//
// An item that is edited while a walk goes on moves to the listing's end, and
// all items behind it move up: whoever counts pages skips one item per edit.
// So each request asks anew for what was updated since the last item's time.
// That second is read twice; what was landed from it is recognised by its
// digest and dropped.
func (s *Source) readListing(ctx context.Context, l listing, repo string, from ingest.Cursor, emit emitFunc) error {
	pos, err := decodePosition(from, l.stream, s.opt.seenCap)
	if err != nil {
		return err
	}
	w := &walker{s: s, l: l, repo: repo, pos: pos, emit: emit}
	r, err := w.fetch(ctx, l.query(pos.from(), s.opt.PageSize), pos.etag)
	if err != nil {
		return err
	}
	if r.notModified {
		return emit(ingest.Page{Next: from, Complete: true})
	}
	var count *int64
	if r.next != "" {
		if count, err = w.count(ctx); err != nil {
			return err
		}
	}
	for round := 0; ; round++ {
		fresh, tail, err := w.walk(ctx, r)
		if err != nil {
			return err
		}
		pos.etag = ""
		if fresh == 0 {
			pos.etag = tail
		}
		if fresh == 0 && round > 0 {
			break
		}
		n, err := w.count(ctx)
		if err != nil {
			return err
		}
		count = lower(count, n)
		if fresh == 0 || round == maxRounds {
			break
		}
		// Ask what the next run will ask first. It lands what appeared since,
		// so that the count above is not ahead of what was read, and its ETag
		// makes the next run's first request free.
		if r, err = w.fetch(ctx, l.query(pos.from(), s.opt.PageSize), ""); err != nil {
			return err
		}
	}
	if !pos.crawled {
		pos.uncounted = capped(count, pos.read)
		pos.crawled, pos.read = true, 0
	}
	if pos.uncounted {
		count = nil
	}
	return emit(ingest.Page{Next: pos.encode(l.stream), SourceCount: count, Complete: true})
}

// walker is one walk through a listing.
type walker struct {
	s    *Source
	l    listing
	repo string
	pos  *position
	emit emitFunc
}

func (w *walker) fetch(ctx context.Context, query, etag string) (reply, error) {
	return w.s.get(ctx, w.repo, w.l.path, query, etag)
}

func (w *walker) count(ctx context.Context) (*int64, error) {
	if w.pos.uncounted {
		return nil, nil
	}
	return w.s.count(ctx, w.repo, w.l.path, w.l.filter)
}

// walk lands what is new, from the first page given to the listing's end. It
// tells how many records that were, and the ETag of the first page if that page
// was all and has room for more: a full page does not change when something is
// added behind it.
func (w *walker) walk(ctx context.Context, r reply) (fresh int, tail string, err error) {
	size := w.s.opt.PageSize
	if r.next == "" && len(r.items) < size {
		tail = r.etag
	}
	at := w.pos.from()
	var b block
	for {
		p := w.take(r.items, at)
		fresh += len(p.records)
		b.fresh += p.within
		b.garbled = b.garbled || p.garbled

		var query string
		var end bool
		key := p.key(r.date)
		switch {
		case r.next == "" && (len(r.items) < size || !key.After(at)):
			// Without a Link, only a page that is not full is surely the last:
			// a proxy may have dropped the header.
			end = !b.again()
			query = w.l.query(at, size)
		case key.After(at) && !b.open:
			at = key
			query = w.l.query(at, size)
		case key.After(at):
			if !b.again() {
				at = b.after(at, p)
			}
			query = w.l.query(at, size)
		default:
			// A page of nothing but this second: only the Link leads on.
			b.follow(r.next)
			query = r.next
		}
		if end {
			w.pos.advance(w.pos.newest())
		} else {
			w.pos.advance(at)
			if query != r.next {
				b = block{}
			}
		}
		if len(p.records) > 0 {
			w.pos.etag = ""
			if !w.pos.crawled {
				w.pos.read += int64(len(p.records))
			}
			if err := w.emit(ingest.Page{Records: p.records, Next: w.pos.encode(w.l.stream)}); err != nil {
				return fresh, "", err
			}
		}
		if end {
			return fresh, tail, nil
		}
		if r, err = w.fetch(ctx, query, ""); err != nil {
			return fresh, "", err
		}
	}
}

// block is a second with more items than a page holds, as a bulk edit or an
// import leaves behind. Within it there is no time to go by, only Links.
type block struct {
	open     bool
	numbered bool // a followed link counted pages
	garbled  bool // it holds items whose time cannot be read
	fresh    int  // records of this second landed by this pass
}

func (b *block) follow(next string) {
	b.open = true
	b.numbered = b.numbered || isPageNumber(next)
}

// again tells whether the second has to be read once more. Page numbers drift
// when an item of the block is edited and leaves it, so a pass by numbers
// counts only if it brought nothing new. Items leave a past second but never
// enter it, so the passes come to an end.
func (b *block) again() bool { return b.open && b.numbered && b.fresh > 0 }

// after gives the time to go on from once the second is read: the next one,
// and not the first time that the last page showed, since what was before it
// may have drifted away.
func (b *block) after(at time.Time, p taken) time.Time {
	if b.garbled || at.IsZero() {
		// The block may be of items without a time, not of one second: second
		// after second would never get past it.
		return p.first
	}
	return at.Add(time.Second)
}

// taken is what a page held.
type taken struct {
	records []ingest.Record // those not landed before
	times   []time.Time     // of all readable items, in page order
	first   time.Time       // first time after the one asked for
	within  int             // records not after the time asked for
	garbled bool
}

// key is the time to ask for next: that of the last item. A time of the last
// moments is not trusted if there is an older one: GitHub may list an item by
// where its index has it and show what was written to it since, and taking
// that time for the page's end would jump over everything between.
func (t taken) key(now time.Time) time.Time {
	if len(t.times) == 0 {
		return time.Time{}
	}
	last := t.times[len(t.times)-1]
	if now.IsZero() || last.Before(now.Add(-overlap)) {
		return last
	}
	var old time.Time
	for _, u := range t.times {
		if u.After(old) && u.Before(now.Add(-overlap)) {
			old = u
		}
	}
	if !t.first.IsZero() && !old.Before(t.first) {
		return old
	}
	return last
}

// take turns a page's items into records, without those landed before.
func (w *walker) take(items []json.RawMessage, at time.Time) taken {
	var t taken
	type bad struct {
		item json.RawMessage
		d    digest
	}
	var unreadable []bad
	for _, item := range items {
		d := digestOf(item)
		it, err := decodeItem(item)
		if err != nil {
			t.garbled = true
			unreadable = append(unreadable, bad{item, d})
			continue
		}
		u := second(it.updated)
		t.times = append(t.times, u)
		if u.After(at) && (t.first.IsZero() || u.Before(t.first)) {
			t.first = u
		}
		if w.pos.has(u, d) {
			continue
		}
		w.pos.add(u, d)
		if !u.After(at) {
			t.within++
		}
		t.records = append(t.records, ingest.Record{
			Key: it.key, Version: stamp(u), ObservedAt: u, Schema: w.l.schema, Payload: item,
		})
	}
	// An unreadable item has no time of its own; it is remembered under the
	// last of every page that shows it, so that it is for as long as it may be
	// read again.
	remember := at
	for _, u := range t.times {
		if u.After(remember) {
			remember = u
		}
	}
	for _, b := range unreadable {
		known := w.pos.knows(b.d)
		w.pos.add(remember, b.d)
		if known {
			continue
		}
		t.within++
		t.records = append(t.records, quarantined(b.item, b.d, at))
	}
	return t
}

// knows tells whether the digest is remembered under any time.
func (p *position) knows(d digest) bool {
	for _, ds := range p.seen {
		if ds[d] {
			return true
		}
	}
	return false
}
