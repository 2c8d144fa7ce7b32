package grafana

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/grafana/grafanatest"
)

// published are the tables that a dashboard may read.
func published() []string {
	return []string{
		"marts.backlog_daily", "marts.collaboration", "marts.contributor", "marts.demand_type", "marts.demand_type_weekly",
		"marts.sla", "marts.support_model_metric", "marts.support_model_recommendation", "marts.support_model_score", "marts.ticket",
		"ops.access", "ops.check", "ops.completeness", "ops.run", "ops.snapshot", "ops.source_freshness", "ops.step",
	}
}

func texts() map[string]string {
	all := map[string]string{}
	for _, q := range Queries() {
		all[q.Dashboard+": "+q.Panel] = q.SQL
	}
	for _, v := range Variables() {
		all[v.Dashboard+": $"+v.Name] = v.SQL
	}
	return all
}

// TestTables: queries name published tables, with their schemas.
func TestTables(t *testing.T) {
	table := regexp.MustCompile(`(?:marts|ops|core|staging|models|config|ledger)\."?\w+"?`)
	for name, query := range texts() {
		for _, found := range table.FindAllString(query, -1) {
			if !slices.Contains(published(), strings.ReplaceAll(found, `"`, "")) {
				t.Errorf("%s reads %s", name, found)
			}
		}
	}
}

// TestMacros: Grafana takes any $name( for a macro, and ends its arguments at the
// first parenthesis.
func TestMacros(t *testing.T) {
	whole := grafanatest.Range{From: time.Unix(0, 0), To: time.Unix(1e9, 0)}
	argument := regexp.MustCompile(`\$__timeFilter\(([^)]*)\)`)
	for name, query := range texts() {
		if _, err := grafanatest.Expand(query, nil, whole); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, m := range argument.FindAllStringSubmatch(query, -1) {
			if strings.ContainsAny(m[1], "(,") {
				t.Errorf("%s: the macro's argument is %q", name, m[1])
			}
		}
		for _, risky := range []string{";", "--", "printf", "format(", "repeat("} {
			if strings.Contains(query, risky) {
				t.Errorf("%s: %q has no place in a query over the wire", name, risky)
			}
		}
	}
}

// TestVariables: every variable that a query contains is one of its dashboard.
func TestVariables(t *testing.T) {
	has := map[string][]string{}
	for _, v := range Variables() {
		checkVariables(t, v.Dashboard+": $"+v.Name, v.SQL, has[v.Dashboard])
		has[v.Dashboard] = append(has[v.Dashboard], v.Name)
	}
	for _, q := range Queries() {
		checkVariables(t, q.Dashboard+": "+q.Panel, q.SQL, has[q.Dashboard])
	}
}

func checkVariables(t *testing.T, name, query string, has []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(query, -1) {
		if !strings.HasPrefix(m[1], "__") && !slices.Contains(has, m[1]) {
			t.Errorf("%s: the dashboard has no variable %s before it", name, m[1])
		}
	}
}

// TestSeries: a time series needs a column "time" and rows in its order.
func TestSeries(t *testing.T) {
	for _, q := range Queries() {
		if q.Format == formatSeries && (!strings.Contains(q.SQL, " AS time") || !strings.Contains(q.SQL, "ORDER BY time")) {
			t.Errorf("%s: %q is no time series:\n%s", q.Dashboard, q.Panel, q.SQL)
		}
	}
}
