package text

import (
	"bytes"
	"strconv"
)

// number reads what starts with the digit at i. Versions and decimals stay as
// they are, long numbers become their length, dates, times and network
// addresses are left out. Digits that run into letters are a word.
func (w *worker) number(b []byte, i int) int {
	end := i
	for end < len(b) && isDigit(b[end]) {
		end++
	}
	if end == len(b) {
		return w.integer(b[i:end], end)
	}
	switch c := b[end]; {
	case c == '.' && digitAt(b, end+1):
		return w.version(b, i)
	case (c == '-' || c == '/' || c == ':') && digitAt(b, end+1):
		return skipDate(b, end)
	case isWord(c) || c >= 0x80 && !denseAt(b, end):
		return w.word(b, i)
	}
	return w.integer(b[i:end], end)
}

// integer adds a whole number that ends at end.
func (w *worker) integer(digits []byte, end int) int {
	const longest = 4 // digits of a number that is counted for itself
	if n := len(digits); n > longest {
		digits = strconv.AppendInt([]byte{'#'}, int64(n), 10)
	}
	w.add(digits, len(digits))
	return end
}

// version adds the version or decimal at i: "1.2.3", "13.0.1a".
func (w *worker) version(b []byte, i int) int {
	end := i
	for end < len(b) && (isDigit(b[end]) || b[end] == '.' && digitAt(b, end+1)) {
		end++
	}
	address := isAddress(b[i:end])
	for end < len(b) && isWord(b[end]) {
		end++
	}
	if address {
		return end
	}
	w.low = w.low[:0]
	for _, c := range b[i:end] {
		w.low = append(w.low, lower(c))
	}
	w.add(w.low, len(w.low))
	return end
}

// isAddress tells whether digits and dots are an IPv4 address rather than a
// version of four parts, which rarely starts that high.
func isAddress(b []byte) bool {
	if bytes.Count(b, []byte{'.'}) != 3 {
		return false
	}
	first := true
	for part := range bytes.SplitSeq(b, []byte{'.'}) {
		n, err := strconv.Atoi(string(part))
		if err != nil || n > 255 || first && n < 10 {
			return false
		}
		first = false
	}
	return true
}

// skipDate steps over a date or time from the end of its first number.
func skipDate(b []byte, i int) int {
	for i < len(b) && (isDigit(b[i]) || bytes.IndexByte([]byte("-/:.,+T"), b[i]) >= 0 && digitAt(b, i+1)) {
		i++
	}
	if i < len(b) && b[i] == 'Z' {
		i++
	}
	return i
}
