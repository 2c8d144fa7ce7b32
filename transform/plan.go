// Package transform builds a warehouse generation: it orders the statements of
// package sql by what they read, runs them, checks the result and publishes
// it. Any failure leaves the last published generation in force.
package transform

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// Step is one node of the plan: a table and the statement that makes it.
type Step struct {
	Name  string // "schema.table"
	Grain string // the first comment line of its file
	Key   []KeyColumn
	SQL   string
	Needs []string // tables it reads, sorted
	// View says that the step is a view: a shape for later steps to read through,
	// not worth a copy.
	View bool
	// Landed is the landing stream ("kind_stream") whose files the statement
	// reads; such a step runs once per file and is remembered.
	Landed string
	// Model fills the table; nil for a plain statement.
	Model *Model
}

// KeyColumn is part of what identifies a row.
type KeyColumn struct {
	Name     string
	Nullable bool
}

// Check is a statement that must return no rows.
type Check struct {
	Name string
	What string // its first comment line
	SQL  string
}

// Plan is all steps and checks, ready to run.
type Plan struct {
	Steps  map[string]*Step
	Checks []Check
	Macros string
	// Unions are the views that put the kinds side by side: "staging.ticket" is
	// every "staging.<kind>_ticket". They let a new kind join without an edit.
	Unions map[string][]string
}

// shared are the staging tables that every kind may offer in a common shape.
var shared = []string{
	"agent", "comment", "deletion", "enrichment", "event", "feed", "ledger", "link", "remark", "source", "status", "subject", "survey", "text", "ticket",
}

// layers says which schemas a schema's statements may read.
var layers = map[string][]string{
	"staging": {"landing", "staging", "config"},
	"core":    {"staging", "core", "config"},
	"models":  {},
	"marts":   {"core", "models", "marts", "config"},
	"texts":   {"core", "models", "config"}, // for analysts; the other published schemas hold no text
	"ops":     {"staging", "core", "models", "marts", "ops", "config", "ledger"},
}

// given are the schemas that the caller fills and no step makes.
var given = []string{"landing", "config", "ledger"}

// Load reads the statements and resolves what each needs.
func Load(ctx context.Context, files fs.FS) (*Plan, error) {
	db, err := warehouse.Memory(ctx, warehouse.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	macros, err := fs.ReadFile(files, "macros.sql")
	if err != nil {
		return nil, err
	}
	p := &Plan{Steps: map[string]*Step{}, Unions: map[string][]string{}, Macros: string(macros)}
	err = fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".sql" || file == "macros.sql" {
			return err
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		if err := p.add(ctx, db, file, string(text)); err != nil {
			return fmt.Errorf("sql/%s: %w", file, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.findUnions()
	return p, p.validate()
}

func (p *Plan) add(ctx context.Context, db *warehouse.DB, file, text string) error {
	what, found := strings.CutPrefix(strings.SplitN(text, "\n", 2)[0], "-- ")
	if !found {
		return fmt.Errorf("the first line must be a comment that says what one row is")
	}
	statement, err := db.Parse(ctx, text)
	if err != nil {
		return err
	}
	dir, base := path.Split(strings.TrimSuffix(file, ".sql"))
	parts := strings.Split(strings.Trim(dir, "/"), "/")
	if parts[0] == "checks" {
		p.Checks = append(p.Checks, Check{Name: base, What: what, SQL: text})
		return nil
	}
	name := parts[0] + "." + strings.Join(append(slices.Clone(parts[1:]), base), "_")
	s := &Step{Name: name, Grain: what, SQL: text, Needs: statement.Tables()}
	if s.Key, err = parseKey(text); err != nil {
		return err
	}
	s.View = viewLine.MatchString(text)
	for _, n := range s.Needs {
		schema, table, _ := strings.Cut(n, ".")
		if !slices.Contains(layers[parts[0]], schema) {
			return fmt.Errorf("a %s statement must not read %s (it may read %s)", parts[0], n, strings.Join(layers[parts[0]], ", "))
		}
		if schema == "landing" {
			if s.Landed != "" {
				return fmt.Errorf("it reads two landing streams, %s and %s; one file stages one stream", s.Landed, table)
			}
			s.Landed = table
		}
	}
	if s.Landed != "" && len(s.Needs) > 1 {
		return fmt.Errorf("it reads landing and other tables; what is staged from a landing file must depend on that file alone")
	}
	p.Steps[name] = s
	return nil
}

// viewLine marks a statement that becomes a view.
var viewLine = regexp.MustCompile(`(?m)^-- as: view$`)

var keyLine = regexp.MustCompile(`(?m)^-- key: (.+)$`)

func parseKey(text string) ([]KeyColumn, error) {
	m := keyLine.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf(`a line "-- key: column, …" is missing`)
	}
	var key []KeyColumn
	for _, c := range strings.Split(m[1], ",") {
		name, nullable := strings.CutSuffix(strings.TrimSpace(c), "?")
		key = append(key, KeyColumn{Name: name, Nullable: nullable})
	}
	return key, nil
}

// findUnions groups staging.<kind>_ticket and the like.
func (p *Plan) findUnions() {
	for name := range p.Steps {
		table, found := strings.CutPrefix(name, "staging.")
		if !found {
			continue
		}
		if _, what, ok := strings.Cut(table, "_"); ok && slices.Contains(shared, what) {
			p.Unions["staging."+what] = append(p.Unions["staging."+what], name)
		}
	}
	for _, members := range p.Unions {
		slices.Sort(members)
	}
}

// validate finds tables that nothing makes and circles.
func (p *Plan) validate() error {
	for _, s := range p.Steps {
		for _, n := range s.Needs {
			schema, _, _ := strings.Cut(n, ".")
			if p.Steps[n] == nil && p.Unions[n] == nil && !slices.Contains(given, schema) {
				return fmt.Errorf("sql: %s reads %s, which nothing makes", s.Name, n)
			}
		}
	}
	_, err := p.Order()
	return err
}

// Order lists all steps and unions so that each comes after what it needs.
func (p *Plan) Order() ([]string, error) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var order []string
	var visit func(name string, trail []string) error
	visit = func(name string, trail []string) error {
		switch state[name] {
		case done:
			return nil
		case visiting:
			return fmt.Errorf("sql: a circle: %s", strings.Join(append(trail, name), " → "))
		}
		state[name] = visiting
		for _, n := range p.needs(name) {
			if err := visit(n, append(trail, name)); err != nil {
				return err
			}
		}
		state[name] = done
		order = append(order, name)
		return nil
	}
	for _, name := range p.names() {
		if err := visit(name, nil); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// names lists all nodes, sorted.
func (p *Plan) names() []string {
	return append(slices.Sorted(maps.Keys(p.Steps)), slices.Sorted(maps.Keys(p.Unions))...)
}

// needs lists the nodes that must be ready before the named one.
func (p *Plan) needs(name string) []string {
	if members, ok := p.Unions[name]; ok {
		return members
	}
	var nodes []string
	for _, n := range p.Steps[name].Needs {
		if p.Steps[n] != nil || p.Unions[n] != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}
