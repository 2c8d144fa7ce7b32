package github

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// cursorVersion is the only layout this program reads and writes.
const cursorVersion = 1

// overlap is how far before the last known time a run begins to read again:
// GitHub's listings may show an item a little after its time.
const overlap = 2 * time.Minute

// defaultSeenCap bounds the hashes a cursor carries (12 bytes each), and with
// it the size of a manifest. It is reached only where this many items share
// two minutes.
const defaultSeenCap = 10_000

// header is what all cursors have in common.
type header struct {
	V  int    `json:"v"`
	Of string `json:"of"` // the stream's name: issues, comments or events
}

// decodeCursor fills c from a stored cursor of the named stream.
func decodeCursor(raw ingest.Cursor, of string, c any) error {
	var h header
	if err := json.Unmarshal(raw, &h); err != nil {
		return fmt.Errorf("github: unreadable cursor of %s: %w", of, err)
	}
	if h.V != cursorVersion {
		return fmt.Errorf("github: cursor of %s has version %d, and this program reads version %d only; use the program that wrote it, or one newer", of, h.V, cursorVersion)
	}
	if h.Of != of {
		return fmt.Errorf("github: cursor belongs to stream %q, not %q", h.Of, of)
	}
	if err := json.Unmarshal(raw, c); err != nil {
		return fmt.Errorf("github: unreadable cursor of %s: %w", of, err)
	}
	return nil
}

func encodeCursor(c any) ingest.Cursor {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain structs of text and numbers: cannot fail
	}
	return b
}

// digest names the exact bytes of an item. 64 bits are plenty: it is compared
// with the few items of the same two minutes only.
type digest string

const digestLen = 11

func digestOf(item []byte) digest {
	sum := sha256.Sum256(item)
	return digest(base64.RawURLEncoding.EncodeToString(sum[:8]))
}

// position is how far a listing in order of update time has been read.
type position struct {
	// since is the time up to which everything has been read; zero: nothing.
	since time.Time
	// seen are the items already landed whose time is not before since−overlap,
	// by their time: what a run reads again it does not land again.
	seen map[time.Time]map[digest]bool
	// floor is the time from which seen is whole, where it had to be cut.
	floor time.Time
	etag  string
	// crawled tells that the first walk has ended; read counts its records.
	crawled bool
	read    int64
	// uncounted tells that the listing's count is known to be capped.
	uncounted bool
	seenCap   int
}

// storedPosition is a position's JSON.
type storedPosition struct {
	header
	Since     string            `json:"since,omitempty"`
	Floor     string            `json:"floor,omitempty"`
	Seen      map[string]string `json:"seen,omitempty"` // time → digests, run together
	ETag      string            `json:"etag,omitempty"`
	Crawled   bool              `json:"crawled,omitempty"`
	Read      int64             `json:"read,omitempty"`
	Uncounted bool              `json:"uncounted,omitempty"`
}

func decodePosition(raw ingest.Cursor, of string, seenCap int) (*position, error) {
	p := &position{seen: map[time.Time]map[digest]bool{}, seenCap: seenCap}
	if raw == nil {
		return p, nil
	}
	var st storedPosition
	if err := decodeCursor(raw, of, &st); err != nil {
		return nil, err
	}
	p.etag, p.crawled, p.read, p.uncounted = st.ETag, st.Crawled, st.Read, st.Uncounted
	var err error
	if p.since, err = parseTime(st.Since); err != nil {
		return nil, fmt.Errorf("github: unreadable cursor of %s: since: %w", of, err)
	}
	if p.floor, err = parseTime(st.Floor); err != nil {
		return nil, fmt.Errorf("github: unreadable cursor of %s: floor: %w", of, err)
	}
	for k, v := range st.Seen {
		t, err := parseTime(k)
		if err != nil || len(v)%digestLen != 0 {
			return nil, fmt.Errorf("github: unreadable cursor of %s: seen", of)
		}
		for i := 0; i < len(v); i += digestLen {
			p.add(t, digest(v[i:i+digestLen]))
		}
	}
	return p, nil
}

// parseTime reads a time of a cursor; "" is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	return second(t), err
}

// second brings a time to what GitHub's since parameter can tell apart.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// stamp is the inverse of parseTime, and a record's version.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (p *position) add(t time.Time, d digest) {
	if p.seen[t] == nil {
		p.seen[t] = map[digest]bool{}
	}
	p.seen[t][d] = true
}

func (p *position) has(t time.Time, d digest) bool { return p.seen[t][d] }

// advance notes that everything before t has been read. It never goes back.
func (p *position) advance(t time.Time) {
	if !t.After(p.since) {
		return
	}
	p.since = t
	for u := range p.seen {
		if u.Before(t.Add(-overlap)) {
			delete(p.seen, u)
		}
	}
}

// newest gives the latest time seen.
func (p *position) newest() time.Time {
	t := p.since
	for u := range p.seen {
		if u.After(t) {
			t = u
		}
	}
	return t
}

// from is where a run begins to read. It depends on what is stored and nothing
// else, so that the first request of a run can be asked for in advance, for
// its ETag.
func (p *position) from() time.Time {
	if p.since.IsZero() {
		return time.Time{}
	}
	from := p.since.Add(-overlap)
	_, floor := p.kept()
	if floor.After(from) {
		from = floor
	}
	if from.After(p.since) {
		from = p.since
	}
	return from
}

// kept gives the times whose digests are stored, newest first, and the time
// from which they are whole.
func (p *position) kept() (times []time.Time, floor time.Time) {
	floor = p.floor
	for t := range p.seen {
		times = append(times, t)
	}
	slices.SortFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	n := 0
	for i, t := range times {
		if n += len(p.seen[t]); n <= p.seenCap {
			continue
		}
		// The newest second is kept even if it is cut.
		keep := max(i, 1)
		if f := times[keep-1]; f.After(floor) {
			floor = f
		}
		return times[:keep], floor
	}
	return times, floor
}

func (p *position) encode(of string) ingest.Cursor {
	st := storedPosition{
		header: header{V: cursorVersion, Of: of}, Since: stamp(p.since), ETag: p.etag,
		Crawled: p.crawled, Read: p.read, Uncounted: p.uncounted,
	}
	times, floor := p.kept()
	if floor.After(p.since.Add(-overlap)) {
		st.Floor = stamp(floor)
	}
	if len(times) > 0 {
		st.Seen = map[string]string{}
	}
	for _, t := range times {
		ds := make([]string, 0, len(p.seen[t]))
		for d := range p.seen[t] {
			ds = append(ds, string(d))
		}
		sort.Strings(ds) // the same position is the same text
		ds = ds[:min(len(ds), p.seenCap)]
		b := make([]byte, 0, len(ds)*digestLen)
		for _, d := range ds {
			b = append(b, d...)
		}
		st.Seen[t.UTC().Format(time.RFC3339)] = string(b)
	}
	return encodeCursor(st)
}
