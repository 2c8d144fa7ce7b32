package report

import "slices"

// listed is how many rows of a ranking are shown.
const listed = 10

func (rep *Report) flowSection(l Lang) section {
	t := &table{
		id: "weeks", title: l.tr("By week"), folded: true,
		columns: []column{
			{l.tr("Week of"), kindDay},
			{l.tr("Opened"), kindCount},
			{l.tr("Resolved"), kindCount},
			{l.tr("Backlog at its end"), kindCount},
			{l.tr("Answered within 24 h"), kindShare},
			{l.tr("Median first response"), kindSeconds},
		},
		empty: l.tr("No whole week yet."),
	}
	for _, w := range rep.Weeks {
		t.add(w.On, w.Opened, w.Resolved, w.Backlog, value(w.Answered24h), value(w.FirstP50))
	}
	s := section{id: "flow", title: l.tr("Workload"), intro: l.tr("Whole weeks up to the end of the period, which is shaded."), tables: []*table{t}}
	if len(rep.Weeks) < 2 {
		return s
	}
	first, last := rep.Weeks[0], rep.Weeks[len(rep.Weeks)-1]
	s.charts = []chart{
		{
			id: "backlog", title: l.tr("Backlog at the end of each week"), kind: lineChart, table: t, values: []int{3}, marked: &rep.Period,
			text: l.trf("From %s to %s open tickets between the weeks of %s and %s.",
				l.write(first.Backlog, kindCount), l.write(last.Backlog, kindCount), l.day(first.On), l.day(last.On)),
		},
		{
			id: "opened-resolved", title: l.tr("Opened and resolved by week"), kind: columnChart, table: t, values: []int{1, 2}, marked: &rep.Period,
			text: l.trf("In the last week %s opened and %s resolved.", l.write(last.Opened, kindCount), l.write(last.Resolved, kindCount)),
		},
		{
			id: "answered", title: l.tr("Answered within 24 h by week of creation"), kind: lineChart, table: t, values: []int{4}, top: 1, marked: &rep.Period,
			text: l.trf("%s in the week of %s, %s in that of %s.",
				l.write(value(first.Answered24h), kindShare), l.day(first.On), l.write(value(last.Answered24h), kindShare), l.day(last.On)),
		},
	}
	return s
}

func typeColumns(l Lang) []column {
	return []column{
		{l.tr("Demand type"), kindText},
		{l.tr("Tickets"), kindCount},
		{l.tr("Before"), kindCount},
		{l.tr("Change"), kindSigned},
		{l.tr("Beyond chance"), kindFlag},
		{l.tr("Share"), kindShare},
		{l.tr("Long-term trend"), kindText},
	}
}

func (rep *Report) typeSection(l Lang) section {
	s := section{id: "types", title: l.tr("Demand types that grew and shrank")}
	if !rep.HasTable("marts.demand_type") {
		s.absent = l.unavailable("marts.demand_type")
		return s
	}
	largest := rep.typeTable(l, "types-largest", l.tr("Largest"), rep.Types)
	largest.folded = true // its chart shows them
	known := slices.DeleteFunc(slices.Clone(rep.Types), func(t TypeCount) bool { return t.IsOther || t.Change() == 0 })
	slices.SortStableFunc(known, func(a, b TypeCount) int { return int(b.Change() - a.Change()) })
	split := slices.IndexFunc(known, func(t TypeCount) bool { return t.Change() < 0 })
	if split < 0 {
		split = len(known)
	}
	shrunk := slices.Clone(known[split:])
	slices.Reverse(shrunk)
	s.tables = []*table{
		rep.typeTable(l, "types-grown", l.tr("Grown most"), known[:split]),
		rep.typeTable(l, "types-shrunk", l.tr("Shrunk most"), shrunk),
		largest,
	}
	s.intro = rep.otherSentence(l)
	if len(largest.rows) > 0 {
		s.charts = []chart{{
			id: "top-types", title: l.tr("Largest demand types, and the period before"), kind: barChart, table: largest, values: []int{1, 2}, limit: 8,
			text: l.trf("The largest demand type is “%s” with %s tickets.", largest.rows[0][0], l.write(largest.rows[0][1], kindCount)),
		}}
	}
	return s
}

// otherSentence says how much the types leave out.
func (rep *Report) otherSentence(l Lang) string {
	for _, t := range rep.Types {
		if t.IsOther {
			return l.trf("%s of the period's tickets are in no type.", l.write(t.Share, kindShare))
		}
	}
	return ""
}

