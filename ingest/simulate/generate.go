package simulate

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Generate invents the history. It is pure: equal options give equal bytes.
func Generate(o Options) *History {
	o = o.withDefaults()
	h := &History{opts: o, people: invent(o.Seed)}
	h.github = h.plan(o.GitHubTickets, false)
	h.jira = h.plan(o.JiraTickets, true)
	for i, t := range h.jira {
		h.liveJira(t, i)
	}
	for i, t := range h.github {
		h.liveGitHub(t, i)
	}
	h.linkJira()
	h.crossLink()
	h.bulkEdits()
	h.cut()
	for _, t := range slices.Concat(h.jira, h.github) {
		t.said = nil // only the writing needs it
	}
	number(h.jira, 20_000)
	number(h.github, 3_100_000_000)
	return h
}

func (h *History) rng(stream, i uint64) *rand.Rand {
	return rand.New(rand.NewPCG(h.opts.Seed^stream<<48, i+1))
}

// plan makes the tickets with their first texts; their lives follow.
func (h *History) plan(n int, paid bool) []*ticket {
	n = max(0, n)
	stream := uint64(2)
	if paid {
		stream = 1
	}
	r := h.rng(stream, 0)
	as := arrivals(h.opts, r, n, paid)
	slices.SortStableFunc(as, func(a, b arrival) int { return a.at.Compare(b.at) })
	numbers := map[string]int{}
	id := int64(10_000)
	if !paid {
		id = 2_400_000_000
	}
	var out []*ticket
	for i, a := range as {
		r := h.rng(stream, uint64(i)+1)
		id += int64(1 + r.IntN(4))
		t := &ticket{id: id, theme: a.theme, created: a.at, product: pick(r, a.theme.products), component: a.theme.component, lang: "en"}
		if paid {
			t.created = a.at.Add(time.Duration(r.IntN(1000)) * time.Millisecond)
			t.place = "SUP"
			if t.product == "operator" || a.theme.id == "backup" && r.Float64() < .6 || a.theme.id == "tls" && r.Float64() < .3 {
				t.place = "OPS"
			}
			t.reporter = h.people.customers.draw(r)
			t.issueType = a.theme.issueType
			t.priority = urgency(r, a.theme)
			t.labels = []string{a.theme.label}
			if r.Float64() < 0.3 {
				t.labels = append(t.labels, pick(r, []string{"customer-reported", "regression", "vip", "eu", "onprem"}))
			}
		} else {
			t.place = "acme/" + map[string]string{"engine": "engine", "operator": "engine", "connect": "connect", "console": "console"}[t.product]
			t.reporter = h.people.community.draw(r)
			t.pull = r.Float64() < 0.15
			if r.Float64() < 0.04 {
				t.reporter = h.people.customers.draw(r)
			}
			if t.pull && r.Float64() < 0.5 {
				t.reporter = pick(r, h.people.agents)
			}
			if r.Float64() < 0.006 {
				t.reporter = nil
			}
		}
		numbers[t.place]++
		t.number = numbers[t.place]
		t.key = fmt.Sprintf("%s#%d", t.place, t.number)
		if paid {
			t.key = fmt.Sprintf("%s-%d", t.place, t.number)
		}
		h.write(r, t, paid)
		out = append(out, t)
	}
	return out
}

func (h *History) write(r *rand.Rand, t *ticket, paid bool) {
	w := h.writer(r, t, t.created)
	by := t.reporter
	if by == nil {
		by = h.people.agents[0]
	}
	foreign := 0.75
	if !paid {
		foreign = 0.35
	}
	if !t.pull && r.Float64() < foreign {
		t.lang = by.lang
	}
	if t.pull {
		t.title = w.fill(pick(r, pullTitles))
		t.body = w.fill(pick(r, pullBodies))
		return
	}
	t.title, t.body = w.ticketText(t.theme, by, t.lang, paid && r.Float64() < 0.5)
}

func (h *History) writer(r *rand.Rand, t *ticket, at time.Time) *writer {
	if t.said == nil {
		t.said = map[string]string{}
	}
	return &writer{r: r, at: at, product: t.product, opts: h.opts, said: t.said}
}

var (
	pullTitles = []string{"{Fix|Correct} {component} {race|null check|off-by-one}", "{Bump|Update} {lang} dependencies", "{Add|Improve} {tests|docs|metrics} for the {component}", "{component}: {avoid|remove} {needless allocation|copy} in hot path", "Document {endpoint}"}
	pullBodies = []string{"{This fixes|Should fix} the problem with {table} {on {os}|when {n} sessions read it|since {version}}. {Tests included.|Tested on {host}.|}", "{Small|Larger} change in the {component}, {n} files. {Benchmarks: {ms} before, {ms} after.|No functional change, {n} lines less.}", "Follow-up of the discussion in the {page}, for {version}. {Please squash the {n} commits.|Build {big} was green.}"}
)

func urgency(r *rand.Rand, th *theme) string {
	x := r.Float64()
	for i, name := range []string{"Highest", "High", "Medium"} {
		if x -= th.urgency[i]; x < 0 {
			return name
		}
	}
	if r.Float64() < 0.2 {
		return "Lowest"
	}
	return "Low"
}

