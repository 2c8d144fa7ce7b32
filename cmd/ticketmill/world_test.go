package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/simulate"
	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// small is a history that is quick to pull and to build.
var small = sync.OnceValue(func() *simulate.History {
	return simulate.Generate(simulate.Options{Seed: 5, JiraTickets: 60, GitHubTickets: 90})
})

// worldKey is the pseudonyms' key, the same in all worlds so that their
// exports can be compared.
const worldKey = "a key for the tests only"

// world is a configuration with its data folder and a simulated Jira and
// GitHub that it reads.
type world struct {
	t            *testing.T
	dir, config  string
	home         string
	env          []string
	server       *simulate.Server
	web          *httptest.Server
	until        time.Time
	substitution []string // what exports name differently in every world
}

type worldOptions struct {
	server  simulate.ServerOptions
	history *simulate.History
	// wrap, when set, stands between the connectors and the simulated systems.
	wrap func(http.Handler) http.Handler
	// jiraURL replaces the address of Jira.
	jiraURL string
	dirName string
	extra   string // more configuration
}

const worldConfig = `home: data
timezone: Europe/Berlin
privacy: {key: "${TICKETMILL_PRIVACY_KEY}"}
sources:
  - name: helpdesk
    kind: jira
    url: %s
    projects: [SUP, OPS]
    auth: {user: "${JIRA_USER}", token: "${JIRA_TOKEN}"}
    support_model: paid
  - name: oss
    kind: github
    url: %s/api/v3
    repositories: [acme/engine, acme/console, acme/connect]
    token: ${GITHUB_TOKEN}
    support_model: community
actors:
  agents: ["*@acme.example"]
  bots: ["*[bot]", "jenkins"]
build: {threads: 1, memory: 1GB, keep: 2}
demand: {off: true} # what a ticket is about depends on the nights before; TestDemand has it on
`

const worldToken = "tok-5ecret-0123456789"

func newWorld(t *testing.T, o worldOptions) *world {
	t.Helper()
	if o.history == nil {
		o.history = small()
	}
	if o.server.SlowAnswer == 0 {
		o.server.SlowAnswer = 5 * time.Millisecond
	}
	o.server.Token = worldToken
	w := &world{t: t, dir: filepath.Join(t.TempDir(), o.dirName), server: simulate.NewServer(o.history, o.server), until: o.history.Until()}
	var h http.Handler = w.server
	if o.wrap != nil {
		h = o.wrap(h)
	}
	w.web = httptest.NewUnstartedServer(h)
	w.web.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.web.Start()
	t.Cleanup(w.web.Close)
	jira := w.web.URL
	if o.jiraURL != "" {
		jira = o.jiraURL
	}
	w.substitution = []string{jira, "http://jira", w.web.URL, "http://github"}
	w.config, w.home = filepath.Join(w.dir, "ticketmill.yaml"), filepath.Join(w.dir, "data")
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.writeConfig(fmt.Sprintf(worldConfig, jira, w.web.URL) + o.extra)
	w.env = []string{"TICKETMILL_PRIVACY_KEY", worldKey, "JIRA_USER", "robot@acme.example", "JIRA_TOKEN", worldToken, "GITHUB_TOKEN", worldToken}
	return w
}

func (w *world) writeConfig(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.config, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// setenv replaces a variable.
func (w *world) setenv(name, value string) { w.env = append(w.env, name, value) }

func (w *world) call(t *testing.T, args ...string) result {
	t.Helper()
	return call(t, w.env, w.args(args...)...)
}

func (w *world) args(args ...string) []string {
	return append([]string{"--config", w.config}, args...)
}

func (w *world) asOf() string { return "--as-of=" + w.until.Format(time.RFC3339) }

// run pulls and builds as of the end of history.
func (w *world) run(t *testing.T) result {
	t.Helper()
	return must(t, w.call(t, "run", "--quiet", w.asOf()))
}

// marts are the names of all marts, as export takes them.
func marts(t *testing.T) []string {
	t.Helper()
	paths, err := fs.Glob(sql.Files, "marts/*.sql")
	if err != nil || len(paths) < 4 {
		t.Fatalf("marts: %v, %v", paths, err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".sql"))
	}
	return names
}

// exports are all marts as CSV, with the sources' addresses replaced.
func (w *world) exports(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range marts(t) {
		out[m] = strings.NewReplacer(w.substitution...).Replace(must(t, w.call(t, "export", m)).stdout)
	}
	return out
}

// sameExports compares with the exports of another world.
func sameExports(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] == want[name] {
			continue
		}
		g, w := strings.Split(got[name], "\n"), strings.Split(want[name], "\n")
		t.Errorf("%s differs: %d lines, want %d", name, len(g), len(w))
		shown := 0
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] && shown < 3 {
				shown++
				t.Errorf("%s line %d:\n%s\nwant\n%s", name, i+1, g[i], w[i])
			}
		}
	}
}

// reference is what one undisturbed run over the whole small history exports.
func reference(t *testing.T) map[string]string {
	t.Helper()
	referenceOnce.Do(func() {
		w := newWorld(t, worldOptions{})
		w.run(t)
		referenceExports = w.exports(t)
	})
	if len(referenceExports) == 0 {
		t.Fatal("the undisturbed run failed")
	}
	return referenceExports
}

var (
	referenceOnce    sync.Once
	referenceExports map[string]string
)

// current is what CURRENT names.
func (w *world) current(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.home, "published", "CURRENT"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// query asks the published snapshot.
func (w *world) query(t *testing.T, q string) [][]any {
	t.Helper()
	db, err := warehouse.OpenReadOnly(context.Background(), filepath.Join(w.home, "published", w.current(t)), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return rows.Values
}

// files lists all files below home, by their path in it.
func (w *world) files(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(w.home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, rerr := filepath.Rel(w.home, path)
			all, err = append(all, rel), rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// landedFiles are the Parquet files of landing.
func (w *world) landedFiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.home, "landing", "*", "*", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// recorder keeps every answer's body.
type recorder struct {
	next http.Handler
	mu   sync.Mutex
	all  [][]byte
}

func (r *recorder) ServeHTTP(rw http.ResponseWriter, q *http.Request) {
	tee := &teeWriter{ResponseWriter: rw}
	r.next.ServeHTTP(tee, q)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, tee.body.Bytes())
}

type teeWriter struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (t *teeWriter) Write(b []byte) (int, error) {
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}
