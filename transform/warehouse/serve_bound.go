package warehouse

import (
	"fmt"
	"strings"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// maxRowBytes is the most that one row may have. Go copies rows out of the
// engine and cannot live on without memory, so that a hundred sessions' rows must
// fit into what it keeps for itself.
const maxRowBytes = 4 << 20

// bounds of a result. They hold inside the engine, before anything is copied out
// of it; what a result holds there is outside the engine's own memory limit.
type bounds struct{ rows, bytes int64 }

// What the engine says where a bound is met; translate knows them.
const (
	rowTooLarge    = "a row of the result is too large; take fewer or shorter values"
	resultTooLarge = "the result is too large; add a LIMIT or a condition, take fewer columns, or download the mart"
)

// wrap makes a query whose result meets the bounds or ends in an error, and whose
// values come in types that the driver gives unchanged. The running sum needs
// neither a second pass nor memory: the engine streams it.
func (b bounds) wrap(query string, columns []ServedColumn) string {
	names, values, sizes := make([]string, len(columns)), make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("c%d", i)
		values[i] = names[i]
		if c.Type.Text != "" {
			values[i] = fmt.Sprintf(c.Type.Text, names[i]) + " AS " + names[i]
		}
		sizes[i] = sizeOf(names[i], c.Type)
	}
	outer := append([]string(nil), names...)
	if len(outer) > 0 {
		outer[0] = fmt.Sprintf("CASE WHEN size > %d THEN error('%s') WHEN sum(size) OVER (ROWS UNBOUNDED PRECEDING) > %d THEN error('%s') ELSE c0 END",
			maxRowBytes, rowTooLarge, b.bytes, resultTooLarge)
	}
	all := strings.Join(names, ", ")
	return fmt.Sprintf("SELECT %s FROM (SELECT %s, %s AS size FROM (SELECT %s FROM (%s) AS served(%s))) LIMIT %d",
		strings.Join(outer, ", "), all, strings.Join(sizes, " + "), strings.Join(values, ", "), query, all, b.rows+1)
}

// sizeOf is an expression for about how many bytes a value takes in the engine.
func sizeOf(name string, t pgcat.Type) string {
	const text, blob, textList, blobList = 25, 17, 1009, 1001
	var size string
	switch {
	case t.Text != "", t.OID == text:
		size = "strlen(" + name + "::VARCHAR)"
	case t.OID == blob:
		size = "octet_length(" + name + ")"
	case t.OID == textList:
		size = "16 * len(" + name + ") + strlen(array_to_string(" + name + ", ''))"
	case t.OID == blobList:
		size = "16 * len(" + name + ") + strlen(" + name + "::VARCHAR)"
	case strings.HasPrefix(t.Name, "_"):
		size = "16 * len(" + name + ")"
	case t.Len > 0:
		return fmt.Sprint(t.Len)
	default: // numbers
		return "16"
	}
	return "coalesce(" + size + ", 0) + 16"
}
