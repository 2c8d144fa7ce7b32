package text

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// flattener removes inline markup in one pass from left to right: HTML tags
// and entities, Markdown and Jira links, images and macros, blocks of code,
// addresses, mentions and the placeholders that stand for personal data.
// Rules hang on single bytes; all others are copied in stretches.
type flattener struct {
	m    *markup
	s    string
	i    int
	out  []byte
	lost map[string]bool // closings looked for in vain: looking again would take quadratic time
}

// flatten appends s without its inline markup to dst.
func flatten(m *markup, dst []byte, s string) []byte {
	f := flattener{m: m, s: s, out: dst}
	for f.i < len(s) {
		j := f.i
		for j < len(s) && !m.trigger[s[j]] {
			j++
		}
		f.out = append(f.out, s[f.i:j]...)
		f.i = j
		if j < len(s) {
			f.step(s[j])
		}
	}
	return f.out
}

// step handles the byte c at f.i, on which a rule hangs.
func (f *flattener) step(c byte) {
	var ok bool
	switch c {
	case '<':
		ok = f.tag()
	case '{':
		ok = f.macro()
	case '`', '~':
		ok = f.fence(c)
	case '&':
		ok = f.entity()
	case '[':
		ok = f.bracket()
	case '!':
		ok = f.image()
	case ':':
		ok = f.url()
	case '@':
		ok = f.address()
	case '_':
		ok = f.pseudonym()
	case '\r':
		f.i++
		if f.i == len(f.s) || f.s[f.i] != '\n' {
			f.put('\n')
		}
		return
	default: // control characters
		f.i++
		f.put(' ')
		return
	}
	if !ok {
		f.put(c)
		f.i++
	}
}

func (f *flattener) put(c byte) { f.out = append(f.out, c) }

// find gives where needle (in lower case) starts in the rest of the text from
// at, whatever its letter case; -1 if nowhere.
func (f *flattener) find(at int, needle string) int {
	if f.lost[needle] || at > len(f.s) {
		return -1
	}
	for from := at; ; {
		j := strings.IndexByte(f.s[from:], needle[0])
		if j < 0 {
			break
		}
		from += j
		if hasFold(f.s[from:], needle) {
			return from
		}
		from++
	}
	if f.lost == nil {
		f.lost = map[string]bool{}
	}
	f.lost[needle] = true
	return -1
}

// code steps over a block of code that ends at end and goes on at next. Error
// messages in it survive.
func (f *flattener) code(start, end, next int) bool {
	f.put('\n')
	block := f.s[start:end]
	for kept := 0; block != "" && kept < maxHeadlines; {
		var l string
		l, block, _ = strings.Cut(block, "\n")
		if len(l) > maxLine {
			continue
		}
		if from, to, ok := headline([]byte(l)); ok {
			f.out = append(append(f.out, l[from:to]...), '\n')
			kept++
		}
	}
	f.i = next
	return true
}

// fence steps over a fenced block of code, and over the backticks of inline
// code, which stays.
func (f *flattener) fence(c byte) bool {
	n := 0
	for f.i+n < len(f.s) && f.s[f.i+n] == c {
		n++
	}
	start := f.i + n
	if n < 3 {
		if c == '`' {
			f.i = start
			return true
		}
		return false
	}
	if c == '~' && !f.lineStart() {
		f.i = start
		return true
	}
	mark := f.s[f.i : f.i+3]
	end := f.find(start, mark)
	if end < 0 {
		f.i = start
		return true
	}
	next := end
	for next < len(f.s) && f.s[next] == c {
		next++
	}
	return f.code(start, end, next)
}

// lineStart tells whether only blanks stand before f.i in its line.
func (f *flattener) lineStart() bool {
	line := f.out[bytes.LastIndexByte(f.out, '\n')+1:]
	return len(bytes.TrimLeft(line, " \t")) == 0
}

// entity replaces an HTML entity such as "&lt;" or "&#39;".
func (f *flattener) entity() bool {
	rest := f.s[f.i:min(len(f.s), f.i+12)]
	end := strings.IndexByte(rest, ';')
	if end < 2 {
		return false
	}
	raw := rest[:end+1]
	plain := html.UnescapeString(raw)
	if plain == raw {
		return false
	}
	if plain == "\u00a0" || plain[0] < ' ' {
		plain = " "
	}
	f.out = append(f.out, plain...)
	f.i += len(raw)
	return true
}