func (rep *Report) typeTable(l Lang, id, title string, types []TypeCount) *table {
	t := &table{id: id, title: title, columns: typeColumns(l), empty: l.tr("None.")}
	for _, d := range types {
		if d.IsOther || len(t.rows) == listed {
			continue
		}
		t.add(d.Name, d.Now, d.Then, d.Change(), d.IsBeyond, d.Share, l.word(d.Trend))
	}
	return t
}

func (rep *Report) emergingSection(l Lang) section {
	s := section{id: "emerging", title: l.tr("Emerging demand")}
	for _, name := range []string{"marts.demand_type", "marts.demand_type_weekly"} {
		if !rep.HasTable(name) {
			s.absent = l.unavailable(name)
			return s
		}
	}
	t := &table{
		id: "emerging", title: l.tr("New types, and weeks beyond the expected band"),
		columns: []column{
			{l.tr("Demand type"), kindText},
			{l.tr("Emerging"), kindFlag},
			{l.tr("First seen"), kindDay},
			{l.tr("Tickets"), kindCount},
			{l.tr("Weeks with an alarm"), kindCount},
			{l.tr("Keywords"), kindText},
		},
		empty: l.tr("No demand type is new, and no week went beyond what was expected."),
	}
	for _, e := range rep.Emerging {
		t.add(e.Name, e.IsEmerging, value(e.FirstSeen), e.Tickets, e.Alarms, e.Keywords)
	}
	s.tables = []*table{t}
	return s
}

func (rep *Report) responseSection(l Lang) section {
	all := rep.Headline.Cohort
	return section{
		id: "response", title: l.tr("Response and resolution"),
		intro: l.trf("Of the %s tickets opened in the period, %s had no first response and %s were not resolved by the snapshot's clock; they count as still waiting.",
			l.write(all.Tickets, kindCount), l.write(all.Unanswered, kindCount), l.write(all.Unresolved, kindCount)),
		tables: []*table{
			responseTable(l, "response-model", l.tr("By support model"), l.tr("Support model"), rep.Models),
			responseTable(l, "response-priority", l.tr("By priority"), l.tr("Priority"), rep.Priorities),
		},
	}
}

func responseTable(l Lang, id, title, first string, groups []Response) *table {
	t := &table{
		id: id, title: title,
		columns: []column{
			{first, kindText},
			{l.tr("Tickets"), kindCount},
			{l.tr("Answered within 24 h"), kindShare},
			{l.tr("Change"), kindPoints},
			{l.tr("Median first response"), kindSeconds},
			{l.tr("90 % answered within"), kindSeconds},
			{l.tr("Median resolution"), kindSeconds},
			{l.tr("Agreements met: response"), kindShare},
			{l.tr("Agreements met: resolution"), kindShare},
		},
		empty: l.tr("No tickets were opened in the period."),
	}
	for _, g := range groups {
		var change any
		if g.Answered24h != nil && g.Answered24hThen != nil {
			change = *g.Answered24h - *g.Answered24hThen
		}
		t.add(l.word(g.Group), g.Tickets, value(g.Answered24h), change, value(g.FirstP50), value(g.FirstP90),
			value(g.ResolutionP50), value(g.SLAFirst), value(g.SLAResolution))
	}
	return t
}

func (rep *Report) slaSection(l Lang) section {
	s := section{id: "sla", title: l.tr("Service agreements")}
	if !rep.HasTable("marts.sla") {
		s.absent = l.unavailable("marts.sla")
		return s
	}
	t := &table{
		id: "sla", title: l.tr("By policy"), note: l.tr("Targets are working time in the policy's calendar."),
		columns: []column{
			{l.tr("Policy"), kindText},
			{l.tr("Clock"), kindText},
			{l.tr("Calendar"), kindText},
			{l.tr("Target"), kindSeconds},
			{l.tr("Met share"), kindShare},
			{l.tr("Met"), kindCount},
			{l.tr("Breached"), kindCount},
			{l.tr("Running"), kindCount},
			{l.tr("Paused"), kindCount},
		},
		empty: l.tr("No service agreement applies to the period's tickets."),
	}
	for _, p := range rep.Policies {
		t.add(p.Name, l.word(p.Metric), p.Calendar, value(p.Target), value(p.Share()), p.Met, p.Breached, p.Running, p.Paused)
	}
	s.tables = []*table{t}
	return s
}
