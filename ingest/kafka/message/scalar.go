package message

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

const jsonSpace = " \t\r\n"

// text reads a JSON string; false for anything else.
func text(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	// The error only repeats that a lone surrogate was replaced.
	b, _ := jsontext.AppendUnquote(nil, v)
	return string(b), true
}

// appendText adds s as a JSON string.
func appendText(b []byte, s string) []byte {
	// The error only repeats that invalid UTF-8 was replaced.
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// number reads a whole number, or a string of one: the JSON form of Protobuf
// writes 64 bits so. False for anything else.
func number(v []byte) (int64, bool) {
	s, ok := text(v)
	if !ok {
		s = string(v)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// isNull tells a null or absent value.
func isNull(v []byte) bool { return v == nil || v[0] == 'n' }

// isObject tells an object.
func isObject(v []byte) bool { return len(v) > 0 && v[0] == '{' }

// tooDeep tells whether b nests deeper than limit. Brackets in strings do not
// count.
func tooDeep(b []byte, limit int) bool {
	// Counting is much faster than looking, and nearly always enough.
	if bytes.Count(b, []byte{'{'})+bytes.Count(b, []byte{'['}) <= limit {
		return false
	}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if depth++; depth > limit {
				return true
			}
		case '}', ']':
			depth--
		case '"':
			i = skipString(b, i)
		}
	}
	return false
}

// skipString gives the index of the quote that ends the string begun at i, or
// of the last byte.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(b) - 1
}
