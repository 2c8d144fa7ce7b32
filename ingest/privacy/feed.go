package privacy

import "strings"

// What a feed of the company's own or a help-desk database says in Kafka names
// people more loosely than Jira and GitHub do: a text, an object of id, name and
// email, or a column that somebody once called so.

// isFeed tells whether the payload is a message in ticketmill's own format.
func (r *record) isFeed() bool {
	d := &r.doc
	return r.kind == "kafka" && d.member(0, "type") >= 0 && d.member(0, "source") >= 0 &&
		d.member(0, "key") >= 0 && d.member(0, "at") >= 0
}

// isRow tells whether the payload is a change of a database row.
func (r *record) isRow() bool {
	d := &r.doc
	return r.kind == "kafka" && d.member(0, "op") >= 0 && (d.member(0, "after") >= 0 || d.member(0, "before") >= 0)
}

// feedPersonKey tells whether a member of a feed's message holds a person.
func feedPersonKey(key string) bool {
	switch key {
	case "reporter", "assignee", "author", "actor", "respondent", "from", "to":
		return true
	}
	return false
}

// feedPerson reads the object at i, the value of a feed's member, as a person.
// The feed's own id goes before an address, an address before a name, which
// two people may share.
func (r *record) feedPerson(i int, key string) *person {
	if !r.feed || !feedPersonKey(key) {
		return nil
	}
	d := &r.doc
	p := &person{
		ns: r.kind, accountID: strings.TrimSpace(d.memberText(i, "id")), email: strings.TrimSpace(d.memberText(i, "email")),
		display: strings.TrimSpace(d.memberText(i, "name")),
	}
	for _, id := range []string{p.accountID, p.email, p.display} {
		if p.native == "" {
			p.native = id
		}
	}
	if p.native == "" {
		return nil
	}
	return r.finish(p, "")
}

// idKey tells whether a member of the outermost object, or of what says how a
// message travelled, is an id that tells things apart.
func (r *record) idKey(key string) bool {
	if r.kind != "kafka" {
		return false
	}
	switch key {
	case "key", "ticket", "id":
		return true
	}
	return false
}

// scrubID scrubs an id. A placeholder would make all mail addresses the same
// id, so what must not land becomes a pseudonym of the whole.
func (r *record) scrubID(s string) string {
	if out := r.scrubText(s); out == s {
		return s
	}
	return r.b.hide(r.kind+" id", s)
}

// personColumn tells whether the name of a database's column, or of a feed's
// member, says that it holds somebody's name.
func (r *record) personColumn(key string) bool {
	if r.feed && key == "respondent" {
		return true
	}
	if !r.row {
		return false
	}
	switch key {
	case "sender", "submitter", "caller", "contact", "recipient", "responder", "owner", "agent",
		"created_by", "updated_by", "opened_by", "closed_by", "resolved_by", "assigned_to", "submitted_by",
		"first_name", "last_name", "full_name", "display_name", "given_name", "family_name", "from_name",
		"requester_name", "customer_name", "contact_name", "owner_name", "agent_name", "sender_name",
		"submitter_name", "creator_name", "caller_name", "respondent_name", "recipient_name":
		return true
	}
	return false
}
