package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands in free text for what was there.
const (
	emailMark   = "[email]"
	phoneMark   = "[phone]"
	ipMark      = "[ip]"
	secretMark  = "[secret]"
	profileMark = "[profile]"
	personMark  = "[person]"
)

// marks lists the placeholders: they are stepped over, never scrubbed.
func marks() [6]string {
	return [...]string{emailMark, phoneMark, ipMark, secretMark, profileMark, personMark}
}

// maxPasses bounds how often a text is scrubbed until nothing changes. What
// one rule replaces can complete the pattern of another, so that a second pass
// is needed for the result to be stable; more than three are not seen outside
// of adversarial input.
const maxPasses = 12

// scrubText scrubs free text until nothing is left to scrub.
func (r *record) scrubText(s string) string {
	for range maxPasses {
		t := scan{r: r, s: s}
		if !t.run() {
			return s
		}
		s = string(append(t.out, s[t.last:]...))
	}
	return s
}

// scan is one pass over one text, left to right. Rules hang on the bytes that
// start what they look for, or stand in its middle; most bytes start nothing
// and cost one table look-up.
type scan struct {
	r       *record
	s       string
	out     []byte
	last    int // s[:last] has been emitted
	codeEnd int // inside of code up to here

	// Ends of stretches in which something was looked for in vain: without
	// them a text of many openings and no closing would take quadratic time.
	noToken, noJWT, paragraph int
	noTicks                   [3]int
	noTag                     [2]bool

	// A replacement found ahead of the position: the name in a line such as
	// "On Monday John Doe wrote:".
	aheadStart, aheadEnd int
}

// class of a byte: what the main loop does at it.
type class uint8

const (
	idle    class = iota // starts nothing, separates words
	word                 // ASCII letter, digit, underscore
	high                 // part of a multi-byte rune
	trigger              // a rule hangs on it
)

// classes is a table, not package state: it never changes.
var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = high
		case isWord(byte(c)):
			t[c] = word
		case strings.IndexByte("@[({+:=\n`", byte(c)) >= 0:
			t[c] = trigger
		}
	}
	return t
}()

// run scrubs the text and tells whether anything changed.
func (t *scan) run() bool {
	s := t.s
	i := t.line(0)
	atWord := false // the byte before i belongs to a word
	for i < len(s) {
		if t.aheadEnd > 0 && i >= t.aheadStart {
			i, atWord = t.takeAhead(i), false
			continue
		}
		switch classes[s[i]] {
		case idle:
			i, atWord = i+1, false
		case word:
			if !atWord {
				if end := t.wordStart(i); end > i {
					i = end
					atWord = classes[s[end-1]] == word
					continue
				}
			}
			for i++; i < len(s) && classes[s[i]] == word; i++ {
			}
			atWord = true
		case high:
			i, atWord = t.rune(i, atWord)
		case trigger:
			end := t.trigger(i)
			if end <= i {
				i, atWord = i+1, false
				continue
			}
			i, atWord = end, false
		}
	}
	return t.last > 0
}

// emit replaces s[start:end]. It reports the position to go on from, or 0 when
// part of the stretch was replaced before: the next pass sees it whole.
func (t *scan) emit(start, end int, with string) int {
	if start < t.last {
		return 0
	}
	t.out = append(t.out, t.s[t.last:start]...)
	t.out = append(t.out, with...)
	t.last = end
	return end
}

// takeAhead emits the replacement that was found ahead.
func (t *scan) takeAhead(i int) int {
	start, end := t.aheadStart, t.aheadEnd
	t.aheadStart, t.aheadEnd = 0, 0
	if i > start { // another rule reached into it
		return i
	}
	if next := t.emit(start, end, personMark); next > 0 {
		return next
	}
	return i
}

// rune handles a multi-byte rune at i: letters of words, names in scripts that
// do not separate words, and full-width punctuation.
func (t *scan) rune(i int, atWord bool) (next int, inWord bool) {
	c, size := utf8.DecodeRuneInString(t.s[i:])
	switch {
	case unspaced(c):
		if t.r.known.unspaced {
			if end := t.name(i); end > i {
				return end, false
			}
		}
		if end := t.labelledPhone(i); end > i {
			return end, false
		}
		return i + size, false
	case c == '：' || c == '＝':
		if end := t.assignment(i, size); end > i {
			return end, false
		}
		return i + size, false
	case !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c):
		return i + size, false
	case !atWord:
		if end := t.wordStart(i); end > i {
			return end, false
		}
	}
	return i + size, true
}

