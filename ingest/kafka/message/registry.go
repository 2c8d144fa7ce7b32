package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/sr"
	"golang.org/x/sync/singleflight"
)

// RegistryOptions say where the schema registry is and how to speak to it.
type RegistryOptions struct {
	URL      string           // http or https; several, separated by commas, stand in for each other
	User     string           // basic authentication; none when empty
	Password string           // never logged
	HTTP     *http.Client     // nil: one that gives up on a request after 10 s
	Now      func() time.Time // nil: time.Now; how long a missing schema stays missing is told by it
}

const (
	// missingFor is how long a schema stays missing: long enough to spare the
	// registry a request a message, short enough that one registered late is
	// found by the next run.
	missingFor = 30 * time.Second
	// outageFor is how long a registry may be away before a message waits for
	// the next run.
	outageFor = 2 * time.Minute
	// sweepAt is how many verdicts may pile up before the outdated ones go.
	sweepAt = 4096
	// maxReferences bounds what one schema pulls in.
	maxReferences = 256
)

// errAbandoned marks a lookup whose caller gave up.
var errAbandoned = errors.New("schema lookup abandoned")

// registry fetches schemas, each once: what an id names never changes.
type registry struct {
	client *sr.Client
	log    *slog.Logger
	now    func() time.Time
	retry  func() []backoff.RetryOption
	flight singleflight.Group

	mu    sync.RWMutex
	known map[string]verdict
}

// verdict is what is known of one schema.
type verdict struct {
	schema *schema
	poison *Poison
	until  time.Time // zero: for ever
}

func newRegistry(o RegistryOptions, log *slog.Logger) (*registry, error) {
	urls := strings.Split(o.URL, ",")
	for i, raw := range urls {
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			// Not the parser's error: the address may hold a password.
			return nil, errors.New("schema registry: the address is no http or https URL")
		}
		if o.User == "" && u.User != nil {
			o.User = u.User.Username()
			o.Password, _ = u.User.Password()
		}
		u.User = nil // the client's errors quote the address
		urls[i] = u.String()
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	opts := []sr.ClientOpt{sr.URLs(urls...), sr.HTTPClient(o.HTTP), sr.UserAgent("ticketmill")}
	if o.User != "" {
		opts = append(opts, sr.BasicAuth(o.User, o.Password))
	}
	client, err := sr.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("schema registry: %w", err)
	}
	return &registry{client: client, log: log, now: o.Now, retry: patience, known: map[string]verdict{}}, nil
}

func patience() []backoff.RetryOption {
	return []backoff.RetryOption{backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(outageFor)}
}

// schema gives the compiled schema of a frame. Lookups of one schema at the
// same time become one.
func (g *registry) schema(ctx context.Context, f frame) (*schema, error) {
	key := f.guid
	if key == "" {
		key = fmt.Sprint(f.id)
	}
	for {
		if v, ok := g.lookup(key); ok {
			return v.result()
		}
		c := g.flight.DoChan(key, func() (any, error) { return g.load(ctx, key, f) })
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case res := <-c:
			if errors.Is(res.Err, errAbandoned) && ctx.Err() == nil {
				continue // another caller asked for both of us and has gone
			}
			if res.Err != nil {
				return nil, res.Err
			}
			return res.Val.(verdict).result()
		}
	}
}

func (v verdict) result() (*schema, error) {
	if v.poison != nil {
		return nil, v.poison
	}
	return v.schema, nil
}

func (g *registry) lookup(key string) (verdict, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	v, ok := g.known[key]
	return v, ok && (v.until.IsZero() || g.now().Before(v.until))
}

// load fetches and compiles. An error is an outage; everything else is a
// verdict to remember.
func (g *registry) load(ctx context.Context, key string, f frame) (verdict, error) {
	if v, ok := g.lookup(key); ok { // a flight that landed just now
		return v, nil
	}
	s, err := g.fetch(ctx, f)
	if err != nil {
		var v verdict
		if !errors.As(err, &v.poison) {
			return v, err
		}
		if v.poison.Reason == "schema_not_found" {
			v.until = g.now().Add(missingFor)
		}
		g.remember(key, v)
		return v, nil
	}
	v := verdict{schema: s}
	g.remember(key, v)
	return v, nil
}

