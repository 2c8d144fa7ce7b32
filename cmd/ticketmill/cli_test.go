package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thedatashed/xlsxreader"

	"github.com/ticketmill/ticketmill/ingest/simulate"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from %s (go test -update writes it anew):\n%s", name, path, got)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	root := call(t, nil, "--help")
	golden(t, "help", must(t, root).stdout)
	if bare := must(t, call(t, nil)); bare.stdout != root.stdout {
		t.Error("without a verb it does not say the same as --help")
	}
	_, list, _ := strings.Cut(root.stdout, "Available Commands")
	verbs := regexp.MustCompile(`(?m)^  (\w+) {2,}\w`).FindAllStringSubmatch(list, -1)
	if len(verbs) < 8 {
		t.Fatalf("verbs found: %v", verbs)
	}
	for _, v := range verbs {
		if v[1] == "help" {
			continue
		}
		r := must(t, call(t, nil, v[1], "--help"))
		golden(t, "help_"+v[1], r.stdout)
		if r.stderr != "" {
			t.Errorf("%s --help writes to stderr: %s", v[1], r.stderr)
		}
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mine.yaml")
	r := must(t, call(t, nil, "--config", path, "init"))
	golden(t, "init", strings.ReplaceAll(r.stdout, path, "mine.yaml"))
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(b, configTemplate) {
		t.Errorf("it wrote %d bytes, %v", len(b), err)
	}
	for _, text := range []string{"# mine\n", ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r = call(t, nil, "--config", path, "init")
		if b, err := os.ReadFile(path); string(b) != text || err != nil || r.status != exitUsage {
			t.Errorf("exit %d; the file is now %q, %v", r.status, b, err)
		}
		if !strings.Contains(r.line(t), path+" exists already") {
			t.Error(r.stderr)
		}
	}
	if r := call(t, nil, "--config", filepath.Join(path, "below", "x.yaml"), "init"); r.status != exitUsage {
		t.Errorf("a folder that is not there: exit %d, %s", r.status, r.stderr)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	good := "testdata/minimal.good.yml"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"frobnicate"}, `there is no verb "frobnicate"`},
		{[]string{"--frobnicate"}, "unknown flag: --frobnicate"},
		{[]string{"run", "--frobnicate"}, "see `ticketmill run --help`"},
		{[]string{"build", "--as-of", "yesterday"}, "write 2026-06-30T22:00:00Z or 2026-06-30"},
		{[]string{"build", "--as-of"}, "flag needs an argument"},
		{[]string{"build", "helpdesk"}, `ticketmill build takes no arguments, got "helpdesk"`},
		{[]string{"version", "x"}, "takes no arguments"},
		{[]string{"--log-format", "xml", "version"}, "--log-format is text or json"},
		{[]string{"--config", "testdata/none.yml", "run"}, "there is no configuration testdata/none.yml; `ticketmill init` writes one"},
		{[]string{"--config", "testdata", "run"}, "is a directory"},
		{[]string{"--config", good, "--home", "HOME", "ingest", "helpdesk"}, `there is no source "helpdesk"`},
		{[]string{"--config", good, "--home", "HOME", "run", "oss", "helpdesk"}, `there is no source "helpdesk"`},
		{[]string{"--config", good, "export", "ticket", "--format", "yaml"}, "--format is one of csv"},
		{[]string{"--config", good, "export", "ticket", "response_weekly"}, "name one mart, not 2"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			for i := range c.args {
				c.args[i] = strings.ReplaceAll(c.args[i], "HOME", home)
			}
			r := call(t, nil, c.args...)
			if r.status != exitUsage || !strings.Contains(r.line(t), c.want) {
				t.Errorf("exit %d\n%swant %d and %q", r.status, r.stderr, exitUsage, c.want)
			}
			if r.stdout != "" {
				t.Errorf("stdout: %s", r.stdout)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if r := must(t, call(t, nil, "version")); !regexp.MustCompile(`^ticketmill dev \(commit \w+, go1\S+, DuckDB v1\.\d+\.\d+\)\n$`).MatchString(r.stdout) {
		t.Error(r.stdout)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	t.Run("ok", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		r := must(t, w.call(t, "check"))
		for _, want := range []string{"ok    helpdesk (jira)", "ok    oss (github)", "all 2 sources answer"} {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%q is not in\n%s", want, r.stdout)
			}
		}
		if _, err := os.Stat(w.home); err == nil {
			t.Error("a check made the data folder")
		}
	})
	t.Run("wrong token", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		w.setenv("GITHUB_TOKEN", "wrong-5ecret")
		r := w.call(t, "check")
		if r.status != exitEnvironment || !strings.Contains(r.line(t), "source oss: ") || strings.Contains(r.line(t), "helpdesk") {
			t.Errorf("exit %d\n%s", r.status, r.stderr)
		}
		if !strings.Contains(r.stdout, "ok    helpdesk") || !strings.Contains(r.stdout, "FAIL  oss") {
			t.Error(r.stdout)
		}
		if strings.Contains(r.stdout+r.stderr, "5ecret") {
			t.Errorf("it shows a token:\n%s%s", r.stdout, r.stderr)
		}
	})
	t.Run("unreachable", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		w.web.Close()
		start := time.Now()
		r := w.call(t, "check")
		if r.status != exitEnvironment || !strings.Contains(r.line(t), "source helpdesk: ") || !strings.Contains(r.line(t), "source oss: ") {
			t.Errorf("exit %d\n%s", r.status, r.stderr)
		}
		took := time.Since(start)
		t.Logf("two sources that refuse connections: %v", took)
		if took > 15*time.Second {
			t.Errorf("somebody waited %v for the answer", took)
		}
	})
}

