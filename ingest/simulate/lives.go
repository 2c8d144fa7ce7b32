package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// life is a ticket being lived: a clock that only moves forward, and what the
// ticket is at that moment.
type life struct {
	*writer
	h      *History
	t      *ticket
	now    time.Time
	status string
	done   string // resolution
	agent  *person
	prio   string
	labels []string
}

func (h *History) begin(t *ticket, stream uint64, i int) *life {
	r := h.rng(stream, uint64(i))
	return &life{writer: h.writer(r, t, t.created), h: h, t: t, now: t.created, status: "Open", prio: t.priority, labels: t.labels}
}

// pass moves the clock on.
func (l *life) pass(d time.Duration) {
	if d > 0 {
		l.now = l.now.Add(d)
	}
	l.at = l.now
}

// passTo moves the clock to at, and a little on in any case.
func (l *life) passTo(at time.Time) {
	l.pass(max(at.Sub(l.now), time.Duration(20+l.r.IntN(200))*time.Second))
}

func (l *life) say(by *person, body string) *comment {
	c := &comment{at: l.now, entered: l.now, by: by, body: body}
	if by != nil && by.role != bot && l.r.Float64() < 0.03 {
		c.edited = l.now.Add(time.Duration(60+l.r.IntN(40_000)) * time.Second)
	}
	l.t.comments = append(l.t.comments, c)
	return c
}

func (l *life) change(by *person, items ...item) {
	l.t.changes = append(l.t.changes, &change{at: l.now, by: by, items: items})
}

func (l *life) event(by *person, kind string) *event {
	e := &event{at: l.now, by: by, kind: kind}
	l.t.events = append(l.t.events, e)
	return e
}

// lastHuman gives the text last said by somebody, to be quoted.
func (l *life) lastHuman() string {
	if n := len(l.t.comments); n > 0 && l.t.comments[n-1].by != nil && l.t.comments[n-1].by.role != bot {
		return l.t.comments[n-1].body
	}
	return l.t.body
}

// answer writes a reply that may quote and mention.
func (l *life) answer(by *person, templates []string, to *person) {
	quote := ""
	if l.r.Float64() < 0.12 {
		quote = l.lastHuman()
	}
	if l.r.Float64() > 0.15 || to == by {
		to = nil
	}
	l.say(by, l.reply(templates, quote, to))
	if to != nil && l.t.issueType == "" {
		m := l.event(to, "mentioned")
		s := l.event(to, "subscribed")
		m.at, s.at = l.now, l.now
	}
}

func (l *life) rounds() int {
	n := 0
	for n < 12 && l.r.Float64() < l.t.theme.rounds/(1+l.t.theme.rounds) {
		n++
	}
	return n
}

// long tells how many comments and changes to add so that pages overflow: on
// a few tickets many, on some tickets some.
func long(i int) (comments, changes int) {
	switch {
	case i%700 == 20:
		return 118, 0
	case i%110 == 12:
		return 24 + i%37, 0
	case i%800 == 25:
		return 0, 130
	case i%210 == 31:
		return 0, 45
	}
	return 0, 0
}

// --- Jira ---

func (l *life) move(by *person, to string, more ...item) {
	items := append([]item{{field: "status", from: l.status, to: to}}, more...)
	was, is := statuses[l.status].category == "done", statuses[to].category == "done"
	if is && !was {
		l.done = "Done"
		if x := l.r.Float64(); x < 0.14 {
			l.done = pick(l.r, []string{"Won't Do", "Duplicate", "Cannot Reproduce"})
		}
		items = append(items, item{field: "resolution", to: l.done})
	}
	if was && !is {
		items = append(items, item{field: "resolution", from: l.done})
		l.done = ""
	}
	l.change(by, items...)
	l.status = to
}

func (l *life) handTo(p *person) item {
	it := item{field: "assignee", fromWho: l.agent, toWho: p}
	l.agent = p
	return it
}

func (l *life) relabel(by *person, labels []string) {
	l.change(by, item{field: "labels", from: strings.Join(l.labels, " "), to: strings.Join(labels, " ")})
	l.labels = labels
}

var (
	paidResponse = map[string]time.Duration{"Highest": 25 * time.Minute, "High": 80 * time.Minute, "Medium": 4 * time.Hour, "Low": 9 * time.Hour, "Lowest": 20 * time.Hour}
	paidPace     = map[string]float64{"Highest": 0.35, "High": 0.7, "Medium": 1, "Low": 1.6, "Lowest": 2.5}
)

