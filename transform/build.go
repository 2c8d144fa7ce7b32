package transform

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// Job is one build.
type Job struct {
	Plan *Plan
	// WarehouseDir holds the generations being built and the remembered staging
	// results; PublishedDir the snapshots that readers see.
	WarehouseDir, PublishedDir string
	// Keep is how many generations stay in each folder; default 3.
	Keep int
	// Files are landing's Parquet files in landing order.
	Files []LandingFile
	// Inputs are the tables of the schemas config and ledger.
	Inputs  []warehouse.Table
	Options warehouse.Options
	Now     func() time.Time
	Log     *slog.Logger
	// Progress, when set, is called as each of total nodes of the plan is done.
	Progress func(done, total int, name string)
}

// Result says what a build made.
type Result struct {
	Generation string // the published file's path
	Steps      []StepResult
	Checks     []CheckResult
	Staged     int // landing files that had to be staged, not remembered
}

// StepResult is how one step went.
type StepResult struct {
	Name     string
	Started  time.Time
	Duration time.Duration
	Rows     int64
	Staged   int // landing files staged by the step; the others were remembered
}

// Build makes a new generation, checks and publishes it. If a check fails it
// returns a *ChecksFailedError and publishes nothing.
func Build(ctx context.Context, j Job) (res Result, err error) {
	if j.Keep <= 0 {
		j.Keep = 3
	}
	if err := os.MkdirAll(j.WarehouseDir, 0o755); err != nil {
		return res, err
	}
	n, err := warehouse.NextGeneration(j.WarehouseDir, j.PublishedDir)
	if err != nil {
		return res, err
	}
	name := warehouse.Generation(n)
	if j.Options.TempDir == "" {
		// What a killed build spilled is of no use to anybody.
		j.Options.TempDir = filepath.Join(j.WarehouseDir, "spill")
		if err := os.RemoveAll(j.Options.TempDir); err != nil {
			return res, err
		}
	}
	// Built under a temporary name: a killed build leaves no generation.
	path := filepath.Join(j.WarehouseDir, name+".tmp")
	if err := warehouse.Remove(path); err != nil {
		return res, err
	}
	db, err := warehouse.Create(ctx, path, j.Options)
	if err != nil {
		return res, err
	}
	kept := false
	defer func() {
		var checks *ChecksFailedError
		switch closed := db.Close(); {
		case err == nil && closed == nil && kept:
			err = os.Rename(path, filepath.Join(j.WarehouseDir, name))
		case errors.As(err, &checks) && closed == nil:
			// Kept to be looked into, until the next one fails.
			checks.Kept = filepath.Join(j.WarehouseDir, "failed.duckdb")
			err = errors.Join(err, os.Rename(path, checks.Kept))
		default:
			err = errors.Join(err, closed, warehouse.Remove(path))
		}
		if err == nil {
			err = errors.Join(warehouse.Prune(j.WarehouseDir, j.Keep), warehouse.Prune(j.PublishedDir, j.Keep))
		}
	}()
	b := &builder{Job: j, db: db, name: name, paths: map[string][]string{}}
	if err := b.prepare(ctx); err != nil {
		return res, err
	}
	if res.Steps, err = b.runSteps(ctx); err != nil {
		return res, err
	}
	for _, s := range res.Steps {
		res.Staged += s.Staged
	}
	if res.Checks, err = b.runChecks(ctx); err != nil {
		return res, err
	}
	if err := failed(res.Checks); err != nil {
		return res, err
	}
	if err := b.publish(ctx, res); err != nil {
		return res, err
	}
	res.Generation = filepath.Join(j.PublishedDir, name)
	kept = true
	return res, b.forget()
}

// builder is the state of one build.
type builder struct {
	Job
	db     *warehouse.DB
	name   string // of the generation's file
	stager *stager
	mu     sync.Mutex
	paths  map[string][]string // staging results by step, for forget
}

