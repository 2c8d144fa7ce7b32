package main

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/report"
)

// TestReport writes the report of a built world in all its forms, twice.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newSupportWorld(t)
	w.run(t)
	before := map[string]string{}
	for _, args := range [][]string{
		{"--format", "html"},
		{"--format", "md", "--lang", "zh", "--period", "week"},
		{"--format", "xlsx", "--period", "quarter"},
	} {
		r := must(t, w.call(t, append([]string{"report"}, args...)...))
		before[strings.Join(args, " ")] = r.stdout
		if r.stderr != "" {
			t.Errorf("%v: stderr %s", args, r.stderr)
		}
	}
	if page := before["--format html"]; strings.Contains(page, "Not available") || !strings.Contains(page, "</html>") || strings.Count(page, "<svg") != 5 {
		t.Errorf("the page lacks something:\n%s", page)
	}
	// Another generation is published; the old one's report stays what it was.
	old := strings.TrimSuffix(w.current(t), ".duckdb")
	must(t, w.call(t, "build", "--quiet", "--as-of", w.until.AddDate(0, 0, -20).Format(time.RFC3339)))
	out := filepath.Join(t.TempDir(), "report")
	for args, want := range before {
		must(t, w.call(t, append([]string{"report", "--generation", old, "--out", out}, strings.Fields(args)...)...))
		if got, err := os.ReadFile(out); err != nil || string(got) != want {
			t.Errorf("report %s of %s has changed (%d bytes, were %d), %v", args, old, len(got), len(want), err)
		}
		if now := must(t, w.call(t, append([]string{"report"}, strings.Fields(args)...)...)); now.stdout == want {
			t.Errorf("report %s is the same for another generation", args)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"--from 2099-01-01", "this snapshot ends on"},
		{"--generation gen-000099", "is not kept; there are gen-000001, gen-000002"},
		{"--generation ../../etc", "is no generation"},
	} {
		if r := w.call(t, append([]string{"report"}, strings.Fields(c.args)...)...); r.status != exitUsage || !strings.Contains(r.line(t), c.want) {
			t.Errorf("%s: exit %d, %s", c.args, r.status, r.stderr)
		}
	}
}

func TestReportUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--format pdf", "--format is html, md or xlsx"},
		{"--lang de", "the language is en or zh"},
		{"--from june", "write a date such as 2026-06-30"},
		{"more", "takes no arguments"},
	} {
		r := call(t, nil, append([]string{"--config", "testdata/minimal.good.yml", "report"}, strings.Fields(c.args)...)...)
		if r.status != exitUsage || !strings.Contains(r.line(t), c.want) {
			t.Errorf("%s: exit %d, %s", c.args, r.status, r.stderr)
		}
	}
}

// TestReportFigures counts the headline again, in Go, from the tickets.
func TestReportFigures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.run(t)
	from := time.Date(w.until.Year(), w.until.Month()-3, 1, 0, 0, 0, 0, time.UTC)
	a := &app{now: time.Now, env: environment(w.env...), configPath: w.config}
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	rep, err := a.buildReport(t.Context(), c, "", report.Choice{From: from, Unit: report.Quarterly})
	if err != nil {
		t.Fatal(err)
	}
	days := "BETWEEN DATE '" + rep.Period.From.Format(time.DateOnly) + "' AND DATE '" + rep.Period.To.Format(time.DateOnly) + "'"
	var waits []wait
	for _, r := range w.query(t, `SELECT first_response_seconds::DOUBLE, greatest(0, epoch(as_of) - epoch(created_at))::DOUBLE
		FROM marts.ticket CROSS JOIN ops.snapshot WHERE created_on `+days) {
		if s, ok := r[0].(float64); ok {
			waits = append(waits, wait{s, true})
		} else {
			waits = append(waits, wait{r[1].(float64), false})
		}
	}
	if len(waits) < 5 {
		t.Fatalf("only %d tickets to look at", len(waits))
	}
	h := rep.Headline
	if *h.Opened != float64(len(waits)) || h.Cohort.Tickets != int64(len(waits)) {
		t.Errorf("%v opened, cohort of %d, want %d", *h.Opened, h.Cohort.Tickets, len(waits))
	}
	median, share := kaplanMeier(waits)
	if math.Abs(*h.Cohort.FirstP50-median) > 1 || math.Abs(*h.Cohort.Answered24h-share) > 1e-6 {
		t.Errorf("median %v, share %v, want %v and %v", *h.Cohort.FirstP50, *h.Cohort.Answered24h, median, share)
	}
	if open := w.query(t, "SELECT count(*)::DOUBLE FROM marts.ticket WHERE is_open")[0][0]; rep.IsPartial() && *h.Backlog != open {
		t.Errorf("backlog %v, want %v", *h.Backlog, open)
	}
}

// wait is how long somebody waited, or was seen waiting.
type wait struct {
	seconds float64
	over    bool
}

// kaplanMeier gives the median and the share that is over within a day (Kaplan
// and Meier 1958).
func kaplanMeier(waits []wait) (median, share float64) {
	slices.SortFunc(waits, func(a, b wait) int { return cmp.Compare(a.seconds, b.seconds) })
	survival, median := 1.0, math.NaN()
	for i := 0; i < len(waits); {
		at, events, k := waits[i].seconds, 0, i
		for ; k < len(waits) && waits[k].seconds == at; k++ {
			if waits[k].over {
				events++
			}
		}
		survival *= 1 - float64(events)/float64(len(waits)-i)
		if i = k; math.IsNaN(median) && survival <= 0.5+1e-9 {
			median = at
		}
		if at <= 86400 {
			share = 1 - survival
		}
	}
	return median, share
}
