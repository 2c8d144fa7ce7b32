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
	Kind      string // jira or github
	Key       string // SUP-12, acme/engine#12
	Project   string // Jira project or GitHub repository
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

func (t *ticket) truth(hz horizon) TicketTruth {
	s := t.at(hz)
	tt := TicketTruth{
		ID: strconv.FormatInt(t.id, 10), Kind: "github", Key: t.key, Project: t.place, Theme: t.theme.id, Language: t.lang,
		Priority: s.priority, Status: s.status, Labels: s.labels, IsPull: t.pull, IsClosed: s.done,
		CreatedAt: t.created, UpdatedAt: s.updated, FirstResolvedAt: s.firstDone, ResolvedAt: s.resolved,
		ReopenCount: s.reopened, CommentCount: len(s.comments), HandoffCount: s.handoffs, EventCount: len(s.events), Satisfaction: s.rating,
	}
	if t.issueType != "" {
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