// liveJira writes the life of a paid ticket.
func (h *History) liveJira(t *ticket, i int) {
	l := h.begin(t, 3, i)
	r := l.r
	if r.Float64() < 0.03 { // moved in from the old help desk
		h.imported(l, 1+r.IntN(3))
	}
	if r.Float64() < 0.55 {
		l.pass(time.Duration(2+r.IntN(20)) * time.Second)
		l.say(h.people.ack, pick(r, ackText))
	}
	if r.Float64() < 0.02 {
		return // forgotten
	}
	respond := func(d time.Duration) time.Time {
		at := t.created.Add(about(r, d, 0.9))
		if l.prio == "Highest" {
			return at
		}
		return office(r, at)
	}
	first := respond(paidResponse[l.prio])
	l.passTo(t.created.Add(first.Sub(t.created) / 3))
	it := l.handTo(h.people.teamFor(r, t.product))
	if r.Float64() < 0.5 {
		l.change(l.agent, it)
		l.passTo(first)
		l.move(l.agent, "In Progress")
	} else {
		l.passTo(first)
		l.move(l.agent, "In Progress", it)
	}
	goal := t.created.Add(about(r, time.Duration(t.theme.hours[0]*paidPace[l.prio]*float64(time.Hour)), 1.1))
	if goal.Sub(l.now) > time.Hour || r.Float64() < 0.3 {
		l.pass(time.Duration(1+r.IntN(8)) * time.Minute)
		l.answer(l.agent, askText, t.reporter)
	}
	if r.Float64() < 0.1 {
		up := pick(r, []string{"Highest", "High", "Medium", "Low"})
		if up != l.prio {
			l.change(l.agent, item{field: "priority", from: l.prio, to: up})
			l.prio = up
		}
	}
	if r.Float64() < 0.12 {
		l.relabel(l.agent, append(append([]string(nil), l.labels...), pick(r, []string{"needs-info", "escalated", "known-issue"})))
	}
	more, changes := long(i)
	n := l.rounds() + more/2
	if changes > 0 {
		l.churn(changes)
	}
	l.talk(n, goal, more > 0)
	if r.Float64() < 0.02 {
		l.change(l.agent,
			item{field: "Fix Version", from: l.version(1)},
			item{field: "Fix Version", to: l.version(0)})
	}
	if r.Float64() < 0.03 {
		return // never finished
	}
	l.resolve(goal)
	for p := 0.065; r.Float64() < p; p = 0.2 {
		l.pass(about(r, 60*time.Hour, 0.8))
		l.say(t.reporter, l.reply(backText, "", nil))
		l.pass(time.Duration(1+r.IntN(50)) * time.Second)
		l.move(t.reporter, "Reopened")
		if r.Float64() < 0.25 {
			return
		}
		l.passTo(office(r, l.now.Add(about(r, 5*time.Hour, 0.8))))
		l.move(l.agent, "In Progress")
		l.talk(1+l.rounds()/2, l.now.Add(about(r, 40*time.Hour, 0.8)), false)
		l.resolve(l.now)
	}
	if r.Float64() < 0.35 {
		t.rating = 1 + int(min(4, 5*max(r.Float64(), r.Float64())))
		t.ratedAt = l.now.Add(about(r, 20*time.Hour, 0.7))
		l.passTo(t.ratedAt)
	}
	if r.Float64() < 0.55 {
		l.pass(5*day + time.Duration(r.IntN(3600))*time.Second)
		l.move(h.people.build, "Closed")
	}
}

func (l *life) resolve(goal time.Time) {
	l.passTo(goal)
	if l.r.Float64() < 0.8 {
		l.answer(l.agent, l.t.theme.solutions(), l.t.reporter)
		if l.r.Float64() < 0.4 {
			l.pass(about(l.r, 5*time.Hour, 1))
			l.say(l.t.reporter, l.reply(thanksText, "", nil))
		}
		l.pass(time.Duration(30+l.r.IntN(900)) * time.Second)
	}
	to := "Resolved"
	if l.r.Float64() < 0.05 {
		to = "Canceled"
	}
	l.move(l.agent, to)
}

