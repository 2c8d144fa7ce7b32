package privacy

import "strings"

// plusPhone replaces an international number: +49 30 1234567.
func (t *scan) plusPhone(i int) int {
	s := t.s
	if i+1 >= len(s) || s[i+1] < '1' || s[i+1] > '9' {
		return 0
	}
	if i > 0 && (isWord(s[i-1]) || strings.IndexByte(")+.-/=]", s[i-1]) >= 0) {
		return 0
	}
	end, digits, groups := phoneEnd(s, i+1)
	if digits < 8 || digits > 15 || groups == 1 && digits < 10 {
		return 0
	}
	number := s[i+1 : end]
	if strings.HasPrefix(number, "1") && digits != 11 { // NANP, and votes: "+1 2013-01-02"
		return 0
	}
	if holdsDate(number) || holdsQuad(number) {
		return 0
	}
	return t.emit(i, end, phoneMark)
}

// phoneEnd reads groups of digits separated by single blanks, dots, hyphens,
// slashes or brackets.
func phoneEnd(s string, i int) (end, digits, groups int) {
	inGroup := false
	for limit := min(len(s), i+40); i < limit; i++ {
		c := s[i]
		switch {
		case isDigit(c):
			if !inGroup {
				groups++
			}
			inGroup = true
			digits++
			end = i + 1
			continue
		case c == ' ' || c == '-' || c == '.' || c == '/' || c == ')' || c == '(':
			if !inGroup && c != '(' && c != ')' && byteAt(s, i-1) != ')' {
				return end, digits, groups
			}
			inGroup = false
			continue
		case isWord(c):
			if inGroup { // the number goes on as a word: an id
				return 0, 0, 0
			}
		}
		break
	}
	return end, digits, groups
}

// holdsDate recognises 2013-01-02 inside a number.
func holdsDate(s string) bool {
	for i := 0; i+10 <= len(s); i++ {
		if (i == 0 || !isDigit(s[i-1])) && isoTime(s[i:i+10]) {
			return true
		}
	}
	return false
}

// holdsQuad recognises an IPv4 address or a four-part version inside a number.
func holdsQuad(s string) bool {
	for i := range len(s) {
		if (i == 0 || !isDigit(s[i-1])) && quadEnd(s, i) > 0 {
			return true
		}
	}
	return false
}

// nationalPhone replaces numbers that start with a digit: 0049…, 555-123-4567,
// 1-800-555-1234, 030/1234567.
func (t *scan) nationalPhone(i int) int {
	s := t.s
	if len(s)-i < 9 || i > 0 && strings.IndexByte("/.-+#$=:%&~\\", s[i-1]) >= 0 && !afterLabel(s, i) {
		return 0
	}
	for _, rule := range [...]func(string, int) int{prefix00, nanp, slashed} {
		if end := rule(s, i); end > 0 {
			if next := byteAt(s, end); isWord(next) || next == '-' || next == '/' || next == '.' && isDigit(byteAt(s, end+1)) {
				continue
			}
			return t.emit(i, end, phoneMark)
		}
	}
	return 0
}

// afterLabel allows a colon before a number, as in "Tel.:030/1234567".
func afterLabel(s string, i int) bool {
	return s[i-1] == ':' && i > 1 && !isDigit(s[i-2])
}

// prefix00 reads 0049 30 1234567. A third zero or a missing country code means
// a padded number.
func prefix00(s string, i int) int {
	if !strings.HasPrefix(s[i:], "00") || byteAt(s, i+2) < '2' || byteAt(s, i+2) > '9' {
		return 0
	}
	if i > 1 && s[i-1] == ' ' && isDigit(s[i-2]) { // one of a row of numbers
		return 0
	}
	end, digits, _ := phoneEnd(s, i)
	if digits < 11 || digits > 16 {
		return 0
	}
	return end
}

// nanp reads 555-123-4567 and 555.123.4567, with or without the leading 1.
func nanp(s string, i int) int {
	if s[i] == '1' && (s[i+1] == '-' || s[i+1] == '.') {
		i += 2
	}
	if len(s)-i < 12 {
		return 0
	}
	p := s[i : i+12]
	sep := p[3]
	if sep != '-' && sep != '.' || p[7] != sep || p[0] < '2' {
		return 0
	}
	if !allOf(p[:3], isDigit) || !allOf(p[4:7], isDigit) || !allOf(p[8:], isDigit) {
		return 0
	}
	return i + 12
}

// slashed reads 030/1234567.
func slashed(s string, i int) int {
	if s[i] != '0' {
		return 0
	}
	j := i
	for j < len(s) && isDigit(s[j]) {
		j++
	}
	if n := j - i; n < 3 || n > 5 || byteAt(s, j) != '/' {
		return 0
	}
	from := j + 1
	if byteAt(s, from) == ' ' {
		from++
	}
	end, digits, _ := phoneEnd(s, from)
	if digits < 5 || digits > 9 || !isDigit(byteAt(s, from)) || byteAt(s, end) == ':' { // [0512/144618:ERROR
		return 0
	}
	return end
}

// areaCodePhone replaces (555) 123-4567, at the bracket.
func (t *scan) areaCodePhone(i int) int {
	s := t.s
	if len(s)-i < 13 || s[i+4] != ')' || !allOf(s[i+1:i+4], isDigit) {
		return 0
	}
	j := i + 5
	if s[j] == ' ' {
		j++
	}
	if len(s)-j < 8 || !allOf(s[j:j+3], isDigit) || strings.IndexByte("-. ", s[j+3]) < 0 || !allOf(s[j+4:j+8], isDigit) {
		return 0
	}
	if isWord(byteAt(s, j+8)) {
		return 0
	}
	return t.emit(i, j+8, phoneMark)
}

// phoneLabels announce a number of any form.
var phoneLabels = []string{"telephone", "telefon", "tel", "phone", "mobile", "handy", "cell", "fax", "电话", "電話", "手机", "手機", "전화"}

// labelledPhone replaces the number behind a label such as "Tel.:".
func (t *scan) labelledPhone(i int) int {
	s := t.s
	for _, label := range phoneLabels {
		if !hasFold(s[i:], label) {
			continue
		}
		j := i + len(label)
		sign := j
		for j < len(s) && j-sign < 12 {
			switch {
			case strings.IndexByte(" .:#", s[j]) >= 0:
				j++
				continue
			case strings.HasPrefix(s[j:], "："):
				j += len("：")
				continue
			}
			break
		}
		if !strings.ContainsAny(s[sign:j], ".:#：") {
			return 0
		}
		from := j
		for j < len(s) && (s[j] == '+' || s[j] == '(') {
			j++
		}
		end, digits, _ := phoneEnd(s, j)
		if digits < 7 || digits > 15 || !isDigit(byteAt(s, j)) || holdsDate(s[j:end]) || holdsQuad(s[j:end]) {
			return 0
		}
		return t.emit(from, end, phoneMark)
	}
	return 0
}
