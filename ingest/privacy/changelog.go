package privacy

import (
	"regexp"
	"strings"
)

// Jira's changelog names people by id in from and to, by display name in
// fromString and toString.

// accountIDShape is how Atlassian account ids look.
var accountIDShape = regexp.MustCompile(`^(?:[0-9a-f]{24}|\d+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|qm:[0-9a-f:-]{8,}|557058:[0-9a-z:-]{8,})$`)

// personField tells whether a changelog field holds people.
func personField(field string) bool {
	switch strings.ToLower(strings.TrimSpace(field)) {
	case "assignee", "reporter", "creator", "author", "watcher", "watchers",
		"participant", "participants", "request participants",
		"approver", "approvers", "requester", "requestor", "reviewer", "reviewers",
		"lead", "project lead", "component lead", "owner", "tester", "developer",
		"qa contact", "assigned to", "customer contact", "agent", "handler", "responsible":
		return true
	}
	return false
}

// change is one changelog item.
type change struct {
	from, to             string
	fromString, toString string
}

// changeOf reads the object at i as a changelog item about people.
func (r *record) changeOf(i int) (c change, ok bool) {
	d := &r.doc
	field, isItem, nextTo := "", false, false
	person := false
	for m := i + 1; m < d.nodes[i].next; m = d.nodes[m+1].next {
		var dst *string
		switch d.key(m) {
		case "field", "fieldId":
			dst, isItem = &field, true
		case "from":
			dst, nextTo = &c.from, true
		case "to":
			dst, nextTo = &c.to, true
		case "fromString":
			dst, nextTo = &c.fromString, true
		case "toString":
			dst, nextTo = &c.toString, true
		default:
			continue
		}
		if d.isString(m + 1) {
			*dst = d.text(m + 1)
		}
		if dst == &field && personField(field) {
			person = true
		}
	}
	if !isItem || !nextTo {
		return c, false
	}
	return c, person || r.namesPerson(c.from, c.fromString) || r.namesPerson(c.to, c.toString)
}

// namesPerson recognises people in fields of other names, such as a custom
// user picker: by the shape of the id, or because the record knows the pair of
// id and display name.
func (r *record) namesPerson(id, display string) bool {
	if id == "" {
		return false
	}
	for one := range strings.SplitSeq(strings.Trim(id, "[] "), ",") {
		if one = strings.TrimSpace(one); accountIDShape.MatchString(one) || isPseudonym(one) {
			return true
		}
	}
	p := r.byAlias(id)
	return p != nil && (strings.EqualFold(p.display, strings.TrimSpace(display)) || p.accountID == id)
}

// mapPeople replaces every id of a list such as "a, b" or "[a, b]", keeping
// what stands between them.
func (r *record) mapPeople(list string, display string, replace func(id, display string) string) string {
	var out strings.Builder
	parts := strings.Split(list, ",")
	for i, part := range parts {
		if i > 0 {
			out.WriteByte(',')
		}
		id := strings.Trim(part, "[] \t")
		if id == "" {
			out.WriteString(part)
			continue
		}
		if len(parts) > 1 {
			display = "" // names belong to the list as a whole
		}
		at := strings.Index(part, id)
		out.WriteString(part[:at])
		out.WriteString(replace(id, display))
		out.WriteString(part[at+len(id):])
	}
	return out.String()
}

// changeActor gives the pseudonym for one side of a changelog item.
func (r *record) changeActor(id, display string) string {
	if isPseudonym(id) {
		return id
	}
	if p := r.changePerson(id, display); p != nil {
		return p.pseudonym
	}
	return r.b.hide(r.ns, id)
}

// changeNative gives the canonical native id for one side.
func (r *record) changeNative(id, display string) string {
	if p := r.changePerson(id, display); p != nil {
		return p.native
	}
	return id
}

// changePerson finds the person object that a changelog item means. The
// display name counts only where the id is no account id: two people may share
// a name, but not an account.
func (r *record) changePerson(id, display string) *person {
	if p := r.byAlias(id); p != nil {
		return p
	}
	if accountIDShape.MatchString(id) {
		return nil
	}
	if p := r.display[strings.ToLower(id)]; p != nil {
		return p
	}
	return r.display[strings.ToLower(strings.TrimSpace(display))]
}

// changeRole matches the globs for one side of a changelog item.
func (r *record) changeRole(id, display string) string {
	if id == "" || isPseudonym(id) {
		return ""
	}
	if p := r.changePerson(id, display); p != nil && p.role != "" {
		return p.role
	}
	ids := []string{display}
	for one := range strings.SplitSeq(strings.Trim(id, "[] "), ",") {
		ids = append(ids, one)
	}
	return r.b.role(ids...)
}
