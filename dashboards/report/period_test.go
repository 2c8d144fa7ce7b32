package report

import (
	"errors"
	"testing"
	"time"
)

func TestPeriod(t *testing.T) {
	t.Parallel()
	asOf := day("2026-07-01")
	for _, c := range []struct {
		name, from, to string
		unit           Unit
		want           string
	}{
		{"the last full month", "", "", "", "2026-06-01 2026-06-30"},
		{"the last full week", "", "", Weekly, "2026-06-22 2026-06-28"},
		{"the last full quarter", "", "", Quarterly, "2026-04-01 2026-06-30"},
		{"a month from a day on", "2026-01-31", "", Monthly, "2026-01-31 2026-02-27"},
		{"a month up to its end", "", "2026-02-28", Monthly, "2026-02-01 2026-02-28"},
		{"a quarter up to its end", "", "2026-03-31", Quarterly, "2026-01-01 2026-03-31"},
		{"a week from a day on", "2026-06-03", "", Weekly, "2026-06-03 2026-06-09"},
		{"both ends", "2026-06-03", "2026-06-05", Weekly, "2026-06-03 2026-06-05"},
		{"one day", "2026-06-03", "2026-06-03", "", "2026-06-03 2026-06-03"},
		{"the wrong way round", "2026-06-03", "2026-06-02", "", ""},
		{"after the snapshot", "2026-07-02", "", "", ""},
		{"no unit", "", "", "decade", ""},
	} {
		choice := Choice{Unit: c.unit}
		if c.from != "" {
			choice.From = day(c.from)
		}
		if c.to != "" {
			choice.To = day(c.to)
		}
		p, err := choice.Period(asOf)
		var bad *PeriodError
		if c.want == "" {
			if !errors.As(err, &bad) {
				t.Errorf("%s: error %v, want a PeriodError", c.name, err)
			}
			continue
		}
		if got := p.From.Format(time.DateOnly) + " " + p.To.Format(time.DateOnly); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
		if before := p.Previous(); before.Days() != p.Days() || !before.To.Equal(p.From.AddDate(0, 0, -1)) {
			t.Errorf("%s: the period before is %v", c.name, before)
		}
	}
}
