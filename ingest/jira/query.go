package jira

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// query is a JQL restriction with bounds on times; 0 means none.
// There is never an upper bound on `updated`: an issue that is edited while
// the walk goes on would leave the window and be lost.
type query struct {
	base             string
	updated, created int64 // from then on, in ms since 1970, rounded down to the minute when asked
	before           int64 // created before then, likewise
}

func (q query) hasDates() bool { return q.updated > 0 || q.created > 0 || q.before > 0 }

func (q query) jql(date func(ms int64) string) string {
	parts := []string{q.base}
	if q.updated > 0 {
		parts = append(parts, "updated >= "+date(q.updated))
	}
	if q.created > 0 {
		parts = append(parts, "created >= "+date(q.created))
	}
	if q.before > 0 {
		parts = append(parts, "created < "+date(q.before))
	}
	return strings.Join(parts, " AND ")
}

const minuteMS = int64(time.Minute / time.Millisecond)

// minute rounds down to the minute, JQL's resolution.
func minute(ms int64) int64 { return ms - ms%minuteMS }

// dates writes times into JQL. Milliseconds since 1970 mean the same for every
// account; a text is read in the account's own time zone, so it is used only
// on a site that refuses the number.
type dates struct {
	zone func(context.Context) (*time.Location, error) // the account's
	mu   sync.Mutex
	loc  *time.Location // nil: write milliseconds
}

func epochDate(ms int64) string { return strconv.FormatInt(minute(ms), 10) }

// do sends a query, and once more with dates as text if the site refuses it.
func (d *dates) do(ctx context.Context, q query, send func(jql string) error) error {
	d.mu.Lock()
	loc := d.loc
	d.mu.Unlock()
	if loc != nil {
		return send(q.jql(localDate(loc)))
	}
	err := send(q.jql(epochDate))
	if !q.hasDates() || !httpx.IsStatus(err, 400) {
		return err
	}
	loc, zoneErr := d.zone(ctx)
	if zoneErr != nil {
		return zoneErr
	}
	if err := send(q.jql(localDate(loc))); err != nil {
		return err
	}
	d.mu.Lock()
	d.loc = loc
	d.mu.Unlock()
	return nil
}

// zone is the account's time zone. Where that cannot be known it is the
// westernmost one: a text then means some hours too early anywhere else,
// which costs a longer listing and loses nothing.
func (a *api) zone(ctx context.Context) (*time.Location, error) {
	me, err := a.myself(ctx)
	if err != nil && !httpx.IsStatus(err, 401, 403, 404) {
		return nil, err
	}
	if me.TimeZone != "" {
		if loc, err := time.LoadLocation(me.TimeZone); err == nil {
			return loc, nil
		}
	}
	return time.FixedZone("", -12*60*60), nil
}

// localDate writes a time as JQL text in loc. A wall clock reading that occurs
// twice, when the clocks are set back, is moved an hour earlier until it is
// unique: the site may take it for either.
func localDate(loc *time.Location) func(ms int64) string {
	const layout = "2006/01/02 15:04"
	return func(ms int64) string {
		t := time.UnixMilli(minute(ms)).In(loc)
		for range 4 {
			if !occursTwice(t) {
				break
			}
			t = t.Add(-time.Hour)
		}
		return `"` + t.Format(layout) + `"`
	}
}

func occursTwice(t time.Time) bool {
	_, here := t.Zone()
	for _, d := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		_, there := t.Add(d).Zone()
		// The instant that would show the same reading with the other offset.
		twin := t.Add(time.Duration(here-there) * time.Second)
		if _, o := twin.Zone(); o == there && there != here {
			return true
		}
	}
	return false
}
