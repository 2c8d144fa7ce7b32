package simulate

import (
	"fmt"
	"slices"
	"time"
)

// deliveryHeader is GitHub's id of one delivery.
const deliveryHeader = "X-GitHub-Delivery"

// Webhooks gives the webhooks that Jira and GitHub send about the history, in
// time order. They tell of the same tickets, comments and changes as the APIs
// do, by the same ids and times; each has its issue as it stood then.
func (h *History) Webhooks(o StreamOptions) []Message {
	o = h.streamed(o)
	w := hooks{o: o, s: &Server{h: h, opts: ServerOptions{JiraFlavour: o.JiraFlavour, JiraTimeZone: time.UTC}}}
	for _, t := range h.jira {
		for _, m := range t.moments() {
			w.tell(t, m, w.jira)
		}
	}
	for _, t := range h.github {
		for _, m := range t.moments() {
			w.tell(t, m, w.gitHub)
		}
	}
	return o.stream(w.out)
}

// moment is one thing that happens to a ticket; of the pointers one at most is
// set. None means that the ticket is made, or rated.
type moment struct {
	at      time.Time
	change  *change
	event   *event
	comment *comment
	edited  bool // the comment is, rather than made
	rated   bool
}

// name tells the moment from all others of its ticket.
func (m moment) name() string {
	switch {
	case m.change != nil:
		return fmt.Sprint("change ", m.change.id)
	case m.event != nil:
		return fmt.Sprint("event ", m.event.id)
	case m.comment != nil:
		return fmt.Sprint("comment ", m.comment.id, m.edited)
	case m.rated:
		return "rated"
	}
	return "made"
}

// moments is the ticket's life in time order.
func (t *ticket) moments() []moment {
	out := []moment{{at: t.created}}
	for _, c := range t.changes {
		out = append(out, moment{at: c.at, change: c})
	}
	for _, e := range t.events {
		out = append(out, moment{at: e.at, event: e})
	}
	for _, c := range t.comments {
		out = append(out, moment{at: c.entered, comment: c})
		if !c.edited.IsZero() {
			out = append(out, moment{at: c.edited, comment: c, edited: true})
		}
	}
	if t.rating > 0 {
		out = append(out, moment{at: t.ratedAt, rated: true})
	}
	slices.SortStableFunc(out, func(a, b moment) int { return a.at.Compare(b.at) })
	return out
}

// hooks collects webhooks.
type hooks struct {
	o   StreamOptions
	s   *Server // it renders, nobody calls it
	out []told
}

// tell adds the webhook of the moment, if there is one and the relay was up.
func (w *hooks) tell(t *ticket, m moment, render func(*told, *ticket, moment) bool) {
	if !w.o.tells(m.at) || w.o.holed(m.at) {
		return
	}
	msg := told{id: t.key + " " + m.name(), Message: Message{Key: t.key, At: m.at}}
	if render(&msg, t, m) {
		w.out = append(w.out, msg)
	}
}

// asOf is the ticket at the moment. The systems' clocks tick by the unit given:
// what happens within one tick has all happened.
func (w *hooks) asOf(t *ticket, at time.Time, tick time.Duration) (*view, *seen) {
	end := at.Truncate(tick).Add(tick - 1)
	if !w.o.until().sees(end) {
		end = w.o.Until
	}
	return &view{horizon: horizon(end)}, &seen{ticket: t, state: t.at(horizon(end))}
}

// --- Jira ---

func (w *hooks) jira(msg *told, t *ticket, m moment) bool {
	v, is := w.asOf(t, m.at, time.Millisecond)
	id := fmt.Sprint(is.id)
	self := jiraSite + "/rest/api/2/issue/" + id
	issue := object{"id": id, "key": is.key, "self": self}
	o := object{"timestamp": m.at.UnixMilli(), "issue": issue}
	if m.comment != nil {
		o["webhookEvent"], o["comment"] = "comment_created", w.s.jiraComment(v, is, m.comment, false)
		if m.edited {
			o["webhookEvent"] = "comment_updated"
		}
		issue["fields"] = w.jiraFields(is, "summary", "issuetype", "project", "assignee", "priority", "status")
	} else {
		o["webhookEvent"], o["issue_event_type_name"] = "jira:issue_updated", "issue_updated"
		issue["fields"] = w.jiraFields(is, "*all")
		by := t.reporter
		switch {
		case m.change != nil:
			o["issue_event_type_name"], by = issueEvent(m.change), m.change.by
			h := w.s.jiraHistory(m.change)
			o["changelog"] = object{"id": h["id"], "items": h["items"]}
		case !m.rated:
			o["webhookEvent"], o["issue_event_type_name"] = "jira:issue_created", "issue_created"
		}
		if by != nil {
			o["user"] = w.s.jiraPerson(by)
		}
	}
	msg.Headers = map[string]string{"Content-Type": "application/json; charset=UTF-8", "X-Atlassian-Webhook-Identifier": uuid(msg.id)}
	msg.Value = toJSON(o)
	return true
}

