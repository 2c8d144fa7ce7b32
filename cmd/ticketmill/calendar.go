package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Calendar is working time: in each week the given hours of a time zone, without
// the holidays.
type Calendar struct {
	Timezone string   `yaml:"timezone"` // IANA name
	Week     string   `yaml:"week"`     // such as "Mon-Thu 09:00-17:00, Fri 09:00-15:00"
	Holidays []string `yaml:"holidays"` // such as 2026-12-25
}

// shift is working hours of a day of the week, in minutes after midnight. One
// that ends after midnight belongs to the day it begins on.
type shift struct {
	day        time.Weekday
	start, end int
}

// workingTime is a stretch of working time, its end not included, and how many
// seconds were worked before it since the calendar's first day.
type workingTime struct {
	start, end   time.Time
	workedBefore int64 // seconds
}

var (
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	dayPart  = regexp.MustCompile(`^([a-z]{3})(?:-([a-z]{3}))?$`)
	hourPart = regexp.MustCompile(`^(\d{2}):(\d{2})-(\d{2}):(\d{2})$`)
)

// parseWeek reads working hours: groups of days and hours, such as
// "Mon-Thu 09:00-12:00 13:00-17:00, Fri 09:00-15:00" or "Mon,Wed 08:00-16:00".
func parseWeek(text string) ([]shift, error) {
	var shifts []shift
	var days []time.Weekday
	hours := true // since the last day
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\t' || r == '\n' }) {
		if named, ok := parseDays(word); ok {
			if hours {
				days = nil
			}
			days, hours = append(days, named...), false
			continue
		}
		start, end, ok := parseHours(word)
		if !ok || len(days) == 0 {
			return nil, fmt.Errorf(`%q is neither days nor hours after days; write "Mon-Thu 09:00-17:00, Fri 09:00-15:00"`, word)
		}
		hours = true
		for _, d := range days {
			shifts = append(shifts, shift{d, start, end})
		}
	}
	if len(shifts) == 0 || !hours {
		return nil, errors.New(`it has days without hours; write "Mon-Fri 09:00-17:00"`)
	}
	return shifts, nil
}

func parseDays(word string) ([]time.Weekday, bool) {
	m := dayPart.FindStringSubmatch(word)
	if m == nil {
		return nil, false
	}
	first, last := slices.Index(weekdays, m[1]), slices.Index(weekdays, cmp.Or(m[2], m[1]))
	if first < 0 || last < 0 {
		return nil, false
	}
	var days []time.Weekday
	for d := first; ; d = (d + 1) % 7 {
		days = append(days, time.Weekday(d))
		if d == last {
			return days, true
		}
	}
}

func parseHours(word string) (start, end int, ok bool) {
	m := hourPart.FindStringSubmatch(word)
	if m == nil {
		return 0, 0, false
	}
	var n [4]int
	for i, digits := range m[1:] {
		n[i] = int(digits[0]-'0')*10 + int(digits[1]-'0')
	}
	start, end = n[0]*60+n[1], n[2]*60+n[3]
	if n[1] > 59 || n[3] > 59 || start >= 24*60 || end > 24*60 || start == end {
		return 0, 0, false
	}
	if end < start {
		end += 24 * 60
	}
	return start, end, true
}

func (c Calendar) validate() error {
	if err := validateTimezone(c.Timezone); err != nil {
		return err
	}
	if _, err := parseWeek(c.Week); err != nil {
		return fmt.Errorf("week: %w", err)
	}
	for _, h := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, h); err != nil {
			return fmt.Errorf("holidays: %q is no date such as 2026-12-25", h)
		}
	}
	return nil
}

// expand lists the working time from one day to another, in order, without
// overlaps. Hours are those of the wall clock, so that a day on which the clocks
// change is shorter or longer where the change falls into working hours. The
// calendar must be valid.
func (c Calendar) expand(from, to time.Time) []workingTime {
	zone, err := time.LoadLocation(c.Timezone)
	shifts, wrong := parseWeek(c.Week)
	if errors.Join(err, wrong) != nil {
		return nil // validate refuses such a calendar
	}
	var all []workingTime
	y, m, d := from.In(zone).Date()
	// counted in UTC, which has no day that is skipped or whose midnight is missing
	for day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC); onClock(day, 0, zone).Before(to); day = day.AddDate(0, 0, 1) {
		if slices.Contains(c.Holidays, day.Format(time.DateOnly)) {
			continue
		}
		for _, s := range shifts {
			if s.day != day.Weekday() {
				continue
			}
			w := workingTime{start: onClock(day, s.start, zone), end: onClock(day, s.end, zone)}
			if w.start.Before(w.end) && w.start.Before(to) {
				all = append(all, w)
			}
		}
	}
	return addUp(all)
}

// onClock is the moment at which the clocks of a zone show so many minutes after
// a date's midnight. Where they are put forward past that, it is the moment at
// which they are: time.Date would be off by the jump in some zones.
func onClock(date time.Time, minutes int, zone *time.Location) time.Time {
	y, m, d := date.Date()
	wanted, at := time.Date(y, m, d, 0, minutes, 0, 0, time.UTC), time.Date(y, m, d, 0, minutes, 0, 0, zone)
	_, offset := at.Zone()
	before, after := at.ZoneBounds()
	switch shown := at.Add(time.Duration(offset) * time.Second); {
	case shown.Before(wanted):
		return after
	case shown.After(wanted):
		return before
	default:
		return at
	}
}

// addUp sorts and joins stretches that touch, and counts what was worked before
// each.
func addUp(all []workingTime) []workingTime {
	slices.SortFunc(all, func(a, b workingTime) int { return a.start.Compare(b.start) })
	var out []workingTime
	for _, w := range all {
		if n := len(out); n > 0 && !out[n-1].end.Before(w.start) {
			if out[n-1].end.Before(w.end) {
				out[n-1].end = w.end
			}
			continue
		}
		out = append(out, w)
	}
	var worked int64
	for i := range out {
		out[i].workedBefore = worked
		worked += int64(out[i].end.Sub(out[i].start) / time.Second)
	}
	return out
}
