package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/models/support"
)

// agreements are support models with wishes, a calendar and promises.
const agreements = `
support_models:
  community: {cost_per_touch: 2,  targets: {first_response: 72h, resolution: 30d}}
  paid:      {cost_per_touch: 18, targets: {first_response: 4h,  resolution: 5d}}
  hybrid:    {cost_per_touch: 11, targets: {first_response: 24h, resolution: 14d}}
calendars:
  office: {timezone: Europe/Berlin, week: "Mon-Fri 09:00-17:00"}
sla:
  - {name: paid, when: {support_model: paid}, first_response: 4h, resolution: 40h, calendar: office}
`

func newSupportWorld(t *testing.T) *world {
	t.Helper()
	w := newDemandWorld(t)
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(string(b) + agreements)
	return w
}

// TestSupportModels: the published scores are whole, make sense, and are the same
// again, whatever the number of threads.
func TestSupportModels(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newSupportWorld(t)
	w.run(t)
	first := w.exports(t)
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(strings.Replace(string(b), "threads: 1", "threads: 3", 1))
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	sameExports(t, w.exports(t), first)

	if n := w.query(t, "SELECT count(*) FROM marts.support_model_score WHERE demand_type_id = 'all' AND score BETWEEN 0 AND 1")[0][0]; n != int64(3) {
		t.Errorf("%v models have a score over all types, want 3", n)
	}
	for what, query := range map[string]string{
		"intervals the wrong way round": `SELECT count(*) FROM marts.support_model_metric
			WHERE NOT (low <= value AND value <= high) OR NOT (adjusted_low <= adjusted AND adjusted <= adjusted_high)`,
		"shares beyond 0 to 1": "SELECT count(*) FROM marts.support_model_metric WHERE unit = 'share' AND NOT (value BETWEEN 0 AND 1)",
		"chances to be best that do not add up to 1": `SELECT count(*) FROM (SELECT demand_type_id, sum(probability_best) AS p
			FROM marts.support_model_score GROUP BY demand_type_id HAVING count(probability_best) > 0) AS s WHERE abs(p - 1) > 1e-9`,
		"types without a sentence": `SELECT count(*) FROM marts.demand_type AS d
			LEFT JOIN marts.support_model_recommendation AS r ON d.demand_type_id = r.demand_type_id
			WHERE d.size > 0 AND d.demand_type_id <> 'other' AND coalesce(r.sentence, '') = ''`,
		"tickets that count twice": `SELECT count(*) FROM (SELECT sum(tickets) AS n FROM marts.support_model_score WHERE demand_type_id <> 'all') AS s,
			(SELECT count(*) AS n FROM marts.ticket WHERE NOT is_deleted) AS t WHERE s.n <> t.n`,
		"agreements without a clock": `SELECT count(*) FROM marts.ticket AS t WHERE support_model = 'paid' AND NOT is_deleted
			AND NOT EXISTS (FROM marts.sla AS s WHERE s.ticket_id = t.ticket_id)`,
	} {
		if n := w.query(t, query)[0][0]; n != int64(0) {
			t.Errorf("%v %s", n, what)
		}
	}
	for _, table := range []string{"support_model_score", "support_model_metric", "support_model_recommendation"} {
		for _, row := range w.query(t, "SELECT * FROM marts."+table) {
			for i, v := range row {
				if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
					t.Errorf("marts.%s, column %d: %v", table, i, x)
				}
			}
		}
	}
}

