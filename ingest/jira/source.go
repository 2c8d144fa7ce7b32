package jira

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// The flavours of Options.Flavour.
const (
	FlavourAuto   = "auto"
	FlavourCloud  = "cloud"
	FlavourServer = "server"
)

// The stream names.
const (
	streamIssues   = "issues"
	streamStatuses = "statuses"
)

// Options configures a Source. The zero value of a field means its default.
type Options struct {
	// BaseURL is the site's root, such as https://example.atlassian.net; a
	// context path such as https://host/jira is kept.
	BaseURL string
	// Flavour is auto (ask the site), cloud or server (Data Center too).
	Flavour string
	// Projects are project keys, each a stream of its own; or JQL selects the
	// issues. One of the two; JQL without ORDER BY, since the walk orders.
	Projects []string
	JQL      string
	// User and Token authenticate: basic with both, a bearer token (personal
	// access token) without User, anonymous without either.
	User, Token string
	// MaxInFlight, MaxAttempts and the back-off bounds go to the HTTP client.
	MaxInFlight            int
	MaxAttempts            int
	MinBackoff, MaxBackoff time.Duration
	// Overlap is how far before its mark a later walk looks again, because a
	// search index lags behind the issues: default 10 min on Cloud, which is
	// eventually consistent, and 2 min on Server.
	Overlap   time.Duration
	Log       *slog.Logger
	UserAgent string
}

// Source reads one Jira site. It is safe for concurrent use.
type Source struct {
	opt    Options
	scopes []scope
	api    *api
	flavor *detector
}

// scope is one issues stream: its name, what people call it and its query.
type scope struct {
	stream ingest.Stream
	label  string
	jql    string
}

// New checks the options and returns a Source. It sends nothing yet.
func New(opt Options) (*Source, error) {
	base, err := siteRoot(opt.BaseURL)
	if err != nil {
		return nil, err
	}
	opt.BaseURL = base
	opt.Flavour = cmp.Or(opt.Flavour, FlavourAuto)
	if !slices.Contains([]string{FlavourAuto, FlavourCloud, FlavourServer}, opt.Flavour) {
		return nil, fmt.Errorf("jira: flavour %q: want auto, cloud or server", opt.Flavour)
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	scopes, err := scopesOf(opt)
	if err != nil {
		return nil, err
	}
	a, err := newAPI(opt, opt.MaxAttempts)
	if err != nil {
		return nil, err
	}
	return &Source{opt: opt, scopes: scopes, api: a, flavor: newDetector()}, nil
}

func siteRoot(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		// url.Error repeats the whole text, which may hold a password.
		return "", errors.New("jira: url cannot be read; want https://host or https://host/path")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", errors.New("jira: url needs the form https://host or https://host/path")
	case u.User != nil:
		return "", errors.New("jira: url must not hold credentials; put them in auth")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("jira: url must not have a query or a fragment")
	}
	return strings.TrimRight(u.String(), "/") + "/", nil
}

var (
	jqlQuoted  = regexp.MustCompile(`"(\\.|[^"\\])*"|'(\\.|[^'\\])*'`)
	jqlOrderBy = regexp.MustCompile(`(?i)\border\s+by\b`)
)

func scopesOf(opt Options) ([]scope, error) {
	jql := strings.TrimSpace(opt.JQL)
	switch {
	case len(opt.Projects) > 0 && jql != "":
		return nil, errors.New("jira: give projects or jql, not both")
	case len(opt.Projects) == 0 && jql == "":
		return nil, errors.New("jira: give projects or jql")
	case jql != "":
		if jqlOrderBy.MatchString(jqlQuoted.ReplaceAllString(jql, `""`)) {
			return nil, errors.New("jira: jql must have no ORDER BY: the walk orders by itself")
		}
		sum := sha256.Sum256([]byte(opt.JQL))
		name := "jql-" + hex.EncodeToString(sum[:4])
		return []scope{{ingest.Stream{Name: streamIssues, Scope: name}, "the jql (" + name + ")", "(" + jql + ")"}}, nil
	}
	var scopes []scope
	seen := map[string]bool{}
	for _, p := range opt.Projects {
		if p = strings.TrimSpace(p); p == "" {
			return nil, errors.New("jira: a project key is empty")
		}
		if seen[p] {
			return nil, fmt.Errorf("jira: project %s is listed twice", p)
		}
		seen[p] = true
		scopes = append(scopes, scope{ingest.Stream{Name: streamIssues, Scope: p}, "project " + p, "project = " + jqlString(p)})
	}
	return scopes, nil
}

func jqlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Streams lists the issues of each project (or of the JQL), then the statuses.
func (s *Source) Streams() []ingest.Stream {
	var out []ingest.Stream
	for _, sc := range s.scopes {
		out = append(out, sc.stream)
	}
	return append(out, ingest.Stream{Name: streamStatuses})
}

// Read yields the stream's pages from the cursor on.
func (s *Source) Read(ctx context.Context, stream ingest.Stream, from ingest.Cursor) iter.Seq2[ingest.Page, error] {
	return func(yield func(ingest.Page, error) bool) {
		if stream == (ingest.Stream{Name: streamStatuses}) {
			p, err := s.readStatuses(ctx, from)
			yield(p, explain(ctx, "statuses", err))
			return
		}
		for _, sc := range s.scopes {
			if sc.stream == stream {
				if err := s.readIssues(ctx, sc, from, yield); err != nil && !errors.Is(err, errStopped) {
					yield(ingest.Page{}, explain(ctx, sc.label, err))
				}
				return
			}
		}
		yield(ingest.Page{}, fmt.Errorf("jira: no stream %q", stream))
	}
}

// pingAttempts keeps a check short: the person waiting for it can try again.
const pingAttempts = 3

// Ping tells whether the site answers, takes the credentials and lets them
// search every project. The error names what is wrong.
func (s *Source) Ping(ctx context.Context) error {
	tries := pingAttempts
	if s.opt.MaxAttempts > 0 {
		tries = min(tries, s.opt.MaxAttempts)
	}
	a, err := newAPI(s.opt, tries)
	if err != nil {
		return err
	}
	d, err := s.dialectOn(ctx, a)
	if err != nil {
		return explain(ctx, "serverInfo", err)
	}
	if a.authenticated { // anonymous users have no "myself"
		if _, err := a.myself(ctx); err != nil {
			return explain(ctx, "myself", err)
		}
	}
	for _, sc := range s.scopes {
		if _, _, err := d.newest(ctx, sc.jql); err != nil {
			return explain(ctx, sc.label, err)
		}
	}
	return nil
}

// explain says in which part of the configuration to look. A cancellation
// stays what it is.
func explain(ctx context.Context, what string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	hint := ""
	switch {
	case httpx.IsStatus(err, 401):
		hint = "credentials refused, check auth.user and auth.token: "
	case httpx.IsStatus(err, 403):
		hint = "not allowed, the account needs to browse it (a locked account or a CAPTCHA also looks like this): "
	case httpx.IsStatus(err, 400):
		hint = "Jira refuses the query, check the project key or the JQL and that the account may see it: "
	case httpx.IsStatus(err, 404):
		hint = "not found, check url (the site's root) and flavour: "
	case httpx.IsStatus(err, 410):
		hint = "a removed API, the site is Jira Cloud: set flavour to cloud or auto: "
	case httpx.IsStatus(err, 301, 302, 303, 307, 308):
		hint = "the site redirects elsewhere, check url, and that no single sign-on stands before the API: "
	}
	return fmt.Errorf("jira: %s: %s%w", what, hint, err)
}
