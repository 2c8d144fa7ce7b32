package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Feed gives the company's own messages, in ticketmill's format and in time
// order: the tickets that come by phone, mail and chat, and for the help desk's
// Jira tickets the customers, and surveys.
func (h *History) Feed(o StreamOptions) []Message {
	o = h.streamed(o)
	f := feed{o: o}
	for i, t := range h.contacts(o.Contacts) {
		f.contact(i, t)
	}
	for i, t := range h.jira {
		f.helpdesk(h.helpdeskFacts(i, t), t)
	}
	return o.stream(f.out)
}

// feed collects messages.
type feed struct {
	o   StreamOptions
	n   int // how many were to tell, those out of bounds included
	out []told
}

// tell adds one message about the ticket; the members say what.
func (f *feed) tell(kind, source string, t *ticket, at time.Time, members object) {
	f.n++
	if !f.o.tells(at) {
		return
	}
	members["type"], members["source"], members["key"], members["at"] = kind, source, t.key, exact(at)
	msg := Message{Key: source + ":" + t.key, Headers: map[string]string{"content-type": "application/json"}, At: at, Value: toJSON(members)}
	f.out = append(f.out, told{Message: msg, id: fmt.Sprint(source, " ", t.key, " ", f.n)})
}

// exact is a time in the feed's form, to the millisecond.
func exact(at time.Time) string {
	return at.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00")
}

// statusCategories are what the channels' statuses count as.
var statusCategories = map[string]string{
	"Open": "open", "In Progress": "open", "Reopened": "open", "Waiting for customer": "pending", "Resolved": "resolved",
}

// contact tells a ticket of a channel. The phone's system sends the ticket's
// members when they change; mail and chat send what changed as well.
func (f *feed) contact(i int, t *ticket) {
	source := t.channel.name
	f.tell("ticket", source, t, t.created, object{
		"title": t.title, "body": t.body, "status": "Open", "status_category": "open", "priority": t.priority,
		"ticket_type": t.issueType, "channel": source, "component": t.component, "labels": t.labels, "language": t.lang,
		"customer_id": customerID(t.reporter), "customer_tier": t.reporter.org.tier,
		"reporter": feedPerson(t.reporter, i), "created_at": exact(t.created),
	})
	for _, c := range t.changes {
		f.change(source, t, c)
	}
	for _, c := range t.comments {
		role := "agent"
		if c.by.role == customer {
			role = "customer"
		}
		f.tell("comment", source, t, c.at, object{
			"id": fmt.Sprint(c.id), "body": c.body, "author": feedPerson(c.by, i), "author_role": role, "is_public": c.role == "",
		})
	}
	if t.rating > 0 {
		f.tell("survey", source, t, t.ratedAt, object{"satisfaction_score": t.rating})
	}
}

func (f *feed) change(source string, t *ticket, c *change) {
	now := object{}
	for _, it := range c.items {
		e := object{"field": it.field, "from": it.from, "to": it.to, "actor": c.by.login}
		switch it.field {
		case "status":
			now["status"], now["status_category"] = it.to, statusCategories[it.to]
		case "assignee":
			now["assignee"], now["team"] = feedPerson(it.toWho, 0), it.toWho.team
			e["from"], e["to"] = nil, it.toWho.login
			if it.fromWho != nil {
				e["from"] = it.fromWho.login
			}
		default:
			continue // the channels' system has no resolutions
		}
		if t.channel.name != "phone" {
			f.tell("event", source, t, c.at, e)
		}
	}
	f.tell("ticket", source, t, c.at, now)
}

// feedPerson is a person as feeds write one: mostly with all they know,
// sometimes just a name.
func feedPerson(p *person, i int) any {
	if p.role == customer && i%9 == 4 {
		return p.email
	}
	return object{"id": p.login, "name": p.name, "email": p.email}
}

func customerID(p *person) string { return fmt.Sprintf("ACC-%04d", p.org.id) }

// facts are what the feed knows of a ticket of the help desk.
type facts struct {
	customer bool
	channel  string
	score    int
	ratedAt  time.Time
}

// helpdeskFacts draws what the feed tells of a Jira ticket: for two in three
// the customer, and surveys: those that Jira knows too, and as many again by
// telephone.
func (h *History) helpdeskFacts(i int, t *ticket) facts {
	r := h.rng(10, uint64(i))
	fs := facts{customer: r.Float64() < 0.66 && t.reporter.org != nil, channel: "portal"}
	if strings.Contains(t.body, "\n-- \n") || r.Float64() < 0.3 {
		fs.channel = "mail"
	}
	known, asked := r.Float64() < 0.8, r.Float64() < 0.3
	done := slices.IndexFunc(t.changes, func(c *change) bool {
		return slices.ContainsFunc(c.items, func(it item) bool { return it.field == "status" && statuses[it.to].category == "done" })
	})
	switch later := about(r, 30*time.Hour, 0.6); {
	case t.rating > 0 && known:
		fs.score, fs.ratedAt = t.rating, t.ratedAt
	case t.rating == 0 && asked && done >= 0 && !t.changes[done].at.Add(later).After(h.opts.Until):
		fs.score, fs.ratedAt = 1+int(min(4, 5*max(r.Float64(), r.Float64()))), t.changes[done].at.Add(later)
	}
	return fs
}

// helpdesk tells what is known of a Jira ticket beside Jira.
func (f *feed) helpdesk(fs facts, t *ticket) {
	if fs.customer {
		f.tell("ticket", f.o.Helpdesk, t, t.created.Add(time.Minute), object{
			"channel": fs.channel, "customer_id": customerID(t.reporter), "customer_tier": t.reporter.org.tier, "language": t.lang,
		})
	}
	if fs.score > 0 {
		f.tell("survey", f.o.Helpdesk, t, fs.ratedAt, object{"satisfaction_score": fs.score, "respondent": t.reporter.email})
	}
}