// TestScore: what is published is shown; other wishes change what is told and
// nothing that is published.
func TestScore(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newSupportWorld(t)
	w.run(t)
	before := w.exports(t)
	if r := must(t, w.call(t, "score")); !strings.Contains(r.stdout, "community") || !strings.Contains(r.stdout, "What to do with each demand type") {
		t.Error(r.stdout)
	}
	var published map[string][]map[string]any
	if err := json.Unmarshal([]byte(must(t, w.call(t, "score", "--json")).stdout), &published); err != nil {
		t.Fatal(err)
	}
	if _, isNumber := published["models"][0]["probability_best"].(float64); !isNumber {
		t.Errorf("%v", published["models"])
	}
	if s, _ := published["recommendations"][0]["sentence"].(string); s == "" {
		t.Errorf("%v", published["recommendations"])
	}
	some := w.query(t, "SELECT name FROM marts.demand_type WHERE demand_type_id <> 'other' ORDER BY size DESC LIMIT 1")[0][0].(string)
	file := filepath.Join(w.dir, "wishes.yaml")
	wish := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wish("weights: {cost: 1}\nmoves: [{types: [\"" + some + "\"], to: paid}]\n")
	var answer whatIf
	if err := json.Unmarshal([]byte(must(t, w.call(t, "score", "--what-if", file, "--json")).stdout), &answer); err != nil {
		t.Fatal(err)
	}
	then := map[string]float64{}
	for _, m := range answer.Models {
		then[m.SupportModel] = *m.ScoreThen
	}
	if !(then["community"] > then["paid"]) {
		t.Errorf("by cost alone the cheap community must win: %v", then)
	}
	if len(answer.Moves) != 1 || answer.Moves[0].Name != some {
		t.Errorf("moves: %+v", answer.Moves)
	}
	must(t, w.call(t, "score", "--what-if", file))
	sameExports(t, w.exports(t), before)

	for text, want := range map[string]string{
		"{}":                 "it wishes for nothing",
		"weights: {cost: 0}": "at least one must be above zero",
		"support_models: {gold: {cost_per_touch: 1}}":           `"gold" is none of community, hybrid, paid`,
		"moves: [{types: [x], to: gold}]":                       `to: "gold" is none of`,
		"moves: [{types: [nothing], to: paid}]":                 `moves[0]: types: no demand type with tickets has the id or name "nothing"`,
		"colour: red":                                           `[1:1] unknown field "colour"`,
		"support_models: {paid: {tool: x}}":                     "unknown field",
		"support_models: {paid: {}}":                            "support_models.paid: it wishes for nothing",
		"moves: [{to: paid}]":                                   "moves[0]: types: name the demand types",
		"moves: [{types: other, to: paid}]":                     `"other" is no demand type`,
		"weights: {cost: much}":                                 "[1:17] string was used where float64 is expected",
		"weights: {cost: 1":                                     "[1:10]",
		"support_models: {paid: {targets: {resolution: soon}}}": `[1:47] "soon" is no duration`,
		"moves: [{types: ['" + some + "'], to: paid}, {types: ['" + some + "'], to: hybrid}]": "moves[1]: types: \"" + some + "\" moves already",
	} {
		wish(text)
		r := w.call(t, "score", "--what-if", file)
		if r.status != exitUsage || !strings.Contains(r.stderr, want) || !strings.Contains(r.stderr, file) {
			t.Errorf("%s: exit %d, %s", text, r.status, r.stderr)
		}
	}
	if r := w.call(t, "score", "--what-if", ""); r.status != exitUsage || !strings.Contains(r.stderr, "--what-if: name the YAML file") {
		t.Errorf("an empty name: exit %d, %s", r.status, r.stderr)
	}
}

// TestFindType: a demand type is meant by its id, or by a name that only it has.
func TestFindType(t *testing.T) {
	t.Parallel()
	tickets := &supportTickets{types: []string{"d1", "d2", "d3"}, judged: support.Config{Types: []string{"login", "Backup", "Login"}}}
	for wanted, want := range map[string]string{
		"d2": "1", "backup": "1", "d3": "2", "x": `has the id or name "x"`, "login": `2 demand types have the name "login"; use the id of one, such as d1`,
	} {
		d, err := tickets.findType(wanted)
		if got := fmt.Sprint(d); err != nil && !strings.Contains(err.Error(), want) || err == nil && got != want {
			t.Errorf("%s: %s, %v", wanted, got, err)
		}
	}
}

