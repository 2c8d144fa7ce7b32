package simulate

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jqlQuery is a parsed query: conditions that must all hold, and an order.
type jqlQuery struct {
	where []jqlClause
	order []jqlOrder
}

type jqlClause struct {
	field  string // project, key, created or updated
	op     string // = in > >= < <= != "not in"
	values []string
	ids    []int64 // values of key: ids, 0 where the value is a key
	at     time.Time
}

type jqlOrder struct {
	field string
	desc  bool
}

// jqlError is a refusal in Jira's own words.
type jqlError string

func (e jqlError) Error() string { return string(e) }

func refuse(format string, args ...any) error { return jqlError(fmt.Sprintf(format, args...)) }

type jqlToken struct {
	text   string
	quoted bool
	word   bool
	col    int
}

// lexJQL cuts a query into words, quoted strings and operators.
func lexJQL(q string) ([]jqlToken, error) {
	var out []jqlToken
	for i := 0; i < len(q); {
		c := q[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			j := i + 1
			for ; j < len(q) && q[j] != c; j++ {
				if q[j] == '\\' && j+1 < len(q) {
					j++
				}
				b.WriteByte(q[j])
			}
			if j >= len(q) {
				return nil, refuse("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", q[i+1:], i+1)
			}
			out = append(out, jqlToken{text: b.String(), quoted: true, word: true, col: i + 1})
			i = j + 1
		case strings.IndexByte("(),", c) >= 0:
			out = append(out, jqlToken{text: string(c), col: i + 1})
			i++
		case strings.IndexByte("=<>!~", c) >= 0:
			j := i + 1
			if j < len(q) && (q[j] == '=' || c == '!' && q[j] == '~') {
				j++
			}
			out = append(out, jqlToken{text: q[i:j], col: i + 1})
			i = j
		default:
			j := i
			for j < len(q) && strings.IndexByte(" \t\r\n\"'(),=<>!~", q[j]) < 0 {
				j++
			}
			out = append(out, jqlToken{text: q[i:j], word: true, col: i + 1})
			i = j
		}
	}
	return out, nil
}

type jqlParser struct {
	toks []jqlToken
	i    int
	zone *time.Location
	now  time.Time
	out  jqlQuery
}

func (p *jqlParser) peek() jqlToken {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return jqlToken{}
}

func (p *jqlParser) keyword(word string) bool {
	t := p.peek()
	if !t.quoted && t.word && strings.EqualFold(t.text, word) {
		p.i++
		return true
	}
	return false
}

func (p *jqlParser) symbol(s string) bool {
	if t := p.peek(); !t.word && t.text == s {
		p.i++
		return true
	}
	return false
}

func (p *jqlParser) unexpected(wanted string) error {
	if p.i >= len(p.toks) {
		return refuse("Error in the JQL Query: Expecting %s before the end of the query.", wanted)
	}
	t := p.peek()
	return refuse("Error in the JQL Query: Expecting %s but got '%s'. (line 1, character %d)", wanted, t.text, t.col)
}

// parseJQL reads conjunctions over project, id, key, created and updated, with
// brackets, and ORDER BY: what a connector sends. Dates without a zone are
// read in zone, at minute resolution; a bare number is epoch milliseconds.
func parseJQL(q string, zone *time.Location, now time.Time) (jqlQuery, error) {
	toks, err := lexJQL(q)
	if err != nil {
		return jqlQuery{}, err
	}
	p := &jqlParser{toks: toks, zone: zone, now: now}
	if len(toks) > 0 && !p.orderAhead() {
		if err := p.conjunction(0); err != nil {
			return jqlQuery{}, err
		}
	}
	if p.orderAhead() {
		p.i += 2
		if err := p.ordering(); err != nil {
			return jqlQuery{}, err
		}
	}
	if p.i < len(p.toks) {
		return jqlQuery{}, p.unexpected("either 'OR' or 'AND'")
	}
	return p.out, nil
}

