package support

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sentence says what to do in words that a manager can forward.
func (j *judge) sentence(v verdict) string {
	name := "'" + j.e.config.Types[v.Type] + "'"
	current := j.models[v.Current].Name
	switch v.Action {
	case SelfService:
		return fmt.Sprintf("Publish the usual answer to %s: nearly the same one closed %d of %d sampled tickets, and about %s come in a month.",
			name, v.Answer.Same, v.Answer.Sampled, thousands(v.TicketsPerMonth))
	case MoveTo:
		return fmt.Sprintf("Move %s from %s to %s: %s; %s sure.",
			name, j.names(v.MovedFrom), j.models[v.Recommended].Name, v.effects(), percent(*v.Confidence))
	case Keep:
		if *v.Confidence < KeepConfidence {
			return fmt.Sprintf("Keep %s with %s: %s does better (%s sure), but by too little to be worth a move.",
				name, current, j.models[v.challenger].Name, percent(v.better))
		}
		return fmt.Sprintf("Keep %s with %s: no other model is likely to do clearly better; %s sure.", name, current, percent(*v.Confidence))
	}
	if v.challenger == nobody {
		return fmt.Sprintf("Not enough evidence on %s: %s.", name, j.incomparable(v))
	}
	return fmt.Sprintf("Not enough evidence on %s: it is only %s sure that %s does better than %s.",
		name, percent(*v.Confidence), j.models[v.challenger].Name, current)
}

// incomparable says why the current model cannot be held against another one.
func (j *judge) incomparable(v verdict) string {
	switch current := j.models[v.Current].Name; {
	case len(v.early) > 0:
		return fmt.Sprintf("it is too early to tell how fast %s is", j.models[v.early[0]].Name)
	case v.blind:
		return "nothing that the weights count is known of its support models"
	case j.present() == 1:
		return "there is no other support model than " + current
	default:
		return current + " has hardly any counterpart that handled enough of the same kind of tickets"
	}
}

// effects lists what changes, as far as it is known.
func (v verdict) effects() string {
	var parts []string
	if v.first.known() {
		parts = append(parts, "answers come "+later(v.first))
	}
	if v.resolved.known() {
		parts = append(parts, "resolution "+later(v.resolved))
	}
	if f := v.expenses; f.known() && f.value != 0 {
		parts = append(parts, both(f, " a month", "", "more expensive", "cheaper", short))
	}
	if len(parts) == 0 {
		return "it scores better"
	}
	return enumerate(parts)
}

// names enumerates the models whose tickets a sentence is about.
func (j *judge) names(models []int) string {
	list := make([]string, len(models))
	for k, m := range models {
		list[k] = j.models[m].Name
	}
	return enumerate(list)
}

// enumerate joins the parts of a list, at least one, by commas and "and".
func enumerate(parts []string) string {
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// later puts a change of seconds into the unit that suits its size.
func later(f figure) string {
	size, unit := 60.0, "min"
	switch most := max(math.Abs(f.low), math.Abs(f.high)); {
	case most >= 2*day:
		size, unit = day, "days"
	case most >= 2*hour:
		size, unit = hour, "h"
	}
	return both(f.times(1/size), " "+unit, " "+unit, "later", "sooner", short)
}

// both says a change and its interval by their size and direction; the
// direction is said once if the interval has only one.
func both(f figure, unit, limitUnit, up, down string, write func(float64) string) string {
	word := func(x float64) string {
		if x < 0 {
			return down
		}
		return up
	}
	low, high := f.low, f.high
	value := write(math.Abs(f.value)) + unit + " " + word(f.value)
	if low*high < 0 {
		return fmt.Sprintf("%s (%s%s %s to %s%s %s)", value,
			write(-low), limitUnit, down, write(high), limitUnit, up)
	}
	if low < 0 {
		low, high = -high, -low
	}
	return fmt.Sprintf("%s (%s to %s%s)", value, write(low), write(high), limitUnit)
}

// short has two digits at least.
func short(x float64) string {
	if x < 9.95 {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return thousands(x)
}

// thousands rounds to a whole number and groups its digits by commas.
func thousands(x float64) string {
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for k := len(s) - 3; k > 0; k -= 3 {
		s = s[:k] + "," + s[k:]
	}
	return s
}

// percent never claims certainty.
func percent(p float64) string {
	switch {
	case p > 0.99:
		return "over 99 %"
	case p < 0.01:
		return "under 1 %"
	default:
		return strconv.FormatFloat(100*p, 'f', 0, 64) + " %"
	}
}
