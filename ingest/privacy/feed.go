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

// idKey tells whether a member of the outermost object, of a row, or of what
// says how a message travelled, is an id that tells things apart.
func (r *record) idKey(key string) bool {
	if r.kind != "kafka" {
		return false
	}
	switch key {
	case "key", "ticket", "id":
		return true
	}
	return (r.feed || r.row) && strings.HasSuffix(key, "_id") && !r.personColumn(key)
}

// scrubID scrubs an id. A placeholder would make all mail addresses the same
// id, so what must not land becomes a pseudonym of the whole.
func (r *record) scrubID(s string) string {
	if out := r.scrubText(s); out == s {
		return s
	}
	return r.b.hide(r.kind+" id", s)
}

// scrubBytes does the same for an id of bytes. Nothing can look into it, so it
// never lands as it is.
func (r *record) scrubBytes(s string) string {
	if isPseudonym(s) {
		return s
	}
	return r.b.hide(r.kind+" id", s)
}

// isImage tells whether the object at i is a row before or after its change.
func (r *record) isImage(i int) bool {
	return r.row && (i == r.doc.member(0, "after") || i == r.doc.member(0, "before"))
}

// isRowOfPerson tells whether the row at hand is one of people: by its table, or
// because it has a mail address of its own.
func (r *record) isRowOfPerson() bool {
	d := &r.doc
	if !r.row {
		return false
	}
	table := strings.ToLower(d.memberText(d.member(0, "source"), "table"))
	for _, who := range []string{
		"user", "customer", "contact", "agent", "person", "people", "member", "employee", "staff", "requester", "client",
	} {
		if strings.Contains(table, who) {
			return true
		}
	}
	for _, image := range []string{"after", "before"} {
		for _, mail := range []string{"email", "mail", "email_address", "e_mail"} {
			if d.member(d.member(0, image), mail) >= 0 {
				return true
			}
		}
	}
	return false
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// personColumn tells whether the name of a database's column, or of a feed's
// member, says that it holds somebody's name or login.
func (r *record) personColumn(key string) bool {
	if !r.feed && !r.row {
		return false
	}
	if r.row && r.b.columns[strings.ToLower(key)] {
		return true
	}
	switch strings.ToLower(separators.Replace(key)) {
	case "name":
		return r.rowOfPerson
	case "respondent":
		return r.feed
	case "sender", "submitter", "caller", "customer", "contact", "recipient", "responder", "owner", "agent",
		"createdby", "updatedby", "modifiedby", "openedby", "closedby", "resolvedby", "assignedto", "submittedby",
		"assigneeid", "ownerid", "agentid", "requesterid", "reporterid", "authorid", "submitterid", "senderid",
		"createdbyid", "updatedbyid", "userid",
		"firstname", "lastname", "fullname", "displayname", "givenname", "middlename", "familyname", "surname", "nickname",
		"realname", "username", "fromname", "assigneename", "reportername", "authorname",
		"requestername", "customername", "contactname", "ownername", "agentname", "sendername",
		"submittername", "creatorname", "callername", "respondentname", "recipientname":
		return true
	}
	return false
}
