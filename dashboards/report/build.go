package report

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// weeksShown is how many weeks the charts show at least, so that a month has a
// past to be seen against.
const weeksShown = 26

// ErrTooOld says that a generation lacks what every report needs.
var ErrTooOld = errors.New("this generation was published by an older ticketmill; run `ticketmill build` to publish it anew")

// Build reads the report of a period. A table that the generation does not have
// is named in Report.Missing.
func Build(ctx context.Context, from Querier, choice Choice) (*Report, error) {
	r := &reader{ctx: ctx, from: from, has: map[string]bool{}}
	for _, row := range r.rows("the list of tables", tablesSQL) {
		r.has[row.text("table_name")] = true
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, t := range []string{"ops.snapshot", "marts.ticket", "marts.backlog_daily"} {
		if !r.has[t] {
			return nil, fmt.Errorf("%s is missing: %w", t, ErrTooOld)
		}
	}
	out := &Report{}
	if err := out.locate(r, choice); err != nil {
		return nil, err
	}
	out.headline(r)
	out.weeks(r)
	out.types(r)
	out.models(r)
	out.quality(r)
	slices.Sort(r.lost)
	out.Missing = slices.Compact(r.lost)
	return out, r.err
}

// locate reads which snapshot this is and settles the period.
func (rep *Report) locate(r *reader, choice Choice) error {
	rows := r.rows("the snapshot", snapshotSQL)
	if r.err != nil {
		return r.err
	}
	if len(rows) != 1 || rows[0].time("as_of") == nil {
		return fmt.Errorf("ops.snapshot has no row: %w", ErrTooOld)
	}
	rep.Generation, rep.Timezone, rep.AsOf = rows[0].text("generation"), rows[0].text("timezone"), *rows[0].time("as_of")
	zone, err := time.LoadLocation(rep.Timezone)
	if err != nil {
		return fmt.Errorf("the snapshot's time zone: %w", err)
	}
	y, m, d := rep.AsOf.In(zone).Date()
	r.today = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	rep.Period, err = choice.Period(r.today)
	if err != nil {
		return err
	}
	rep.Previous = rep.Period.Previous()
	first := monday(rep.Period.To).AddDate(0, 0, -7*(weeksShown-1))
	if m := monday(rep.Period.From); m.Before(first) {
		first = m
	}
	r.span = span{period: rep.Period, before: rep.Previous, since: first}
	return nil
}

// IsPartial tells whether the period had not ended by the snapshot's clock.
func (rep *Report) IsPartial() bool {
	zone, err := time.LoadLocation(rep.Timezone)
	if err != nil {
		zone = time.UTC
	}
	end := time.Date(rep.Period.To.Year(), rep.Period.To.Month(), rep.Period.To.Day()+1, 0, 0, 0, 0, zone)
	return rep.AsOf.Before(end)
}

func (rep *Report) headline(r *reader) {
	parts := map[string]*Headline{"now": &rep.Headline, "then": &rep.Before}
	for _, row := range r.rows("the flow", flowSQL) {
		h := parts[row.text("part")]
		h.Opened, h.Resolved, h.Reopened, h.Backlog = row.number("opened"), row.number("resolved"), row.number("reopened"), row.number("backlog")
	}
	for _, row := range r.rows("quality", qualitySQL) {
		h := parts[row.text("part")]
		h.Satisfaction, h.Surveys, h.ReopenRate = row.number("satisfaction"), row.count("surveys"), row.number("reopen_rate")
	}
	rep.responses(r, parts)
}

// responses reads how the cohorts fared, by group.
func (rep *Report) responses(r *reader, parts map[string]*Headline) {
	type key struct{ part, dimension, member string }
	var order []key
	all := map[key]Response{}
	for _, row := range r.rows("responses", cohortSQL()) {
		k := key{row.text("part"), row.text("dimension"), row.text("member")}
		order = append(order, k)
		all[k] = Response{
			Group: k.member, Tickets: row.count("tickets"),
			Unanswered: row.count("unanswered"), Unresolved: row.count("unresolved"),
			Answered24h: row.number("answered_24h_share"),
			FirstP50:    row.number("first_p50"), FirstP90: row.number("first_p90"),
			ResolutionP50: row.number("resolution_p50"),
		}
	}
	for _, row := range r.rows("service agreements", slaSQL(), "marts.sla") {
		k := key{row.text("part"), row.text("dimension"), row.text("member")}
		g, met, breached := all[k], row.count("met"), row.count("breached")
		g.SLAMet, g.SLADecided = ratio(met, met+breached), met+breached
		g.SLAFirst = ratio(row.count("met_first"), row.count("met_first")+row.count("breached_first"))
		g.SLAResolution = ratio(row.count("met_resolution"), row.count("met_resolution")+row.count("breached_resolution"))
		all[k] = g
	}
	for _, k := range order {
		g := all[k]
		g.Answered24hThen = all[key{"then", k.dimension, k.member}].Answered24h
		switch {
		case k.dimension == "all":
			parts[k.part].Cohort = g
		case k.part == "then":
		case k.dimension == "support_model":
			rep.Models = append(rep.Models, g)
		default:
			rep.Priorities = append(rep.Priorities, g)
		}
	}
	slices.SortStableFunc(rep.Priorities, func(a, b Response) int { return priorityRank(a.Group) - priorityRank(b.Group) })
}

func priorityRank(name string) int {
	ranks := []string{"urgent", "high", "normal", "low", "none"}
	if i := slices.Index(ranks, name); i >= 0 {
		return i
	}
	return len(ranks)
}

func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	v := float64(part) / float64(whole)
	return &v
}

