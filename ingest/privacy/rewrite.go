package privacy

import "strings"

// write emits the payload as it may land.
func (r *record) write() {
	r.value(0, "")
}

// value emits the node at i, which is the value of the member key.
func (r *record) value(i int, key string) {
	switch r.doc.nodes[i].kind {
	case '{':
		r.object(i)
	case '[':
		r.array(i, key)
	case '"':
		r.str(i, key)
	default:
		r.out = append(r.out, r.doc.raw(i)...)
	}
}

func (r *record) array(i int, key string) {
	r.out = append(r.out, '[')
	for m := i + 1; m < r.doc.nodes[i].next; m = r.doc.nodes[m].next {
		r.comma('[')
		r.value(m, key)
	}
	r.out = append(r.out, ']')
}

// comma separates what follows from what is there, unless it is the first.
func (r *record) comma(open byte) {
	if last := r.out[len(r.out)-1]; last != open {
		r.out = append(r.out, ',')
	}
}

func (r *record) object(i int) {
	n := &r.doc.nodes[i]
	if n.person > 0 && r.b.mode == Pseudonymise {
		r.pseudonymised(i, r.people[n.person-1])
		return
	}
	r.out = append(r.out, '{')
	start := len(r.out)
	c, isChange := r.changeOf(i)
	_, _, isMention := r.mentionNode(i)
	for m := i + 1; m < n.next; m = r.doc.nodes[m+1].next {
		key := r.doc.key(m)
		if r.b.mode == Keep && (n.person > 0 && (key == "_actor" || key == "_role") || i == 0 && key == "_title") {
			continue // our own annotation of an earlier pass, made anew below
		}
		r.name(start, m)
		switch {
		case isChange && r.changeMember(key, m+1, c):
		case isMention && key == "attrs":
			r.mentionAttrs(m + 1)
		case key == "login" && r.organisation(i):
			r.value(m+1, key)
		case r.b.mode == Pseudonymise && r.doc.isString(m+1) && r.idKey(key) && (r.isOutermost(i) || r.isImage(i)):
			r.out = appendQuoted(r.out, r.scrubID(r.doc.text(m+1)))
		case r.b.mode == Pseudonymise && r.kind == "kafka" && r.doc.isString(m+1) && key == "key_base64" && r.isOutermost(i):
			r.out = appendQuoted(r.out, r.scrubBytes(r.doc.text(m+1)))
		default:
			r.memberValue(key, m+1, start)
		}
	}
	if isChange {
		r.changeNotes(start, i, c)
	}
	if n.person > 0 {
		r.annotate(start, r.people[n.person-1])
	}
	if i == 0 && r.b.mode == Keep {
		r.title(start)
	}
	r.out = append(r.out, '}')
}

// isOutermost tells whether the object at i is the whole payload, or what says
// how a message travelled.
func (r *record) isOutermost(i int) bool { return i == 0 || i == r.doc.member(0, "_kafka") }

// name emits the name of the member at m.
func (r *record) name(start, m int) {
	if len(r.out) > start {
		r.out = append(r.out, ',')
	}
	raw := r.doc.raw(m)
	if plain(raw) {
		r.out = append(r.out, raw...)
	} else {
		r.out = appendQuoted(r.out, r.doc.text(m))
	}
	r.out = append(r.out, ':')
}

// add emits a member of our own.
func (r *record) addMember(start int, key, value string) {
	if len(r.out) > start {
		r.out = append(r.out, ',')
	}
	r.out = appendQuoted(r.out, key)
	r.out = append(r.out, ':')
	r.out = appendQuoted(r.out, value)
}

// pseudonymised emits what is left of a person: nobody's name, but who is the
// same as who, in which role and of which kind.
func (r *record) pseudonymised(i int, p *person) {
	r.out = append(r.out, '{')
	start := len(r.out)
	if p.native != "" {
		r.annotate(start, p)
	}
	for m := i + 1; m < r.doc.nodes[i].next; m = r.doc.nodes[m+1].next {
		k := r.doc.nodes[m+1].kind
		if k == '{' || k == '[' {
			continue
		}
		switch r.doc.key(m) {
		case "type", "accountType", "active":
			r.name(start, m)
			r.value(m+1, "type")
		}
	}
	r.out = append(r.out, '}')
}

func (r *record) annotate(start int, p *person) {
	if p.native == "" {
		return
	}
	actor := p.pseudonym
	if r.b.mode == Keep {
		actor = p.native
	}
	r.addMember(start, "_actor", actor)
	if p.role != "" {
		r.addMember(start, "_role", p.role)
	}
}

