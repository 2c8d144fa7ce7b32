// Package github reads the issues, comments and issue events of repositories
// from GitHub's REST API, on github.com and Enterprise Server alike.
//
// Three streams per repository: issues (pull requests included, told apart
// downstream), comments, and events (the history: closed, reopened, labeled,
// assigned, …). Payloads are kept as GitHub sent them.
package github

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// Options configures a Source. The zero value of a field means its default.
type Options struct {
	// BaseURL is https://api.github.com (the default) or an Enterprise host,
	// with or without its /api/v3.
	BaseURL string
	// Repositories are named owner/name.
	Repositories []string
	// Tokens are spread over the requests; none means anonymous access, which
	// GitHub limits to 60 requests an hour.
	Tokens []string

	MaxInFlight            int
	MinBackoff, MaxBackoff time.Duration
	MaxAttempts            int
	// PageSize is how many items to ask for at once: 1 to 100, default 100.
	PageSize  int
	Log       *slog.Logger
	UserAgent string

	// What follows lets tests reach in minutes what GitHub does in hours.
	secondaryWait time.Duration // see httpx.Options.SecondaryWait
	eventsCap     int           // see defaultEventsCap
	seenCap       int           // see defaultSeenCap
}

// Stream names.
const (
	issuesStream   = "issues"
	commentsStream = "comments"
	eventsStream   = "events"
)

// Source reads repositories. It is safe for concurrent use.
type Source struct {
	opt    Options
	base   *url.URL
	client *httpx.Client
	pinger *httpx.Client
	log    *slog.Logger
}

var _ ingest.Source = (*Source)(nil)

// New checks the options and returns a Source. It sends nothing.
func New(opt Options) (*Source, error) {
	base, err := parseBase(opt.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkRepositories(opt.Repositories); err != nil {
		return nil, err
	}
	if opt.PageSize == 0 {
		opt.PageSize = maxPageSize
	}
	if opt.PageSize < 1 || opt.PageSize > maxPageSize {
		return nil, fmt.Errorf("github: page size %d: must be 1 to %d", opt.PageSize, maxPageSize)
	}
	if opt.eventsCap == 0 {
		opt.eventsCap = defaultEventsCap
	}
	if opt.seenCap == 0 {
		opt.seenCap = defaultSeenCap
	}
	if opt.MaxInFlight <= 0 {
		opt.MaxInFlight = 8
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "ticketmill" // GitHub refuses requests without one
	}
	creds, err := credentials(opt.Tokens)
	if err != nil {
		return nil, err
	}
	ho := httpx.Options{
		Credentials: creds, MaxInFlight: opt.MaxInFlight, MaxAttempts: opt.MaxAttempts,
		MinBackoff: opt.MinBackoff, MaxBackoff: opt.MaxBackoff, SecondaryWait: opt.secondaryWait,
		UserAgent: opt.UserAgent, Log: opt.Log,
	}
	s := &Source{opt: opt, base: base, client: httpx.New(ho), log: opt.Log}
	// Somebody waits for the answer to a ping: a few tries say enough.
	ho.MaxAttempts = 3
	s.pinger = httpx.New(ho)
	return s, nil
}

const maxPageSize = 100 // GitHub's own limit; it lowers what is above without a word

func parseBase(raw string) (*url.URL, error) {
	if strings.TrimSpace(raw) == "" {
		raw = "https://api.github.com"
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, errors.New("github: url must look like https://api.github.com or https://ghe.example/api/v3")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("github: url must carry neither credentials nor a query; tokens have a setting of their own")
	}
	host := strings.ToLower(u.Hostname())
	if host == "github.com" || host == "www.github.com" {
		return nil, fmt.Errorf("github: url %s is the web site; the API is https://api.github.com", raw)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	// Enterprise Server serves the API below /api/v3; api.github.com and the
	// data-residency hosts (api.acme.ghe.com) have a host of its own for it.
	hosted := host == "api.github.com" || strings.HasPrefix(host, "api.") && strings.HasSuffix(host, ".ghe.com")
	if u.Path == "" && !hosted {
		u.Path = "/api/v3"
	}
	return u, nil
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$`)

func checkRepositories(repos []string) error {
	if len(repos) == 0 {
		return errors.New("github: no repositories given")
	}
	seen := map[string]bool{}
	for _, r := range repos {
		if _, name, _ := strings.Cut(r, "/"); !repositoryName.MatchString(r) || name == "." || name == ".." {
			return fmt.Errorf("github: repository %q: must be owner/name, such as acme/engine", r)
		}
		if k := strings.ToLower(r); seen[k] { // GitHub ignores case: both would be the same repository
			return fmt.Errorf("github: repository %q is given twice", r)
		} else {
			seen[k] = true
		}
	}
	return nil
}

func credentials(tokens []string) ([]httpx.Credential, error) {
	var cs []httpx.Credential
	for i, t := range tokens {
		t = strings.TrimSpace(t)
		if t == "" {
			continue
		}
		if strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("github: token %d contains characters that no token has", i+1)
		}
		cs = append(cs, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+t) })
	}
	return cs, nil
}

// Streams lists three streams for each repository.
func (s *Source) Streams() []ingest.Stream {
	var out []ingest.Stream
	for _, r := range s.opt.Repositories {
		for _, n := range []string{issuesStream, commentsStream, eventsStream} {
			out = append(out, ingest.Stream{Name: n, Scope: r})
		}
	}
	return out
}

// Read yields the stream's pages from the cursor on. Every walk that reaches
// its end finishes with a page that is Complete.
func (s *Source) Read(ctx context.Context, st ingest.Stream, from ingest.Cursor) iter.Seq2[ingest.Page, error] {
	return func(yield func(ingest.Page, error) bool) {
		err := s.read(ctx, st, from, func(p ingest.Page) error {
			if !yield(p, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(ingest.Page{}, err)
		}
	}
}

// errStopped says that the caller wants no more pages.
var errStopped = errors.New("stopped by the reader")

// emitFunc hands a page to the caller; its error ends the walk.
type emitFunc func(ingest.Page) error

func (s *Source) read(ctx context.Context, st ingest.Stream, from ingest.Cursor, emit emitFunc) error {
	known := false
	for _, r := range s.opt.Repositories {
		known = known || r == st.Scope
	}
	if !known {
		return fmt.Errorf("github: repository %q is not configured", st.Scope)
	}
	switch st.Name {
	case issuesStream:
		return s.readListing(ctx, issueListing, st.Scope, from, emit)
	case commentsStream:
		return s.readListing(ctx, commentListing, st.Scope, from, emit)
	case eventsStream:
		return s.readEvents(ctx, st.Scope, from, emit)
	}
	return fmt.Errorf("github: there is no stream %q", st.Name)
}
