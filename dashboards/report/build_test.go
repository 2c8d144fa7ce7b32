package report

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// answers is a snapshot that knows statements by a piece of their text.
type answers struct {
	tables []string
	known  map[string][]record // by piece; the first row's columns are all rows'
	fail   string
	asked  []string
}

var errBroken = errors.New("broken")

// Query implements Querier.
func (a *answers) Query(_ context.Context, sql string) (columns []string, rows [][]any, err error) {
	a.asked = append(a.asked, sql)
	if a.fail != "" && strings.Contains(sql, a.fail) {
		return nil, nil, errBroken
	}
	if strings.Contains(sql, "information_schema") {
		for _, t := range a.tables {
			rows = append(rows, []any{t})
		}
		return []string{"table_name"}, rows, nil
	}
	for piece, records := range a.known {
		if !strings.Contains(sql, piece) {
			continue
		}
		for column := range records[0] {
			columns = append(columns, column)
		}
		for _, r := range records {
			row := make([]any, len(columns))
			for i, c := range columns {
				row[i] = r[c]
			}
			rows = append(rows, row)
		}
		return columns, rows, nil
	}
	return nil, nil, nil
}

func snapshotRow(asOf time.Time, zone string) []record {
	return []record{{"generation": "gen-000003", "as_of": asOf, "timezone": zone}}
}

var smallest = []string{"ops.snapshot", "marts.ticket", "marts.backlog_daily"}

func TestBuildFindsTheDay(t *testing.T) {
	t.Parallel()
	// 22:30 UTC is the first of July in Berlin, so June is over there.
	asOf := time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Europe/Berlin": "2026-06-01", "UTC": "2026-05-01"} {
		a := &answers{tables: smallest, known: map[string][]record{"ops.snapshot\n": snapshotRow(asOf, zone), "timezone FROM ops.snapshot": snapshotRow(asOf, zone)}}
		rep, err := Build(t.Context(), a, Choice{})
		if err != nil {
			t.Fatal(err)
		}
		if got := rep.Period.From.Format(time.DateOnly); got != want {
			t.Errorf("%s: the last full month begins on %s, want %s", zone, got, want)
		}
		if len(rep.Missing) == 0 || rep.HasTable("marts.sla") || rep.IsPartial() {
			t.Errorf("%s: missing %v, partial %v", zone, rep.Missing, rep.IsPartial())
		}
		for _, sql := range a.asked {
			if strings.Contains(sql, "{") {
				t.Errorf("a placeholder is left in a statement")
			}
			for _, table := range []string{"marts.sla", "marts.support_model_score", "ops.check"} {
				if strings.Contains(sql, table) {
					t.Errorf("%s is asked though it is not there", table)
				}
			}
		}
	}
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	known := map[string][]record{"timezone FROM ops.snapshot": snapshotRow(day("2026-07-01"), "UTC")}
	for name, c := range map[string]struct {
		from *answers
		want error
	}{
		"no snapshot table":  {&answers{tables: []string{"marts.ticket"}}, ErrTooOld},
		"an empty snapshot":  {&answers{tables: smallest}, ErrTooOld},
		"a broken catalogue": {&answers{tables: smallest, fail: "information_schema"}, errBroken},
		"a broken statement": {&answers{tables: smallest, known: known, fail: "product("}, errBroken},
	} {
		if _, err := Build(t.Context(), c.from, Choice{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestBuildFillsIn(t *testing.T) {
	t.Parallel()
	a := &answers{
		tables: append([]string{"marts.sla"}, smallest...),
		known: map[string][]record{
			"timezone FROM ops.snapshot": snapshotRow(day("2026-07-01"), "UTC"),
			"AS reopened,":               {{"part": "now", "opened": 5.0, "resolved": 3.0, "reopened": 1.0, "backlog": 7.0}},
			"AS unresolved":              {{"part": "now", "dimension": "all", "member": "all", "tickets": int64(5), "answered_24h_share": 0.4}, {"part": "then", "dimension": "all", "member": "all", "tickets": int64(4), "answered_24h_share": 0.5}},
			"AS met_first":               {{"part": "now", "dimension": "all", "member": "all", "met": int64(3), "breached": int64(1), "met_first": int64(0), "breached_first": int64(0)}},
		},
	}
	rep, err := Build(t.Context(), a, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	h := rep.Headline
	if *h.Opened != 5 || *h.Backlog != 7 || *h.Cohort.Answered24h != 0.4 || *h.Cohort.Answered24hThen != 0.5 || *h.Cohort.SLAMet != 0.75 || h.Cohort.SLAFirst != nil {
		t.Errorf("headline %+v", h)
	}
	if rep.Before.Opened != nil || *rep.Before.Cohort.Answered24h != 0.5 {
		t.Errorf("before %+v", rep.Before)
	}
}
