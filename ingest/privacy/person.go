package privacy

import (
	"strings"
)

// person is one person object of a payload.
type person struct {
	login, accountID, name, key, email, display string
	ns                                          string // kind under which the pseudonym is made
	native                                      string // what the pseudonym is made from
	pseudonym                                   string
	role                                        string // "agent", "bot" or ""
}

// record is one payload on its way through the border. All of its state is
// filled from this payload: nothing leaks from one record into the next.
type record struct {
	b    *Border
	kind string // as given to Scrub
	ns   string // kind under which people mentioned in text are known
	feed bool   // a message in ticketmill's own format
	row  bool   // a change of a database row

	rowOfPerson bool // the row is somebody's
	doc         document
	out         []byte

	people  []*person
	alias   map[string]*person // native id, login, name, key, account id
	display map[string]*person // display name in lower case; nil: two people share it
	known   names
}

func newRecord(b *Border, kind string) *record {
	r, ok := b.records.Get().(*record)
	if !ok {
		r = new(record)
	}
	r.b, r.kind, r.ns = b, kind, namespace(kind)
	r.out = r.out[:0]
	r.people = r.people[:0]
	if r.alias == nil {
		r.alias, r.display = map[string]*person{}, map[string]*person{}
	}
	clear(r.alias)
	clear(r.display)
	r.known.reset()
	return r
}

// release gives the buffers back, but not those of an unusually big payload.
func (r *record) release() {
	const keep = 4 << 20
	if cap(r.out) > keep {
		return
	}
	b := r.b
	r.b, r.doc.src = nil, ""
	b.records.Put(r)
}

// namespace maps a source kind to the kind its people belong to: a webhook of
// Jira that comes through Kafka talks of the same people as Jira itself. It is
// "" where only the payload can tell.
func namespace(kind string) string {
	switch {
	case strings.HasPrefix(kind, "jira"):
		return "jira"
	case strings.HasPrefix(kind, "github"):
		return "github"
	}
	return ""
}

// collect finds the people of the payload.
func (r *record) collect() {
	r.feed, r.row = r.isFeed(), r.isRow()
	r.rowOfPerson = r.isRowOfPerson()
	r.collectFrom(0, "")
	if r.ns == "" {
		r.ns = r.guessNamespace()
	}
	r.collectMentions()
}

// collectFrom finds the people at and below i, the value of the member key.
func (r *record) collectFrom(i int, key string) {
	d := &r.doc
	switch d.nodes[i].kind {
	case '{':
		p := r.feedPerson(i, key)
		if p == nil {
			p = r.personOf(i, key)
		}
		if p != nil {
			d.nodes[i].person = r.add(p)
		}
		for m := i + 1; m < d.nodes[i].next; m = d.nodes[m+1].next {
			if k := d.nodes[m+1].kind; k == '{' || k == '[' {
				r.collectFrom(m+1, d.key(m))
			}
		}
	case '[':
		for m := i + 1; m < d.nodes[i].next; m = d.nodes[m].next {
			r.collectFrom(m, key)
		}
	}
}

// guessNamespace settles whose people a payload of an unknown kind talks of.
func (r *record) guessNamespace() string {
	for _, p := range r.people {
		if p.ns != r.kind {
			return p.ns
		}
	}
	return r.kind
}

// collectMentions learns the names that rich-text mentions spell out.
func (r *record) collectMentions() {
	for i := range r.doc.nodes {
		id, text, ok := r.mentionNode(i)
		if !ok || id == "" || isPseudonym(id) {
			continue
		}
		if p := r.byAlias(id); p != nil {
			r.known.addDisplay(text, p)
			continue
		}
		r.add(r.finish(&person{accountID: id, display: text, ns: r.ns, native: id}, ""))
	}
}

// mentionNode reads a mention node of Jira Cloud's rich text.
func (r *record) mentionNode(i int) (id, text string, ok bool) {
	d := &r.doc
	if d.nodes[i].kind != '{' || d.memberText(i, "type") != "mention" {
		return "", "", false
	}
	attrs := d.member(i, "attrs")
	if attrs < 0 || d.nodes[attrs].kind != '{' {
		return "", "", false
	}
	return d.memberText(attrs, "id"), strings.TrimPrefix(d.memberText(attrs, "text"), "@"), true
}

// shape is what decides whether an object is a person.
type shape struct {
	p                                          person
	typ, accountType                           string
	login, accountID, display, email, gitEmail bool
	nextToLogin, nextToDisplay, organisation   bool
	name, nested, content                      bool
	members                                    int
}

// personOf reads the object at i as a person; nil when it is none.
func (r *record) personOf(i int, key string) *person {
	d := &r.doc
	var s shape
	for m := i + 1; m < d.nodes[i].next; m = d.nodes[m+1].next {
		s.members++
		if k := d.nodes[m+1].kind; k == '{' || k == '[' {
			s.nested = true
		}
		s.note(d, d.key(m), m+1)
	}
	// An organisation owns things. One that acts, such as an account that was
	// turned into an organisation later, counts as a person.
	switch key {
	case "owner", "organization", "org", "account", "enterprise", "":
	default:
		s.organisation = false
	}
	if !s.isPerson(i == 0) {
		return nil
	}
	s.p.ns = r.ns
	if s.p.ns == "" {
		s.p.ns = s.namespace(r.kind)
	}
	s.p.native = s.native()
	if s.p.native == "" {
		return &s.p
	}
	role := ""
	if s.typ == "Bot" || s.accountType == "app" || strings.HasSuffix(strings.ToLower(s.p.login), "[bot]") {
		role = "bot"
	}
	return r.finish(&s.p, role)
}

