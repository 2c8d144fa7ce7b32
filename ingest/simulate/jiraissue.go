package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) jiraTime(t time.Time) string {
	return t.In(s.opts.JiraTimeZone).Format("2006-01-02T15:04:05.000-0700")
}

// render gives an issue with the fields that were asked for.
func (s *Server) render(v *view, is *seen, q searchRequest, adf bool) object {
	id := strconv.FormatInt(is.id, 10)
	want := wanted(q.Fields)
	f := object{}
	set := func(name string, value func() any) {
		if want(name) {
			f[name] = value()
		}
	}
	is.fields(s, set)
	set("description", func() any { return s.body(is.body, adf) })
	set("comment", func() any {
		list := is.state.comments
		if s.cloud() {
			list = list[:min(len(list), jiraEmbedded)]
		}
		cs := []object{}
		for _, c := range list {
			cs = append(cs, s.jiraComment(v, is, c, adf))
		}
		return object{"self": jiraSite + "/rest/api/2/issue/" + id + "/comment", "startAt": 0, "maxResults": len(cs), "total": len(is.state.comments), "comments": cs}
	})
	out := object{"expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields", "id": id, "key": is.key, "self": jiraSite + "/rest/api/2/issue/" + id, "fields": f}
	if strings.Contains(string(q.Expand), "changelog") {
		out["changelog"] = s.embeddedChangelog(is)
	}
	return out
}

// embeddedChangelog is whole and oldest first on Server; on Cloud it is newest
// first and cut.
func (s *Server) embeddedChangelog(is *seen) object {
	list := slices.Clone(is.state.changes)
	if s.cloud() {
		slices.Reverse(list)
		list = list[:min(len(list), jiraHistories)]
	}
	hs := []object{}
	for _, c := range list {
		hs = append(hs, s.jiraHistory(c))
	}
	return object{"startAt": 0, "maxResults": len(hs), "total": len(is.state.changes), "histories": hs}
}

// wanted reads a list of fields as Jira does: names, *all, *navigable, -name.
func wanted(fields []string) func(string) bool {
	all, navigable := false, false
	in, not := map[string]bool{}, map[string]bool{}
	for _, f := range fields {
		switch f = strings.TrimSpace(f); {
		case f == "*all":
			all = true
		case f == "*navigable":
			navigable = true
		case strings.HasPrefix(f, "-"):
			not[f[1:]] = true
		default:
			in[f] = true
		}
	}
	if len(not) == len(fields) && len(fields) > 0 {
		all = true
	}
	return func(name string) bool {
		return !not[name] && (all || in[name] || navigable && name != "comment")
	}
}

func (s *Server) body(text string, adf bool) any {
	if text == "" {
		return nil
	}
	if adf {
		return s.h.people.adf(text)
	}
	return s.h.people.wiki(text, s.cloud())
}

// fields sets all but the texts and comments.
func (is *seen) fields(s *Server, set func(string, func() any)) {
	val := func(name string, v any) { set(name, func() any { return v }) }
	someone := func(name string, p *person) {
		set(name, func() any {
			if p == nil {
				return nil
			}
			return s.jiraPerson(p)
		})
	}
	var assignee *person
	if len(is.assignees) > 0 {
		assignee = is.assignees[0]
	}
	val("summary", is.state.title)
	val("created", s.jiraTime(is.created))
	val("updated", s.jiraTime(is.updated))
	set("status", func() any { return jiraStatus(is.status) })
	set("project", func() any { return projectObject(is.place) })
	set("issuetype", func() any {
		o := named("issuetype", strconv.Itoa(10_000+slices.Index(issueTypes, is.issueType)), is.issueType)
		o["subtask"], o["hierarchyLevel"] = false, 0
		return o
	})
	set("priority", func() any { return named("priority", priorities[is.state.priority], is.state.priority) })
	set("resolution", func() any {
		if is.resolution == "" {
			return nil
		}
		return named("resolution", resolutions[is.resolution], is.resolution)
	})
	set("resolutiondate", func() any {
		if is.resolved.IsZero() {
			return nil
		}
		return s.jiraTime(is.resolved)
	})
	val("labels", nonNil(is.state.labels))
	set("components", func() any {
		return []object{named("component", componentID(is.state.component), is.state.component)}
	})
	someone("assignee", assignee)
	someone("reporter", is.reporter)
	someone("creator", is.reporter)
	set("issuelinks", func() any {
		out := []object{}
		for _, l := range is.links {
			out = append(out, s.jiraLink(l))
		}
		return out
	})
	set(fieldOrganisations, func() any {
		if is.reporter == nil || is.reporter.org == nil {
			return []object{}
		}
		o := is.reporter.org
		return []object{{"id": strconv.Itoa(o.id), "name": o.name, "_links": object{"self": fmt.Sprintf("%s/rest/servicedeskapi/organization/%d", jiraSite, o.id)}}}
	})
	set(fieldTier, func() any {
		if is.reporter == nil || is.reporter.org == nil {
			return nil
		}
		return object{"value": is.reporter.org.tier}
	})
	set(fieldTeam, func() any {
		if assignee == nil {
			return nil
		}
		return object{"id": strconv.Itoa(1 + slices.Index(teams, assignee.team)), "name": assignee.team}
	})
	set(fieldSatisfaction, func() any {
		if is.state.rating == 0 {
			return nil
		}
		return object{"rating": is.state.rating}
	})
	for _, name := range []string{"environment", "duedate", "timespent", "timeestimate", "security", "lastViewed", "parent"} {
		val(name, nil)
	}
	for _, name := range []string{"fixVersions", "versions", "subtasks", "attachment"} {
		val(name, []any{})
	}
	val("workratio", -1)
	set("votes", func() any { return object{"votes": 0, "hasVoted": false} })
	set("watches", func() any { return object{"watchCount": 1, "isWatching": false} })
}