func (rep *Report) weeks(r *reader) {
	answered := map[string]record{}
	for _, row := range r.rows("weekly responses", weeklySQL()) {
		if on := row.time("week_on"); on != nil {
			answered[on.Format(time.DateOnly)] = row
		}
	}
	for _, row := range r.rows("weeks", weeksSQL) {
		on := row.time("week_on")
		if on == nil || on.AddDate(0, 0, 7).After(r.today) {
			continue // not over yet
		}
		a := answered[on.Format(time.DateOnly)]
		rep.Weeks = append(rep.Weeks, Week{
			On: *on, Opened: row.count("opened"), Resolved: row.count("resolved"), Backlog: row.count("backlog"),
			Answered24h: a.number("answered_24h_share"), FirstP50: a.number("first_p50"),
		})
	}
}

func (rep *Report) types(r *reader) {
	for _, row := range r.rows("demand types", typesSQL, "marts.demand_type") {
		t := TypeCount{
			ID: row.text("demand_type_id"), Name: row.text("name"), Now: row.count("tickets"), Then: row.count("tickets_then"),
			Trend: row.text("trend"),
		}
		t.IsOther = t.ID == "other"
		t.IsBeyond = beyondChance(t.Now, t.Then)
		if n := rep.Headline.Cohort.Tickets; n > 0 {
			t.Share = float64(t.Now) / float64(n)
		}
		rep.Types = append(rep.Types, t)
	}
	for _, row := range r.rows("emerging types", emergingSQL, "marts.demand_type", "marts.demand_type_weekly") {
		rep.Emerging = append(rep.Emerging, EmergingType{
			Name: row.text("name"), Keywords: row.text("keywords"), FirstSeen: row.time("first_seen_on"),
			Tickets: row.count("tickets"), Alarms: row.count("alarms"), IsEmerging: row.yes("is_emerging"),
		})
	}
	for _, row := range r.rows("policies", policiesSQL, "marts.sla") {
		rep.Policies = append(rep.Policies, Policy{
			Name: row.text("policy"), Metric: row.text("metric"), Calendar: row.text("calendar"), Target: row.number("target_seconds"),
			Met: row.count("met"), Breached: row.count("breached"), Running: row.count("running"), Paused: row.count("paused"),
		})
	}
}

// beyondChance compares two counts of equally long periods at 95 %: given their
// sum, the first is binomial with one half if nothing has changed (Przyborowski
// and Wilenski 1940); in the normal approximation with continuity correction.
func beyondChance(now, then int64) bool {
	d := max(now-then, then-now) - 1
	return d > 0 && float64(d*d) > 1.96*1.96*float64(now+then)
}

func (rep *Report) models(r *reader) {
	for _, row := range r.rows("scores", scoresSQL, "marts.support_model_score") {
		rep.Scores = append(rep.Scores, Score{
			TypeID: row.text("demand_type_id"), Type: row.text("demand_type"), Model: row.text("support_model"),
			Tickets: row.count("tickets"), WhyNot: row.text("not_comparable_because"),
			Score:      Interval{row.number("score"), row.number("score_low"), row.number("score_high")},
			Unadjusted: row.number("score_unadjusted"), ProbabilityBest: row.number("probability_best"),
			Answered: row.pair("answered"), FirstResponse: row.pair("first_response"), Resolution: row.pair("resolution"),
			Reopened: row.pair("reopened"), Cost: row.pair("cost"),
		})
	}
	for _, row := range r.rows("recommendations", recommendationsSQL, "marts.support_model_recommendation") {
		rep.Recommendations = append(rep.Recommendations, Recommendation{
			Type: row.text("demand_type"), Sentence: row.text("sentence"), Action: row.text("action"),
			Current: row.text("current_model"), Recommended: row.text("recommended_model"), Mix: row.text("current_mix"),
			PerMonth: row.number("tickets_per_month"), Confidence: row.number("confidence"),
			FirstResponse: row.number("first_response_change"), Resolve: row.number("resolution_change"),
			CostPerMonth: row.number("cost_change"),
		})
	}
}

func (rep *Report) quality(r *reader) {
	for _, row := range r.rows("freshness", freshnessSQL, "ops.source_freshness") {
		rep.Sources = append(rep.Sources, Source{
			Name: row.text("source"), Kind: row.text("source_kind"), Streams: row.count("streams"), Stale: row.count("stale"),
			CompleteAt: row.time("complete_at"), AgeSeconds: row.number("age_seconds"),
		})
	}
	for _, row := range r.rows("checks", checksSQL, "ops.check") {
		rep.Checks = append(rep.Checks, Check{row.text("name"), row.text("what"), row.count("offenses")})
	}
	for _, row := range r.rows("completeness", completenessSQL, "ops.completeness") {
		rep.Completeness = append(rep.Completeness, Completeness{
			Source: row.text("source"), Landed: row.count("landed"), InCore: row.count("in_core"),
			Rejected: row.count("rejected"), Excluded: row.count("excluded"), Orphaned: row.count("orphaned"),
			Superseded: row.count("superseded"), Unexplained: row.count("unexplained"),
			MissingAtSource: row.count("missing_at_source"), Reasons: addReasons(row.text("reject_reasons")),
		})
	}
}

// addReasons adds up reasons written as "a=1, b=2", of several lists.
func addReasons(lists string) string {
	counts := map[string]int64{}
	for part := range strings.FieldsFuncSeq(lists, func(r rune) bool { return r == ',' || r == ';' }) {
		name, n, _ := strings.Cut(strings.TrimSpace(part), "=")
		if count, err := strconv.ParseInt(n, 10, 64); err == nil {
			counts[name] += count
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(out, ", ")
}

// HasTable tells whether the generation has a published table.
func (rep *Report) HasTable(name string) bool { return !slices.Contains(rep.Missing, name) }
