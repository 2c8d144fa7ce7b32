package pgcat

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed relations.txt
var relationsText string

//go:embed catalog.sql
var catalogSQL string

//go:embed macros.sql
var macrosSQL string

// relation is a table or view of PostgreSQL's catalogue.
type relation struct {
	name    string
	columns []relationColumn
}

type relationColumn struct{ name, pgType string }

// relations reads relations.txt.
func relations() []relation {
	var all []relation
	for line := range strings.Lines(relationsText) {
		name, columns, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		r := relation{name: name}
		for c := range strings.SplitSeq(columns, ", ") {
			column, pgType, _ := strings.Cut(c, " ")
			r.columns = append(r.columns, relationColumn{column, pgType})
		}
		all = append(all, r)
	}
	return all
}

// isRelation tells whether pg_catalog has the relation.
func isRelation(name string) bool {
	return name != "" && strings.HasPrefix(name, "pg_") && strings.Contains(relationsText, "\n"+name+": ")
}

// engineType is how the catalogue stores a type of PostgreSQL's.
func engineType(pgType string) string {
	switch base, array := strings.CutSuffix(pgType, "[]"); base {
	case "oid", "xid":
		return "BIGINT" + suffix(array)
	case "bigint", "integer", "smallint", "boolean", "real", "interval":
		return strings.ToUpper(base) + suffix(array)
	case "double precision":
		return "DOUBLE" + suffix(array)
	case "timestamp with time zone", "time_stamp":
		return "TIMESTAMPTZ" + suffix(array)
	case "cardinal_number":
		return "INTEGER"
	case "int2vector":
		return "SMALLINT[]"
	case "oidvector":
		return "BIGINT[]"
	case "bytea":
		return "BLOB"
	default:
		return "VARCHAR" + suffix(array)
	}
}

func suffix(array bool) string {
	if array {
		return "[]"
	}
	return ""
}

// Column is a published column, as the catalogue shows it.
type Column struct {
	Schema, Table, Name string
	Type                string // DuckDB's name
	Nullable            bool
}

// Statements make the schema pgcat in a database that holds the columns'
// tables: the relations of PostgreSQL 15's catalogue, filled, and its
// functions. The table ops.dictionary, if there, gives the tables' descriptions.
func Statements(columns []Column) ([]string, error) {
	out := []string{
		"CREATE SCHEMA pgcat",
		`CREATE TEMP TABLE source_column (nsp VARCHAR, rel VARCHAR, att VARCHAR, num SMALLINT, typ BIGINT, typmod INTEGER, len SMALLINT, is_null BOOLEAN)`,
		`CREATE TEMP TABLE source_description (nsp VARCHAR, rel VARCHAR, description VARCHAR)`,
	}
	var values []string
	add := func(schema, table, column string, number int, t Type, nullable bool) {
		values = append(values, fmt.Sprintf("(%s, %s, %s, %d, %d, %d, %d, %t)", quote(schema), quote(table), quote(column), number, t.OID, t.Typmod, t.Len, nullable))
	}
	number, table := 0, ""
	for _, c := range columns {
		if this := c.Schema + "." + c.Table; this != table {
			number, table = 0, this
		}
		number++
		add(c.Schema, c.Table, c.Name, number, TypeOf(c.Type), c.Nullable)
		if table == "ops.dictionary" && number == 1 {
			out = append(out, "INSERT INTO source_description SELECT split_part(table_name, '.', 1), split_part(table_name, '.', 2), grain FROM ops.dictionary")
		}
	}
	for _, r := range relations() {
		var definitions []string
		schema, name := "pg_catalog", r.name
		if is, ok := strings.CutPrefix(r.name, "is_"); ok {
			schema, name = "information_schema", is
		}
		for i, c := range r.columns {
			engine := engineType(c.pgType)
			definitions = append(definitions, `"`+c.name+`" `+engine)
			add(schema, name, c.name, i+1, TypeOf(engine), true)
		}
		out = append(out, `CREATE TABLE pgcat."`+r.name+`" (`+strings.Join(definitions, ", ")+")")
	}
	out = append(out, "INSERT INTO source_column VALUES "+strings.Join(values, ", "))
	types, err := typeRows()
	if err != nil {
		return nil, err
	}
	out = append(out, types)
	out = append(out, pieces(catalogSQL)...)
	return append(out, pieces(macrosSQL)...), nil
}

// typeRows fills pg_type.
func typeRows() (string, error) {
	rows, err := Types()
	if err != nil {
		return "", err
	}
	var values []string
	for _, row := range rows[1:] {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = quote(cell)
		}
		values = append(values, "("+strings.Join(cells, ", ")+")")
	}
	columns := strings.Join(rows[0], ", ")
	return "INSERT INTO pgcat.pg_type BY NAME SELECT *, 11 AS typnamespace, 10 AS typowner FROM (VALUES " +
		strings.Join(values, ", ") + ") AS t(" + columns + ")", nil
}

// pieces splits a file of statements that end in a semicolon at the line's end.
func pieces(text string) []string {
	var out []string
	for s := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return out
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
