package report

func (rep *Report) scoreSection(l Lang) section {
	s := section{id: "scores", title: l.tr("Support models compared")}
	if !rep.HasTable("marts.support_model_score") {
		s.absent = l.unavailable("marts.support_model_score")
		return s
	}
	s.intro = l.tr("Over the whole history, not only the period. The interval holds the true score in 95 of 100 cases.")
	overall, byType := rep.scoreTables(l)
	s.tables = []*table{overall, rep.metricTable(l), byType}
	if len(overall.rows) > 0 {
		s.charts = []chart{{
			id: "scores", title: l.tr("Score of each support model with its interval"), kind: intervalChart, table: overall,
			values: []int{2, 5}, low: 3, high: 4, top: 1,
			text: l.trf("“%s” has the highest score, %s.", overall.rows[0][0], l.write(overall.rows[0][2], kindScore)),
		}}
	}
	return s
}

// scoreTables are the scores over all types, and those of the largest types.
func (rep *Report) scoreTables(l Lang) (overall, byType *table) {
	columns := []column{
		{l.tr("Support model"), kindText},
		{l.tr("Tickets"), kindCount},
		{l.tr("Score, adjusted"), kindScore},
		{l.tr("Low"), kindScore},
		{l.tr("High"), kindScore},
		{l.tr("Unadjusted"), kindScore},
		{l.tr("Probability of being best"), kindChance},
		{l.tr("Not comparable because"), kindText},
	}
	overall = &table{id: "scores", title: l.tr("Over all demand types"), columns: columns, empty: l.tr("No scores yet.")}
	byType = &table{
		id: "scores-by-type", title: l.tr("Of the largest demand types"), empty: l.tr("No scores yet."),
		columns: append([]column{{l.tr("Demand type"), kindText}}, columns...),
	}
	shown := map[string]bool{}
	for _, s := range rep.Scores {
		cells := []any{
			l.word(s.Model), s.Tickets, value(s.Score.Value), value(s.Score.Low), value(s.Score.High),
			value(s.Unadjusted), value(s.ProbabilityBest), s.WhyNot,
		}
		if s.IsOverall() {
			overall.add(cells...)
			continue
		}
		if !shown[s.TypeID] && len(shown) == listed {
			continue
		}
		shown[s.TypeID] = true
		byType.add(append([]any{s.Type}, cells...)...)
	}
	return overall, byType
}

// metricTable sets the adjusted metrics beside the measured ones.
func (rep *Report) metricTable(l Lang) *table {
	t := &table{
		id: "score-metrics", title: l.tr("As measured, and adjusted for what kind of tickets came"),
		columns: []column{
			{l.tr("Support model"), kindText},
			{l.tr("Answered within 24 h"), kindShare},
			{l.tr("adjusted"), kindShare},
			{l.tr("Mean first response"), kindSeconds},
			{l.tr("adjusted"), kindSeconds},
			{l.tr("Mean resolution"), kindSeconds},
			{l.tr("adjusted"), kindSeconds},
			{l.tr("Reopened"), kindShare},
			{l.tr("adjusted"), kindShare},
			{l.tr("Cost per ticket"), kindMoney},
			{l.tr("adjusted"), kindMoney},
		},
		note:  l.tr("Means of 30 days at most; reopened: of the resolved tickets."),
		empty: l.tr("No scores yet."),
	}
	for _, s := range rep.Scores {
		if s.IsOverall() {
			cells := []any{l.word(s.Model)}
			for _, p := range []Pair{s.Answered, s.FirstResponse, s.Resolution, s.Reopened, s.Cost} {
				cells = append(cells, value(p.Plain), value(p.Adjusted))
			}
			t.add(cells...)
		}
	}
	return t
}

