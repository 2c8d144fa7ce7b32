package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// reply is one page of a listing.
type reply struct {
	items       []json.RawMessage
	links       links
	next        string    // query of the Link with rel=next, "" for none
	date        time.Time // the server's clock, zero if it did not say
	etag        string
	notModified bool
}

// get asks for one page of a listing below the repository.
func (s *Source) get(ctx context.Context, repo, path, query, etag string) (reply, error) {
	var r reply
	err := s.client.Do(ctx, s.request(repo, path, query, etag), func(resp *httpx.Response) error {
		r = reply{etag: resp.Header.Get("Etag"), notModified: resp.NotModified()}
		if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			r.date = t
		}
		if r.notModified {
			return nil
		}
		if err := rawjson.Unmarshal(resp.Body, &r.items); err != nil {
			return fmt.Errorf("not a JSON list: %w", err)
		}
		var err error
		if r.links, err = parseLinks(strings.Join(resp.Header.Values("Link"), ", ")); err != nil {
			return err
		}
		r.next, err = r.links.query("next")
		return err
	})
	if err != nil {
		return reply{}, repositoryError(repo, err)
	}
	if r.next != "" && r.next == query {
		return reply{}, fmt.Errorf("repository %s: %s: the link to the next page leads to the same page", repo, path)
	}
	return r, nil
}

func (s *Source) request(repo, path, query, etag string) func(context.Context) (*http.Request, error) {
	// Only the query of a Link is followed, on our own path: GitHub's links
	// name the repository by number, an Enterprise host behind a proxy may name
	// a host nobody can reach, and a token must not travel where a header says.
	u := *s.base
	u.Path += "/repos/" + repo + path
	u.RawQuery = query
	return func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/vnd.github+json")
		req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
		if etag != "" {
			req.Header.Set("If-None-Match", etag)
		}
		return req, nil
	}
}

// repositoryError says which repository an answer is about, and what to do.
func repositoryError(repo string, err error) error {
	var se *httpx.StatusError
	if !errors.As(err, &se) {
		return fmt.Errorf("repository %s: %w", repo, err)
	}
	switch se.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("repository %s: the token is refused (wrong, expired or revoked): %w", repo, err)
	case http.StatusForbidden:
		return fmt.Errorf("repository %s: the token has no access (missing permission, single sign-on or an address allow list): %w", repo, err)
	case http.StatusNotFound:
		return fmt.Errorf("repository %s: not found; the name is wrong, or the token lacks permission to read it (GitHub answers 404 for both): %w", repo, err)
	case http.StatusGone:
		return fmt.Errorf("repository %s: gone; its issues are disabled, or it was deleted: %w", repo, err)
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return fmt.Errorf("repository %s: has moved, and the answer does not say where to: %w", repo, err)
	}
	return fmt.Errorf("repository %s: %w", repo, err)
}

// Ping asks for every repository, so that a wrong name or a missing permission
// shows before a run does.
func (s *Source) Ping(ctx context.Context) error {
	var problems []string
	var errs []error
	for _, repo := range s.opt.Repositories {
		err := s.ping(ctx, repo)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		problems, errs = append(problems, err.Error()), append(errs, err)
		if httpx.IsStatus(err, http.StatusUnauthorized) {
			break // the other repositories would only repeat it
		}
	}
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &pingError{line: strings.Join(problems, "; "), errs: errs}
}

// pingError keeps several problems on one line.
type pingError struct {
	line string
	errs []error
}

func (e *pingError) Error() string   { return e.line }
func (e *pingError) Unwrap() []error { return e.errs }

func (s *Source) ping(ctx context.Context, repo string) error {
	var d struct {
		HasIssues *bool `json:"has_issues"`
	}
	err := s.pinger.Do(ctx, s.request(repo, "", "", ""), func(r *httpx.Response) error {
		return rawjson.Unmarshal(r.Body, &d)
	})
	if err != nil {
		return repositoryError(repo, err)
	}
	if d.HasIssues != nil && !*d.HasIssues {
		return fmt.Errorf("repository %s: its issues are disabled", repo)
	}
	return nil
}

// isPageNumber tells a link that counts pages, and so drifts when items come
// and go, from one that marks a place (after, before).
func isPageNumber(query string) bool {
	q, err := url.ParseQuery(query)
	return err == nil && q.Has("page") && !q.Has("after") && !q.Has("before")
}