// TestWishes: what is not wished stays, and nothing at all may be wished to cost.
func TestWishes(t *testing.T) {
	t.Parallel()
	two, none := 2.0, 0.0
	c := &Config{SupportModels: map[string]SupportModel{
		"community": {CostPerTouch: &two, Tool: "forum"},
		"paid":      {Targets: map[string]Seconds{"resolution": 5}},
	}}
	w := &wishes{SupportModels: map[string]wishedModel{
		"community": {CostPerTouch: &none}, "paid": {Targets: map[string]Seconds{"first_response": 3}},
	}}
	got := w.with(c).judgedModels()
	if got[0].CostPerTouch != 0 || !math.IsNaN(got[1].CostPerTouch) || got[1].FirstResponse != 3e-9 || got[1].Resolution != 5e-9 {
		t.Errorf("%+v", got)
	}
	if *c.SupportModels["community"].CostPerTouch != 2 || len(c.SupportModels["paid"].Targets) != 1 || w.with(c).SupportModels["community"].Tool != "forum" {
		t.Errorf("the configuration changed: %+v", c.SupportModels)
	}
}

func TestSameAdvice(t *testing.T) {
	t.Parallel()
	cost := func(x float64) support.Estimated { return support.Estimated{Value: &x} }
	sure, less := 0.97, 0.96
	move := support.Recommendation{Action: support.MoveTo, Recommended: 1, Confidence: &sure, Cost: cost(10)}
	for name, c := range map[string]struct {
		edit func(*support.Recommendation)
		want bool
	}{
		"less sure":     {func(r *support.Recommendation) { r.Confidence, r.Cost = &less, cost(10) }, true},
		"to another":    {func(r *support.Recommendation) { r.Recommended = 2 }, false},
		"no longer":     {func(r *support.Recommendation) { r.Action = support.Keep }, false},
		"cheaper":       {func(r *support.Recommendation) { r.Cost = cost(9) }, false},
		"cost is known": {func(r *support.Recommendation) { r.Cost = support.Estimated{} }, false},
	} {
		other := move
		c.edit(&other)
		if got := sameAdvice(move, other); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// worked is the example that the project began with: a community that knows the
// problems of an open-source project.
const worked = `
support_models:
  community:
    tool: GitHub Issues
    steps: [提交问题, 讨论问题, 修复问题]
    solutions: {数据库性能问题: 优化查询, 数据备份问题: 备份, 数据迁移问题: 迁移数据}
  paid: {}
`

func TestWorkedExample(t *testing.T) {
	t.Parallel()
	notInShort(t)
	for _, built := range []bool{false, true} {
		w := newDemandWorld(t)
		b, err := os.ReadFile(w.config)
		if err != nil {
			t.Fatal(err)
		}
		w.writeConfig(string(b) + worked)
		if built {
			w.run(t)
		}
		var m matched
		if err := json.Unmarshal([]byte(must(t, w.call(t, "match", "数据库性能问题", "--priority", "high", "--json")).stdout), &m); err != nil {
			t.Fatal(err)
		}
		if m.DemandType == nil || m.SupportModel == nil || m.Solution == nil {
			t.Fatalf("built %v: %+v", built, m)
		}
		if !built && m.DemandType.Name != "数据库性能问题" {
			t.Errorf("demand type %q", m.DemandType.Name)
		}
		if s := m.SupportModel; s.Name != "community" || s.Tool != "GitHub Issues" || strings.Join(s.Steps, " ") != "提交问题 讨论问题 修复问题" {
			t.Errorf("support model %+v", *s)
		}
		if m.Solution.Text != "优化查询" || m.Solution.From != "configuration" {
			t.Errorf("solution %+v", *m.Solution)
		}
		if r := must(t, w.call(t, "match", "数据备份问题")); !strings.Contains(r.stdout, "solution (configuration)\n  备份\n") {
			t.Errorf("built %v: %s", built, r.stdout)
		}
		if !built {
			continue
		}
		if r := must(t, w.call(t, "match", "今天天气很好")); !strings.HasPrefix(r.stdout, "no known type\n") || strings.Contains(r.stdout, "GitHub Issues") {
			t.Error(r.stdout)
		}
	}
}

// TestKnownProblem: a configured problem is known in other words and inside longer
// requests, and is not guessed among several.
func TestKnownProblem(t *testing.T) {
	t.Parallel()
	c := &Config{SupportModels: map[string]SupportModel{
		"community": {Solutions: map[string]string{"数据库性能问题": "优化查询", "数据备份问题": "备份", "数据迁移问题": "迁移数据"}},
		"paid":      {Solutions: map[string]string{"Slow queries after an upgrade": "run ANALYZE", "数据备份问题": "call us", "...": "say more", "invoice missing": "resend it", "invoice wrong": "resend it"}},
	}}
	for request, want := range map[string]string{
		"数据库性能问题": "优化查询", "数据库性能很差": "优化查询", "数据库性能问题？": "优化查询", "数据备份问题": "备份", "数据迁移问题": "迁移数据",
		"我的数据库性能问题很严重，每次查询都要等十几秒钟才能返回结果，请问应该怎么办？":                                                                    "优化查询",
		"Since Monday we see slow queries after the upgrade to 5.1, on all nodes of the cluster and for every user.": "run ANALYZE",
		"数据问题": "", "今天天气很好": "", "invoice": "resend it", "Where is my parcel?": "", "": "",
	} {
		p, err := c.knownProblem(request)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if p != nil {
			got = p.solution
		}
		if got != want {
			t.Errorf("%s: %q, want %q", request, got, want)
		}
	}
}

// TestMovedHome: what needs the texts says so, or does without, where the home was
// moved after the build.
func TestMovedHome(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newSupportWorld(t)
	w.run(t)
	moved := filepath.Join(w.dir, "moved")
	if err := os.Rename(w.home, moved); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.dir, "wishes.yaml")
	if err := os.WriteFile(file, []byte("weights: {cost: 1}"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := w.call(t, "--home", moved, "score", "--what-if", file)
	if r.status != exitEnvironment || !strings.Contains(r.stderr, "was moved") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("exit %d, %s", r.status, r.stderr)
	}
	if r := must(t, w.call(t, "--home", moved, "match", "SAML login fails after the upgrade")); !strings.Contains(r.stdout, "support model") {
		t.Error(r.stdout)
	}
	must(t, w.call(t, "--home", moved, "build", "--quiet", w.asOf()))
	must(t, w.call(t, "--home", moved, "score", "--what-if", file))
}

// TestMatchAdvises: a request like many before gets a support model and the
// answer that closed the most similar ticket; a rule over its priority decides
// before the scores do.
func TestMatchAdvises(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newSupportWorld(t)
	w.run(t)
	match := func(args ...string) (m matched) {
		t.Helper()
		if err := json.Unmarshal([]byte(must(t, w.call(t, append([]string{"match", "SAML login fails after the upgrade", "--json"}, args...)...)).stdout), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := match()
	if m.DemandType == nil || m.SupportModel == nil || m.SupportModel.Because == "" {
		t.Fatalf("%+v", m)
	}
	if m.Solution == nil || m.Solution.Text == "" || len(m.Similar) == 0 {
		t.Errorf("no solution: %+v", m)
	}
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(string(b) + "rules:\n  - {when: {label: x}, support_model: paid}\n  - {when: {priority: [urgent, high]}, support_model: hybrid}\n")
	if m := match("--priority", "urgent"); m.SupportModel.Name != "hybrid" || !strings.HasPrefix(m.SupportModel.Because, "rule 2 ") {
		t.Errorf("urgent: %+v", *m.SupportModel)
	}
	if m := match("--priority", "low"); strings.HasPrefix(m.SupportModel.Because, "rule ") {
		t.Errorf("low: %+v", *m.SupportModel)
	}
	if r := w.call(t, "match", "x", "--priority", "soon"); r.status != exitUsage {
		t.Errorf("a wrong priority: exit %d", r.status)
	}
}

// TestPublishedTexts: typical tickets are published when the configuration says
// so, and never otherwise.
func TestPublishedTexts(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newSupportWorld(t)
	w.run(t)
	count := func() int64 {
		return w.query(t, "SELECT count(*) FROM texts.demand_type_example WHERE body <> ''")[0][0].(int64)
	}
	if n := count(); n != 0 {
		t.Errorf("%d texts are published unasked", n)
	}
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(strings.Replace(string(b), "privacy: {", "privacy: {publish_texts: true, ", 1))
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	if count() == 0 {
		t.Error("no text is published")
	}
}
