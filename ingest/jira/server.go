package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// server speaks REST v2 of Jira Server and Data Center.
type server struct {
	api *api
	lag time.Duration
}

const (
	serverThinPage = 1000 // the usual upper bound of a page
	serverPage     = 100
	// longQuery is where a search goes into a body: the request line of a
	// Server is limited to 8 KiB with all its headers.
	longQuery = 4000
)

func (v *server) version() string        { return "2" }
func (v *server) overlap() time.Duration { return v.lag }

// offsetPage is a page of /search.
type offsetPage struct {
	Issues *[]json.RawMessage `json:"issues"`
	Total  int                `json:"total"`
}

func (p offsetPage) check() error {
	if p.Issues == nil {
		return errors.New("no list of issues in the answer")
	}
	return nil
}

type searchOptions struct {
	fields     string
	start, max int
	changelog  bool
	lenient    bool // ids that do not exist are passed over, not refused
}

func (v *server) find(ctx context.Context, jql string, o searchOptions) (answer[offsetPage], error) {
	q := url.Values{"jql": {jql}, "startAt": {strconv.Itoa(o.start)}, "maxResults": {strconv.Itoa(o.max)}, "fields": {o.fields}}
	body := map[string]any{"jql": jql, "startAt": o.start, "maxResults": o.max, "fields": strings.Split(o.fields, ",")}
	if o.changelog {
		q.Set("expand", "changelog")
		body["expand"] = []string{"changelog"}
	}
	if o.lenient {
		q.Set("validateQuery", "false")
		body["validateQuery"] = false
	}
	const path = "rest/api/2/search"
	if len(jql) > longQuery {
		return call[offsetPage](ctx, v.api, http.MethodPost, path, nil, body)
	}
	return get[offsetPage](ctx, v.api, path, q)
}

func (v *server) newest(ctx context.Context, jql string) (updated, at time.Time, err error) {
	r, err := v.find(ctx, jql+" ORDER BY updated DESC", searchOptions{fields: "updated", max: 1})
	if err != nil {
		return updated, at, err
	}
	for _, ref := range refsOf(*r.T.Issues) {
		if ref.updated > 0 {
			updated, at = time.UnixMilli(ref.updated), r.At
		}
	}
	return updated, at, nil
}

// list moves on by date of creation and by offset only within a minute: an
// issue deleted meanwhile shifts all the offsets after it, and the issue that
// slips over a page border would be lost.
func (v *server) list(ctx context.Context, q query, _ bool, page func([]ref) bool) error {
	start := 0
	for {
		var r answer[offsetPage]
		err := v.api.dates.do(ctx, q, func(jql string) (err error) {
			r, err = v.find(ctx, jql+" ORDER BY created ASC, key ASC",
				searchOptions{fields: "created,updated", start: start, max: serverThinPage})
			return err
		})
		if err != nil {
			return err
		}
		refs := refsOf(*r.T.Issues)
		if len(refs) == 0 || !page(refs) || start+len(refs) >= r.T.Total {
			return nil
		}
		if last := minute(refs[len(refs)-1].created); last > minute(q.created) {
			q.created, start = last, 0
		} else {
			start += len(refs)
		}
	}
}

func (v *server) count(ctx context.Context, q query) (*int64, error) {
	var r answer[offsetPage]
	err := v.api.dates.do(ctx, q, func(jql string) (err error) {
		r, err = v.find(ctx, jql, searchOptions{fields: "id"})
		return err
	})
	if err != nil {
		return nil, unlessMissing(err)
	}
	n := int64(r.T.Total)
	return &n, nil
}

func (v *server) search(ctx context.Context, ids []string) (answer[[]json.RawMessage], error) {
	var out answer[[]json.RawMessage]
	for {
		r, err := v.find(ctx, idIn(ids), searchOptions{fields: "*all", start: len(out.T), max: serverPage, changelog: true, lenient: true})
		if err != nil {
			return out, err
		}
		out.T, out.At = append(out.T, *r.T.Issues...), r.At
		if len(*r.T.Issues) == 0 || len(out.T) >= r.T.Total {
			return out, nil
		}
	}
}

func (v *server) issue(ctx context.Context, id string) (answer[json.RawMessage], error) {
	return v.one(ctx, id, "*all")
}

func (v *server) one(ctx context.Context, id, fields string) (answer[json.RawMessage], error) {
	return get[json.RawMessage](ctx, v.api, "rest/api/2/issue/"+url.PathEscape(id),
		url.Values{"fields": {fields}, "expand": {"changelog"}})
}

// histories takes the embedded changelog, which is whole on most sites, and
// asks the issue itself where it says that it is not. There is no endpoint of
// its own for it on Server.
func (v *server) histories(ctx context.Context, issues []*issue, t *tally) error {
	var short []*issue
	for _, is := range issues {
		is.histories = is.embedded.items()
		if !is.hasChangelog || len(is.histories) < is.embedded.Total {
			short = append(short, is)
		}
	}
	return each(ctx, short, func(ctx context.Context, is *issue) error { return v.history(ctx, is, t) })
}

func (v *server) history(ctx context.Context, is *issue, t *tally) error {
	r, err := v.one(ctx, is.id, "id")
	refused := httpx.IsStatus(err, 403, 404)
	lost, failure := t.lost(ctx, err, 403, 404)
	if failure != nil {
		return fmt.Errorf("changelog of issue %s: %w", is.id, failure)
	}
	if lost && !refused {
		is.gap("changelog_unreadable", int64(max(1, is.embedded.Total-len(distinct(is.histories)))))
		return nil
	}
	total := is.embedded.Total
	if again, derr := decodeIssue(r.T); err == nil && derr == nil && again.hasChangelog {
		is.histories = append(is.histories, again.embedded.items()...)
		is.hasChangelog = true
		total = max(total, again.embedded.Total)
	}
	if !is.hasChangelog {
		is.gap("changelog_unreadable", 1)
		return nil
	}
	if missing := total - len(distinct(is.histories)); missing > 0 {
		is.gap("changelog_truncated_by_source", int64(missing))
	}
	return nil
}
