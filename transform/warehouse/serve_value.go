package warehouse

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Interval is a span of time in the parts that PostgreSQL and DuckDB keep apart.
type Interval struct {
	Months, Days int32
	Micros       int64
}

func (snap *snapshot) name() string {
	return snap.path[strings.LastIndexByte(snap.path, '/')+1:]
}

// converters turn what the driver gives into the values that Cursor.Next names;
// nil where nothing is to be done.
func converters(columns []ServedColumn) []func(any) any {
	out := make([]func(any) any, len(columns))
	for i, c := range columns {
		switch c.Type.OID {
		case 16, 25, 17, 700, 701, 1082, 1083, 1114, 1184, 1266, 114:
			// as they are
		default:
			out[i] = neutral
		}
	}
	return out
}

// neutral turns one value of the driver's types into the standard library's.
func neutral(v any) any {
	switch x := v.(type) {
	case int8:
		return int16(x)
	case uint8:
		return int16(x)
	case uint16:
		return int32(x)
	case uint32:
		return int64(x)
	case uint64:
		return strconv.FormatUint(x, 10)
	case *big.Int:
		return x.String()
	case duckdb.Decimal:
		return decimalText(x)
	case duckdb.Interval:
		return Interval{x.Months, x.Days, x.Micros}
	case []byte: // a UUID; bytea does not come here
		if len(x) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", x[:4], x[4:6], x[6:8], x[8:10], x[10:])
		}
		return x
	case []any:
		list := make([]any, len(x))
		for i, e := range x {
			list[i] = neutral(e)
		}
		return list
	}
	return v
}

// decimalText writes a decimal with all the digits of its scale, as PostgreSQL
// does.
func decimalText(d duckdb.Decimal) string {
	digits := d.Value.String()
	if d.Scale == 0 {
		return digits
	}
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	if missing := int(d.Scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(d.Scale)
	return sign + digits[:point] + "." + digits[point:]
}

// weight is about how many bytes a row takes in memory.
func weight(row []any) int64 {
	n := int64(24 + 16*len(row))
	for _, v := range row {
		switch x := v.(type) {
		case string:
			n += int64(len(x))
		case []byte:
			n += int64(len(x))
		case []any:
			n += weight(x)
		case nil, bool:
		default:
			n += 24
		}
	}
	return n
}

// Parts gives the interval's parts.
func (i Interval) Parts() (months, days int32, micros int64) { return i.Months, i.Days, i.Micros }
