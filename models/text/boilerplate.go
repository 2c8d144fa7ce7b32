package text

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Boilerplate is what the tickets of one source share because a template
// wrote it: lines such as "steps to reproduce", and labels such as "version:"
// that stand before a value. It is sorted, in a form of its own (lower case,
// without markup), and may be stored as it is.
type Boilerplate []string

const (
	maxTemplate   = 200 // bytes of a line that a template may hold
	maxLabel      = 40  // bytes of a label
	templateShare = 20  // one ticket in so many must have the line
	labelShare    = 5   // one in so many must have the label: "android:" is worth counting
	templateMin   = 5   // tickets that must have either
	sampleLines   = 400 // lines of one body that are looked at
)

// LearnBoilerplate finds the template lines of one source from a sample of its
// bodies: those that at least a twentieth of the tickets have, a fifth for
// labels, and at least five. A source often has several templates, so that few lines reach a half. The
// order of the bodies does not matter. A few thousand bodies are plenty.
func LearnBoilerplate(bodies []string) Boilerplate {
	m := newMarkup()
	tickets := map[string]int{}
	seen := map[string]int{} // line → the last body that has it, counted from 1
	var flat, key []byte
	count := func(body int) {
		if len(key) > 0 && seen[string(key)] != body {
			seen[string(key)] = body
			tickets[string(key)]++
		}
	}
	for n, body := range bodies {
		flat = flatten(m, flat[:0], cut(body, maxBody))
		for i, lines := 0, 0; i < len(flat) && lines < sampleLines; lines++ {
			end := lineEnd(flat, i)
			t := bytes.TrimSpace(flat[i:end])
			i = end + 1
			if len(t) == 0 || len(t) > maxTemplate {
				continue
			}
			t = t[bullet(t):]
			key = templateKey(key[:0], t)
			count(n + 1)
			if at := labelEnd(t); at > 0 {
				key = templateKey(key[:0], t[:at])
				if len(key) > 0 {
					key = append(key, ':')
				}
				count(n + 1)
			}
		}
	}
	var b Boilerplate
	for line, n := range tickets {
		share := templateShare
		if line[len(line)-1] == ':' {
			share = labelShare
		}
		if n >= templateMin && n*share >= len(bodies) {
			b = append(b, line)
		}
	}
	slices.Sort(b)
	return b
}

// labelEnd gives the end of the label in "label: value", colon included; 0
// where there is none.
func labelEnd(t []byte) int {
	at := bytes.IndexByte(t[:min(len(t), maxLabel)], ':')
	if at < 1 || len(bytes.Trim(t[at+1:], "* \t")) == 0 {
		return 0
	}
	return at + 1
}

// templateKey appends the form under which a line is compared: lower case,
// letters, digits and single blanks; the rest of ASCII is markup.
func templateKey(dst, t []byte) []byte {
	from := len(dst)
	for _, c := range t {
		switch {
		case isWord(c) && c != '_' || c >= utf8.RuneSelf:
			dst = append(dst, lower(c))
		case len(dst) > from && dst[len(dst)-1] != ' ':
			dst = append(dst, ' ')
		}
	}
	return bytes.TrimRight(dst, " ")
}
