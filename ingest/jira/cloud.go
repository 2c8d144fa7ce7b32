package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// cloud speaks REST v3 of Jira Cloud, whose old search is gone (410).
type cloud struct {
	api *api
	lag time.Duration
	log *slog.Logger
}

const (
	cloudThinPage = 5000 // what Cloud gives at once when only ids are asked
	cloudPage     = 100  // … and with fields
	bulkPage      = 1000 // history entries of all the issues of a bulk request
	commentPage   = 100
	historyPage   = 100
)

func (c *cloud) version() string        { return "3" }
func (c *cloud) overlap() time.Duration { return c.lag }

// tokenPage is a page of /search/jql. There is no total, a short page is not
// the last, and an empty one may be followed by more.
type tokenPage struct {
	Issues *[]json.RawMessage `json:"issues"`
	Token  string             `json:"nextPageToken"`
	IsLast bool               `json:"isLast"`
}

func (p tokenPage) check() error {
	if p.Issues == nil {
		return errors.New("no list of issues in the answer")
	}
	return nil
}

// tokens makes sure that paging by token ends: a token given twice would send
// the walk round in a circle.
type tokens map[string]bool

func (t tokens) next(token string) error {
	if t[token] {
		return errors.New("the site repeats a page token, which would never end; try again later")
	}
	t[token] = true
	return nil
}

// pages follows the tokens of a search until the end or until page says stop.
func (c *cloud) pages(ctx context.Context, q query, order string, fields []string, size int, page func(answer[tokenPage]) bool) error {
	token, seen := "", tokens{}
	for {
		var r answer[tokenPage]
		err := c.api.dates.do(ctx, q, func(jql string) (err error) {
			body := map[string]any{"jql": jql + order, "fields": fields, "maxResults": size}
			if token != "" {
				body["nextPageToken"] = token
			}
			r, err = post[tokenPage](ctx, c.api, "rest/api/3/search/jql", body)
			return err
		})
		if err != nil {
			return err
		}
		if !page(r) || r.T.IsLast || r.T.Token == "" {
			return nil
		}
		token = r.T.Token
		if err := seen.next(token); err != nil {
			return err
		}
	}
}

func (c *cloud) newest(ctx context.Context, jql string) (updated, at time.Time, err error) {
	err = c.pages(ctx, query{base: jql}, " ORDER BY updated DESC", []string{"updated"}, 1, func(r answer[tokenPage]) bool {
		for _, ref := range refsOf(*r.T.Issues) {
			if ref.updated > 0 {
				updated, at = time.UnixMilli(ref.updated), r.At
				return false
			}
		}
		return true
	})
	return updated, at, err
}

func (c *cloud) list(ctx context.Context, q query, thin bool, page func([]ref) bool) error {
	fields, size := []string{"created", "updated"}, cloudPage
	if thin {
		fields, size = []string{"id"}, cloudThinPage
	}
	return c.pages(ctx, q, " ORDER BY created ASC, key ASC", fields, size, func(r answer[tokenPage]) bool {
		return page(refsOf(*r.T.Issues))
	})
}

func (c *cloud) count(ctx context.Context, q query) (*int64, error) {
	type counted struct {
		Count *int64 `json:"count"`
	}
	var r answer[counted]
	err := c.api.dates.do(ctx, q, func(jql string) (err error) {
		r, err = post[counted](ctx, c.api, "rest/api/3/search/approximate-count", map[string]any{"jql": jql})
		return err
	})
	return r.T.Count, unlessMissing(err)
}

// unlessMissing forgives a site for not having an endpoint it can do without.
func unlessMissing(err error) error {
	if httpx.IsStatus(err, 403, 404, 405, 410) {
		return nil
	}
	return err
}

func (c *cloud) search(ctx context.Context, ids []string) (answer[[]json.RawMessage], error) {
	var out answer[[]json.RawMessage]
	err := c.pages(ctx, query{base: idIn(ids)}, "", []string{"*all"}, cloudPage, func(r answer[tokenPage]) bool {
		out.T = append(out.T, *r.T.Issues...)
		out.At = r.At
		return true
	})
	return out, err
}

func (c *cloud) issue(ctx context.Context, id string) (answer[json.RawMessage], error) {
	return get[json.RawMessage](ctx, c.api, "rest/api/3/issue/"+url.PathEscape(id), url.Values{"fields": {"*all"}})
}

// histories asks for the histories of all the issues at once, and issue by
// issue on a site without that endpoint. What is embedded in a search is not
// used: it is cut to the newest few.
func (c *cloud) histories(ctx context.Context, issues []*issue, t *tally) error {
	found, err := c.bulk(httpx.WithAttempts(ctx, batchAttempts), issues)
	if err == nil && found != nil {
		for _, is := range issues {
			is.histories = found[is.id]
		}
		return nil
	}
	if err != nil && !httpx.IsStatus(err, 403, 404, 405) && !stuck(ctx, err) {
		return err
	}
	c.log.Debug("changelog_one_by_one", "issues", len(issues))
	return each(ctx, issues, func(ctx context.Context, is *issue) error { return c.history(ctx, is, t) })
}

type bulkAnswer struct {
	Logs *[]struct {
		IssueID   flexID            `json:"issueId"`
		Histories []json.RawMessage `json:"changeHistories"`
	} `json:"issueChangeLogs"`
	Token string `json:"nextPageToken"`
}

// bulk gathers histories by issue id. An issue may be spread over pages. The
// result is nil when the site does not answer the question.
func (c *cloud) bulk(ctx context.Context, issues []*issue) (map[string][]json.RawMessage, error) {
	ids := make([]string, len(issues))
	for i, is := range issues {
		ids[i] = is.id
	}
	found := map[string][]json.RawMessage{}
	token, seen := "", tokens{}
	for {
		body := map[string]any{"issueIdsOrKeys": ids, "maxResults": bulkPage}
		if token != "" {
			body["nextPageToken"] = token
		}
		r, err := post[bulkAnswer](ctx, c.api, "rest/api/3/changelog/bulkfetch", body)
		if err != nil || r.T.Logs == nil {
			return nil, err
		}
		for _, l := range *r.T.Logs {
			found[string(l.IssueID)] = append(found[string(l.IssueID)], l.Histories...)
		}
		if token = r.T.Token; token == "" {
			return found, nil
		}
		if err := seen.next(token); err != nil {
			return nil, err
		}
	}
}

// history reads one issue's changelog by its own endpoint.
func (c *cloud) history(ctx context.Context, is *issue, t *tally) error {
	var got []json.RawMessage
	for {
		r, err := get[pageOf](ctx, c.api, "rest/api/3/issue/"+url.PathEscape(is.id)+"/changelog",
			url.Values{"startAt": {strconv.Itoa(len(got))}, "maxResults": {strconv.Itoa(historyPage)}})
		lost, err := t.lost(ctx, err, 403, 404)
		if lost {
			is.histories = got
			is.gap("changelog_unreadable", 1)
			return nil
		}
		if err != nil {
			return fmt.Errorf("changelog of issue %s: %w", is.id, err)
		}
		page := r.T.items()
		got = append(got, page...)
		last := len(got) >= r.T.Total
		if r.T.IsLast != nil {
			last = *r.T.IsLast
		}
		if last || len(page) == 0 {
			is.histories = got
			if missing := r.T.Total - len(got); missing > 0 {
				is.gap("changelog_truncated_by_source", int64(missing))
			}
			return nil
		}
	}
}