// unspaced tells whether a rune belongs to a script that writes words without
// blanks between them, so that names have no word border.
func unspaced(c rune) bool {
	return c >= 0x2e80 && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// wordStart runs the rules that hang on the beginning of a word.
func (t *scan) wordStart(i int) int {
	s := t.s
	if isDigit(s[i]) {
		if end := t.number(i); end > i {
			return end
		}
	}
	if s[i] == 'p' && pseudonymAt(s, i) {
		return i + pseudonymLen
	}
	if len(s)-i < 3 {
		return 0
	}
	h := hash3(s[i:])
	if fixedWords.has(h) {
		if end := t.fixedWord(i); end > i {
			return end
		}
	}
	if t.r.known.bloom.has(h) {
		return t.name(i)
	}
	return 0
}

// trigger runs the rules that hang on the byte at i.
func (t *scan) trigger(i int) int {
	switch t.s[i] {
	case '@':
		return first(i, t.email, t.mention)
	case '[':
		return first(i, t.mark, t.jiraMention, t.obfuscatedEmail)
	case '(':
		return first(i, t.areaCodePhone, t.obfuscatedEmail)
	case '{':
		return first(i, t.jiraCode, t.obfuscatedEmail)
	case '+':
		return t.plusPhone(i)
	case ':':
		return first(i, t.url, t.ipv6, t.assignmentSign)
	case '=':
		return t.assignmentSign(i)
	case '`':
		return t.backtick(i)
	case '\n':
		return t.line(i + 1)
	}
	return 0
}

// first gives the result of the first rule that applies.
func first(i int, rules ...func(int) int) int {
	for _, rule := range rules {
		if end := rule(i); end > i {
			return end
		}
	}
	return 0
}

// mark steps over a placeholder.
func (t *scan) mark(i int) int {
	for _, m := range marks() {
		if strings.HasPrefix(t.s[i:], m) {
			return i + len(m)
		}
	}
	return 0
}

// backtick opens a code span or a fenced block, if it is closed later on.
func (t *scan) backtick(i int) int {
	s := t.s
	n := i
	for n < len(s) && s[n] == '`' {
		n++
	}
	if i < t.codeEnd {
		return n
	}
	ticks := s[i:n]
	if len(ticks) >= 3 {
		t.codeEnd = len(s) // an open fence runs to the end
		if at := strings.Index(s[n:], ticks); at >= 0 {
			t.codeEnd = n + at + len(ticks)
		}
		return n
	}
	if i < t.noTicks[len(ticks)] {
		return n
	}
	// A span ends with its paragraph at the latest.
	if i >= t.paragraph {
		t.paragraph = len(s)
		if at := strings.Index(s[n:], "\n\n"); at >= 0 {
			t.paragraph = n + at
		}
	}
	limit := max(n, t.paragraph)
	if at := indexRun(s[n:limit], len(ticks)); at >= 0 {
		t.codeEnd = n + at + len(ticks)
	} else {
		t.noTicks[len(ticks)] = limit
	}
	return n
}

// indexRun finds a run of exactly n backticks.
func indexRun(s string, n int) int {
	for from := 0; ; {
		at := strings.IndexByte(s[from:], '`')
		if at < 0 {
			return -1
		}
		at += from
		from = at
		for from < len(s) && s[from] == '`' {
			from++
		}
		if from-at == n {
			return at
		}
	}
}

// jiraCode opens a {code} or {noformat} block.
func (t *scan) jiraCode(i int) int {
	for k, tag := range [...]string{"{code", "{noformat"} {
		if !strings.HasPrefix(t.s[i:], tag) || i < t.codeEnd {
			continue
		}
		open := i + len(tag)
		if t.noTag[k] {
			return open
		}
		if at := strings.Index(t.s[open:], tag+"}"); at >= 0 {
			t.codeEnd = open + at + len(tag) + 1
		} else {
			t.noTag[k] = true
		}
		return open
	}
	return 0
}

// inCode tells whether i is inside of code.
func (t *scan) inCode(i int) bool { return i < t.codeEnd }

// bloom is a small set of hashes, to tell quickly what cannot be a match.
type bloom [16]uint64

func (b *bloom) add(h uint)      { b[h>>6&15] |= 1 << (h & 63) }
func (b *bloom) has(h uint) bool { return b[h>>6&15]&(1<<(h&63)) != 0 }

// hash3 hashes the first three bytes of s without regard to ASCII case.
func hash3(s string) uint {
	return uint(s[0]|0x20)*33*33 + uint(s[1]|0x20)*33 + uint(s[2]|0x20)
}

// hasFold tells whether s begins with the lower-case ASCII prefix.
func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// lineEnd finds the end of the line that i is in.
func lineEnd(s string, i int) int {
	if at := strings.IndexByte(s[i:], '\n'); at >= 0 {
		return i + at
	}
	return len(s)
}
