package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// api sends requests to one site: go-jira builds and authenticates them, httpx
// sends them and reads the answers.
type api struct {
	requests *gojira.Client
	http     *httpx.Client
	dates    dates
	// authenticated: there are credentials, which the site may refuse.
	authenticated bool
}

func newAPI(opt Options, attempts int) (*api, error) {
	var transport http.RoundTripper = httpx.Transport()
	switch {
	case opt.User != "":
		transport = &gojira.BasicAuthTransport{Username: opt.User, Password: opt.Token, Transport: transport}
	case opt.Token != "":
		transport = &gojira.PATAuthTransport{Token: opt.Token, Transport: transport}
	}
	hc := &http.Client{Transport: transport, Timeout: 2 * time.Minute, CheckRedirect: stayHome}
	requests, err := gojira.NewClient(hc, opt.BaseURL)
	if err != nil {
		return nil, errors.New("jira: url cannot be read")
	}
	ho := httpx.Options{
		HTTP: hc, MaxInFlight: opt.MaxInFlight, MaxAttempts: attempts,
		MinBackoff: opt.MinBackoff, MaxBackoff: opt.MaxBackoff,
		UserAgent: opt.UserAgent, Log: opt.Log,
	}
	authenticated := opt.User != "" || opt.Token != ""
	if authenticated {
		ho.Inspect = refusedLogin
	}
	a := &api{requests: requests, http: httpx.New(ho), authenticated: authenticated}
	a.dates.zone = a.zone
	return a, nil
}

// stayHome refuses redirects to another host, because the auth transport would
// hand the credentials to it, and those that turn a POST into a GET, because
// that asks another question. The redirect itself then becomes the error.
func stayHome(req *http.Request, via []*http.Request) error {
	first := via[0]
	downgraded := first.URL.Scheme == "https" && req.URL.Scheme != "https"
	if req.URL.Host != first.URL.Host || downgraded || req.Method != first.Method || len(via) >= 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

// refusedLogin finds out that the site does not take the credentials where it
// goes on as if there were none: Cloud gives an expired token an empty listing
// and 404 for every issue.
func refusedLogin(req *http.Request, resp *http.Response) error {
	refused := ""
	for _, v := range resp.Header.Values("X-Seraph-LoginReason") {
		for reason := range strings.SplitSeq(v, ",") {
			switch reason = strings.TrimSpace(reason); reason {
			case "OK":
				return nil
			case "AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED":
				refused = reason
			}
		}
	}
	if refused == "" {
		return nil
	}
	return &httpx.StatusError{
		Method: req.Method, Path: req.URL.Path, Status: http.StatusUnauthorized,
		Message: "the site refuses the credentials: expired, revoked, or the account is locked (" + refused + ")",
	}
}

// answer is a decoded answer and the source's clock when it was given (zero
// where the answer does not tell).
type answer[T any] struct {
	T  T
	At time.Time
}

// checked is implemented by answers that can tell that they are not what was
// asked for. Failing makes httpx try again: half an answer must not look like
// an empty one.
type checked interface{ check() error }

func call[T any](ctx context.Context, a *api, method, path string, query url.Values, body any) (answer[T], error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var out answer[T]
	err := a.http.Do(ctx, func(ctx context.Context) (*http.Request, error) {
		req, err := a.requests.NewRequestWithContext(ctx, method, path, body)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		return req, nil
	}, func(r *httpx.Response) error {
		out = answer[T]{} // a failed try may have left something
		if err := rawjson.Unmarshal(r.Body, &out.T); err != nil {
			return err
		}
		if c, ok := any(out.T).(checked); ok {
			if err := c.check(); err != nil {
				return err
			}
		}
		out.At, _ = http.ParseTime(r.Header.Get("Date"))
		return nil
	})
	return out, err
}

func get[T any](ctx context.Context, a *api, path string, query url.Values) (answer[T], error) {
	return call[T](ctx, a, http.MethodGet, path, query, nil)
}

func post[T any](ctx context.Context, a *api, path string, body any) (answer[T], error) {
	return call[T](ctx, a, http.MethodPost, path, nil, body)
}

type serverInfo struct {
	Version        string `json:"version"`
	DeploymentType string `json:"deploymentType"`
}

type account struct {
	TimeZone string `json:"timeZone"`
}

func (a *api) myself(ctx context.Context) (account, error) {
	r, err := get[account](ctx, a, "rest/api/2/myself", nil)
	return r.T, err
}

// verify makes sure that the site takes the credentials, before an answer is
// believed that it also gives to a stranger.
func (a *api) verify(ctx context.Context, version string) error {
	if !a.authenticated {
		return nil
	}
	_, err := get[account](ctx, a, "rest/api/"+version+"/myself", nil)
	if httpx.IsStatus(err, 404, 405, 410) {
		return nil // a site too old to tell
	}
	if err != nil {
		return fmt.Errorf("credentials cannot be confirmed: %w", err)
	}
	return nil
}

// pageOf is a page of comments or histories; Jira names the list by endpoint.
type pageOf struct {
	StartAt   int               `json:"startAt"`
	Total     int               `json:"total"`
	IsLast    *bool             `json:"isLast"`
	Comments  []json.RawMessage `json:"comments"`
	Values    []json.RawMessage `json:"values"`
	Histories []json.RawMessage `json:"histories"`
}

func (p pageOf) check() error {
	if p.Comments == nil && p.Values == nil && p.Histories == nil {
		return errors.New("no list in the answer")
	}
	return nil
}

func (p pageOf) items() []json.RawMessage {
	switch {
	case p.Comments != nil:
		return p.Comments
	case p.Values != nil:
		return p.Values
	}
	return p.Histories
}
