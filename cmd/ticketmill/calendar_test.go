package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func TestCalendar(t *testing.T) {
	t.Parallel()
	berlin := Calendar{Timezone: "Europe/Berlin", Week: "Mon-Fri 09:00-17:00"}
	for _, c := range []struct {
		name     string
		calendar Calendar
		from, to string // in UTC
		want     []string
	}{
		{
			"Friday to Monday", berlin, "2026-02-20", "2026-02-24",
			[]string{"02-20 08:00–16:00 after 0", "02-23 08:00–16:00 after 28800"},
		},
		{
			"the clocks change on a Sunday", berlin, "2026-03-27", "2026-03-31",
			[]string{"03-27 08:00–16:00 after 0", "03-30 07:00–15:00 after 28800"},
		},
		{
			"and at night, when somebody works",
			Calendar{Timezone: "Europe/Berlin", Week: "Sun 01:00-04:00"},
			"2026-03-28", "2026-03-30",
			[]string{"03-29 00:00–02:00 after 0"},
		},
		{
			"west of Greenwich too, where the shift's first hour is not there",
			Calendar{Timezone: "America/New_York", Week: "Sun 02:00-04:00"},
			"2026-03-07", "2026-03-09",
			[]string{"03-08 07:00–08:00 after 0"},
		},
		{
			"or the minute it ends in",
			Calendar{Timezone: "America/New_York", Week: "Sat 22:00-02:30"},
			"2026-03-07", "2026-03-09",
			[]string{"03-08 03:00–07:00 after 0"},
		},
		{
			"or its midnight",
			Calendar{Timezone: "America/Havana", Week: "Sun 00:00-24:00"},
			"2026-03-07", "2026-03-10",
			[]string{"03-08 05:00–04:00 after 0"},
		},
		{
			"or the whole day",
			Calendar{Timezone: "Pacific/Apia", Week: "Thu,Fri,Sat 09:00-10:00"},
			"2011-12-29", "2012-01-01",
			[]string{"12-29 19:00–20:00 after 0", "12-30 19:00–20:00 after 3600"},
		},
		{
			"and back",
			Calendar{Timezone: "Europe/Berlin", Week: "Sun 01:00-04:00"},
			"2026-10-24", "2026-10-26",
			[]string{"10-24 23:00–03:00 after 0"},
		},
		{
			"holidays and lunch",
			Calendar{Timezone: "UTC", Week: "Mon-Thu 09:00-12:00 13:00-17:00; Fri,Sat 10:00-11:00", Holidays: []string{"2026-12-24", "2026-12-25"}},
			"2026-12-23", "2026-12-28",
			[]string{"12-23 09:00–12:00 after 0", "12-23 13:00–17:00 after 10800", "12-26 10:00–11:00 after 25200"},
		},
		{
			"a night shift belongs to the day it begins on",
			Calendar{Timezone: "UTC", Week: "Fri 22:00-06:00", Holidays: []string{"2026-02-21"}},
			"2026-02-20", "2026-02-23",
			[]string{"02-20 22:00–06:00 after 0"},
		},
		{
			"around the clock is one stretch",
			Calendar{Timezone: "UTC", Week: "Mon-Sun 00:00-24:00"},
			"2026-02-20", "2026-02-23",
			[]string{"02-20 00:00–00:00 after 0"},
		},
		{
			"across the week's end",
			Calendar{Timezone: "UTC", Week: "Sat-Mon 09:00-10:00"},
			"2026-02-20", "2026-02-26",
			[]string{"02-21 09:00–10:00 after 0", "02-22 09:00–10:00 after 3600", "02-23 09:00–10:00 after 7200"},
		},
		{
			"overlapping hours count once",
			Calendar{Timezone: "UTC", Week: "Mon 09:00-12:00 11:00-13:00, Mon 13:00-14:00"},
			"2026-02-23", "2026-02-24",
			[]string{"02-23 09:00–14:00 after 0"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.calendar.validate(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range c.calendar.expand(day(t, c.from), day(t, c.to)) {
				got = append(got, fmt.Sprintf("%s–%s after %d", w.start.UTC().Format("01-02 15:04"), w.end.UTC().Format("15:04"), w.workedBefore))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// A clock set back with --as-of must not end the calendar before what has been
// answered since.
func TestWorkingTimeReachesWhatIsKnown(t *testing.T) {
	t.Parallel()
	c := &Config{
		Calendars: map[string]Calendar{"office": {Timezone: "UTC", Week: "Mon-Fri 09:00-17:00"}},
		SLA:       []SLAPolicy{{Name: "all", Resolution: 1, Calendar: "office"}},
	}
	known := day(t, "2026-06-01")
	for _, asOf := range []time.Time{day(t, "2009-01-01"), known, day(t, "2031-01-01")} {
		a := &app{now: time.Now}
		tables, err := a.inputs(c, &journal{}, []*landing.Manifest{{CreatedAt: known}}, asOf)
		if err != nil {
			t.Fatal(err)
		}
		working := tables[slices.IndexFunc(tables, func(t warehouse.Table) bool { return t.Name == "config.working_time" })]
		last := working.Rows[len(working.Rows)-1][2].(time.Time)
		if want := later(known, asOf).AddDate(workingTimeYears, 0, -4); last.Before(want) {
			t.Errorf("as of %v: working time ends on %v", asOf, last)
		}
	}
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// FuzzWeek: whatever hours are accepted, working time is in order, without
// overlaps, and not longer than time itself.
func FuzzWeek(f *testing.F) {
	for _, s := range []string{"Mon-Fri 09:00-17:00", "Sat-Mon 22:00-06:00", "mon,wed 00:00-24:00; sun 10:00-10:01", "Mon", "09:00-17:00", ""} {
		f.Add(s)
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, week string) {
		c := Calendar{Timezone: "Europe/Berlin", Week: week}
		if c.validate() != nil || len(week) > 500 {
			return
		}
		var last time.Time
		var worked int64
		for _, w := range c.expand(from, from.AddDate(0, 2, 0)) {
			if !w.start.After(last) || !w.end.After(w.start) || w.workedBefore != worked {
				t.Fatalf("%q: %v–%v after %d, want after %d and %v", week, w.start, w.end, w.workedBefore, worked, last)
			}
			worked += int64(w.end.Sub(w.start) / time.Second)
			last = w.end
		}
	})
}
