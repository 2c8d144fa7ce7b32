package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a page of rows.
const (
	defaultLimit = 100
	highestLimit = 10_000
	highestStart = 10_000_000
)

func badRequest(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// readPage reads limit, offset, order, generation and the filters of a query. A
// filter is column=value; an empty value stands for no value.
func readPage(query string, table martTable) (page, error) {
	p := page{limit: defaultLimit}
	values, err := url.ParseQuery(query)
	if err != nil {
		return p, badRequest("the address is not well-formed")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all := values[name]
		if len(all) != 1 {
			return p, badRequest("%q is there %d times", name, len(all))
		}
		switch value := all[0]; name {
		case "limit":
			p.limit, err = number(name, value, 1, highestLimit)
		case "offset":
			p.offset, err = number(name, value, 0, highestStart)
		case "generation":
			p.generation = value
		case "order":
			p.order, err = order(value, table)
		default:
			if !table.has(name) {
				err = badRequest("%s has no column %q", table.Name, name)
			}
			p.filter = append(p.filter, [2]string{name, value})
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

func number(name, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, badRequest("%s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

func order(value string, table martTable) ([]string, error) {
	columns := strings.Split(value, ",")
	for _, c := range columns {
		if !table.has(strings.TrimPrefix(c, "-")) {
			return nil, badRequest("order: %s has no column %q", table.Name, strings.TrimPrefix(c, "-"))
		}
	}
	return columns, nil
}

func (t martTable) has(column string) bool {
	return slices.ContainsFunc(t.Columns, func(c martColumn) bool { return c.Name == column })
}

// statement makes the SQL of a page. Names come from the table's own columns,
// values are parameters. The order ends with the key, or with all columns, so
// that pages neither overlap nor leave anything out. One row more than asked for
// tells whether there is a next page.
func (p page) statement(table martTable) (sql string, params []string) {
	var b strings.Builder
	b.WriteString("SELECT * FROM " + table.Name)
	for i, f := range p.filter {
		b.WriteString([]string{" WHERE ", " AND "}[min(i, 1)])
		if f[1] == "" {
			b.WriteString(quoted(f[0]) + " IS NULL")
			continue
		}
		params = append(params, f[1])
		fmt.Fprintf(&b, "%s = $%d", quoted(f[0]), len(params))
	}
	b.WriteString(" ORDER BY ")
	for _, c := range p.order {
		name, down := strings.CutPrefix(c, "-")
		b.WriteString(quoted(name))
		if down {
			b.WriteString(" DESC")
		}
		b.WriteString(" NULLS LAST, ")
	}
	key := table.Key
	if len(key) == 0 {
		for _, c := range table.Columns {
			key = append(key, c.Name)
		}
	}
	for i, name := range key {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(name) + " NULLS LAST")
	}
	fmt.Fprintf(&b, " LIMIT %d OFFSET %d", p.limit+1, p.offset)
	return b.String(), params
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
