package sqltest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// world is the database of one case.
type world struct {
	db      *warehouse.DB
	plan    *transform.Plan
	columns map[string][]warehouse.Column
	given   map[string]place
	made    map[string]bool
}

// place is a given table and the file it is written in.
type place struct {
	*Given
	file *File
}

// bring adds given tables; later ones of a name take the place of earlier ones.
func (w *world) bring(f *File, tables []*Given) {
	for _, g := range tables {
		w.given[g.Name.Name] = place{g, f}
	}
}

// begin makes the schemas, the macros and the given tables.
func (w *world) begin(ctx context.Context) error {
	for _, macro := range strings.Split(w.plan.Macros, ";\n") {
		if onlyComments(macro) {
			continue
		}
		if err := w.db.Exec(ctx, macro); err != nil {
			return fmt.Errorf("sql/macros.sql: %w", err)
		}
	}
	schemas := map[string]bool{"landing": true, "checks": true}
	for _, name := range append(slices.Collect(maps.Keys(w.plan.Steps)), slices.Collect(maps.Keys(w.given))...) {
		schemas[schemaOf(name)] = true
	}
	for schema := range schemas {
		if err := w.db.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.given)) {
		g := w.given[name]
		fill := w.fill
		if g.Table == nil {
			fill = w.fillLanding
		}
		if err := fill(ctx, g); err != nil {
			return err
		}
		w.made[name] = true
	}
	return nil
}

func onlyComments(statement string) bool {
	for l := range strings.Lines(statement) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "--") {
			return false
		}
	}
	return true
}

func schemaOf(table string) string {
	schema, _, _ := strings.Cut(table, ".")
	return schema
}

// make makes a table, a view or a check, after what it needs.
func (w *world) make(ctx context.Context, name string) error {
	if w.made[name] {
		return nil
	}
	step, union, check := w.plan.Steps[name], w.plan.Unions[name], w.check(name)
	if step == nil && union == nil && check == nil {
		return fmt.Errorf("there is no statement for %s, and no table of that name is given", name)
	}
	needs, err := w.needs(ctx, name)
	if err != nil {
		return err
	}
	// Staged from nothing is nothing: this saves running every kind's staging
	// statements in a case of another kind, or of a later layer.
	if columns := w.columns[name]; columns != nil && schemaOf(name) == "staging" && !w.reached(name) {
		w.made[name] = true
		return w.db.CreateTable(ctx, warehouse.Table{Name: name, Columns: columns})
	}
	for _, n := range needs {
		if err := w.make(ctx, n); err != nil {
			return err
		}
	}
	switch {
	case union != nil:
		err = w.db.Exec(ctx, "CREATE VIEW "+name+" AS SELECT * FROM "+strings.Join(union, " UNION ALL BY NAME SELECT * FROM "))
	case check != nil:
		err = w.db.Exec(ctx, "CREATE TABLE "+name+" AS "+check.SQL)
	case step.Landed != "":
		err = w.stage(ctx, step)
	default:
		err = w.db.Exec(ctx, "CREATE TABLE "+name+" AS "+step.SQL)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.made[name] = true
	return nil
}

// check finds the check that a case names checks.NAME.
func (w *world) check(name string) *transform.Check {
	base, found := strings.CutPrefix(name, "checks.")
	i := slices.IndexFunc(w.plan.Checks, func(c transform.Check) bool { return found && c.Name == base })
	if i < 0 {
		return nil
	}
	return &w.plan.Checks[i]
}

// needs lists what must be made first. What the caller of a build brings along
// must be given.
func (w *world) needs(ctx context.Context, name string) ([]string, error) {
	if union := w.plan.Unions[name]; union != nil {
		return union, nil
	}
	var all []string
	if step := w.plan.Steps[name]; step != nil {
		all = step.Needs
	} else if check := w.check(name); check != nil {
		syntax, err := w.db.Parse(ctx, check.SQL)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = syntax.Tables()
	}
	var made []string
	for _, n := range all {
		switch {
		case schemaOf(n) == "landing":
		case w.plan.Steps[n] == nil && w.plan.Unions[n] == nil && !w.isGiven(n):
			return nil, fmt.Errorf("%s reads %s, which must be given", name, n)
		default:
			made = append(made, n)
		}
	}
	return made, nil
}

// reached tells whether anything that a staging table is made of is given,
// apart from the configuration.
func (w *world) reached(name string) bool {
	if w.isGiven(name) {
		return true
	}
	if step := w.plan.Steps[name]; step != nil {
		return slices.ContainsFunc(step.Needs, func(n string) bool { return schemaOf(n) != "config" && w.reached(n) })
	}
	return slices.ContainsFunc(w.plan.Unions[name], w.reached)
}

func (w *world) isGiven(name string) bool {
	_, ok := w.given[name]
	return ok
}

// stage runs a statement once for every given file of its landing stream, as
// a build does, and numbers files and rows.
func (w *world) stage(ctx context.Context, s *transform.Step) error {
	files := 0
	if g, ok := w.given["landing."+s.Landed]; ok {
		files = len(g.Files)
	} else if !w.made["landing."+s.Landed] {
		if err := w.createLanding(ctx, s.Landed); err != nil {
			return err
		}
		w.made["landing."+s.Landed] = true
	}
	for file := range files + 1 { // file 0 has no rows: it gives the table its columns
		target := "INSERT INTO " + s.Name
		if file == 0 {
			target = "CREATE TABLE " + s.Name + " AS"
		}
		for _, q := range []string{
			fmt.Sprintf("CREATE OR REPLACE VIEW landing.%s AS SELECT * EXCLUDE (file_no) FROM landing.rows_%[1]s WHERE file_no = %d ORDER BY _row", s.Landed, file),
			fmt.Sprintf("%s SELECT *, %d::BIGINT AS _file, row_number() OVER () - 1 AS _row FROM (\n%s\n)", target, file, s.SQL),
		} {
			if err := w.db.Exec(ctx, q); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) allColumns(ctx context.Context) (map[string][]warehouse.Column, error) {
	rows, err := w.db.Query(ctx, "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY 1, column_index")
	if err != nil {
		return nil, err
	}
	all := map[string][]warehouse.Column{}
	for _, r := range rows.Values {
		table, _ := r[0].(string)
		name, _ := r[1].(string)
		kind, _ := r[2].(string)
		all[table] = append(all[table], warehouse.Column{Name: name, Type: kind})
	}
	return all, nil
}