// changeMember emits a member of a changelog item about people; false leaves
// it to the ordinary rules.
func (r *record) changeMember(key string, v int, c change) bool {
	if r.b.mode == Keep {
		return false
	}
	switch key {
	case "from", "to":
		if !r.doc.isString(v) {
			return false
		}
		id, display := c.from, c.fromString
		if key == "to" {
			id, display = c.to, c.toString
		}
		r.out = appendQuoted(r.out, r.mapPeople(id, display, r.changeActor))
		return true
	case "fromString", "toString":
		r.out = append(r.out, "null"...)
		return true
	}
	return false
}

// changeNotes adds the roles of a changelog item's two sides, and in mode Keep
// the canonical ids where the item uses others.
func (r *record) changeNotes(start, i int, c change) {
	side := func(prefix, id, display string) {
		if role := r.changeRole(id, display); role != "" && r.doc.member(i, prefix+"Role") < 0 {
			r.addMember(start, prefix+"Role", role)
		}
		if r.b.mode != Keep || r.doc.member(i, prefix) >= 0 {
			return
		}
		if native := r.mapPeople(id, display, r.changeNative); native != id {
			r.addMember(start, prefix, native)
		}
	}
	side("_from", c.from, c.fromString)
	side("_to", c.to, c.toString)
}

// mentionAttrs emits the attributes of a rich-text mention.
func (r *record) mentionAttrs(i int) {
	if r.b.mode == Keep || r.doc.nodes[i].kind != '{' {
		r.value(i, "attrs")
		return
	}
	id := r.doc.memberText(i, "id")
	actor := id
	if id != "" && !isPseudonym(id) {
		actor = r.resolve(id)
	}
	r.out = append(r.out, '{')
	start := len(r.out)
	for m := i + 1; m < r.doc.nodes[i].next; m = r.doc.nodes[m+1].next {
		r.name(start, m)
		switch key := r.doc.key(m); {
		case !r.doc.isString(m+1) || actor == "":
			r.value(m+1, key)
		case key == "id":
			r.out = appendQuoted(r.out, actor)
		case key == "text":
			r.out = appendQuoted(r.out, "@"+actor)
		default:
			r.value(m+1, key)
		}
	}
	r.out = append(r.out, '}')
}

// personKey tells whether a string under this key names a person by itself.
func personKey(key string) bool {
	switch key {
	case "login", "username", "userName", "user_name", "assignee", "reporter", "creator",
		"author", "updateAuthor", "requester", "requestor", "requested_by", "actor", "lead",
		"accountId", "displayName", "emailAddress", "assignee_name", "reporter_name", "author_name":
		return true
	}
	return false
}

// organisation tells whether the object is an organisation of GitHub, whose
// login is nobody's.
func (r *record) organisation(i int) bool {
	d := &r.doc
	return d.memberText(i, "type") == "Organization" || d.member(i, "members_url") >= 0 || d.member(i, "hooks_url") >= 0
}

// memberValue emits the value of an ordinary member.
func (r *record) memberValue(key string, v, start int) {
	if r.b.mode == Keep || !r.doc.isString(v) || !personKey(key) && !r.personColumn(key) {
		r.value(v, key)
		return
	}
	id := strings.TrimSpace(r.doc.text(v))
	if id == "" || isPseudonym(id) {
		r.value(v, "type")
		return
	}
	p := r.lookup(id)
	role := ""
	if p != nil {
		role = p.role
	}
	if role == "" {
		role = r.b.role(id)
	}
	r.out = appendQuoted(r.out, r.resolve(id))
	if role != "" {
		r.addMember(start, "_"+key+"Role", role)
	}
}

// str emits a string value.
func (r *record) str(i int, key string) {
	raw := r.doc.raw(i)
	if r.b.mode == Keep {
		r.verbatim(i, raw)
		return
	}
	if len(raw) == 2 || structuralShape(raw[1:len(raw)-1]) {
		r.verbatim(i, raw)
		return
	}
	s := r.doc.text(i)
	var out string
	switch {
	case key == "gravatar_id":
		out = profileMark
	case structuralKey(key) && !looksLikeText(s):
		out = r.scrubLink(s)
	default:
		out = r.scrubText(s)
	}
	if out == s {
		r.verbatim(i, raw)
		return
	}
	r.out = appendQuoted(r.out, out)
}

// verbatim copies a string that needs no scrubbing.
func (r *record) verbatim(i int, raw string) {
	if plain(raw) {
		r.out = append(r.out, raw...)
		return
	}
	r.out = appendQuoted(r.out, r.doc.text(i))
}

// title adds the scrubbed title: the one text that is published in mode Keep
// too.
func (r *record) title(start int) {
	d := &r.doc
	issue := d.member(0, "issue")
	for _, at := range []int{
		d.member(0, "title"),
		d.member(d.member(0, "fields"), "summary"),
		d.member(issue, "title"),
		d.member(d.member(issue, "fields"), "summary"),
	} {
		if at >= 0 && d.isString(at) {
			r.addMember(start, "_title", r.scrubText(d.text(at)))
			return
		}
	}
}
