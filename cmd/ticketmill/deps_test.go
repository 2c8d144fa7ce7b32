package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/ticketmill/ticketmill"

// goPackage is what these tests read of `go list -json`.
type goPackage struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// all lists every import of the package, its tests' included.
func (p goPackage) all() []string {
	return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
}

// goList asks the go command for packages.
func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("go list: %s", failed.Stderr)
		}
		t.Fatal(err)
	}
	var ps []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// ourPackages lists the packages of this module, once.
func ourPackages(t *testing.T) []goPackage {
	t.Helper()
	listOnce.Do(func() { listed = goList(t, "./...") })
	return listed
}

var (
	listOnce sync.Once
	listed   []goPackage
)

// room is the folder below the module that a package lies in; "" outside it.
func room(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// TestRooms: the parts of ticketmill meet in cmd or on disk, and nowhere else.
func TestRooms(t *testing.T) {
	t.Parallel()
	// What a room may import besides itself; cmd may import all.
	allowed := map[string][]string{
		"ingest":     nil,
		"transform":  {"sql"}, // embedded statements: text, not code
		"sql":        nil,
		"models":     nil,
		"dashboards": nil,
	}
	// The cases of sql run in DuckDB, so its tests, and only they, use the runner.
	const sqlCases = module + "/transform/sqltest"
	for _, p := range ourPackages(t) {
		from := room(p.ImportPath)
		if from == "cmd" {
			continue
		}
		may, known := allowed[from]
		if !known {
			t.Errorf("%s lies in no known room: the top level is cmd, ingest, transform, models, dashboards and sql", p.ImportPath)
		}
		for _, to := range p.all() {
			if r := room(to); r == "cmd" {
				t.Errorf("%s imports %s: cmd wires the rooms together, so nothing can depend on it", p.ImportPath, to)
			} else if r != "" && r != from && !slices.Contains(may, r) &&
				(from != "sql" || to != sqlCases || slices.Contains(p.Imports, to)) {
				t.Errorf("%s imports %s: rooms never import each other, so that each can be understood, tested and replaced alone; "+
					"let cmd/ticketmill pass what is needed, or meet on disk", p.ImportPath, to)
			}
		}
	}
}

// heavy is a library that only the packages of its home may import.
type heavy struct{ library, home, why string }

func (h heavy) mayImport(path string) bool {
	return slices.ContainsFunc(strings.Fields(h.home), func(home string) bool { return path == module+"/"+home })
}

var heavyLibraries = []heavy{
	{"github.com/apache/arrow", "ingest/landing", "Arrow writes landing's files and nothing else; Parquet on disk is the seam to the rest"},
	{"github.com/duckdb/duckdb-go", "transform/warehouse", "the driver has traps (prepare-time execution, one instance a path) that one package must know"},
	{"github.com/marcboeker/go-duckdb", "-", "it is deprecated and ends at an older DuckDB; use transform/warehouse"},
	{"github.com/andygrunwald/go-jira", "ingest/jira", "what Jira looks like stays inside its connector"},
	{"github.com/segmentio/kafka-go", "ingest/kafka", "what Kafka looks like stays inside its connector"},
	{"github.com/twmb/franz-go/pkg/kfake", "ingest/simulate/broker ingest/kafka/kafkatest ingest/kafka", "a broker in the process is for the demo and for tests"},
	{"github.com/twmb/franz-go/pkg/kgo", "ingest/simulate/broker ingest/kafka/kafkatest ingest/kafka", "it produces for the demo and for tests; ticketmill reads with kafka-go"},
	{"github.com/twmb/avro", "ingest/kafka/message", "how messages are encoded stays with their decoder"},
	{"github.com/bufbuild/protocompile", "ingest/kafka/message", "how messages are encoded stays with their decoder"},
	{"github.com/jackc/pgx", "dashboards/pgwire cmd/ticketmill", "the wire protocol is how results are served, and only that; cmd's tests are its clients"},
	{"github.com/jackc/pgproto3", "dashboards/pgwire", "the wire protocol is how results are served, and only that"},
	{"github.com/xuri/excelize", "dashboards/report", "workbooks are written in one place"},
	{"github.com/prometheus/client_golang", "dashboards/web", "metrics are served with the pages, and only there"},
	{"github.com/grafana/grafana-foundation-sdk", "dashboards/grafana", "dashboards are written in one place, so that they share one style"},
	{"github.com/spf13/cobra", "cmd/ticketmill", "the command line belongs to main; everything else takes parameters"},
	{"github.com/goccy/go-yaml", "cmd/ticketmill", "the configuration belongs to main; everything else takes parameters"},
}

func TestHeavyLibraries(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, p := range ourPackages(t) {
		for _, path := range p.all() {
			for _, h := range heavyLibraries {
				if path != h.library && !strings.HasPrefix(path, h.library+"/") && !strings.HasPrefix(path, h.library+"-") {
					continue
				}
				used[h.library] = true
				if !h.mayImport(p.ImportPath) {
					t.Errorf("%s imports %s, which only %s may: %s", p.ImportPath, path, h.home, h.why)
				}
			}
		}
	}
	if !used["github.com/apache/arrow"] || !used["github.com/duckdb/duckdb-go"] {
		t.Error("Arrow or DuckDB was not seen at all: does this test still look at the right packages?")
	}
}

// TestBinary: what must not be linked at all.
func TestBinary(t *testing.T) {
	t.Parallel()
	banned := []struct{ prefix, why string }{
		{"google.golang.org/grpc", "megabytes and a server nobody asked for; it comes with pqarrow and flight, so use Arrow's column writers"},
		{"github.com/apache/arrow-go/v18", "a second Arrow; it comes with duckdb-go's build tag duckdb_arrow, which stays off"},
		{"github.com/marcboeker/go-duckdb", "the deprecated driver, with an older DuckDB in it; two DuckDBs do not link"},
	}
	seen := map[string]bool{}
	for _, p := range goList(t, "-deps", "./cmd/ticketmill") {
		seen[p.ImportPath] = true
		for _, b := range banned {
			if p.ImportPath == b.prefix || strings.HasPrefix(p.ImportPath, b.prefix+"/") {
				t.Errorf("the binary links %s: %s", p.ImportPath, b.why)
			}
		}
	}
	if !seen["github.com/apache/arrow/go/v16/parquet/file"] || !seen["github.com/duckdb/duckdb-go/v2"] {
		t.Error("go list did not list the binary's dependencies")
	}
}
