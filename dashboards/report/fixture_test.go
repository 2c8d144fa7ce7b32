package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

// hostile are texts that must stay texts, whatever they look like.
var hostile = struct{ formula, markup, rtl, german, chinese string }{
	`=HYPERLINK("http://evil.example","click")`,
	`<script>alert(1)</script> | **bold** & "quoted"`,
	"שגיאת התחברות (SAML)",
	"Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen läßt sich nicht speichern",
	"许可证续订失败",
}

// fixture is a report with everything in it, and with all that may go wrong.
func fixture() *Report {
	p := Period{day("2026-06-01"), day("2026-06-30")}
	rep := &Report{
		Generation: "gen-000017", AsOf: time.Date(2026, 7, 1, 4, 30, 0, 0, time.UTC), Timezone: "Europe/Berlin",
		Period: p, Previous: p.Previous(),
		Headline: Headline{
			Opened: ptr(1297.0), Resolved: ptr(1260.0), Reopened: ptr(12.0), Backlog: ptr(722.0), Satisfaction: ptr(3.68), Surveys: 41, ReopenRate: ptr(0.024),
			Cohort: Response{Group: "all", Tickets: 1297, Unanswered: 36, Unresolved: 99, Answered24h: ptr(0.637), FirstP50: ptr(52560.0), SLAMet: ptr(0.803), SLADecided: 200},
		},
		Before: Headline{
			Opened: ptr(1279.0), Resolved: ptr(1244.0), Backlog: ptr(675.0), ReopenRate: ptr(0.024),
			Cohort: Response{Group: "all", Tickets: 1279, Answered24h: ptr(0.627), FirstP50: ptr(61560.0), ResolutionP50: ptr(90000.0)},
		},
		Types: []TypeCount{
			{ID: "a", Name: hostile.formula, Now: 49, Then: 16, Share: 0.165, Trend: "rising", IsBeyond: true},
			{ID: "other", Name: "other", Now: 30, Then: 31, Share: 0.1, IsOther: true},
			{ID: "b", Name: hostile.markup, Now: 24, Then: 34, Share: 0.081, Trend: "falling"},
			{ID: "c", Name: hostile.rtl, Now: 17, Then: 17, Share: 0.057, Trend: "steady"},
			{ID: "d", Name: hostile.german, Now: 5, Then: 4, Share: 0.017},
			{ID: "e", Name: hostile.chinese, Now: 0, Then: 9, Trend: "falling", IsBeyond: true},
		},
		Emerging: []EmergingType{{Name: hostile.formula, Keywords: "click, evil", FirstSeen: ptr(day("2026-05-20")), Tickets: 49, Alarms: 3, IsEmerging: true}},
		Models: []Response{
			{Group: "paid", Tickets: 700, Answered24h: ptr(0.826), Answered24hThen: ptr(0.858), FirstP50: ptr(15120.0), FirstP90: ptr(224640.0), ResolutionP50: ptr(172800.0), SLAFirst: ptr(0.733), SLAResolution: ptr(0.891)},
			{Group: "community", Tickets: 597, Unresolved: 80},
		},
		Priorities: []Response{{Group: "urgent", Tickets: 23, Answered24h: ptr(1.0), Answered24hThen: ptr(1.0), FirstP50: ptr(0.0), FirstP90: ptr(40.0)}},
		Policies:   []Policy{{Name: "paid", Metric: "first_response", Calendar: "office", Target: ptr(14400.0), Met: 73, Breached: 28, Running: 2}, {Name: "slow", Metric: "resolution", Running: 1, Paused: 1}},
		Scores: []Score{
			{TypeID: allTypes, Type: "all demand types", Model: "paid", Tickets: 2210, Score: Interval{ptr(0.64), ptr(0.61), ptr(0.67)}, Unadjusted: ptr(0.63), ProbabilityBest: ptr(0.9991), Answered: Pair{ptr(0.812), ptr(0.785)}, Cost: Pair{ptr(79.38), nil}},
			{TypeID: allTypes, Type: "all demand types", Model: "community", Tickets: 1035, Score: Interval{Value: ptr(0.45)}, ProbabilityBest: ptr(0.0009)},
			{TypeID: "b", Type: hostile.markup, Model: "paid", Tickets: 134, WhyNot: "few tickets"},
		},
		Recommendations: []Recommendation{
			{Type: hostile.rtl, Sentence: "Move '" + hostile.rtl + "' from hybrid to paid: answers come 5.6 days sooner; 98 % sure.", Action: "move", Current: "hybrid", Recommended: "paid", Mix: "hybrid 60 %, paid 40 %", PerMonth: ptr(15.2), Confidence: ptr(0.98), FirstResponse: ptr(-483840.0), CostPerMonth: ptr(205.0)},
			{Type: "b", Sentence: "Publish the usual answer to 'b'.", Action: "self_service", Current: "paid", PerMonth: ptr(3.0), Confidence: ptr(0.3)},
			{Type: "c", Sentence: "Not enough evidence on 'c'.", Action: "not_enough_evidence", Current: "paid"},
		},
		Sources: []Source{
			{Name: "helpdesk", Kind: "jira", Streams: 3, CompleteAt: ptr(time.Date(2026, 7, 1, 4, 30, 0, 0, time.UTC)), AgeSeconds: ptr(0.0)},
			{Name: "oss", Kind: "github", Streams: 9, Stale: 2, AgeSeconds: ptr(200000.0)},
		},
		Checks:       []Check{{Name: "backlog_balance", What: "A day's backlog is the day before's plus opened minus resolved plus reopened."}, {Name: "ticket_times", What: "Times are in order.", Offenses: 3}},
		Completeness: []Completeness{{Source: "helpdesk", Landed: 2408, InCore: 2400, Rejected: 8, Reasons: "not_json 8"}},
	}
	for i := range 26 {
		w := Week{On: day("2026-01-05").AddDate(0, 0, 7*i), Opened: int64(60 + i), Resolved: int64(58 + i%7), Backlog: int64(500 + 9*i), Answered24h: ptr(0.6 + float64(i%5)/100), FirstP50: ptr(36000.0)}
		if i == 7 {
			w.Answered24h, w.FirstP50 = nil, nil
		}
		rep.Weeks = append(rep.Weeks, w)
	}
	return rep
}

// bare is a report of a snapshot with hardly anything in it.
func bare() *Report {
	p := Period{day("2026-06-29"), day("2026-07-05")}
	return &Report{
		Generation: "gen-000001", AsOf: time.Date(2026, 7, 1, 4, 30, 0, 0, time.UTC), Timezone: "UTC", Period: p, Previous: p.Previous(),
		Missing: []string{"marts.demand_type", "marts.sla", "marts.support_model_recommendation", "marts.support_model_score", "ops.check"},
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; run `go test -update` and read the diff", path)
	}
}