// TestPipeline goes through all verbs in one world.
func TestPipeline(t *testing.T) {
	t.Parallel()
	// A home with signs that mean something to globs, SQL and addresses.
	w := newWorld(t, worldOptions{dirName: "it's a home"})
	if r := w.call(t, "export", "ticket"); r.status != exitEnvironment || !strings.Contains(r.line(t), "nothing is published yet") {
		t.Errorf("export before anything: exit %d\n%s", r.status, r.stderr)
	}
	if r := w.call(t, "build"); r.status != exitEnvironment || !strings.Contains(r.line(t), "nothing has landed") {
		t.Errorf("build before anything: exit %d\n%s", r.status, r.stderr)
	}
	logs := must(t, w.call(t, "ingest", "--log-format", "json", "--verbose")).stderr
	logs += must(t, w.call(t, "build", "--log-format", "json", "--verbose", w.asOf())).stderr
	jsonLines(t, logs)
	first := w.exports(t)

	t.Run("formats", func(t *testing.T) { testFormats(t, w) })
	t.Run("where", func(t *testing.T) { testWhere(t, w) })
	t.Run("list", func(t *testing.T) {
		r := must(t, w.call(t, "export"))
		for _, m := range marts(t) {
			if !strings.Contains(r.stdout, " marts."+m+" ") {
				t.Errorf("%s is not in\n%s", m, r.stdout)
			}
		}
	})
	t.Run("truth", func(t *testing.T) { testTruth(t, w) })
	t.Run("landing", func(t *testing.T) {
		r := must(t, w.call(t, "check", "--landing"))
		if !strings.HasPrefix(r.stdout, fmt.Sprintf("ok    %d files, ", len(w.landedFiles(t)))) {
			t.Error(r.stdout)
		}
	})
	t.Run("twice", func(t *testing.T) {
		landed := w.landedFiles(t)
		for range 2 {
			w.run(t)
		}
		if again := w.landedFiles(t); !slices.Equal(again, landed) {
			t.Errorf("%d files landed, %d after running twice more", len(landed), len(again))
		}
		sameExports(t, w.exports(t), first)
		if _, err := filepath.Glob(filepath.Join(w.home, "published", "gen-*.duckdb")); err != nil {
			t.Error(err)
		}
		noStrays(t, w)
	})
	t.Run("same as anywhere", func(t *testing.T) { sameExports(t, first, reference(t)) })
	t.Run("as-of by default", func(t *testing.T) {
		must(t, w.call(t, "build", "--quiet"))
		sameExports(t, w.exports(t), func() map[string]string {
			must(t, w.call(t, "build", "--quiet"))
			return w.exports(t)
		}())
	})
}