func (rep *Report) adviceSection(l Lang) section {
	s := section{id: "advice", title: l.tr("Recommendations")}
	if !rep.HasTable("marts.support_model_recommendation") {
		s.absent = l.unavailable("marts.support_model_recommendation")
		return s
	}
	t := &table{
		id: "recommendations", title: l.tr("By demand type"),
		columns: []column{
			{l.tr("Demand type"), kindText},
			{l.tr("What to do"), kindText},
			{l.tr("Tickets a month"), kindCount},
			{l.tr("Support model now"), kindText},
			{l.tr("Recommended"), kindText},
			{l.tr("Confidence"), kindChance},
			{l.tr("First response"), kindLater},
			{l.tr("Resolution"), kindLater},
			{l.tr("Cost a month"), kindEarned},
		},
		empty: l.tr("No recommendations yet."),
	}
	unclear := 0
	for _, r := range rep.Recommendations {
		if r.Action == "not_enough_evidence" {
			unclear++
			continue
		}
		confidence := value(r.Confidence)
		if r.Action == "self_service" {
			confidence = nil // it is about the models, which do not matter then
		}
		t.add(r.Type, l.word(r.Action), value(r.PerMonth), l.word(r.Current), l.word(r.Recommended), confidence,
			value(r.FirstResponse), value(r.Resolve), value(r.CostPerMonth))
		if r.Action != "keep" || len(s.advice) < listed {
			s.advice = append(s.advice, advice{r.Action, r.Sentence, r.Mix})
		}
	}
	s.tables = []*table{t}
	if unclear > 0 {
		s.intro = l.trf("For %s demand types there is not enough evidence.", l.write(int64(unclear), kindCount))
	}
	return s
}

func (rep *Report) qualitySection(l Lang) section {
	s := section{id: "quality", title: l.tr("Data quality")}
	failed := 0
	for _, c := range rep.Checks {
		if c.Offenses > 0 {
			failed++
		}
	}
	s.intro = l.trf("%d data checks ran on this snapshot, %d found something.", len(rep.Checks), failed)
	if !rep.HasTable("ops.check") {
		s.intro = l.unavailable("ops.check")
	}
	s.tables = []*table{rep.freshnessTable(l), rep.completenessTable(l)}
	if failed > 0 {
		t := &table{id: "checks", title: l.tr("Checks that found something"), columns: []column{
			{l.tr("Check"), kindText}, {l.tr("What it says"), kindText}, {l.tr("Rows that break it"), kindCount},
		}}
		for _, c := range rep.Checks {
			if c.Offenses > 0 {
				t.add(c.Name, c.What, c.Offenses)
			}
		}
		s.tables = append(s.tables, t)
	}
	return s
}

func (rep *Report) freshnessTable(l Lang) *table {
	t := &table{
		id: "sources", title: l.tr("Freshness by source"),
		columns: []column{
			{l.tr("Source"), kindText},
			{l.tr("Kind"), kindText},
			{l.tr("Streams"), kindCount},
			{l.tr("Stale streams"), kindCount},
			{l.tr("Complete up to"), kindMoment},
			{l.tr("Age at the snapshot's clock"), kindSeconds},
		},
		empty: l.tr("Not available in this snapshot."),
	}
	for _, s := range rep.Sources {
		t.add(s.Name, s.Kind, s.Streams, s.Stale, value(s.CompleteAt), value(s.AgeSeconds))
	}
	return t
}

func (rep *Report) completenessTable(l Lang) *table {
	t := &table{
		id: "completeness", title: l.tr("Where the landed records went"),
		columns: []column{
			{l.tr("Source"), kindText},
			{l.tr("Landed"), kindCount},
			{l.tr("In use"), kindCount},
			{l.tr("Superseded"), kindCount},
			{l.tr("Not tickets"), kindCount},
			{l.tr("Orphaned"), kindCount},
			{l.tr("Rejected"), kindCount},
			{l.tr("Unexplained"), kindCount},
			{l.tr("Missing at the source"), kindCount},
			{l.tr("Why rejected"), kindText},
		},
		empty: l.tr("Not available in this snapshot."),
	}
	for _, c := range rep.Completeness {
		t.add(c.Source, c.Landed, c.InCore, c.Superseded, c.Excluded, c.Orphaned, c.Rejected, c.Unexplained, c.MissingAtSource, c.Reasons)
	}
	return t
}