func (p *jqlParser) orderAhead() bool {
	return p.i+1 < len(p.toks) && !p.toks[p.i].quoted && strings.EqualFold(p.toks[p.i].text, "order") && strings.EqualFold(p.toks[p.i+1].text, "by")
}

func (p *jqlParser) conjunction(depth int) error {
	if depth > 50 {
		return refuse("Error in the JQL Query: the query is nested too deeply.")
	}
	for {
		if p.symbol("(") {
			if err := p.conjunction(depth + 1); err != nil {
				return err
			}
			if !p.symbol(")") {
				return p.unexpected("either ')', 'OR' or 'AND'")
			}
		} else if err := p.clause(); err != nil {
			return err
		}
		if !p.keyword("and") {
			return nil
		}
	}
}

var jqlFields = map[string]string{
	"project": "project", "key": "key", "issuekey": "key", "id": "key", "issue": "key",
	"created": "created", "createddate": "created", "updated": "updated", "updateddate": "updated",
}

func (p *jqlParser) clause() error {
	t := p.peek()
	if !t.word {
		return p.unexpected("a field name")
	}
	field, ok := jqlFields[strings.ToLower(t.text)]
	if !ok {
		return refuse("Field '%s' does not exist or you do not have permission to view it.", t.text)
	}
	p.i++
	c := jqlClause{field: field}
	switch {
	case p.keyword("in"):
		c.op = "in"
	case p.keyword("not"):
		if !p.keyword("in") {
			return p.unexpected("'IN'")
		}
		c.op = "not in"
	default:
		op := p.peek()
		if op.word || !slices.Contains([]string{"=", "!=", ">", ">=", "<", "<="}, op.text) {
			return p.unexpected("either 'IN', 'NOT IN' or an operator ('=', '!=', '<', '>', '<=', '>=')")
		}
		c.op = op.text
		p.i++
	}
	if err := p.values(&c, strings.HasSuffix(c.op, "in")); err != nil {
		return err
	}
	p.out.where = append(p.out.where, c)
	return nil
}

func (p *jqlParser) values(c *jqlClause, list bool) error {
	if list && !p.symbol("(") {
		return p.unexpected("'('")
	}
	for {
		v := p.peek()
		if !v.word {
			return p.unexpected("a value")
		}
		p.i++
		if err := p.value(c, v); err != nil {
			return err
		}
		if !list {
			return nil
		}
		if p.symbol(")") {
			return nil
		}
		if !p.symbol(",") {
			return p.unexpected("either ',' or ')'")
		}
	}
}

