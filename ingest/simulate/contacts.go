package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// channel is a way by which customers reach support without the help desk's
// portal. Its tickets live in a system of their own that only the feed tells
// of.
type channel struct {
	name     string
	prefix   string  // of its keys
	share    float64 // of the tickets
	response time.Duration
	pace     float64 // how long a solution takes, the help desk's being 1
	office   bool    // nobody answers at night
	rated    float64 // share of the tickets with a survey
}

var channels = []*channel{
	{name: "phone", prefix: "C", share: 0.4, response: 4 * time.Minute, pace: 0.35, office: true, rated: 0.3},
	{name: "mail", prefix: "M", share: 0.35, response: 5 * time.Hour, pace: 0.9, office: true, rated: 0.25},
	{name: "chat", prefix: "T", share: 0.25, response: 90 * time.Second, pace: 0.06, rated: 0.5},
}

// contacts invents the tickets of all channels, in time order.
func (h *History) contacts(n int) []*ticket {
	r := h.rng(8, 0)
	as := arrivals(h.opts, r, n, true)
	slices.SortStableFunc(as, func(a, b arrival) int { return a.at.Compare(b.at) })
	numbers := map[string]int{}
	var out []*ticket
	for i, a := range as {
		out = append(out, h.contact(i, a, numbers))
	}
	number(out, 900_000)
	return out
}

// contact is one ticket and what becomes of it.
func (h *History) contact(i int, a arrival, numbers map[string]int) *ticket {
	r := h.rng(8, uint64(i)+1)
	ch := pickChannel(r)
	by := h.people.customers.draw(r)
	t := &ticket{
		theme: a.theme, product: pick(r, a.theme.products), component: a.theme.component, lang: by.lang,
		created: a.at.Add(time.Duration(r.IntN(1000)) * time.Millisecond), reporter: by, issueType: a.theme.issueType,
		priority: urgency(r, a.theme), labels: []string{a.theme.label}, channel: ch,
	}
	if ch.name == "phone" {
		t.lang = "en" // agents take notes in English, whoever calls
	}
	numbers[ch.name]++
	t.place, t.number = ch.name, numbers[ch.name]
	t.id = int64(5_000_000 + i)
	t.key = fmt.Sprintf("%s-%d", ch.prefix, 1000+t.number)
	w := h.writer(r, t, t.created)
	t.title, t.body = w.contactText(ch, t.theme, by, t.lang)
	l := h.begin(t, 9, i)
	l.liveContact(ch)
	t.said = nil // only the writing needs it
	t.cut(h.opts.Until)
	return t
}

func pickChannel(r *rand.Rand) *channel {
	x := r.Float64()
	for _, ch := range channels {
		if x -= ch.share; x < 0 {
			return ch
		}
	}
	return channels[len(channels)-1]
}

// liveContact writes the life of a ticket that came by the channel.
func (l *life) liveContact(ch *channel) {
	r := l.r
	due := func(d time.Duration) time.Time {
		at := l.now.Add(about(r, d, 0.7))
		if ch.office {
			return office(r, at)
		}
		return at
	}
	l.passTo(due(ch.response))
	it := l.handTo(l.h.people.teamFor(r, l.t.product))
	l.move(l.agent, "In Progress", it)
	l.note(l.agent, ch, contactAsk)
	goal := l.now.Add(about(r, time.Duration(l.t.theme.hours[0]*ch.pace*float64(time.Hour)), 0.9))
	for k := l.rounds(); k > 0; k-- {
		step := goal.Sub(l.now) / time.Duration(k+1)
		if r.Float64() < 0.4 {
			l.pass(time.Duration(5+r.IntN(90)) * time.Second)
			l.move(l.agent, "Waiting for customer")
		}
		l.passTo(l.now.Add(step))
		l.note(l.t.reporter, ch, contactAnswer)
		if l.status != "In Progress" {
			l.pass(time.Duration(1+r.IntN(60)) * time.Second)
			l.move(l.agent, "In Progress")
		}
		if r.Float64() < 0.12 {
			l.handOn()
		}
		l.passTo(due(min(step, ch.response)))
		l.note(l.agent, ch, contactAsk)
	}
	if r.Float64() < 0.05 {
		return // never finished
	}
	l.finish(ch, goal)
	if r.Float64() < 0.06 {
		l.passTo(due(50 * time.Hour))
		l.note(l.t.reporter, ch, backText)
		l.pass(time.Duration(5+r.IntN(60)) * time.Second)
		l.move(l.agent, "Reopened")
		l.passTo(due(4 * time.Hour))
		l.move(l.agent, "In Progress")
		l.finish(ch, l.now.Add(about(r, 6*time.Hour, 0.8)))
	}
	if r.Float64() < ch.rated {
		l.t.rating = 1 + int(min(4, 5*max(r.Float64(), r.Float64())))
		l.t.ratedAt = l.now.Add(about(r, 3*time.Hour, 0.9))
	}
}

// finish solves the ticket at about the goal.
func (l *life) finish(ch *channel, goal time.Time) {
	if ch.office {
		goal = office(l.r, goal)
	}
	l.passTo(goal)
	l.note(l.agent, ch, l.t.theme.solutions())
	if l.r.Float64() < 0.5 {
		l.passTo(l.now.Add(about(l.r, ch.response, 0.6)))
		l.note(l.t.reporter, ch, thanksText)
	}
	l.pass(time.Duration(20+l.r.IntN(300)) * time.Second)
	l.move(l.agent, "Resolved")
}

// handOn gives the ticket to a colleague, with a note that customers do not
// see.
func (l *life) handOn() {
	next := l.h.people.teamFor(l.r, pick(l.r, []string{"engine", "operator", "connect"}))
	if next == l.agent {
		return
	}
	c := l.say(l.agent, l.reply(internalText, "", nil))
	c.role, c.edited = "Service Desk Team", time.Time{}
	l.pass(time.Minute)
	l.change(l.agent, l.handTo(next))
}

// note adds what is said as the channel's system records it: after a call
// the agent writes down both sides.
func (l *life) note(by *person, ch *channel, templates []string) {
	text := l.fill(pick(l.r, templates))
	if ch.name == "phone" {
		lead := "{Called back.|Spoke to the customer.|On the phone:}"
		if by == l.t.reporter {
			lead = "{Customer called again.|Customer says:|Caller reports:}"
		}
		text, by = l.fill(lead)+" "+text, l.agent
	}
	l.say(by, strings.TrimSpace(text)).edited = time.Time{}
}