var issueTypes = []string{"Bug", "Question", "Service Request", "Incident", "Feature Request"}

func componentID(name string) string {
	return strconv.Itoa(10_100 + slices.IndexFunc(themes, func(th *theme) bool { return th.component == name }))
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (s *Server) jiraPerson(p *person) object {
	o := object{"displayName": p.name, "active": true, "timeZone": "Etc/UTC", "avatarUrls": object{}}
	if !s.cloud() {
		o["self"], o["name"], o["key"], o["emailAddress"] = jiraSite+"/rest/api/2/user?username="+p.login, p.login, fmt.Sprintf("JIRAUSER%d", 10_000+p.n), p.email
		return o
	}
	o["self"], o["accountId"], o["accountType"] = jiraSite+"/rest/api/2/user?accountId="+p.accountID, p.accountID, "atlassian"
	switch p.role {
	case customer:
		o["accountType"] = "customer"
	case bot:
		o["accountType"] = "app"
	}
	if p.shown && p.email != "" {
		o["emailAddress"] = p.email
	}
	return o
}

func (s *Server) jiraComment(v *view, is *seen, c *comment, adf bool) object {
	o := object{
		"self": fmt.Sprintf("%s/rest/api/2/issue/%d/comment/%d", jiraSite, is.id, c.id),
		"id":   strconv.FormatInt(c.id, 10), "body": s.body(c.body, adf),
		"created": s.jiraTime(c.at), "updated": s.jiraTime(c.updated(v.horizon)),
	}
	if c.by != nil {
		o["author"], o["updateAuthor"] = s.jiraPerson(c.by), s.jiraPerson(c.by)
	}
	if c.role != "" {
		o["visibility"] = object{"type": "role", "value": c.role, "identifier": c.role}
	}
	if s.cloud() {
		o["jsdPublic"] = c.role == ""
	}
	return o
}

func (s *Server) jiraLink(l link) object {
	kinds := map[string][3]string{
		"relates to": {"10003", "Relates", "relates to|relates to"}, "duplicates": {"10002", "Duplicate", "is duplicated by|duplicates"}, "is duplicated by": {"10002", "Duplicate", "is duplicated by|duplicates"},
		"blocks": {"10000", "Blocks", "is blocked by|blocks"}, "is blocked by": {"10000", "Blocks", "is blocked by|blocks"},
	}
	k := kinds[l.words]
	in, out, _ := strings.Cut(k[2], "|")
	other := object{"id": strconv.FormatInt(l.other.id, 10), "key": l.other.key, "self": fmt.Sprintf("%s/rest/api/2/issue/%d", jiraSite, l.other.id), "fields": object{"summary": l.other.title}}
	o := object{"id": strconv.FormatInt(l.id, 10), "type": object{"id": k[0], "name": k[1], "inward": in, "outward": out}}
	if l.inward {
		o["inwardIssue"] = other
	} else {
		o["outwardIssue"] = other
	}
	return o
}

func fieldID(field string) string {
	switch field {
	case "Component":
		return "components"
	case "Fix Version":
		return "fixVersions"
	case "Link":
		return "issuelinks"
	}
	return field
}

func (s *Server) jiraHistory(c *change) object {
	items := []object{}
	for _, it := range c.items {
		items = append(items, s.jiraItem(it))
	}
	o := object{"id": strconv.FormatInt(c.id, 10), "created": s.jiraTime(c.at), "items": items}
	if c.by != nil {
		o["author"] = s.jiraPerson(c.by)
	}
	return o
}

// jiraItem is one changed field; empty sides are null, as in the real ones.
func (s *Server) jiraItem(it item) object {
	o := object{"field": it.field, "fieldtype": "jira", "from": nil, "fromString": nil, "to": nil, "toString": nil}
	if s.cloud() {
		o["fieldId"] = fieldID(it.field)
	}
	side := func(name, text string, who *person) {
		switch {
		case who != nil && s.cloud():
			o[name], o[name+"String"] = who.accountID, who.name
			o["tmp"+strings.ToUpper(name[:1])+name[1:]+"AccountId"] = who.accountID
		case who != nil:
			o[name], o[name+"String"] = fmt.Sprintf("JIRAUSER%d", 10_000+who.n), who.name
		case it.field == "labels" || it.field == "summary":
			o[name+"String"] = text
		case text != "":
			o[name], o[name+"String"] = itemID(it.field, text), text
		}
	}
	side("from", it.from, it.fromWho)
	side("to", it.to, it.toWho)
	if it.field == "Link" {
		o["to"], o["toString"] = it.to, "This issue "+it.link+" "+it.to
	}
	return o
}

func itemID(field, text string) string {
	switch field {
	case "status":
		return statuses[text].id
	case "resolution":
		return resolutions[text]
	case "priority":
		return priorities[text]
	case "Component":
		return componentID(text)
	case "Fix Version":
		return "1" + strings.ReplaceAll(text, ".", "0")
	}
	return text
}