func (g *registry) remember(key string, v verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= sweepAt { // garbage that looks framed names any id
		maps.DeleteFunc(g.known, func(_ string, v verdict) bool { return !v.until.IsZero() && !g.now().Before(v.until) })
	}
	g.known[key] = v
}

// answer is what the registry says of a schema. The client's own type refuses
// kinds of schema that it does not know, which is no reason to ask again.
type answer struct {
	Schema     string               `json:"schema"`
	Type       string               `json:"schemaType"` // empty: Avro
	References []sr.SchemaReference `json:"references"`
}

func (g *registry) fetch(ctx context.Context, f frame) (*schema, error) {
	path := "/schemas/guids/" + f.guid
	if f.guid == "" {
		path = fmt.Sprintf("/schemas/ids/%d", f.id)
	}
	root, err := g.ask(ctx, path)
	if err != nil {
		return nil, err
	}
	refs := &references{g: g, seen: map[sr.SchemaReference]bool{}}
	if root.Type != typeJSON {
		if err := refs.add(ctx, root.References); err != nil {
			return nil, err
		}
	}
	return compile(ctx, root, refs.found)
}

// reference is a schema that another one refers to by name.
type reference struct {
	name string
	text string
}

// references collects what a schema refers to, what it needs itself before it.
type references struct {
	g     *registry
	seen  map[sr.SchemaReference]bool
	found []reference
}

func (r *references) add(ctx context.Context, list []sr.SchemaReference) error {
	for _, ref := range list {
		if r.seen[ref] {
			continue
		}
		if len(r.seen) == maxReferences {
			return poison("schema_unreadable")
		}
		r.seen[ref] = true
		// A schema in use may refer to a version that has been soft-deleted.
		s, err := r.g.ask(sr.WithParams(ctx, sr.ShowDeleted), fmt.Sprintf("/subjects/%s/versions/%d", url.PathEscape(ref.Subject), ref.Version))
		if err != nil {
			return err
		}
		if err := r.add(ctx, s.References); err != nil {
			return err
		}
		r.found = append(r.found, reference{name: ref.Name, text: s.Schema})
	}
	return nil
}

// ask calls the registry, patiently while it is away.
func (g *registry) ask(ctx context.Context, path string) (answer, error) {
	notify := func(err error, wait time.Duration) {
		g.log.Warn("schema registry gave no answer, trying again", "error", err, "wait", wait)
	}
	a, err := backoff.Retry(ctx, func() (answer, error) {
		var a answer
		err := g.client.Do(ctx, http.MethodGet, path, nil, &a)
		return a, judge(err)
	}, append(g.retry(), backoff.WithNotify(notify))...)
	var p *Poison
	switch {
	case err == nil, errors.As(err, &p):
		return a, err
	case ctx.Err() != nil:
		return a, fmt.Errorf("%w: %w", errAbandoned, ctx.Err())
	}
	return a, fmt.Errorf("schema registry: %w", err)
}

// judge says of a failed call whether another try can help. What the registry
// wrote in its answer is left out: it may quote the request.
func judge(err error) error {
	var res *sr.ResponseError
	switch {
	case err == nil:
		return nil
	case isOutage(err):
		return fmt.Errorf("unreachable: %w", err)
	case !errors.As(err, &res):
		return backoff.Permanent(errors.New("its answer is not that of a schema registry"))
	case res.StatusCode == http.StatusNotFound:
		return backoff.Permanent(poison("schema_not_found"))
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden:
		return backoff.Permanent(fmt.Errorf("it refuses the credentials (status %d)", res.StatusCode))
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		return fmt.Errorf("unreachable: status %d", res.StatusCode)
	}
	return backoff.Permanent(fmt.Errorf("it refuses the request (status %d)", res.StatusCode))
}

// isOutage tells that no whole answer came.
func isOutage(err error) bool {
	var failed net.Error
	return errors.As(err, &failed) || errors.Is(err, io.ErrUnexpectedEOF)
}
