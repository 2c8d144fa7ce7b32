package github

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// links are the targets of a Link header by relation.
type links map[string]string

// parseLinks reads a Link header (RFC 8288). What is no link at all is an
// error: taking a garbled header for "no next page" would end a walk early.
func parseLinks(h string) (links, error) {
	ls := links{}
	rest := strings.TrimLeft(h, " \t,")
	for rest != "" {
		if rest[0] != '<' {
			return nil, fmt.Errorf("unreadable Link header: %.80q", h)
		}
		target, after, ok := strings.Cut(rest[1:], ">")
		if !ok {
			return nil, fmt.Errorf("unreadable Link header: %.80q", h)
		}
		rest = after
		for {
			rest = strings.TrimLeft(rest, " \t")
			if !strings.HasPrefix(rest, ";") {
				break
			}
			var name, value string
			name, value, rest = parameter(rest[1:])
			if !strings.EqualFold(name, "rel") {
				continue
			}
			for _, rel := range strings.Fields(strings.ToLower(value)) {
				if _, dup := ls[rel]; !dup {
					ls[rel] = target
				}
			}
		}
		if rest != "" && rest[0] != ',' {
			return nil, fmt.Errorf("unreadable Link header: %.80q", h)
		}
		rest = strings.TrimLeft(rest, " \t,")
	}
	return ls, nil
}

// parameter reads one name=value, the value perhaps quoted, and what follows.
func parameter(s string) (name, value, rest string) {
	i := strings.IndexAny(s, "=;,")
	if i < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.TrimSpace(s[:i])
	if s[i] != '=' {
		return name, "", s[i:]
	}
	s = strings.TrimLeft(s[i+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		if i = strings.IndexAny(s, ";,"); i < 0 {
			return name, strings.TrimSpace(s), ""
		}
		return name, strings.TrimSpace(s[:i]), s[i:]
	}
	var b strings.Builder
	for i = 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return name, b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return name, b.String(), ""
}

// query gives the query string of a relation's target, "" if there is none.
func (ls links) query(rel string) (string, error) {
	target, ok := ls[rel]
	if !ok {
		return "", nil
	}
	u, err := url.Parse(target)
	if err != nil || u.RawQuery == "" {
		return "", fmt.Errorf("unreadable Link with rel=%s", rel)
	}
	return u.RawQuery, nil
}

// lastPage gives the page number of rel=last, false where the server counts
// by place instead of pages.
func (ls links) lastPage() (int64, bool) {
	q, err := ls.query("last")
	if err != nil || q == "" {
		return 0, false
	}
	v, err := url.ParseQuery(q)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Get("page"), 10, 64)
	return n, err == nil && n > 0
}
