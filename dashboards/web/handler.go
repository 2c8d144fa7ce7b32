package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Engine answers queries over the generation that counts.
type Engine interface {
	// Query runs one SELECT for a user's role.
	Query(ctx context.Context, q Query) (*Rows, error)
	// Generation names the generation that new queries see, such as
	// "gen-000017", and says since when; "" while there is none.
	Generation() (name string, since time.Time)
}

// Query is a statement with its parameters $1, $2 … as PostgreSQL writes them.
type Query struct {
	User   User
	SQL    string
	Params []string
}

// Rows is a result. Next ends with io.EOF; Close must be called.
type Rows struct {
	Generation string
	Columns    []Column
	Next       func() ([]any, error)
	Close      func()
}

// Column is a column of a result, with PostgreSQL's OID of its type.
type Column struct {
	Name string
	OID  uint32
}

// User is who asks.
type User struct{ Name, Role string }

// Users knows the users' passwords.
type Users interface {
	// Authenticate gives the user of a name and password.
	Authenticate(name, password string) (User, bool)
}

// Attempts keeps passwords from being tried out.
type Attempts interface {
	// Wait is how long a client must wait until the user's password is looked at.
	Wait(client, user string) time.Duration
	// Tried tells how a look at a password ended.
	Tried(client, user string, ok bool)
}

// Access is one request, for the audit.
type Access struct {
	At       time.Time
	User     User
	Client   string // address
	Request  string // method and address, without what was sent in the body
	Rows     int64
	Duration time.Duration
	Outcome  string // "ok", or the status such as "404"
}

// Exporter writes a whole mart ("marts.ticket") of a generation as "csv" or
// "parquet".
type Exporter func(ctx context.Context, generation, mart, format string, w io.Writer) error

// Matcher tells what a request is. The answer is written as JSON; the text is not
// kept.
type Matcher func(ctx context.Context, text, priority string) (any, error)

// Config is what the handler needs.
type Config struct {
	Engine Engine
	// Users may be nil: then everybody is Anonymous, but only on this machine.
	Users     Users
	Attempts  Attempts // with Users
	Anonymous User
	Export    Exporter
	Match     Matcher
	Audit     func(Access)
	Metrics   *Metrics
	// Connect is how to reach the wire protocol, for the start page, such as
	// "psql …".
	Connect string
	Now     func() time.Time
	Log     *slog.Logger
}

// Handler serves the routes.
type Handler struct {
	c       Config
	routes  []route
	mux     *http.ServeMux
	places  chan struct{} // bounds requests of users that run at once
	heavy   chan struct{} // bounds exports among them
	matches chan struct{} // bounds matches among them, which must not wait for exports
	reports *pageCache
}

// route is one thing that is served.
type route struct {
	method, pattern string
	open            bool // needs no user
	serve           func(*Handler, http.ResponseWriter, *http.Request) error
}

// routes is everything that is served; openapi.json describes those of the API.
func routes() []route {
	return []route{
		{"GET", "/{$}", false, (*Handler).start},
		{"GET", "/healthz", true, (*Handler).health},
		{"GET", "/readyz", true, (*Handler).ready},
		{"GET", "/metrics", false, (*Handler).metrics},
		{"GET", "/reports/{name}", false, (*Handler).report},
		{"GET", "/downloads/{name}", false, (*Handler).download},
		{"GET", "/v1/marts", false, (*Handler).marts},
		{"GET", "/v1/marts/{mart}", false, (*Handler).mart},
		{"POST", "/v1/match", false, (*Handler).match},
		{"GET", "/v1/openapi.json", false, (*Handler).openAPI},
	}
}

// How many requests of users run at once, each with a page in memory, and how
// many exports and matches.
const (
	placesAtOnce  = 32
	heavyAtOnce   = 2
	matchesAtOnce = 4
)

// New makes the handler.
func New(c Config) (*Handler, error) {
	if c.Engine == nil || c.Now == nil || c.Log == nil || c.Audit == nil || c.Metrics == nil {
		return nil, errors.New("web: engine, clock, log, audit and metrics are needed")
	}
	if c.Users != nil && c.Attempts == nil {
		return nil, errors.New("web: with users their attempts must be counted")
	}
	h := &Handler{c: c, routes: routes(), mux: http.NewServeMux(), reports: newPageCache()}
	h.places, h.heavy, h.matches = make(chan struct{}, placesAtOnce), make(chan struct{}, heavyAtOnce), make(chan struct{}, matchesAtOnce)
	for _, r := range h.routes {
		h.mux.Handle(r.method+" "+r.pattern, h.guarded(r))
	}
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w, r)
	if _, pattern := h.mux.Handler(r); pattern != "" {
		h.mux.ServeHTTP(w, r)
		return
	}
	h.unrouted(w, r)
}

// unrouted answers what no route takes: OPTIONS, wrong methods, wrong paths.
func (h *Handler) unrouted(w http.ResponseWriter, r *http.Request) {
	allowed := h.allowed(r)
	switch {
	case allowed == "":
		writeProblem(w, &problem{http.StatusNotFound, "there is nothing here; / lists what there is"})
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allowed)
		writeProblem(w, &problem{http.StatusMethodNotAllowed, "this takes " + allowed})
	}
}

// allowed lists the methods that the request's path takes.
func (h *Handler) allowed(r *http.Request) string {
	for method, all := range map[string]string{http.MethodGet: "GET, HEAD, OPTIONS", http.MethodPost: "POST, OPTIONS"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := h.mux.Handler(other); pattern != "" {
			return all
		}
	}
	return ""
}

// health says that the process answers.
func (h *Handler) health(w http.ResponseWriter, _ *http.Request) error {
	return writeText(w, "ok\n")
}

// ready says that a snapshot is served.
func (h *Handler) ready(w http.ResponseWriter, _ *http.Request) error {
	if name, _ := h.c.Engine.Generation(); name == "" {
		return &problem{http.StatusServiceUnavailable, "no snapshot is served yet"}
	}
	return writeText(w, "ok\n")
}

func writeText(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := io.WriteString(w, text)
	return err
}
