// Package grafanatest does to a query what Grafana does before it sends it, so
// that dashboards can be tried without one.
package grafanatest

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Range is a dashboard's time range.
type Range struct{ From, To time.Time }

// Choice is what a variable stands for.
type Choice struct {
	Values  []string
	IsMulti bool // a quoted list; else the first value as it is
}

var (
	variable = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::[^}]+)?\}`)
	// Grafana 12.4's own expression (pkg/tsdb/grafana-postgresql-datasource).
	macro = regexp.MustCompile(`\$([_a-zA-Z0-9]+)\(([^\)]*)\)`)
)

// Expand puts in the chosen values as the browser does, then the macros as the
// PostgreSQL data source of Grafana 12.4 does. Names of no variable stay, as in
// Grafana; a macro that is none is an error.
func Expand(query string, chosen map[string]Choice, r Range) (string, error) {
	query = variable.ReplaceAllStringFunc(query, func(found string) string {
		c, ok := chosen[strings.Trim(strings.SplitN(found, ":", 2)[0], "${}")]
		if !ok {
			return found
		}
		return c.text()
	})
	var failed error
	query = macro.ReplaceAllStringFunc(query, func(found string) string {
		m := macro.FindStringSubmatch(found)
		text, err := expandMacro(m[1], strings.Split(m[2], ","), r)
		if err != nil {
			failed = err
		}
		return text
	})
	return query, failed
}

func (c Choice) text() string {
	escaped := make([]string, len(c.Values))
	for i, v := range c.Values {
		escaped[i] = strings.ReplaceAll(v, "'", "''")
	}
	if c.IsMulti && len(escaped) > 0 {
		return "'" + strings.Join(escaped, "','") + "'"
	}
	return strings.Join(escaped, "")
}

func expandMacro(name string, args []string, r Range) (string, error) {
	from, to := r.From.UTC().Format(time.RFC3339Nano), r.To.UTC().Format(time.RFC3339Nano)
	switch name {
	case "__timeFilter":
		return fmt.Sprintf("%s BETWEEN '%s' AND '%s'", args[0], from, to), nil
	case "__timeFrom":
		return "'" + from + "'", nil
	case "__timeTo":
		return "'" + to + "'", nil
	case "__unixEpochTo":
		return fmt.Sprint(r.To.Unix()), nil
	}
	return "", fmt.Errorf("unknown macro %q", name)
}
