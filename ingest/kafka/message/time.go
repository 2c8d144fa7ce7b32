package message

import "time"

// millis reads a time in milliseconds since 1970. The zero time stands for
// what cannot be one: connectors write 0 for "unknown", and a year of five
// digits has no RFC 3339 form.
func millis(v []byte) time.Time {
	const year10000 = 253402300800000
	n, ok := number(v)
	if !ok || n <= 0 || n >= year10000 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// firstTime gives the first time that is one.
func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// stamp reads an RFC 3339 time; the zero time when v is none.
func stamp(v []byte) time.Time {
	s, _ := text(v)
	t, _ := parseTime(s)
	return t
}

// parseTime reads the strict form of RFC 3339: capital T and Z, at most nine
// digits of fraction, no leap second, which no later reader knows.
func parseTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || !hasShape(s[:19], "dddd-dd-ddTdd:dd:dd") {
		return time.Time{}, false
	}
	zone := s[19:]
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && zone[n] >= '0' && zone[n] <= '9' {
			n++
		}
		if n == 1 || n > 10 {
			return time.Time{}, false
		}
		zone = zone[n:]
	}
	if !isZone(zone) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

func isZone(s string) bool {
	if s == "Z" {
		return true
	}
	return (hasShape(s, "+dd:dd") || hasShape(s, "-dd:dd")) && s[1:3] <= "23" && s[4:6] <= "59"
}

// hasShape compares byte by byte; "d" stands for a digit.
func hasShape(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		if shape[i] == 'd' && (s[i] < '0' || s[i] > '9') || shape[i] != 'd' && s[i] != shape[i] {
			return false
		}
	}
	return true
}