// talk runs n rounds of question and answer until about goal.
func (l *life) talk(n int, goal time.Time, quick bool) {
	r := l.r
	for k := range n {
		step := goal.Sub(l.now) / time.Duration(n-k+1)
		if quick {
			step = min(step, 5*time.Hour)
		}
		l.passTo(l.now.Add(time.Duration((0.5 + r.Float64()) * float64(step) / 2)))
		if !quick {
			l.passTo(office(r, l.now))
		}
		if x := r.Float64(); x < 0.13 {
			c := l.say(l.agent, l.reply(internalText, "", nil))
			c.role = "Service Desk Team"
		} else if x < 0.25 && l.agent != nil {
			if r.Float64() < 0.6 {
				l.say(l.agent, l.reply(handText, "", nil))
			}
			l.pass(time.Minute)
			from := l.agent
			to := l.h.people.teamFor(r, pick(r, []string{"engine", "operator", "connect"}))
			if to != from {
				l.change(from, l.handTo(to), item{field: "Component", from: l.t.component, to: pick(r, themes).component})
			}
		}
		l.answer(l.agent, askText, l.t.reporter)
		if waits := r.Float64() < 0.55; waits {
			l.pass(time.Duration(1+r.IntN(20)) * time.Second)
			l.move(l.agent, pick(r, []string{"Waiting for customer", "Waiting for customer", "Waiting for customer", "Waiting for engineering"}))
		}
		l.passTo(l.now.Add(time.Duration((0.5 + r.Float64()) * float64(step) / 2)))
		by := l.t.reporter
		if r.Float64() < 0.01 {
			by = nil
		}
		l.answer(by, answerText, l.agent)
		if l.status != "In Progress" {
			l.pass(time.Duration(1+r.IntN(90)) * time.Second)
			l.move(l.t.reporter, "In Progress")
		}
	}
}

// churn toggles a label until the changelog is longer than any page.
func (l *life) churn(n int) {
	base := l.labels
	for k := range n {
		l.pass(time.Duration(60+l.r.IntN(1200)) * time.Second)
		if k%2 == 0 {
			l.relabel(l.h.people.build, append(append([]string(nil), base...), "ci-red"))
		} else {
			l.relabel(l.h.people.build, base)
		}
	}
	if n%2 == 1 {
		l.pass(time.Minute)
		l.relabel(l.h.people.build, base)
	}
}

// imported adds comments that are dated before the ticket itself.
func (h *History) imported(l *life, n int) {
	for k := range n {
		l.pass(time.Second)
		c := l.say(pick(l.r, h.people.agents), "Imported: "+l.reply(askText, "", nil))
		c.at = l.t.created.Add(-time.Duration(n-k)*31*time.Hour - time.Duration(l.r.IntN(3600))*time.Second)
		c.edited = time.Time{}
	}
}

// --- GitHub ---

