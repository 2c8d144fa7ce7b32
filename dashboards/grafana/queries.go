package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// Query is one query that Grafana sends, with its variables and macros still in
// it.
type Query struct {
	Dashboard string // uid; "alerting" for the queries of alert rules
	Panel     string // title of the panel, name of the annotation or the rule
	RefID     string
	Format    string // "table" or "time_series"
	SQL       string
	// Columns of a table panel that the panel shows or links to; nil elsewhere.
	Columns []Column
	// MayBeEmpty says that no rows are in order.
	MayBeEmpty bool
}

// Column is a column of a table panel.
type Column struct {
	Name string
	Unit string // as Grafana calls it; "" for what is no number
}

// Queries lists the queries of all panels, annotations and alert rules, so that
// they can be run against a snapshot.
func Queries() []Query {
	var all []Query
	for _, b := range boards() {
		anno := asTarget(runAnnotation().Target)
		all = append(all, Query{
			Dashboard: b.uid, Panel: runAnnotation().Name, RefID: anno.RefID, Format: anno.Format, SQL: anno.RawSQL,
		})
		for _, s := range b.sections {
			for _, p := range s.panels {
				for _, t := range p.targets() {
					all = append(all, Query{
						Dashboard: b.uid, Panel: *p.Title, RefID: t.RefID, Format: t.Format, SQL: t.RawSQL,
						Columns: p.columns, MayBeEmpty: p.mayBeEmpty,
					})
				}
			}
		}
	}
	for _, r := range rules() {
		all = append(all, Query{Dashboard: "alerting", Panel: r.title, RefID: "A", Format: formatTable, SQL: r.query, MayBeEmpty: true})
	}
	return all
}

// Variable is a choice at the head of a dashboard.
type Variable struct {
	Dashboard string // uid
	Name      string
	SQL       string   // of its options, which may contain earlier variables; "" where they are fixed
	Values    []string // the fixed options
	IsMulti   bool     // inserted as a quoted list; else as bare text
}

// Variables lists the variables of all dashboards, in their order.
func Variables() []Variable {
	var all []Variable
	for _, b := range boards() {
		for _, v := range b.variables {
			all = append(all, variableOf(b.uid, v))
		}
	}
	return all
}

func variableOf(uid string, v dashboard.VariableModel) Variable {
	out := Variable{Dashboard: uid, Name: v.Name, IsMulti: v.Multi != nil && *v.Multi}
	switch v.Type {
	case dashboard.VariableTypeQuery:
		out.SQL = *v.Query.String
	case dashboard.VariableTypeCustom:
		for _, o := range v.Options {
			out.Values = append(out.Values, *o.Value.String)
		}
	default:
		out.Values = []string{""}
	}
	return out
}