func jsonLines(t *testing.T, logs string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(logs) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil || m["msg"] == nil || m["level"] == nil || m["time"] == nil {
			t.Errorf("no line of JSON: %s", line)
		}
		n++
	}
	if n < 10 {
		t.Errorf("only %d lines of log", n)
	}
}

// duck runs a query in an empty DuckDB, to read files as others would.
func duck(t *testing.T, query string) warehouse.Rows {
	t.Helper()
	db, err := warehouse.Memory(context.Background(), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func testFormats(t *testing.T, w *world) {
	tickets := w.query(t, "SELECT count(*) FROM marts.ticket")[0][0]
	want := int(tickets.(int64))
	if want < 100 {
		t.Fatalf("%d tickets", want)
	}
	dir := t.TempDir()
	count := map[string]func(path, content string) int{
		"csv": func(_, content string) int {
			rows, err := csv.NewReader(strings.NewReader(content)).ReadAll()
			if err != nil {
				t.Error(err)
			}
			return len(rows) - 1
		},
		"json": func(_, content string) int {
			n := 0
			for line := range strings.Lines(content) {
				if !json.Valid([]byte(line)) {
					t.Errorf("json: %s", line)
				}
				n++
			}
			return n
		},
		"parquet": func(path, _ string) int {
			return int(duck(t, "SELECT count(ticket_id) FROM read_parquet("+warehouse.Quote(path)+")").Values[0][0].(int64))
		},
		// Arrow's own reader is landing's business; here the ids must be in it.
		"arrow": func(_, content string) int {
			if !strings.HasPrefix(content, "\xff\xff\xff\xff") {
				t.Error("arrow: no IPC stream")
			}
			return strings.Count(content, "helpdesk:1") + strings.Count(content, "oss:")
		},
		"xlsx": func(_, content string) int {
			f, err := xlsxreader.NewReader([]byte(content))
			if err != nil {
				t.Fatal(err)
			}
			n := -1 // the header
			for row := range f.ReadRows("ticket") {
				if row.Error != nil {
					t.Error(row.Error)
				}
				n++
			}
			return n
		},
	}
	for _, format := range exportFormats {
		path := filepath.Join(dir, "out."+format)
		if r := must(t, w.call(t, "export", "ticket", "--format", format, "--out", path)); r.stdout != "" {
			t.Errorf("%s: with --out it still writes to stdout", format)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if r := must(t, w.call(t, "export", "ticket", "--format", format)); r.stdout != string(b) {
			t.Errorf("%s: file and stdout differ", format)
		}
		if n := count[format](path, string(b)); n < want || n > want && format != "arrow" {
			t.Errorf("%s has %d tickets, want %d", format, n, want)
		}
		for _, m := range append(marts(t), "ops.completeness", "ops.source_freshness", "ops.check", "ops.run") {
			must(t, w.call(t, "export", m, "--format", format))
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(exportFormats) {
		t.Errorf("the folder of --out holds %v, %v", left, err)
	}
	r := w.call(t, "export", "ticket", "--out", filepath.Join(dir, "none", "x.csv"))
	if r.status != exitEnvironment || !strings.Contains(r.line(t), "--out: ") {
		t.Errorf("--out into no folder: exit %d\n%s", r.status, r.stderr)
	}
	if left, err := filepath.Glob(filepath.Join(w.home, "published", "export-*")); len(left) > 0 || err != nil {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func testWhere(t *testing.T, w *world) {
	open := w.query(t, "SELECT count(*) FROM marts.ticket WHERE is_open AND source = 'oss'")[0][0].(int64)
	r := must(t, w.call(t, "export", "ticket", "--format", "json", "--where", "is_open AND source = 'oss' -- really"))
	if n := strings.Count(r.stdout, "\n"); int64(n) != open || open == 0 {
		t.Errorf("%d tickets, want %d", n, open)
	}
	r = must(t, w.call(t, "export", "ticket", "--where", "false"))
	if strings.Count(r.stdout, "\n") != 1 || !strings.HasPrefix(r.stdout, "ticket_id,") {
		t.Errorf("no rows: %s", r.stdout)
	}
	out := filepath.Join(t.TempDir(), "x.csv")
	for _, where := range []string{
		"is_opne", "1 = 1; DROP TABLE marts.ticket", "ticket_id IN (SELECT run_id FROM ops.run)", "is_open LIMIT 1",
		"EXISTS (FROM read_csv('/etc/passwd'))", "is_open UNION SELECT 1", "(", "is_open ORDER BY 1", "is_open) FROM ops.run --",
	} {
		r := w.call(t, "export", "ticket", "--where", where, "--out", out)
		if r.status != exitUsage || !strings.Contains(r.line(t), "condition") || r.stdout != "" {
			t.Errorf("%s: exit %d\n%s", where, r.status, r.stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%s: wrote a file", where)
		}
	}
	// A condition that fails on a row leaves the file as it was, and no other.
	if err := os.WriteFile(out, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	r = w.call(t, "export", "ticket", "--where", "CAST(ticket_key AS INTEGER) = 1", "--out", out)
	if b, err := os.ReadFile(out); r.status != exitFailed || string(b) != "mine" || err != nil {
		t.Errorf("a condition that fails: exit %d, the file holds %q, %v\n%s", r.status, b, err, r.stderr)
	}
	r.line(t)
	if left, err := os.ReadDir(filepath.Dir(out)); len(left) != 1 || err != nil {
		t.Errorf("left over: %v, %v", left, err)
	}
	if r := w.call(t, "export", "tickets"); r.status != exitUsage || !strings.Contains(r.line(t), `there is no mart "tickets"; there are marts.backlog_daily`) {
		t.Errorf("unknown mart: exit %d\n%s", r.status, r.stderr)
	}
}

// testTruth compares every ticket with the life that was invented for it.
func testTruth(t *testing.T, w *world) {
	got := map[string]map[string]any{}
	for line := range strings.Lines(must(t, w.call(t, "export", "ticket", "--format", "json")).stdout) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		got[m["ticket_id"].(string)] = m
	}
	want := 0
	for _, tt := range small().Truth(w.until) {
		if tt.IsPull {
			continue
		}
		want++
		source := map[string]string{"jira": "helpdesk", "github": "oss"}[tt.Kind]
		m := got[source+":"+tt.ID]
		if m == nil {
			t.Errorf("%s (%s) is missing", tt.Key, tt.ID)
			continue
		}
		is := func(column string, want any) {
			t.Helper()
			if at, ok := want.(time.Time); ok {
				want = nil
				if tt.Kind == "github" {
					at = at.Truncate(time.Second) // its API has no finer times
				}
				if !at.IsZero() {
					want = at.UTC().Format("2006-01-02 15:04:05.999")
				}
			}
			if g, w := fmt.Sprint(m[column]), fmt.Sprint(want); g != w {
				t.Errorf("%s: %s is %s, want %s", tt.Key, column, g, w)
			}
		}
		is("source", source)
		is("source_kind", tt.Kind)
		is("ticket_key", tt.Key)
		is("project", tt.Project)
		is("status", tt.Status)
		is("is_open", !tt.IsClosed)
		is("created_at", tt.CreatedAt)
		is("updated_at", tt.UpdatedAt)
		is("first_response_at", tt.FirstResponseAt)
		is("first_agent_response_at", tt.FirstAgentResponseAt)
		is("first_resolved_at", tt.FirstResolvedAt)
		is("resolved_at", tt.ResolvedAt)
		is("reopen_count", tt.ReopenCount)
		is("is_reopened", tt.ReopenCount > 0)
		is("comment_count", tt.CommentCount)
		is("agent_reply_count", tt.AgentReplies)
		is("participant_count", tt.Participants)
		is("handoff_count", tt.HandoffCount)
		is("is_deleted", false)
	}
	if len(got) != want || want < 100 {
		t.Errorf("%d tickets, want %d", len(got), want)
	}
}

var expectedFiles = regexp.MustCompile(`^(` + strings.Join([]string{
	`landing/[a-z_]+/[^/]+/(lock|\d{6}(\.json|-[0-9a-f]{8}\.parquet))`,
	`warehouse/gen-\d{6}\.duckdb`,
	`warehouse/staged/staging\.[a-z_]+/[0-9a-f]{32}\.parquet`,
	`published/(CURRENT|gen-\d{6}\.duckdb)`,
	`state/(lock|privacy|runs/\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}\.json)`,
}, "|") + `)$`)

// noStrays checks that home holds nothing but what is documented, and no
// generation too many.
func noStrays(t *testing.T, w *world) {
	t.Helper()
	count := map[string]int{}
	for _, f := range w.files(t) {
		if !expectedFiles.MatchString(filepath.ToSlash(f)) {
			t.Errorf("a stray file: %s", f)
		}
		if strings.HasSuffix(f, ".duckdb") {
			count[filepath.Dir(f)]++
		}
		if strings.HasPrefix(f, "landing") && strings.HasSuffix(f, ".parquet") {
			manifest := filepath.Join(w.home, filepath.Dir(f), filepath.Base(f)[:6]+".json")
			if b, err := os.ReadFile(manifest); err != nil || !bytes.Contains(b, []byte(filepath.Base(f))) {
				t.Errorf("no manifest names %s (%v)", f, err)
			}
		}
	}
	for dir, n := range count {
		if n > 2 { // build.keep
			t.Errorf("%d generations in %s", n, dir)
		}
	}
}

// TestTimeTravel pulls the history as it grows; what comes out at the end is
// what a single run at the end gives.
func TestTimeTravel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	steps := []time.Time{w.until.AddDate(-1, -6, 0), w.until.AddDate(-1, 0, 0), w.until.AddDate(0, -6, 0), w.until.Add(-36 * time.Hour), {}}
	if testing.Short() {
		steps = steps[3:]
	}
	for i, at := range steps {
		w.server.SetUntil(at)
		verb := []string{"ingest", "--quiet"}
		if i%2 == 0 { // some are built, so that staging is remembered
			verb = []string{"run", "--quiet"}
		}
		must(t, w.call(t, verb...))
	}
	w.run(t)
	sameExports(t, w.exports(t), reference(t))
}

// TestFaults: a fifth of all requests fails, and nothing else changes.
func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{server: simulate.ServerOptions{FaultShare: 0.2, FaultSeed: 3}})
	start := time.Now()
	w.run(t)
	t.Logf("%d requests in %v, %d failed", w.server.Requests(), time.Since(start), w.server.Stats()["fault"])
	if w.server.Stats()["fault"] < 3 {
		t.Errorf("only %d faults", w.server.Stats()["fault"])
	}
	sameExports(t, w.exports(t), reference(t))
}

// TestStale: one source fails, the other one is published and the exit status
// says so.
func TestStale(t *testing.T) {
	t.Parallel()
	freshness := func(t *testing.T, w *world) map[string]bool {
		stale := map[string]bool{}
		for _, r := range w.query(t, "SELECT source, bool_or(is_stale) FROM ops.source_freshness GROUP BY source") {
			stale[r[0].(string)] = r[1].(bool)
		}
		return stale
	}
	t.Run("wrong token", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		w.setenv("GITHUB_TOKEN", "wrong-5ecret")
		r := w.call(t, "run", w.asOf())
		if r.status != exitStale || !strings.Contains(r.line(t), "published, but stale: 1 of 2 sources failed (oss)") {
			t.Fatalf("exit %d\n%s", r.status, r.stderr)
		}
		if strings.Contains(r.stderr, "5ecret") {
			t.Errorf("it shows a token:\n%s", r.stderr)
		}
		if f := freshness(t, w); !f["oss"] || f["helpdesk"] {
			t.Errorf("stale: %v", f)
		}
		// Once it works again nothing is stale and nothing missing.
		w.setenv("GITHUB_TOKEN", worldToken)
		w.run(t)
		if f := freshness(t, w); f["oss"] || f["helpdesk"] {
			t.Errorf("stale: %v", f)
		}
		sameExports(t, w.exports(t), reference(t))
		outcomes := w.query(t, "SELECT outcome, exit_status, message FROM ops.run ORDER BY run_id")
		if len(outcomes) != 2 || !strings.Contains(fmt.Sprint(outcomes[0][2]), "(oss)") || outcomes[0][0] != "stale" || outcomes[0][1] != int32(exitStale) || outcomes[1][0] != "running" {
			t.Errorf("ops.run: %v", outcomes)
		}
		if r := w.call(t, "ingest", "oss", "--quiet"); r.status != exitDone {
			t.Errorf("exit %d", r.status)
		}
	})
	t.Run("one server fails", func(t *testing.T) {
		t.Parallel()
		// Jira answers once, then no more: what was shown stays, marked.
		down := make(chan struct{})
		w := newWorld(t, worldOptions{wrap: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				select {
				case <-down:
					if strings.HasPrefix(r.URL.Path, "/rest/") {
						http.Error(rw, `{"errorMessages":["closed for good"]}`, http.StatusGone)
						return
					}
				default:
				}
				next.ServeHTTP(rw, r)
			})
		}})
		w.run(t)
		before, generation := w.exports(t), w.current(t)
		close(down)
		r := w.call(t, "run", "--quiet", w.asOf())
		if r.status != exitStale || !strings.Contains(r.line(t), "(helpdesk)") {
			t.Fatalf("exit %d\n%s", r.status, r.stderr)
		}
		if f := freshness(t, w); f["oss"] || !f["helpdesk"] {
			t.Errorf("stale: %v", f)
		}
		if w.current(t) == generation {
			t.Error("nothing was published")
		}
		sameExports(t, w.exports(t), before)
		if r := w.call(t, "ingest", "--quiet"); r.status != exitStale {
			t.Errorf("ingest: exit %d\n%s", r.status, r.stderr)
		}
		if r := w.call(t, "ingest", "--quiet", "helpdesk"); r.status != exitEnvironment {
			t.Errorf("ingest of the one that fails: exit %d\n%s", r.status, r.stderr)
		}
	})
}

// TestDamage: a landing file that is not what it was stops the build by name,
// and what is published stays.
func TestDamage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.run(t)
	before, generation := w.exports(t), w.current(t)
	victim := w.landedFiles(t)[0]
	good, err := os.ReadFile(victim)
	if err != nil {
		t.Fatal(err)
	}
	restore := func(t *testing.T) {
		t.Helper()
		if err := os.WriteFile(victim, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for _, c := range []struct {
		name   string
		damage func() error
	}{
		{"flipped", func() error { return os.WriteFile(victim, flipped, 0o644) }},
		{"cut", func() error { return os.Truncate(victim, 10) }},
		{"missing", func() error { return os.Remove(victim) }},
	} {
		if err := c.damage(); err != nil {
			t.Fatal(err)
		}
		for _, verb := range [][]string{{"build", w.asOf()}, {"run", w.asOf()}, {"check", "--landing"}} {
			r := w.call(t, append(verb, "--quiet")...)
			if r.status != exitChecks || !strings.Contains(r.line(t), victim) || !strings.Contains(r.line(t), "restore it from a backup") {
				t.Errorf("%s, %v: exit %d\n%s", c.name, verb, r.status, r.stderr)
			}
			if w.current(t) != generation {
				t.Fatalf("%s: %v published", c.name, verb)
			}
		}
		restore(t)
	}
	manifest := filepath.Join(filepath.Dir(victim), "000001.json")
	b, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"ingest", "build", "run"} {
		if r := w.call(t, verb, "--quiet"); r.status != exitChecks || !strings.Contains(r.line(t), manifest) {
			t.Errorf("manifest, %s: exit %d\n%s", verb, r.status, r.stderr)
		}
	}
	if err := os.WriteFile(manifest, b, 0o644); err != nil {
		t.Fatal(err)
	}
	sameExports(t, w.exports(t), before)
	w.run(t)
	sameExports(t, w.exports(t), before)
	noStrays(t, w)
}

// TestLeftOvers plants what a killed run leaves at each of its steps; the next
// run takes none of it for real and clears it away.
func TestLeftOvers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.run(t)
	stream, staged := filepath.Dir(w.landedFiles(t)[0]), ""
	for _, f := range w.files(t) {
		if strings.Contains(f, "staged") {
			staged = filepath.Join(w.home, filepath.Dir(f))
		}
	}
	published := filepath.Join(w.home, "published")
	for _, path := range []string{
		filepath.Join(stream, "landing-123.tmp"), filepath.Join(stream, "000001-deadbeef.parquet"), filepath.Join(stream, "000009-deadbeef.parquet"),
		filepath.Join(staged, strings.Repeat("0", 32)+".parquet.tmp"), filepath.Join(staged, strings.Repeat("0", 32)+".parquet"),
		filepath.Join(w.home, "warehouse", "gen-000002.duckdb.tmp"), filepath.Join(w.home, "warehouse", "gen-000002.duckdb.tmp.wal"),
		filepath.Join(w.home, "warehouse", "gen-000077.duckdb.tmp"), filepath.Join(w.home, "warehouse", "spill", "block-1.tmp"),
		filepath.Join(published, "gen-000002.duckdb.tmp"), filepath.Join(published, "CURRENT.tmp"), filepath.Join(published, "export-1.tmp", "page"),
		filepath.Join(w.home, "state", "runs", "20200101T000000.000Z-abcdef.json.tmp"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("half of something"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// An export may be running right now, or a follower writing its journal: only
	// what is old is litter.
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range []string{
		filepath.Join(published, "export-1.tmp"), filepath.Join(w.home, "state", "runs", "20200101T000000.000Z-abcdef.json.tmp"),
	} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	w.run(t)
	sameExports(t, w.exports(t), reference(t))
	noStrays(t, w)
	if got := w.current(t); got != "gen-000002.duckdb" {
		t.Errorf("CURRENT is %s", got)
	}
}

// TestFailed provokes exit status 1 (our own failure), and 3 by the lock.
func TestFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	must(t, w.call(t, "ingest", "--quiet"))
	c := &Config{Home: w.home}
	unlock, err := c.lockHome(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"ingest", "build", "run"} {
		start := time.Now()
		r := w.call(t, verb)
		if r.status != exitEnvironment || !strings.Contains(r.line(t), "another ticketmill is working in "+w.home) || time.Since(start) > 5*time.Second {
			t.Errorf("%s under a lock: exit %d after %v\n%s", verb, r.status, time.Since(start), r.stderr)
		}
	}
	unlock()
	journals, err := filepath.Glob(filepath.Join(w.home, "state", "runs", "*.json"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals %v, %v", journals, err)
	}
	b, err := os.ReadFile(journals[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journals[0], b[:20], 0o644); err != nil {
		t.Fatal(err)
	}
	if r := w.call(t, "build"); r.status != exitFailed || !strings.Contains(r.line(t), journals[0]) || !strings.Contains(r.line(t), "may be deleted") {
		t.Errorf("a damaged journal: exit %d\n%s", r.status, r.stderr)
	}
}

// TestCancel: an interrupted pull ends at once, keeps what it has read, and
// the next one goes on from there.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{server: simulate.ServerOptions{Latency: 150 * time.Millisecond}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- callContext(ctx, t, w.env, w.args("run", "--quiet", w.asOf())...) }()
	for w.server.Requests() < 8 {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	start := time.Now()
	r := <-done
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v to end", took)
	}
	if r.status != exitFailed || !strings.Contains(r.line(t), "interrupted; what was read so far is kept") {
		t.Errorf("exit %d\n%s", r.status, r.stderr)
	}
	if _, err := os.Stat(filepath.Join(w.home, "published", "CURRENT")); err == nil {
		t.Error("an interrupted run published")
	}
	w.run(t)
	sameExports(t, w.exports(t), reference(t))
	noStrays(t, w)
}

// TestDemo is the whole thing with no account.
func TestDemo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("two years of history")
	}
	home := filepath.Join(t.TempDir(), "demo")
	r := must(t, call(t, nil, "--home", home, "--quiet", "demo", "--no-serve"))
	for _, want := range []string{"Tickets by source and support model", "Completeness", "export ticket --out tickets.csv"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.stdout)
		}
	}
	for line := range strings.Lines(r.stderr) {
		if !strings.Contains(line, "msg=quarantined ") { // the demo's topic has broken messages
			t.Errorf("stderr: %s", line)
		}
	}
}

// TestDemoKeepsOff: the demo must not write over somebody's configuration or
// into their data.
func TestDemoKeepsOff(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"configuration": "ticketmill.yaml", "data": "landing/helpdesk/x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			file := filepath.Join(home, path)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte("mine\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			r := call(t, nil, "--home", home, "--quiet", "demo", "--no-serve")
			if r.status != exitUsage || !strings.Contains(r.stderr, "not a demo's folder") {
				t.Errorf("exit %d: %s", r.status, r.stderr)
			}
			if b, err := os.ReadFile(file); err != nil || string(b) != "mine\n" {
				t.Errorf("%s now holds %q, %v", path, b, err)
			}
		})
	}
}