func (b *builder) prepare(ctx context.Context) error {
	version, err := b.db.Text(ctx, "SELECT version()")
	if err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	if b.Options.Threads > 0 {
		workers = b.Options.Threads
	}
	b.stager = &stager{dir: filepath.Join(b.WarehouseDir, "staged"), macros: b.Plan.Macros, version: version, options: b.Options, workers: workers}
	// No statement relies on the order of rows, and keeping it costs a sixth of
	// the time; Publish puts it back, since published tables lie by their key.
	if err := b.db.Exec(ctx, "SET preserve_insertion_order=false"); err != nil {
		return err
	}
	if err := runMacros(ctx, b.db, b.Plan.Macros); err != nil {
		return err
	}
	for _, schema := range []string{"staging", "core", "models", "marts", "ops", "texts", "config", "ledger"} {
		if err := b.db.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
			return err
		}
	}
	for _, t := range append([]warehouse.Table{b.buildTable()}, b.Inputs...) {
		if err := b.db.CreateTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// buildTable tells the statements which generation they make, and when.
func (b *builder) buildTable() warehouse.Table {
	return warehouse.Table{Name: "ledger.build", Columns: []warehouse.Column{
		{Name: "generation", Type: "VARCHAR"}, {Name: "built_at", Type: "TIMESTAMP"},
	}, Rows: [][]driver.Value{{strings.TrimSuffix(b.name, ".duckdb"), b.Now().UTC()}}}
}

// publish adds the tables that describe the build itself and publishes marts
// and ops.
func (b *builder) publish(ctx context.Context, res Result) error {
	for _, t := range []warehouse.Table{stepTable(res.Steps), checkTable(res.Checks), b.dictionary()} {
		if err := b.db.CreateTable(ctx, t); err != nil {
			return err
		}
	}
	tables := []warehouse.PublishTable{
		{Name: "ops.step", OrderBy: []string{"started_at", "step"}},
		{Name: "ops.check", OrderBy: []string{`"check"`}},
		{Name: "ops.dictionary", OrderBy: []string{"table_name"}},
	}
	for _, n := range b.Plan.names() {
		if s := b.Plan.Steps[n]; s != nil && isPublished(n) {
			tables = append(tables, warehouse.PublishTable{Name: n, OrderBy: keyNames(s.Key)})
		}
	}
	return b.db.Publish(ctx, b.PublishedDir, b.name, tables)
}

func isPublished(table string) bool {
	schema, _, _ := strings.Cut(table, ".")
	return schema == "marts" || schema == "ops" || schema == "texts"
}

func keyNames(key []KeyColumn) []string {
	names := make([]string, len(key))
	for i, k := range key {
		names[i] = k.Name
	}
	return names
}

// dictionary describes the published tables to their readers: grain, key.
func (b *builder) dictionary() warehouse.Table {
	t := warehouse.Table{Name: "ops.dictionary", Columns: []warehouse.Column{
		{Name: "table_name", Type: "VARCHAR"}, {Name: "grain", Type: "VARCHAR"}, {Name: "key", Type: "VARCHAR"},
	}, Rows: [][]driver.Value{
		{"ops.step", "One row per step of the build that published this snapshot.", "step"},
		{"ops.check", "One row per data check that this snapshot passed.", "check"},
		{"ops.dictionary", "One row per published table.", "table_name"},
	}}
	for _, n := range b.Plan.names() {
		if s := b.Plan.Steps[n]; s != nil && isPublished(n) {
			t.Rows = append(t.Rows, []driver.Value{n, s.Grain, strings.Join(keyNames(s.Key), ", ")})
		}
	}
	return t
}

func stepTable(steps []StepResult) warehouse.Table {
	t := warehouse.Table{Name: "ops.step", Columns: []warehouse.Column{
		{Name: "step", Type: "VARCHAR"},
		{Name: "started_at", Type: "TIMESTAMP"},
		{Name: "duration_ms", Type: "BIGINT"},
		{Name: "row_count", Type: "BIGINT"},
		{Name: "staged_files", Type: "BIGINT"},
	}}
	for _, s := range steps {
		t.Rows = append(t.Rows, []driver.Value{s.Name, s.Started.UTC(), s.Duration.Milliseconds(), s.Rows, int64(s.Staged)})
	}
	return t
}

func (b *builder) forget() error {
	for name, paths := range b.paths {
		if err := b.stager.forget(b.Plan.Steps[name], paths); err != nil {
			return fmt.Errorf("tidy remembered staging results: %w", err)
		}
	}
	return nil
}
