package simulate

import (
	"strconv"
	"time"
)

// TicketTruth is what is so about a ticket, from the invented lives
// themselves: what a pipeline that reads the APIs should arrive at. Zero times
// mean never.
type TicketTruth struct {
	ID        string // native id: Jira's issue id, GitHub's numeric REST id
	Kind      string // jira, github or, told by the feed only, feed
	Key       string // SUP-12, acme/engine#12, C-1001
	Project   string // Jira project, GitHub repository or the feed's source
	Theme     string
	Language  string
	Reporter  string // login; "" for a deleted account
	Priority  string
	Status    string
	Labels    []string
	IsPull    bool
	IsClosed  bool
	CreatedAt time.Time
	UpdatedAt time.Time
	// FirstResponseAt is the first public comment by a human other than the
	// reporter, not dated before the ticket; FirstAgentResponseAt the same by
	// an agent.
	FirstResponseAt      time.Time
	FirstAgentResponseAt time.Time
	FirstResolvedAt      time.Time
	// ResolvedAt is the last entry into a resolved state, if it still holds.
	ResolvedAt    time.Time
	ReopenCount   int
	CommentCount  int // all comments, whoever wrote them
	PublicCount   int // those not restricted to a role
	AgentReplies  int // public ones by agents, not dated before the ticket
	HandoffCount  int
	ChangeItems   int // Jira changelog items
	EventCount    int // GitHub events
	Participants  int // humans known by name who wrote or reported
	Satisfaction  int
	RestrictedAny bool
}

// Truth tells what is so as of until (zero: at the end), pull requests
// included, Jira first, by id.
func (h *History) Truth(until time.Time) []TicketTruth {
	var out []TicketTruth
	hz := horizon(until)
	for _, list := range [][]*ticket{h.jira, h.github} {
		for _, t := range list {
			if hz.sees(t.created) {
				out = append(out, t.truth(hz))
			}
		}
	}
	return out
}

// FeedTruth is what Feed tells that the APIs do not know.
type FeedTruth struct {
	// Tickets came by phone, mail and chat, which is what their Project says.
	Tickets []TicketTruth
	// Customers is whom tickets are from, by source:key, such as
	// helpdesk:SUP-12 and phone:C-1001.
	Customers map[string]Customer
}

// Customer is whom a ticket is from, how it came and how content they were.
// Empty and zero mean that the feed does not tell.
type Customer struct {
	ID, Tier, Channel, Language string
	Satisfaction                int
}

// FeedTruth tells what is so as of the options' Until.
func (h *History) FeedTruth(o StreamOptions) FeedTruth {
	o = h.streamed(o)
	ft := FeedTruth{Customers: map[string]Customer{}}
	for _, t := range h.contacts(o.Contacts) {
		if !o.until().sees(t.created) {
			continue
		}
		tt := t.truth(o.until())
		ft.Tickets = append(ft.Tickets, tt)
		ft.Customers[tt.Project+":"+tt.Key] = Customer{
			ID: customerID(t.reporter), Tier: t.reporter.org.tier, Channel: t.channel.name, Language: t.lang, Satisfaction: tt.Satisfaction,
		}
	}
	for i, t := range h.jira {
		fs, c := h.helpdeskFacts(i, t), Customer{}
		if fs.customer && o.until().sees(t.created.Add(time.Minute)) {
			c = Customer{ID: customerID(t.reporter), Tier: t.reporter.org.tier, Channel: fs.channel, Language: t.lang}
		}
		if fs.score > 0 && o.until().sees(fs.ratedAt) {
			c.Satisfaction = fs.score
		}
		if c != (Customer{}) {
			ft.Customers[o.Helpdesk+":"+t.key] = c
		}
	}
	return ft
}

func (t *ticket) truth(hz horizon) TicketTruth {
	s := t.at(hz)
	tt := TicketTruth{
		ID: strconv.FormatInt(t.id, 10), Kind: "github", Key: t.key, Project: t.place, Theme: t.theme.id, Language: t.lang,
		Priority: s.priority, Status: s.status, Labels: s.labels, IsPull: t.pull, IsClosed: s.done,
		CreatedAt: t.created, UpdatedAt: s.updated, FirstResolvedAt: s.firstDone, ResolvedAt: s.resolved,
		ReopenCount: s.reopened, CommentCount: len(s.comments), HandoffCount: s.handoffs, EventCount: len(s.events), Satisfaction: s.rating,
	}
	if t.channel != nil {
		tt.Kind, tt.ID = "feed", t.key
	} else if t.issueType != "" {
		tt.Kind = "jira"
	} else if tt.Status = "open"; s.done {
		tt.Status = "closed"
	}
	seen := map[*person]bool{}
	if t.reporter != nil {
		tt.Reporter = t.reporter.login
		seen[t.reporter] = true
	}
	for _, c := range s.changes {
		tt.ChangeItems += len(c.items)
	}
	for _, c := range s.comments {
		if c.role != "" {
			tt.RestrictedAny = true
		} else {
			tt.PublicCount++
		}
		if c.by == nil || c.by.role == bot {
			continue
		}
		seen[c.by] = true
		if c.role != "" || c.at.Before(t.created) {
			continue
		}
		// A maintainer who opened the ticket answers as reporter, not as agent.
		if c.by == t.reporter {
			continue
		}
		first(&tt.FirstResponseAt, c.at)
		if c.by.role == agent {
			tt.AgentReplies++
			first(&tt.FirstAgentResponseAt, c.at)
		}
	}
	tt.Participants = len(seen)
	return tt
}

func first(t *time.Time, at time.Time) {
	if t.IsZero() || at.Before(*t) {
		*t = at
	}
}