// note takes one member of the object into account.
func (s *shape) note(d *document, key string, v int) {
	text := func() string {
		if d.isString(v) {
			return strings.TrimSpace(d.text(v))
		}
		return ""
	}
	isText := d.isString(v)
	switch key {
	case "login":
		s.login, s.p.login = isText, text()
	case "accountId":
		s.accountID, s.p.accountID = isText, text()
		s.nextToDisplay = true
	case "displayName":
		s.display, s.p.display = isText, text()
	case "emailAddress":
		s.email, s.p.email = isText, text()
		s.nextToDisplay = true
	case "email":
		s.gitEmail = isText
		if s.p.email == "" {
			s.p.email = text()
		}
	case "name":
		s.name, s.p.name = isText, text()
		s.nextToDisplay = true
	case "key":
		s.p.key = text()
		s.nextToDisplay = true
	case "accountType":
		s.accountType = text()
		s.nextToDisplay = true
	case "active", "avatarUrls", "avatarUrl", "self":
		s.nextToDisplay = true
	case "type":
		s.typ = text()
		s.nextToLogin = true
		s.organisation = s.organisation || s.typ == "Organization"
	case "id", "node_id", "avatar_url", "html_url", "url", "__typename":
		s.nextToLogin = true
	case "hooks_url", "members_url": // what GitHub gives for organisations only
		s.organisation = true
	case "fields", "body", "title", "summary", "subject", "description", "issue", "comment", "comments", "changelog", "payload", "message":
		s.content = true
	}
}

// isPerson holds the rules. The outermost object is never taken for a person
// when it has content of its own: a flat ticket with its customer's address in
// it is a ticket.
func (s *shape) isPerson(root bool) bool {
	if root && s.content {
		return false
	}
	switch {
	case s.login && s.nextToLogin:
		return !s.organisation
	case s.accountID, s.email, s.display && s.nextToDisplay:
		return true
	}
	// A git identity is small and flat: name, email, date, perhaps a login.
	return s.name && s.gitEmail && !root && !s.nested && s.members <= 6
}

func (s *shape) namespace(kind string) string {
	switch {
	case s.login && s.nextToLogin:
		return "github"
	case s.accountID, s.email, s.display:
		return "jira"
	}
	return kind
}

// native chooses the id that the pseudonym is made from.
func (s *shape) native() string {
	if s.login && s.nextToLogin {
		return s.p.login
	}
	if !s.accountID && !s.email && !s.display {
		return s.p.email // git identity
	}
	for _, id := range []string{s.p.accountID, s.p.name, s.p.key, s.p.email, s.p.display} {
		if id != "" {
			return id
		}
	}
	return ""
}

// finish gives the person a pseudonym and a role, once per native id and
// record: a long discussion repeats few people often.
func (r *record) finish(p *person, role string) *person {
	if q := r.alias[p.native]; q != nil && q.ns == p.ns && q.native == p.native {
		p.pseudonym = q.pseudonym
	} else {
		p.pseudonym = r.b.hide(p.ns, p.native)
	}
	if role == "" {
		role = r.b.role(p.login, p.name, p.key, p.accountID, p.email, p.display)
	} else if role != "bot" {
		role = ""
	}
	p.role = role
	return p
}

// role matches the globs against everything that identifies a person.
func (b *Border) role(ids ...string) string {
	for _, id := range ids {
		if b.bots.match(id) {
			return "bot"
		}
	}
	for _, id := range ids {
		if b.agents.match(id) {
			return "agent"
		}
	}
	return ""
}

// add registers the person under all of its names and gives its index + 1.
func (r *record) add(p *person) int {
	r.people = append(r.people, p)
	if p.native == "" {
		return len(r.people)
	}
	for _, id := range []string{p.native, p.accountID, p.login, p.name, p.key, p.email} {
		if id == "" {
			continue
		}
		// A canonical id beats somebody else's alias of the same spelling.
		if q := r.alias[id]; q == nil || (q.native != id && p.native == id) {
			r.alias[id] = p
		}
	}
	if p.display != "" {
		low := strings.ToLower(p.display)
		q, seen := r.display[low]
		switch {
		case !seen:
			r.display[low] = p
		case q != nil && q.pseudonym != p.pseudonym:
			r.display[low] = nil
		}
	}
	r.known.add(p)
	return len(r.people)
}

// byAlias finds a person of this record by any id. GitHub's logins do not
// distinguish case.
func (r *record) byAlias(id string) *person {
	if p := r.alias[id]; p != nil {
		return p
	}
	for _, p := range r.people {
		if strings.EqualFold(p.login, id) && id != "" {
			return p
		}
	}
	return nil
}

// resolve gives the pseudonym of somebody named by id, or by display name.
func (r *record) resolve(id string) string {
	if p := r.lookup(id); p != nil {
		return p.pseudonym
	}
	return r.b.hide(r.ns, id)
}

// lookup finds a person of this record by id or by unambiguous display name.
func (r *record) lookup(id string) *person {
	if p := r.byAlias(id); p != nil {
		return p
	}
	return r.display[strings.ToLower(strings.TrimSpace(id))]
}