// macro steps over a Jira macro: {code}…{code} and its kind as a block,
// {quote}…{quote} as quoted text, {color:red} as a tag.
func (f *flattener) macro() bool {
	const longest = 200 // bytes of a macro with its settings
	rest := f.s[f.i:min(len(f.s), f.i+longest)]
	if strings.HasPrefix(rest, "{{") { // monospaced text stays
		end := strings.Index(rest, "}}")
		if end < 0 || strings.Contains(rest[:end], "\n") {
			return false
		}
		f.out = append(f.out, rest[2:end]...)
		f.i += end + 2
		return true
	}
	end := strings.IndexByte(rest, '}')
	if end < 0 || strings.IndexByte(rest[:end], '\n') >= 0 {
		return false
	}
	name, _, _ := strings.Cut(rest[1:end], ":")
	next := f.i + end + 1
	switch f.m.macros[name] {
	case tagCode:
		if c := f.find(next, "{"+name+"}"); c >= 0 {
			return f.code(next, c, c+len(name)+2)
		}
	case tagSkip:
		if c := f.find(next, "{"+name+"}"); c >= 0 {
			next = c + len(name) + 2
		}
	case tagBlock:
	case tagInline:
		f.i = next
		return true
	default:
		return false
	}
	f.put('\n')
	f.i = next
	return true
}

// pseudonym steps over "p_" and 20 hexadecimal digits, the name under which a
// person lands.
func (f *flattener) pseudonym() bool {
	const digits = 20
	n := len(f.out)
	if n == 0 || f.out[n-1] != 'p' || n > 1 && isWord(f.out[n-2]) || f.i+digits >= len(f.s) {
		return false
	}
	for _, c := range []byte(f.s[f.i+1 : f.i+1+digits]) {
		if !isHex(c) {
			return false
		}
	}
	f.out = f.out[:n-1]
	f.i += 1 + digits
	return true
}

// address steps over the mail address or the mention around an "@".
func (f *flattener) address() bool {
	n := len(f.out)
	for n > 0 && len(f.out)-n < 64 && (isWord(f.out[n-1]) || strings.IndexByte(".%+-", f.out[n-1]) >= 0) {
		n--
	}
	j := f.i + 1
	for j < len(f.s) && (isWord(f.s[j]) || f.s[j] == '-' || f.s[j] == '.') {
		j++
	}
	domain := strings.TrimRight(f.s[f.i+1:j], ".-")
	switch {
	case domain == "":
		return false
	case n < len(f.out):
		if strings.IndexByte(domain, '.') < 0 {
			return false
		}
		f.out = f.out[:n]
	case j < len(f.s) && f.s[j] == '/': // a package's scope: "@acme/login"
		return false
	}
	f.i += 1 + len(domain)
	return true
}

// url steps over an address with a scheme, and over "mailto:".
func (f *flattener) url() bool {
	n := len(f.out)
	for n > 0 && len(f.out)-n < 16 && isWord(f.out[n-1]) {
		n--
	}
	scheme := string(f.out[n:])
	if scheme == "mailto" {
		f.out = f.out[:n]
		f.i++
		return true
	}
	if scheme == "" || !strings.HasPrefix(f.s[f.i:], "://") {
		return false
	}
	j := f.i + 3
	for j < len(f.s) && !endsURL(f.s[j]) {
		j++
	}
	f.out = f.out[:n]
	f.i = j
	return true
}

// endsURL tells whether c ends an address. Ideographs after one are text.
func endsURL(c byte) bool {
	return c <= ' ' || c >= utf8.RuneSelf || strings.IndexByte("<>\"|[]{})`", c) >= 0
}

// hasFold tells whether s starts with prefix, which is in lower case.
func hasFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// folded gives the lower case of the ASCII letters, digits and the underscore,
// and 0 for all other bytes. It is a table, not package state: it never
// changes.
var folded = func() (t [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c
	}
	t['_'] = '_'
	return t
}()

// lower gives the lower case of an ASCII letter.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isAlpha(c byte) bool { return folded[c] >= 'a' }
func isWord(c byte) bool  { return folded[c] != 0 }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= lower(c) && lower(c) <= 'f' }
