package grafana

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Each variable's query has at least one row. Without an option "All" is an
// empty list, and IN () is no SQL.

const sourceOptions = `SELECT DISTINCT source AS __text, source AS __value FROM marts.ticket
UNION ALL
SELECT 'none', 'none' WHERE NOT EXISTS (SELECT 1 FROM marts.ticket)
ORDER BY 1`

const projectOptions = `SELECT DISTINCT coalesce(project, 'none') AS __text, coalesce(project, 'none') AS __value
FROM marts.ticket
WHERE source IN ($source)
UNION
SELECT 'none', 'none'
ORDER BY 1`

const supportModelOptions = `SELECT DISTINCT coalesce(support_model, 'none') AS __text, coalesce(support_model, 'none') AS __value
FROM marts.ticket
UNION
SELECT 'none', 'none'
ORDER BY 1`

// The hidden types are in it, because "All" has to mean all tickets.
const demandTypeOptions = `SELECT __text, __value FROM (
  SELECT name AS __text, demand_type_id AS __value, size FROM marts.demand_type
  UNION ALL
  SELECT 'none', 'none', 0
) AS options
ORDER BY size DESC, __value`

const detailTypeOptions = `SELECT __text, __value FROM (
  SELECT name AS __text, demand_type_id AS __value, demand_type_id = 'other' AS is_last, size FROM marts.demand_type
  UNION ALL
  SELECT 'none', 'none', true, 0
) AS options
ORDER BY is_last, size DESC, __value`

const scoreTypeOptions = `SELECT __text, __value FROM (
  SELECT DISTINCT demand_type AS __text, demand_type_id AS __value FROM marts.support_model_score
  UNION
  SELECT 'all demand types', 'all'
) AS options
ORDER BY __value <> 'all', __text`

// filters are the five choices that all dashboards share.
func filters() []dashboard.VariableModel {
	return []dashboard.VariableModel{
		many("source", "Source", "Where tickets come from: a tracker or feed of the configuration.", sourceOptions),
		many("project", "Project", "The tracker's project or repository; “none” for feeds that have no projects.", projectOptions),
		many("support_model", "Support model", "Who is to answer: community, paid, hybrid or as configured.", supportModelOptions),
		many("demand_type", "Demand type", "What the ticket asks for, by its words.", demandTypeOptions),
		priority(),
	}
}

// many is a variable of which several values can be chosen, all at first.
func many(name, label, description, query string) dashboard.VariableModel {
	v := one(name, label, description, query)
	v.Multi, v.IncludeAll = cog.ToPtr(true), cog.ToPtr(true)
	v.Current = &dashboard.VariableOption{
		Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
		Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
	}
	return v
}

// one is a variable with one value, the query's first one at first.
func one(name, label, description, query string) dashboard.VariableModel {
	return dashboard.VariableModel{
		Type: dashboard.VariableTypeQuery, Name: name, Label: cog.ToPtr(label), Description: cog.ToPtr(description),
		Datasource: cog.ToPtr(datasource()),
		Query:      &dashboard.StringOrMap{String: cog.ToPtr(query)},
		Definition: cog.ToPtr(query),
		Current:    nothing(),
		Refresh:    cog.ToPtr(dashboard.VariableRefreshOnDashboardLoad),
		// the query's order says more than the alphabet
		Sort:  cog.ToPtr(dashboard.VariableSortDisabled),
		Regex: cog.ToPtr(""),
	}
}

// choices is a variable whose values are known beforehand.
func choices(name, label, description string, values ...string) dashboard.VariableModel {
	v := many(name, label, description, strings.Join(values, ","))
	v.Type, v.Datasource, v.Definition, v.Refresh = dashboard.VariableTypeCustom, nil, nil, nil
	v.Sort, v.Regex = nil, nil
	for _, value := range values {
		v.Options = append(v.Options, dashboard.VariableOption{
			Selected: cog.ToPtr(false),
			Text:     dashboard.StringOrArrayOfString{String: cog.ToPtr(value)},
			Value:    dashboard.StringOrArrayOfString{String: cog.ToPtr(value)},
		})
	}
	return v
}

func priority() dashboard.VariableModel {
	return choices("priority", "Priority", "How urgent, on the scale that all sources share.",
		"urgent", "high", "normal", "low", "none")
}

// typed is a variable for free text, empty at first.
func typed(name, label, description string) dashboard.VariableModel {
	return dashboard.VariableModel{
		Type: dashboard.VariableTypeTextbox, Name: name, Label: cog.ToPtr(label), Description: cog.ToPtr(description),
		Query:   &dashboard.StringOrMap{String: cog.ToPtr("")},
		Current: nothing(),
	}
}

func nothing() *dashboard.VariableOption {
	empty := dashboard.StringOrArrayOfString{String: cog.ToPtr("")}
	return &dashboard.VariableOption{Text: empty, Value: empty}
}
