package main

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ticketmill/ticketmill/dashboards/grafana"
	"github.com/ticketmill/ticketmill/dashboards/grafana/grafanatest"
	"github.com/ticketmill/ticketmill/dashboards/report"
)

// TestReportAgreesWithPanels: the report and the dashboards compute their figures
// by statements of their own; for the same period they are the same.
func TestReportAgreesWithPanels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{extra: dashboardConfig})
	w.run(t)
	a := &app{now: time.Now, env: environment(w.env...), configPath: w.config}
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(w.until.Year(), w.until.Month()-3, 1, 0, 0, 0, 0, time.UTC)
	rep, err := a.buildReport(t.Context(), c, "", report.Choice{From: from, Unit: report.Quarterly})
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation(rep.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	midnight := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, berlin)
	}
	d := dashboards{t: t, chosen: map[string]map[string]grafanatest.Choice{}}
	d.period = grafanatest.Range{From: midnight(rep.Period.From), To: midnight(rep.Period.To.AddDate(0, 0, 1)).Add(-time.Microsecond)}
	d.conn = serveSnapshot(t, 1, func(c *Config) { c.Home = filepath.Join(w.dir, "data") }).connect(t)
	for _, v := range grafana.Variables() {
		d.choose(v)
	}
	h := rep.Headline
	for panel, want := range map[string]*float64{
		"Opened": h.Opened, "Resolved": h.Resolved, "Backlog": h.Backlog, "Satisfaction": h.Satisfaction, "Reopened": h.ReopenRate,
		"Answered in 24 hours": h.Cohort.Answered24h, "SLA met": h.Cohort.SLAMet, "First response, median": h.Cohort.FirstP50, "Resolution, median": h.Cohort.ResolutionP50,
	} {
		r := d.panel("ticketmill-overview", panel)
		if want == nil {
			if r.Rows[0][0] != nil {
				t.Errorf("%s: the panel says %s, the report nothing", panel, r.Rows[0][0])
			}
			continue
		}
		// over all tickets a panel rounds times up to four digits
		if got := number(t, r, 0, 0); got < *want-1e-6 || got > *want*1.001+1e-6 {
			t.Errorf("%s: the panel says %v, the report %v", panel, got, *want)
		}
	}
	weeks := map[string]report.Week{}
	for _, week := range rep.Weeks {
		weeks[week.On.Format(time.DateOnly)] = week
	}
	medians, shares := d.panel("ticketmill-overview", "Time to first response"), d.panel("ticketmill-overview", "Answered within 24 hours")
	compared := 0
	for i, row := range medians.Rows {
		at, err := time.Parse("2006-01-02 15:04:05-07", string(row[0]))
		if err != nil {
			t.Fatal(err)
		}
		week, ok := weeks[at.In(berlin).Format(time.DateOnly)]
		if !ok || week.FirstP50 == nil || row[1] == nil {
			continue // the report shows whole weeks only
		}
		compared++
		if got := number(t, medians, i, 1); got != *week.FirstP50 {
			t.Errorf("%s: the panel's median is %v, the report's %v", row[0], got, *week.FirstP50)
		}
		if got := number(t, shares, i, 1); math.Abs(got-*week.Answered24h) > 1e-6 {
			t.Errorf("%s: the panel's share is %v, the report's %v", row[0], got, *week.Answered24h)
		}
	}
	if compared < 8 {
		t.Errorf("only %d weeks are in both", compared)
	}
}

// panel runs the first query of a panel.
func (d *dashboards) panel(dashboard, title string) *pgconn.Result {
	d.t.Helper()
	for _, q := range grafana.Queries() {
		if q.Dashboard == dashboard && q.Panel == title {
			if r := d.query(dashboard, title, q.SQL); r != nil {
				return r
			}
		}
	}
	d.t.Fatalf("%s has no answer to %s", dashboard, title)
	return nil
}

func number(t *testing.T, r *pgconn.Result, row, column int) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(string(r.Rows[row][column]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