var issueKey = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]*)-(\d+)$`)

func (p *jqlParser) value(c *jqlClause, v jqlToken) error {
	switch c.field {
	case "project":
		if c.op != "=" && c.op != "!=" && c.op != "in" && c.op != "not in" {
			return refuse("The operator '%s' is not supported by the 'project' field.", c.op)
		}
		i := slices.IndexFunc(jiraProjects, func(k string) bool {
			return strings.EqualFold(k, v.text) || projectID(k) == v.text || strings.EqualFold(projectName(k), v.text)
		})
		if i < 0 {
			return refuse("The value '%s' does not exist for the field 'project'.", v.text)
		}
		c.values = append(c.values, jiraProjects[i])
	case "key":
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil && !issueKey.MatchString(v.text) {
			return refuse("The issue key '%s' for field 'key' is invalid.", v.text)
		}
		c.values = append(c.values, strings.ToUpper(v.text))
		c.ids = append(c.ids, n)
	default:
		if strings.HasSuffix(c.op, "in") {
			return refuse("The operator '%s' is not supported by the '%s' field.", c.op, c.field)
		}
		at, ok := p.date(v)
		if !ok {
			return refuse("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", v.text, c.field)
		}
		c.at = at
	}
	return nil
}

func (p *jqlParser) date(v jqlToken) (time.Time, bool) {
	for _, layout := range []string{"2006/01/02 15:04", "2006-01-02 15:04", "2006/01/02", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, v.text, p.zone); err == nil {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && !v.quoted && n >= 0 {
		return time.UnixMilli(n), true
	}
	return p.period(v.text)
}

// period reads a distance from now, such as -5d or 4w 2d.
func (p *jqlParser) period(s string) (time.Time, bool) {
	sign := time.Duration(1)
	if strings.HasPrefix(s, "-") {
		sign, s = -1, s[1:]
	}
	var sum time.Duration
	parts := strings.Fields(s)
	for _, f := range parts {
		n, err := strconv.Atoi(f[:len(f)-1])
		unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day}[f[len(f)-1]]
		if err != nil || unit == 0 || n < 0 || n > 100_000 {
			return time.Time{}, false
		}
		sum += time.Duration(n) * unit
	}
	return p.now.Add(sign * sum), len(parts) > 0
}

func (p *jqlParser) ordering() error {
	for {
		t := p.peek()
		if !t.word {
			return p.unexpected("a field name")
		}
		field := jqlFields[strings.ToLower(t.text)]
		if field == "" || field == "project" {
			return refuse("Not able to sort using field '%s'.", t.text)
		}
		p.i++
		o := jqlOrder{field: field, desc: field != "key"}
		if p.keyword("desc") {
			o.desc = true
		} else if p.keyword("asc") {
			o.desc = false
		}
		p.out.order = append(p.out.order, o)
		if !p.symbol(",") {
			return nil
		}
	}
}

// known refuses a query that names an issue that is not there.
func (q jqlQuery) known(v *view) error {
	for _, c := range q.where {
		if c.field != "key" || c.op != "=" && c.op != "in" {
			continue
		}
		for i, k := range c.values {
			if v.byKey[k] == nil && c.ids[i] == 0 {
				return refuse("An issue with key '%s' does not exist for field 'key'.", k)
			}
		}
	}
	return nil
}

// find answers the query.
func (q jqlQuery) find(v *view) []*seen {
	var out []*seen
next:
	for _, s := range v.jira {
		for _, c := range q.where {
			if !c.holds(s) {
				continue next
			}
		}
		out = append(out, s)
	}
	order := q.order
	if len(order) == 0 {
		order = []jqlOrder{{"created", true}}
	}
	slices.SortFunc(out, func(a, b *seen) int {
		for _, o := range order {
			var n int
			switch o.field {
			case "created":
				n = a.created.Compare(b.created)
			case "updated":
				n = a.updated.Compare(b.updated)
			default:
				n = cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.number, b.number))
			}
			if o.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(a.id, b.id)
	})
	return out
}

func (c jqlClause) holds(s *seen) bool {
	var n int
	switch c.field {
	case "created":
		n = s.created.Compare(c.at)
	case "updated":
		n = s.updated.Compare(c.at)
	case "project":
		return slices.Contains(c.values, s.place) == (c.op == "=" || c.op == "in")
	default:
		return c.holdsKey(s)
	}
	return compares(c.op, n)
}

func compares(op string, n int) bool {
	switch op {
	case "=":
		return n == 0
	case "!=":
		return n != 0
	case ">":
		return n > 0
	case ">=":
		return n >= 0
	case "<":
		return n < 0
	}
	return n <= 0
}

func (c jqlClause) holdsKey(s *seen) bool {
	if c.op == "in" || c.op == "=" || c.op == "not in" || c.op == "!=" {
		in := slices.Contains(c.values, s.key) || slices.Contains(c.ids, s.id)
		return in == (c.op == "in" || c.op == "=")
	}
	if c.ids[0] != 0 {
		return compares(c.op, cmp.Compare(s.id, c.ids[0]))
	}
	m := issueKey.FindStringSubmatch(c.values[0])
	n, err := strconv.Atoi(m[2])
	return err == nil && m[1] == s.place && compares(c.op, cmp.Compare(s.number, n))
}
