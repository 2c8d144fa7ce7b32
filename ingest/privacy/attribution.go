package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// attribution finds the name in a line such as "On Tue, Jan 5, 2021 at 3:14 PM
// John Doe <x@y> wrote:", which mail programs wrap into two.
func (t *scan) attribution(start, end int) {
	s := t.s
	name, ok := attributed(s[start:end])
	if !ok && opensAttribution(s[start:end]) {
		next := end
		for extra := 0; extra < 2 && !ok && next < len(s); extra++ {
			if next = lineEnd(s, next+1); next-start > 300 {
				break
			}
			name, ok = attributed(s[start:next])
		}
	}
	if ok && name.end > name.start {
		t.aheadStart, t.aheadEnd = start+name.start, start+name.end
	}
}

type span struct{ start, end int }

// opensAttribution tells whether a line may be the first half of one.
func opensAttribution(line string) bool {
	if len(line) > 200 || !hasDigit(line) {
		return false
	}
	for _, w := range [...]string{"On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "在", "于"} {
		if strings.HasPrefix(line, w) {
			return true
		}
	}
	return false
}

// attributed cuts the name out of an attribution line.
func attributed(line string) (span, bool) {
	text := strings.TrimRight(line, " \t\r*_")
	switch {
	case strings.HasSuffix(text, ":"):
		text = text[:len(text)-1]
	case strings.HasSuffix(text, "："):
		text = text[:len(text)-len("：")]
	default:
		return span{}, false
	}
	text = strings.TrimRight(text, " \u00a0")
	for _, verb := range [...]string{"wrote", "writes", "a écrit", "a ecrit", "escribió", "escribio", "ha scritto", "escreveu", "写道", "寫道", "написал", "написала"} {
		if before, ok := strings.CutSuffix(text, verb); ok {
			return nameBefore(before)
		}
	}
	for _, verb := range [...]string{" schrieb ", " schreef ", " skrev ", "\nschrieb ", "\nschreef "} {
		if at := strings.LastIndex(text, verb); at >= 0 {
			from := at + len(verb)
			return span{from, from + len(trimAddress(text[from:]))}.checked(text)
		}
	}
	return span{}, false
}

// trimAddress cuts a mail address, or its placeholder, off the end.
func trimAddress(s string) string {
	for {
		s = strings.TrimRight(s, " \t\r\n>,|\u00a0，")
		var at int
		switch {
		case s == "":
			return s
		case strings.HasSuffix(s, emailMark):
			at = len(s) - len(emailMark)
		case strings.HasSuffix(s, ")"):
			at = strings.LastIndexByte(s, '(')
		case strings.HasSuffix(s, "]") && !strings.HasSuffix(s, personMark):
			at = strings.LastIndexByte(s, '[')
		default:
			blank := strings.LastIndexAny(s, " <\n")
			if !strings.Contains(s[blank+1:], "@") {
				return strings.TrimRight(s, "<")
			}
			at = blank + 1
		}
		if at < 0 {
			return s
		}
		s = strings.TrimRight(s[:at], "<( ")
	}
}

// nameBefore finds the name at the end of what stands before the verb: behind
// the last digit, which belongs to the time. Without a time the line must be
// little more than the name.
func nameBefore(before string) (span, bool) {
	text := trimAddress(before)
	digit := strings.LastIndexAny(text, "0123456789")
	if digit < 0 {
		if !shortName(text) {
			return span{}, false
		}
		return span{0, len(text)}.checked(text)
	}
	if digit == len(text)-1 { // a login that ends in a digit
		blank := strings.LastIndexAny(text, " \n,") + 1
		if !strings.ContainsFunc(text[blank:], unicode.IsLetter) {
			return span{}, false
		}
		return span{blank, len(text)}.checked(text)
	}
	from := digit + 1
	if isWord(text[from]) && text[from] < 0x80 && !clockWord(text[from:]) { // "bob2b wrote"
		from = strings.LastIndexAny(text[:from], " \n,") + 1
	}
	return span{skipClock(text, from), len(text)}.checked(text)
}

// clockWord tells whether s starts with what is glued to a time: "3PM", "14h".
func clockWord(s string) bool {
	return hasFold(s, "am") || hasFold(s, "pm") || hasFold(s, "h") || hasFold(s, "z") || hasFold(s, "th") || hasFold(s, "st") || hasFold(s, "nd") || hasFold(s, "rd")
}

// skipClock steps over what belongs to the time: "PM", "UTC", "h", "日".
func skipClock(s string, i int) int {
	for i < len(s) {
		c, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsLetter(c) && c != '[' {
			i += size
			continue
		}
		if strings.ContainsRune("年月日时分秒上下午周一二三四五六星期于於", c) {
			i += size
			continue
		}
		w := 0
		for w < len(s)-i && isAlpha(s[i+w]) {
			w++
		}
		switch strings.ToLower(s[i : i+w]) {
		case "am", "pm", "a", "p", "m", "utc", "gmt", "cet", "cest", "est", "edt", "pst", "pdt", "uhr", "h", "um", "at", "by", "z", "th", "st", "nd", "rd":
			i += w
			continue
		}
		return i
	}
	return i
}

// shortName tells whether a text is short enough to be a name and no sentence.
func shortName(s string) bool {
	words := strings.Fields(s)
	switch len(words) {
	case 0:
		return false
	case 1:
		switch strings.ToLower(words[0]) {
		case "i", "he", "she", "it", "we", "they", "you", "who", "someone", "somebody", "also", "just", "as", "user", "customer", "client", "log", "docs":
			return false
		}
		return true
	}
	return nameLike(strings.Join(words, " "))
}

// checked refuses spans that hold nothing to hide.
func (n span) checked(text string) (span, bool) {
	for n.start < n.end && n.end <= len(text) && strings.IndexByte(" >\t\n\"*_", text[n.start]) >= 0 {
		n.start++
	}
	if n.end > len(text) || n.start >= n.end || n.end-n.start > 100 {
		return span{}, false
	}
	for n.end > n.start && strings.IndexByte(" \"'*_<\n", text[n.end-1]) >= 0 {
		n.end--
	}
	name := text[n.start:n.end]
	if strings.HasSuffix(name, personMark) || isPseudonym(strings.TrimLeft(name, "@")) || strings.Contains(name, "\n\n") {
		return span{}, false
	}
	return n, strings.ContainsFunc(name, unicode.IsLetter)
}