// crossLink lets some three tickets in a hundred point to the other system.
func (h *History) crossLink() {
	r := h.rng(5, 0)
	earlier := func(list []*ticket, at time.Time) *ticket {
		n, _ := slices.BinarySearchFunc(list, at, func(t *ticket, at time.Time) int { return t.created.Compare(at) })
		if n == 0 {
			return nil
		}
		return list[max(0, n-1-r.IntN(min(n, 200)))]
	}
	point := func(t *ticket, url string) {
		if len(t.comments) > 2 && r.Float64() < 0.5 {
			c := t.comments[len(t.comments)/2]
			c.body += "\n\nSee " + url
		} else {
			t.body += "\n\n" + pick(r, []string{"Related: ", "This may be the same as ", "Reported upstream as "}) + url
		}
	}
	for _, t := range h.jira {
		if o := earlier(h.github, t.created); o != nil && r.Float64() < 0.03 {
			point(t, o.htmlURL())
		}
	}
	for _, t := range h.github {
		if o := earlier(h.jira, t.created); o != nil && r.Float64() < 0.03 {
			point(t, o.htmlURL())
		}
	}
}

const (
	jiraSite   = "https://acme.atlassian.net"
	gitHubSite = "https://github.com/"
	gitHubAPI  = "https://api.github.com/repos/"
)

func (t *ticket) htmlURL() string {
	if t.issueType != "" {
		return jiraSite + "/browse/" + t.key
	}
	kind := "/issues/"
	if t.pull {
		kind = "/pull/"
	}
	return fmt.Sprintf("%s%s%s%d", gitHubSite, t.place, kind, t.number)
}

// linkJira links one ticket in twenty to an earlier one. Both change by it.
func (h *History) linkJira() {
	r := h.rng(6, 0)
	kinds := []struct{ out, in string }{{"relates to", "relates to"}, {"duplicates", "is duplicated by"}, {"blocks", "is blocked by"}}
	for i, t := range h.jira {
		if i < 5 || r.Float64() >= 0.05 {
			continue
		}
		o := h.jira[i-1-r.IntN(min(i, 150))]
		k := pick(r, kinds)
		at, by := t.created.Add(time.Duration(600+r.IntN(80_000))*time.Second), pick(r, h.people.agents)
		t.insert(&change{at: at, by: by, items: []item{{field: "Link", to: o.key, other: o, link: k.out}}})
		o.insert(&change{at: at, by: by, items: []item{{field: "Link", to: t.key, other: t, link: k.in, inward: true}}})
	}
}

// insert puts a change at its place in time.
func (t *ticket) insert(c *change) {
	i, _ := slices.BinarySearchFunc(t.changes, c.at, func(x *change, at time.Time) int {
		if x.at.After(at) {
			return 1
		}
		return -1
	})
	t.changes = slices.Insert(t.changes, i, c)
}

// bulkEdits relabels many GitHub issues in one second, twice: more of them
// than a page holds then share their updated_at.
func (h *History) bulkEdits() {
	span := h.opts.Until.Sub(h.opts.From)
	for i, share := range []float64{0.45, 0.94} {
		at := h.opts.From.Add(time.Duration(share * float64(span))).Truncate(time.Hour).Add(17 * time.Second)
		label := fmt.Sprintf("triage-round-%d", i+1)
		left := map[string]int{}
		for _, t := range h.github {
			if last := t.lastAt(); !t.created.Before(at) || last.After(at) || left[t.place] >= 170 {
				continue
			}
			left[t.place]++
			t.events = append(t.events, &event{at: at, by: h.people.ack, kind: "labeled", label: label})
		}
	}
}

func (t *ticket) lastAt() time.Time {
	last := t.created
	for _, c := range t.comments {
		last = later(last, c.entered, c.edited)
	}
	if n := len(t.events); n > 0 {
		last = later(last, t.events[n-1].at)
	}
	return last
}

func later(ts ...time.Time) time.Time {
	return slices.MaxFunc(ts, time.Time.Compare)
}

// cut drops what lies after the end of the history, and puts the rest in time
// order.
func (h *History) cut() {
	for _, t := range slices.Concat(h.jira, h.github) {
		t.cut(h.opts.Until)
	}
}

func (t *ticket) cut(end time.Time) {
	t.comments = slices.DeleteFunc(t.comments, func(c *comment) bool { return c.entered.After(end) })
	t.changes = slices.DeleteFunc(t.changes, func(c *change) bool { return c.at.After(end) })
	t.events = slices.DeleteFunc(t.events, func(e *event) bool { return e.at.After(end) })
	slices.SortStableFunc(t.comments, func(a, b *comment) int { return a.entered.Compare(b.entered) })
	slices.SortStableFunc(t.changes, func(a, b *change) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(t.events, func(a, b *event) int { return a.at.Compare(b.at) })
	for _, c := range t.comments {
		if c.edited.After(end) {
			c.edited = time.Time{}
		}
	}
	if t.ratedAt.After(end) {
		t.rating = 0
	}
}

// number gives comments, changes and events ids that rise with time.
func number(list []*ticket, from int64) {
	type thing struct {
		at time.Time
		id *int64
		of int64
	}
	var cs, es []thing
	for _, t := range list {
		for _, c := range t.comments {
			cs = append(cs, thing{c.entered, &c.id, t.id})
		}
		for _, c := range t.changes {
			es = append(es, thing{c.at, &c.id, t.id})
		}
		for _, e := range t.events {
			es = append(es, thing{e.at, &e.id, t.id})
		}
	}
	for k, things := range [][]thing{cs, es} {
		slices.SortStableFunc(things, func(a, b thing) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.of, b.of)) })
		id := from + int64(k)*from/2
		for i := range things {
			id += 1 + int64(i%3)
			*things[i].id = id
		}
	}
}
