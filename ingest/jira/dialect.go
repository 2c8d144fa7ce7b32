package jira

import (
	"context"
	"encoding/json"
	"time"
)

// dialect is what Cloud and Server say differently.
type dialect interface {
	// version is the REST API's version, for paths.
	version() string
	// overlap is how far the search index may lag behind the issues.
	overlap() time.Duration
	// newest asks for the latest `updated` of a query; zero for no issue. at
	// is the source's clock when it answered.
	newest(ctx context.Context, jql string) (updated, at time.Time, err error)
	// list hands over the issues of a query in order of creation, a page at a
	// time, until there are no more or page returns false. With thin set only
	// ids are needed, which lets Cloud give many more at once.
	list(ctx context.Context, q query, thin bool, page func([]ref) bool) error
	// count is how many issues a query has; nil where the site cannot tell.
	count(ctx context.Context, q query) (*int64, error)
	// search gives the whole issues with these ids; some may be missing.
	search(ctx context.Context, ids []string) (answer[[]json.RawMessage], error)
	// issue gives one whole issue.
	issue(ctx context.Context, id string) (answer[json.RawMessage], error)
	// histories completes the change histories of the issues; t decides about
	// those that cannot be had.
	histories(ctx context.Context, issues []*issue, t *tally) error
}

// ref is an issue as a listing shows it. Times are 0 where not asked for.
type ref struct {
	id               string
	updated, created int64           // ms since 1970
	raw              json.RawMessage // set when there is no id
}

func refOf(raw json.RawMessage) ref {
	is, err := decodeIssue(raw)
	if err != nil {
		return ref{raw: raw}
	}
	return ref{id: is.id, updated: is.updated, created: is.created}
}

func refsOf(raws []json.RawMessage) []ref {
	out := make([]ref, len(raws))
	for i, raw := range raws {
		out[i] = refOf(raw)
	}
	return out
}

// detector finds out once which flavour the site is. A failure is not kept.
type detector struct {
	turn chan struct{} // a lock that a cancelled caller need not wait for
	kind string
}

func newDetector() *detector { return &detector{turn: make(chan struct{}, 1)} }

func (d *detector) detect(ctx context.Context, a *api) (string, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if d.kind != "" {
		return d.kind, nil
	}
	r, err := get[serverInfo](ctx, a, "rest/api/2/serverInfo", nil)
	if err != nil {
		return "", err
	}
	d.kind = FlavourServer // very old servers do not name their type
	if r.T.DeploymentType == "Cloud" {
		d.kind = FlavourCloud
	}
	return d.kind, nil
}

func (s *Source) dialect(ctx context.Context) (dialect, error) { return s.dialectOn(ctx, s.api) }

func (s *Source) dialectOn(ctx context.Context, a *api) (dialect, error) {
	kind := s.opt.Flavour
	if kind == FlavourAuto {
		var err error
		if kind, err = s.flavor.detect(ctx, a); err != nil {
			return nil, err
		}
	}
	if kind == FlavourCloud {
		return &cloud{api: a, lag: orDefault(s.opt.Overlap, 10*time.Minute), log: s.opt.Log}, nil
	}
	return &server{api: a, lag: orDefault(s.opt.Overlap, 2*time.Minute)}, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}
