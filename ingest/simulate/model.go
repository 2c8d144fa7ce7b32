// Package simulate invents the support history of a company and serves it the
// way Jira (Cloud and Server) and GitHub would, on loopback: what `ticketmill
// demo` shows without an account, and what the tests of the connectors read.
//
// The company, Acme, sells and supports Quarry, an open-source data product.
// Paying customers write to its Jira projects, the community to its GitHub
// repositories. Everything is made up and follows from Options: the same
// options give the same bytes.
package simulate

import (
	"sort"
	"time"
)

// Options say which history to invent.
type Options struct {
	Seed uint64
	// From and Until bound the history. Until defaults to 1 July 2026, From to
	// two years before it. What would happen after Until stays in the future:
	// such tickets are still open.
	From, Until time.Time
	// JiraTickets and GitHubTickets are how many tickets to invent; zero means
	// 2,400, a negative number none.
	JiraTickets, GitHubTickets int
}

func (o Options) withDefaults() Options {
	if o.Until.IsZero() {
		o.Until = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	}
	o.Until = o.Until.UTC().Truncate(time.Second)
	if o.From.IsZero() {
		o.From = o.Until.AddDate(-2, 0, 0)
	}
	o.From = o.From.UTC().Truncate(time.Second)
	if o.JiraTickets == 0 {
		o.JiraTickets = 2400
	}
	if o.GitHubTickets == 0 {
		o.GitHubTickets = 2400
	}
	return o
}

// History is an invented support history. It does not change once generated
// and may serve several servers.
type History struct {
	opts   Options
	people *people
	jira   []*ticket // by id
	github []*ticket // by id
}

var (
	jiraProjects = []string{"OPS", "SUP"}
	repositories = []string{"acme/connect", "acme/console", "acme/engine"}
)

// JiraProjects lists the keys of the Jira projects.
func (h *History) JiraProjects() []string { return append([]string(nil), jiraProjects...) }

// GitHubRepositories lists the repositories as owner/name.
func (h *History) GitHubRepositories() []string { return append([]string(nil), repositories...) }

// Until is the moment at which the history ends.
func (h *History) Until() time.Time { return h.opts.Until }

// ticket is one request with everything that ever happens to it. Its fields
// are as of its creation; changes and events tell what came later.
type ticket struct {
	id        int64
	number    int
	place     string // Jira project or GitHub repository
	key       string // SUP-12 or acme/engine#12
	theme     *theme
	product   string
	lang      string
	created   time.Time
	title     string
	body      string
	reporter  *person
	issueType string
	priority  string
	labels    []string
	component string
	pull      bool
	comments  []*comment // by the time they entered
	changes   []*change  // Jira's changelog, in time order
	events    []*event   // GitHub's, in time order
	rating    int        // satisfaction, 1 to 5; 0 for none
	ratedAt   time.Time
	channel   *channel          // nil for a ticket of Jira or GitHub
	said      map[string]string // see writer
}

// comment is one answer. An imported one is dated before it entered.
type comment struct {
	id      int64
	at      time.Time
	entered time.Time
	edited  time.Time
	by      *person // nil for a deleted account
	body    string
	role    string // the role it is restricted to, "" for public
}

// change is one entry of a Jira changelog.
type change struct {
	id    int64
	at    time.Time
	by    *person
	items []item
}

// item is one field of a change; who and other point to the person or ticket
// a value stands for.
type item struct {
	field    string
	from, to string
	fromWho  *person
	toWho    *person
	other    *ticket
	link     string // the link's words as this side sees them
	inward   bool
}

// event is one entry of a GitHub issue's events.
type event struct {
	id     int64
	at     time.Time
	by     *person
	kind   string
	label  string
	who    *person
	from   string // renamed
	to     string
	reason string // closed
	commit string
}

// link is one issue link as one side sees it.
type link struct {
	id     int64
	words  string
	inward bool
	other  *ticket
}

// state is a ticket as of a moment.
type state struct {
	title      string
	status     string
	resolution string
	priority   string
	component  string
	reason     string
	labels     []string
	assignees  []*person
	links      []link
	rating     int
	updated    time.Time
	resolved   time.Time // the last entry into a done status that holds
	firstDone  time.Time
	closedBy   *person
	reopened   int
	handoffs   int
	done       bool
	comments   []*comment
	changes    []*change
	events     []*event
}

// horizon is the moment as of which the world is seen; zero sees everything.
type horizon time.Time

