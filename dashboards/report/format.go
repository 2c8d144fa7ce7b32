package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// kind says what a cell's value is and how it is written.
type kind int

const (
	kindText    kind = iota // string
	kindCount               // int64 or float64 that is whole
	kindSigned              // a count's change
	kindShare               // 0 to 1
	kindPoints              // a share's change
	kindChance              // a probability, never quite certain
	kindSeconds             // a duration
	kindLater               // a duration's change in seconds
	kindScore               // 0 to 1 with three digits, or a mean of 1 to 5
	kindScored              // a score's change
	kindMoney               // in the configuration's own unit
	kindEarned              // a cost's change
	kindDay                 // time.Time
	kindMoment              // time.Time, UTC
	kindFlag                // bool
)

// missing stands where there is no value.
const missing = "–"

// write gives a value as people read it; nil is missing.
func (l Lang) write(v any, k kind) string {
	switch x := v.(type) {
	case nil:
		return missing
	case string:
		if x == "" {
			return missing
		}
		return x
	case bool:
		if x {
			return l.tr("yes")
		}
		return l.tr("no")
	case time.Time:
		if k == kindMoment {
			return l.day(x) + " " + x.Format("15:04") + " UTC"
		}
		return l.day(x)
	case int64:
		return l.number(float64(x), k)
	case float64:
		return l.number(x, k)
	}
	return missing
}

func (l Lang) number(x float64, k kind) string {
	switch k {
	case kindShare:
		return fixed(100*x, 1) + "%"
	case kindChance:
		switch {
		case x > 0.99:
			return "> 99%"
		case x < 0.01:
			return "< 1%"
		}
		return fixed(100*x, 0) + "%"
	case kindPoints:
		return signed(100*x, 1) + " " + l.tr("pp")
	case kindSeconds:
		return l.duration(x, fixed)
	case kindLater:
		return l.duration(x, signed)
	case kindScore:
		return fixed(x, 2)
	case kindScored:
		return signed(x, 2)
	case kindMoney:
		return fixed(x, 2)
	case kindEarned:
		return signed(x, 0)
	case kindSigned:
		return signed(x, 0)
	default:
		return fixed(x, 0)
	}
}

// duration writes seconds in the unit that suits their size.
func (l Lang) duration(seconds float64, write func(float64, int) string) string {
	switch size := math.Abs(seconds); {
	case size == 0:
		return "0 " + l.tr("min")
	case size < 60:
		return write(seconds, 0) + " " + l.tr("s")
	case size < 3600:
		return write(seconds/60, 0) + " " + l.tr("min")
	case size < 48*3600:
		return write(seconds/3600, 1) + " " + l.tr("h")
	default:
		return write(seconds/86400, 1) + " " + l.tr("d")
	}
}

// day writes a date without a doubt about which number is the month.
func (l Lang) day(t time.Time) string {
	if l == Chinese {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 Jan 2006")
}

// shortDay is a date for axes.
func (l Lang) shortDay(t time.Time) string {
	if l == Chinese {
		return t.Format("1月2日")
	}
	return t.Format("2 Jan")
}

// days writes a period.
func (l Lang) days(p Period) string { return l.day(p.From) + " – " + l.day(p.To) }

// fixed writes a number with grouped thousands.
func fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for k := len(whole) - 3; k > 0; k -= 3 {
		whole = whole[:k] + "," + whole[k:]
	}
	if rest != "" {
		whole += "." + rest
	}
	if x < 0 && strings.Trim(s, "0.") != "" {
		return "−" + whole
	}
	return whole
}

// signed is fixed with a plus where something is added.
func signed(x float64, decimals int) string {
	s := fixed(x, decimals)
	if x > 0 && strings.Trim(s, "0.,") != "" {
		return "+" + s
	}
	if strings.Trim(s, "0.,") == "" {
		return "±0"
	}
	return s
}

// value makes a cell of a figure; nil stays nil.
func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
