package support

import (
	"errors"
	"fmt"
	"math"
)

// Table is the tickets as columns of equal length.
type Table struct {
	Key   []uint64 // identifies a ticket; decides its fold, so no row order matters
	Type  []int32  // demand type, an index into Config.Types
	Model []int32  // support model, an index into Config.Models

	Created           []int64   // Unix seconds
	ResponseSeconds   []float64 // created to first response; unanswered: to now
	Responded         []bool
	ResolutionSeconds []float64 // created to resolved; open: to now
	Resolved          []bool

	Reopened     []bool    // opened again after it was resolved, whether or not it is resolved by now
	OneTouch     []bool    // resolved with exactly one public agent reply; counts for resolved tickets
	Touches      []int32   // public agent replies; counts for resolved tickets
	Satisfaction []float64 // 1–5; not a number: not asked or not answered
	SLAMet       []int8    // −1: no agreement applies, 0: missed, 1: met

	// What was known when the ticket came in. Codes are small, −1 is missing.
	Priority, Product, Language []int32
	TextLength                  []int32 // characters
	ReporterTickets             []int32 // that the reporter had opened before
}

// ErrColumns is the error for a table whose columns differ in length.
var ErrColumns = errors.New("columns differ in length")

// check compares the columns' lengths.
func (t *Table) check() error {
	n := len(t.Key)
	for _, length := range []int{
		len(t.Type), len(t.Model), len(t.Created), len(t.ResponseSeconds), len(t.Responded),
		len(t.ResolutionSeconds), len(t.Resolved), len(t.Reopened), len(t.OneTouch), len(t.Touches),
		len(t.Satisfaction), len(t.SLAMet), len(t.Priority), len(t.Product), len(t.Language),
		len(t.TextLength), len(t.ReporterTickets),
	} {
		if length != n {
			return fmt.Errorf("reading tickets: %w", ErrColumns)
		}
	}
	return nil
}

// Quality counts what of a table could not be used.
type Quality struct {
	Tickets          int // of the table
	Dropped          int // of these, without a known type or model
	BadResponse      int // used tickets whose durations cannot be: no finite number, or negative
	BadResolution    int
	BadSatisfactions int // ratings outside 1–5
}

// maxSeconds is a century, more than any ticket and little enough to reckon
// with.
const maxSeconds = 100 * 365.2425 * day

// tickets are the usable rows of a table.
type tickets struct {
	*Table
	rows    []int32 // of the table
	arm     []uint8 // model
	group   []int32 // type
	clocks  [clockCount]clock
	quality Quality
}

// clock is a duration of each ticket, whether it is over, and how long we would
// have seen it if it were not.
type clock struct {
	seconds  []float64
	over     []bool
	followed []float64 // seconds
}

// The clocks of a ticket.
const (
	resolution = iota
	response
	clockCount
)

// usable picks the rows with a type and a model, and mends their durations: one
// that cannot be counts as cut off at zero, which tells nothing.
func usable(t *Table, types, models int, now int64) *tickets {
	u := &tickets{Table: t, quality: Quality{Tickets: len(t.Key)}}
	for i := range t.Key {
		if t.Type[i] < 0 || int(t.Type[i]) >= types || t.Model[i] < 0 || int(t.Model[i]) >= models {
			u.quality.Dropped++
			continue
		}
		u.rows = append(u.rows, int32(i))
		u.arm, u.group = append(u.arm, uint8(t.Model[i])), append(u.group, t.Type[i])
		if s := t.Satisfaction[i]; !math.IsNaN(s) && !rated(s) {
			u.quality.BadSatisfactions++
		}
	}
	u.clocks[resolution], u.quality.BadResolution = u.mend(t.ResolutionSeconds, t.Resolved, now)
	u.clocks[response], u.quality.BadResponse = u.mend(t.ResponseSeconds, t.Responded, now)
	return u
}

// mend makes a clock of the usable rows. A ticket whose duration is over has been
// followed since it was created: had it lasted, we would have seen that.
func (u *tickets) mend(seconds []float64, over []bool, now int64) (c clock, bad int) {
	n := len(u.rows)
	c = clock{seconds: make([]float64, n), over: make([]bool, n), followed: make([]float64, n)}
	for k, i := range u.rows {
		s := seconds[i]
		if !(s >= 0) || math.IsInf(s, 1) {
			bad++
			continue
		}
		c.seconds[k], c.over[k] = min(s, maxSeconds), over[i]
		if c.followed[k] = c.seconds[k]; over[i] {
			age := float64(now) - float64(u.Created[i])
			c.followed[k] = min(max(age, c.seconds[k]), maxSeconds)
		}
	}
	return c, bad
}

// everResolved tells whether the k-th usable ticket has been resolved at least
// once. Reopened tickets are of these even while they are open: a model that
// never gets to resolve them anew would else have none.
func (u *tickets) everResolved(k int) bool {
	return u.clocks[resolution].over[k] || u.Reopened[u.rows[k]]
}

// rated tells whether s is an answer of the scale.
func rated(s float64) bool { return s >= 1 && s <= 5 }