func (h horizon) sees(t time.Time) bool {
	return time.Time(h).IsZero() || !t.After(time.Time(h))
}

// updated is the comment's own time of last change as of the horizon.
func (c *comment) updated(h horizon) time.Time {
	if !c.edited.IsZero() && h.sees(c.edited) {
		return c.edited
	}
	return c.entered
}

// at is the ticket after all that has happened to it up to the horizon.
func (t *ticket) at(h horizon) state {
	s := state{
		title: t.title, status: "Open", priority: t.priority, component: t.component,
		labels: append([]string(nil), t.labels...), updated: t.created,
	}
	bump := func(at time.Time) {
		if at.After(s.updated) {
			s.updated = at
		}
	}
	n := sort.Search(len(t.comments), func(i int) bool { return !h.sees(t.comments[i].entered) })
	s.comments = t.comments[:n]
	for _, c := range s.comments {
		bump(c.updated(h))
	}
	n = sort.Search(len(t.changes), func(i int) bool { return !h.sees(t.changes[i].at) })
	s.changes = t.changes[:n]
	for _, c := range s.changes {
		bump(c.at)
		for _, it := range c.items {
			s.apply(c, it)
		}
	}
	n = sort.Search(len(t.events), func(i int) bool { return !h.sees(t.events[i].at) })
	s.events = t.events[:n]
	var before *person
	for _, e := range s.events {
		bump(e.at)
		s.happen(e, &before)
	}
	if t.rating > 0 && h.sees(t.ratedAt) {
		s.rating = t.rating
		bump(t.ratedAt)
	}
	return s
}

func (s *state) enter(done bool, at time.Time) {
	switch {
	case done && !s.done:
		s.resolved = at
		if s.firstDone.IsZero() {
			s.firstDone = at
		}
	case !done && s.done:
		s.resolved = time.Time{}
		s.reopened++
	}
	s.done = done
}

func (s *state) apply(c *change, it item) {
	switch it.field {
	case "status":
		s.status = it.to
		s.enter(statuses[it.to].category == "done", c.at)
	case "resolution":
		s.resolution = it.to
	case "assignee":
		s.assignees = nil
		if it.toWho != nil {
			s.assignees = []*person{it.toWho}
		}
		if it.fromWho != nil && it.toWho != nil {
			s.handoffs++
		}
	case "priority":
		s.priority = it.to
	case "summary":
		s.title = it.to
	case "Component":
		if it.to != "" {
			s.component = it.to
		}
	case "labels":
		s.labels = words(it.to)
	case "Link":
		s.links = append(s.links, link{id: c.id, words: it.link, inward: it.inward, other: it.other})
	}
}

func (s *state) happen(e *event, before **person) {
	switch e.kind {
	case "closed":
		s.enter(true, e.at)
		s.closedBy, s.reason = e.by, e.reason
	case "reopened":
		s.enter(false, e.at)
		s.closedBy, s.reason = nil, "reopened"
	case "labeled":
		s.labels = append(s.labels, e.label)
	case "unlabeled":
		s.labels = without(s.labels, e.label)
	case "assigned":
		if *before != nil && *before != e.who {
			s.handoffs++
		}
		*before = e.who
		s.assignees = append(s.assignees, e.who)
	case "unassigned":
		s.assignees = without(s.assignees, e.who)
	case "renamed":
		s.title = e.to
	}
}

func without[T comparable](list []T, x T) []T {
	out := list[:0:0]
	for _, v := range list {
		if v != x {
			out = append(out, v)
		}
	}
	return out
}

// status is a Jira status.
type status struct {
	id       string
	category string // new, indeterminate or done
}

var statuses = map[string]status{
	"Open":                    {"1", "new"},
	"In Progress":             {"3", "indeterminate"},
	"Reopened":                {"4", "new"},
	"Resolved":                {"5", "done"},
	"Closed":                  {"6", "done"},
	"Waiting for customer":    {"10100", "indeterminate"},
	"Waiting for engineering": {"10101", "indeterminate"},
	"Canceled":                {"10102", "done"},
}

var statusOrder = []string{"Open", "In Progress", "Reopened", "Resolved", "Closed", "Waiting for customer", "Waiting for engineering", "Canceled"}

var priorities = map[string]string{"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}

var resolutions = map[string]string{"Done": "10000", "Won't Do": "10001", "Duplicate": "10002", "Cannot Reproduce": "10003"}