// liveGitHub writes the life of an issue or pull request of the community.
func (h *History) liveGitHub(t *ticket, i int) {
	l := h.begin(t, 4, i)
	r := l.r
	if r.Float64() < 0.02 {
		h.imported(l, 1+r.IntN(2))
	}
	if t.pull {
		l.livePull()
		return
	}
	if r.Float64() < 0.25 {
		l.pass(time.Duration(3+r.IntN(20)) * time.Second)
		l.say(h.people.ack, l.reply(triageText, "", nil))
		l.event(h.people.ack, "labeled").label = "needs-triage"
	}
	if r.Float64() < 0.08 { // nobody ever answers
		if r.Float64() < 0.5 {
			l.pass(60*day + time.Duration(r.IntN(86_400))*time.Second)
			l.say(h.people.ack, l.reply(staleText, "", nil))
			l.event(h.people.ack, "labeled").label = "stale"
			if r.Float64() < 0.5 {
				l.pass(7 * day)
				l.close(h.people.ack, "not_planned")
			}
		}
		return
	}
	goal := t.created.Add(about(r, time.Duration(t.theme.hours[1]*float64(time.Hour)), 1.3))
	l.passTo(t.created.Add(about(r, 22*time.Hour, 1.5)))
	l.agent = h.people.teamFor(r, t.product)
	if r.Float64() < 0.35 { // somebody of the community is faster
		l.answer(h.people.community.other(r, t.reporter), append(append([]string(nil), meTooText...), t.theme.solutions()...), t.reporter)
		l.passTo(l.now.Add(about(r, 30*time.Hour, 1.2)))
	}
	if goal.Sub(l.now) > 3*time.Hour && r.Float64() < 0.6 {
		l.answer(l.agent, askText, t.reporter)
		l.pass(time.Duration(5+r.IntN(300)) * time.Second)
	}
	if r.Float64() < 0.72 {
		l.event(l.agent, "labeled").label = t.theme.label
		if len(t.events) > 1 && t.events[0].label == "needs-triage" {
			l.event(l.agent, "unlabeled").label = "needs-triage"
		}
		if r.Float64() < 0.5 {
			if label := pick(r, []string{"bug", "bug", "enhancement", "question", "priority/high", "priority/low", "good first issue"}); label != t.theme.label {
				l.event(l.agent, "labeled").label = label
			}
		}
	}
	if r.Float64() < 0.03 {
		title := l.fill("[{component}] ") + t.title
		e := l.event(l.agent, "renamed")
		e.from, e.to = t.title, title
	}
	if r.Float64() < 0.45 {
		l.event(l.agent, "assigned").who = l.agent
	}
	more, changes := long(i)
	for k := range changes {
		l.pass(time.Duration(60+r.IntN(1200)) * time.Second)
		kind := "labeled"
		if k%2 == 1 {
			kind = "unlabeled"
		}
		l.event(h.people.ack, kind).label = "flaky"
	}
	n := l.rounds() + more/2
	for k := range n {
		step := goal.Sub(l.now) / time.Duration(n-k+1)
		if more > 0 {
			step = min(step, 6*time.Hour)
		}
		l.passTo(l.now.Add(time.Duration((0.5 + r.Float64()) * float64(step) / 2)))
		l.answer(l.agent, askText, t.reporter)
		l.passTo(l.now.Add(time.Duration((0.5 + r.Float64()) * float64(step) / 2)))
		switch x := r.Float64(); {
		case x < 0.02:
			l.say(nil, l.reply(shrugText, "", nil))
		case x < 0.25:
			l.answer(h.people.community.other(r, t.reporter), append(append([]string(nil), meTooText...), shrugText...), l.agent)
		default:
			l.answer(t.reporter, answerText, l.agent)
		}
		if r.Float64() < 0.06 {
			if next := h.people.teamFor(r, t.product); next != l.agent && slices.ContainsFunc(t.events, func(e *event) bool { return e.kind == "assigned" }) {
				l.event(l.agent, "unassigned").who = l.agent
				l.event(l.agent, "assigned").who = next
				l.agent = next
			}
		}
	}
	if r.Float64() < 0.14 {
		return // stays open
	}
	l.passTo(goal)
	who := l.agent
	if r.Float64() < 0.25 && t.reporter != nil {
		who = t.reporter
	}
	if r.Float64() < 0.75 {
		l.answer(l.agent, t.theme.solutions(), t.reporter)
		l.pass(time.Duration(5+r.IntN(4000)) * time.Second)
	}
	reason := "completed"
	if r.Float64() < 0.2 {
		reason = "not_planned"
	}
	l.close(who, reason)
	for p := 0.06; r.Float64() < p; p = 0.2 {
		l.pass(about(r, 90*time.Hour, 1))
		l.say(t.reporter, l.reply(backText, "", nil))
		l.pass(time.Duration(5+r.IntN(50)) * time.Second)
		by := t.reporter
		if by == nil || r.Float64() < 0.5 {
			by = l.agent
		}
		l.event(by, "reopened")
		if r.Float64() < 0.3 {
			return
		}
		l.pass(about(r, 100*time.Hour, 1))
		l.answer(l.agent, t.theme.solutions(), t.reporter)
		l.pass(time.Minute)
		l.close(l.agent, "completed")
	}
}

func (l *life) livePull() {
	r := l.r
	l.agent = l.h.people.teamFor(r, l.t.product)
	l.pass(time.Duration(60+r.IntN(600)) * time.Second)
	l.say(l.h.people.build, l.reply(buildText, "", nil))
	for range r.IntN(4) {
		l.pass(about(r, 16*time.Hour, 1))
		l.answer(l.agent, shrugText, l.t.reporter)
	}
	if r.Float64() < 0.12 {
		return
	}
	l.pass(about(r, 20*time.Hour, 1))
	if r.Float64() < 0.8 {
		e := l.event(l.agent, "merged")
		e.commit = l.sha()
		l.event(l.agent, "closed").commit = e.commit
		l.event(l.agent, "head_ref_deleted")
		return
	}
	l.close(l.agent, "")
}

func (l *life) close(by *person, reason string) {
	e := l.event(by, "closed")
	e.reason = reason
	if reason == "completed" && l.r.Float64() < 0.2 {
		e.commit = l.sha()
	}
}

func (l *life) sha() string {
	return fmt.Sprintf("%016x%016x%08x", l.r.Uint64(), l.r.Uint64(), l.r.Uint32())
}

func words(s string) []string { return strings.Fields(s) }
