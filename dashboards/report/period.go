package report

import (
	"fmt"
	"time"
)

// Unit is the length of a period where its ends are not both given.
type Unit string

// The units of a period. A week begins on Monday (ISO 8601).
const (
	Weekly    Unit = "week"
	Monthly   Unit = "month"
	Quarterly Unit = "quarter"
)

// Period is a range of days, both included, as midnights in UTC. The days are
// those of the snapshot's time zone.
type Period struct{ From, To time.Time }

// Days is the number of days in the period.
func (p Period) Days() int { return int(p.To.Sub(p.From).Hours()/24) + 1 }

// Previous is the period of equal length right before p.
func (p Period) Previous() Period {
	return Period{From: p.From.AddDate(0, 0, -p.Days()), To: p.From.AddDate(0, 0, -1)}
}

// PeriodError says what is wrong with a wished period.
type PeriodError struct{ reason string }

// Error implements error.
func (e *PeriodError) Error() string { return e.reason }

func badPeriod(format string, args ...any) error { return &PeriodError{fmt.Sprintf(format, args...)} }

// Choice is what a caller wishes of the period; zero values leave it open.
type Choice struct {
	From, To time.Time
	Unit     Unit
}

// Period settles the choice for a snapshot that sees the day asOf only in part:
// without ends it is the last full unit before that day, with one end a unit that
// begins or ends there.
func (c Choice) Period(asOf time.Time) (Period, error) {
	unit := c.Unit
	if unit == "" {
		unit = Monthly
	}
	if unit != Weekly && unit != Monthly && unit != Quarterly {
		return Period{}, badPeriod("the period is a week, a month or a quarter, not %q", unit)
	}
	p := Period{From: c.From, To: c.To}
	switch {
	case p.From.IsZero() && p.To.IsZero():
		next := unit.begin(asOf)
		p = Period{From: unit.add(next, -1), To: next.AddDate(0, 0, -1)}
	case p.To.IsZero():
		p.To = unit.add(p.From, 1).AddDate(0, 0, -1)
	case p.From.IsZero():
		p.From = unit.add(p.To.AddDate(0, 0, 1), -1)
	}
	if p.To.Before(p.From) {
		return p, badPeriod("the period ends on %s, before it begins on %s", p.To.Format(time.DateOnly), p.From.Format(time.DateOnly))
	}
	if p.From.After(asOf) {
		return p, badPeriod("the period begins on %s; this snapshot ends on %s", p.From.Format(time.DateOnly), asOf.Format(time.DateOnly))
	}
	return p, nil
}

// begin is the first day of the unit that holds the day.
func (u Unit) begin(day time.Time) time.Time {
	switch u {
	case Weekly:
		return monday(day)
	case Quarterly:
		return time.Date(day.Year(), (day.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	default:
		return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
}

// add moves a day by n units. A day that the month does not have becomes its last.
func (u Unit) add(day time.Time, n int) time.Time {
	if u == Weekly {
		return day.AddDate(0, 0, 7*n)
	}
	months := n
	if u == Quarterly {
		months = 3 * n
	}
	first := time.Date(day.Year(), day.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}

// monday is the first day of the day's week.
func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}