// jiraFields gives the fields named; webhooks have texts as wiki markup and no
// comments in them.
func (w *hooks) jiraFields(is *seen, names ...string) object {
	f, want := object{}, wanted(names)
	set := func(name string, value func() any) {
		if want(name) {
			f[name] = value()
		}
	}
	is.fields(w.s, set)
	set("description", func() any { return w.s.body(is.body, false) })
	return f
}

// issueEvent is Jira's name for what a change is.
func issueEvent(c *change) string {
	for _, it := range c.items {
		if it.field == "status" {
			switch it.to {
			case "Resolved":
				return "issue_resolved"
			case "Closed":
				return "issue_closed"
			case "Reopened":
				return "issue_reopened"
			}
			return "issue_generic"
		}
	}
	if c.items[0].field == "assignee" {
		return "issue_assigned"
	}
	return "issue_updated"
}

// --- GitHub ---

// gitHubActions are the events that have a webhook.
var gitHubActions = map[string]string{
	"closed": "closed", "reopened": "reopened", "labeled": "labeled", "unlabeled": "unlabeled",
	"assigned": "assigned", "unassigned": "unassigned", "renamed": "edited",
}

func (w *hooks) gitHub(msg *told, t *ticket, m moment) bool {
	v, is := w.asOf(t, m.at, time.Second)
	o := object{"repository": gitHubRepo(t.place), "organization": object{"login": "acme", "id": 77, "url": "https://api.github.com/orgs/acme"}}
	name, by := "issues", t.reporter
	switch {
	case m.comment != nil:
		name, by = "issue_comment", m.comment.by
		o["action"], o["comment"] = "created", w.s.gitHubComment(v, is, m.comment)
		if m.edited {
			o["action"], o["changes"] = "edited", object{"body": object{"from": w.s.h.people.markdown(m.comment.body)}}
		}
	case m.event != nil:
		action := gitHubActions[m.event.kind]
		if action == "" {
			return false
		}
		by = m.event.by
		o["action"] = action
		w.gitHubChange(o, t, m.event)
	default:
		o["action"] = "opened"
	}
	if t.pull && name == "issues" {
		name = "pull_request"
		o["number"], o["pull_request"] = t.number, w.pull(is)
	} else {
		o["issue"] = is.object(w.s)
	}
	o["sender"] = nullable(by)
	msg.Headers = map[string]string{"Content-Type": "application/json", "X-GitHub-Event": name, deliveryHeader: uuid(msg.id)}
	msg.Value = toJSON(o)
	return true
}

// gitHubChange adds what an event is about.
func (w *hooks) gitHubChange(o object, t *ticket, e *event) {
	switch e.kind {
	case "labeled", "unlabeled":
		o["label"] = gitHubLabel(t.place, e.label)
	case "assigned", "unassigned":
		o["assignee"] = nullable(e.who)
	case "renamed":
		o["changes"] = object{"title": object{"from": e.from}}
	}
}

// pull is a pull request as webhooks have it: like its issue, with an id of its
// own.
func (w *hooks) pull(is *seen) object {
	o := is.object(w.s)
	as := o["pull_request"].(object)
	for _, name := range []string{"pull_request", "repository_url", "labels_url", "events_url", "timeline_url", "state_reason", "closed_by", "reactions", "type", "sub_issues_summary", "performed_via_github_app"} {
		delete(o, name)
	}
	id := is.id + 500_000_000
	o["id"], o["node_id"], o["issue_url"], o["url"] = id, nodeID("PR_", id), o["url"], as["url"]
	o["merged_at"], o["merged"] = as["merged_at"], as["merged_at"] != nil
	o["base"] = object{"ref": "main", "label": "acme:main"}
	o["head"] = object{"ref": fmt.Sprintf("change-%d", is.number), "label": fmt.Sprintf("acme:change-%d", is.number)}
	return o
}
