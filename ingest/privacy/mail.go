package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// email replaces the mail address around the @ at i.
func (t *scan) email(i int) int {
	s := t.s
	lo := i
	for lo > t.last && isLocalPart(s[lo-1]) {
		lo--
	}
	for lo < i && strings.IndexByte(".-'+", s[lo]) >= 0 {
		lo++
	}
	hi := domainEnd(s, i+1)
	if lo == i || hi == 0 {
		return 0
	}
	if next := byteAt(s, hi); (next == ':' || next == '/') && remoteUser(s[lo:i]) {
		return hi // git@github.com:owner/repository
	}
	const scheme = "mailto:"
	if lo-len(scheme) >= t.last && strings.EqualFold(s[lo-len(scheme):lo], scheme) {
		lo -= len(scheme)
	}
	if from := t.nameBefore(lo); from < lo && byteAt(s, hi) == '>' {
		return t.emit(from, hi, personMark+" <"+emailMark)
	}
	return t.emit(lo, hi, emailMark)
}

// nameBefore finds where "Max Power <" begins that ends at i, or gives i.
func (t *scan) nameBefore(i int) int {
	s := t.s
	if i < 4 || s[i-1] != '<' {
		return i
	}
	end := i - 1
	for end > t.last && (s[end-1] == ' ' || s[end-1] == '"') {
		end--
	}
	start, from := i, end
	for words := range 4 {
		w := from
		for w > t.last && (isWord(s[w-1]) || strings.IndexByte(".-'", s[w-1]) >= 0) {
			w--
		}
		if w == from || w > 0 && strings.IndexByte(" \"\n\t(>:,", s[w-1]) < 0 {
			break
		}
		if words > 0 && nameLike(s[w:end]) {
			start = w
		}
		if w == 0 || s[w-1] != ' ' || w-1 < t.last {
			break
		}
		from = w - 1
	}
	return start
}

func isLocalPart(c byte) bool { return isAlnum(c) || strings.IndexByte("._%+-'", c) >= 0 }

func remoteUser(s string) bool { return s == "git" || s == "hg" || s == "svn" }

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// domainEnd gives the end of the mail domain at i, 0 if there is none: version
// numbers and file names such as icon@2x.png are none.
func domainEnd(s string, i int) int {
	end := i
	for end < len(s) && (isAlnum(s[end]) || s[end] == '.' || s[end] == '-') {
		end++
	}
	domain := strings.TrimRight(s[i:end], ".-")
	dot := strings.LastIndexByte(domain, '.')
	if dot <= 0 || domain[0] == '.' || domain[0] == '-' || strings.Contains(domain, "..") {
		return 0
	}
	tld := domain[dot+1:]
	if len(tld) < 2 || len(tld) > 24 || !allOf(tld, isAlpha) && !strings.HasPrefix(tld, "xn--") || fileExtension(tld) {
		return 0
	}
	if label, rest, _ := strings.Cut(domain, "."); allOf(label, isDigit) && isDigit(rest[0]) {
		return 0 // package@1.2.3-beta.rc
	}
	return i + len(domain)
}

func fileExtension(tld string) bool {
	switch strings.ToLower(tld) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "js", "mjs", "jsx", "ts", "tsx", "json",
		"css", "scss", "html", "htm", "xml", "java", "class", "jar", "dll", "exe", "txt", "log", "pdf", "tgz", "gz":
		return true
	}
	return false
}

// obfuscatedEmail replaces "user (at) host (dot) com", at the bracket.
func (t *scan) obfuscatedEmail(i int) int {
	s := t.s
	if len(s)-i < 6 || !strings.EqualFold(s[i+1:i+3], "at") || strings.IndexByte(")]}", s[i+3]) < 0 {
		return 0
	}
	lo := i
	for lo > t.last && s[lo-1] == ' ' && i-lo < 2 {
		lo--
	}
	user := lo
	for user > t.last && isLocalPart(s[user-1]) {
		user--
	}
	if user == lo {
		return 0
	}
	hi := obfuscatedDomain(s, i+4)
	if hi == 0 {
		return 0
	}
	return t.emit(user, hi, emailMark)
}

// obfuscatedDomain reads "host (dot) com" or "host.com".
func obfuscatedDomain(s string, i int) int {
	var end, dots int
	for {
		for i < len(s) && s[i] == ' ' {
			i++
		}
		label := i
		for i < len(s) && (isAlnum(s[i]) || s[i] == '-') {
			i++
		}
		if i == label {
			break
		}
		end = i
		rest := strings.TrimLeft(s[i:], " ")
		switch {
		case len(rest) >= 5 && strings.IndexByte("([{", rest[0]) >= 0 && strings.EqualFold(rest[1:4], "dot"):
			i = len(s) - len(rest) + 5
		case i+1 < len(s) && s[i] == '.' && isAlnum(s[i+1]):
			i++
		default:
			if dots == 0 {
				return 0
			}
			return end
		}
		dots++
	}
	return 0
}

// line runs the rules that hang on the beginning of a line: quoted mail
// headers and attributions. It gives the position to go on from.
func (t *scan) line(i int) int {
	s := t.s
	start := i
	for start < len(s) && strings.IndexByte(" >\t|*_\"", s[start]) >= 0 {
		start++
	}
	if start >= len(s) || s[start] == '\n' {
		return i
	}
	end := lineEnd(s, start)
	if c := s[start]; isWord(c) {
		if next := t.header(start, end); next > start {
			return next
		}
		t.attribution(start, end)
	}
	return i
}

// headers are the names of mail headers that carry people, in the languages
// mail programs quote them in; and the trailers of commits.
var headers = []string{
	"From", "To", "Cc", "CC", "Bcc", "Reply-To", "Sender", "Sent by",
	"Von", "An", "Kopie", "De", "À", "A", "Para", "Da", "Van", "Aan",
	"发件人", "收件人", "抄送", "寄件者", "收件者", "差出人", "宛先", "보낸 사람", "받는 사람",
	"Author", "Committer", "Signed-off-by", "Co-authored-by", "Reviewed-by", "Reported-by", "Acked-by", "Tested-by",
}

// headerStarts has the first bytes of headers.
var headerStarts = func() (t [256]bool) {
	for _, h := range headers {
		t[h[0]] = true
	}
	return t
}()

// header replaces the people of a quoted mail header.
func (t *scan) header(start, end int) int {
	if !headerStarts[t.s[start]] {
		return 0
	}
	line := t.s[start:end]
	for _, h := range headers {
		if !strings.HasPrefix(line, h) {
			continue
		}
		rest := strings.TrimLeft(line[len(h):], "* \u00a0")
		switch {
		case strings.HasPrefix(rest, ":"):
			rest = rest[1:]
		case strings.HasPrefix(rest, "："):
			rest = rest[len("："):]
		default:
			continue
		}
		value := strings.TrimLeft(rest, "* \t")
		from := end - len(value)
		value = strings.TrimRight(value, "\r \t*")
		with, ok := headerPeople(value)
		if !ok || with == value {
			return 0
		}
		return t.emit(from, from+len(value), with)
	}
	return 0
}

// headerPeople replaces every person of an address list. Without any address
// the value must look like names, for "To: be fixed" is no header.
func headerPeople(value string) (string, bool) {
	if value == "" || len(value) > 2000 {
		return "", false
	}
	addressed := strings.Contains(value, "@") || strings.Contains(value, emailMark)
	var out strings.Builder
	for rest := value; rest != ""; {
		cut := strings.IndexAny(rest, ",;")
		part := rest
		sep := ""
		if cut >= 0 {
			part, sep = rest[:cut], rest[cut:cut+1]
		}
		rest = rest[len(part)+len(sep):]
		piece, ok := headerPerson(strings.TrimSpace(part), addressed)
		if !ok {
			return "", false
		}
		out.WriteString(part[:len(part)-len(strings.TrimLeft(part, " \t"))])
		out.WriteString(piece)
		out.WriteString(sep)
	}
	return out.String(), true
}

// headerPerson replaces one person: the name by a placeholder, and the address
// too when there is one.
func headerPerson(s string, addressed bool) (string, bool) {
	if s == "" {
		return "", true
	}
	bare := strings.Trim(s, "<>[]()\"' ")
	if strings.HasPrefix(bare, "@") { // "Cc: @login": the rule of mentions
		return s, true
	}
	if !addressed {
		if s == personMark || isPseudonym(s) {
			return s, true
		}
		return personMark, nameLike(s)
	}
	at := strings.IndexAny(s, "<[(")
	if at < 0 {
		switch {
		case strings.Contains(s, "@") && !strings.Contains(s, " "):
			return emailMark, true
		case isPseudonym(bare):
			return s, true
		}
		return personMark, true
	}
	name := strings.TrimSpace(s[:at])
	tail := s[at:]
	switch {
	case name == "" && strings.HasPrefix(s, personMark), name == "" && strings.HasPrefix(s, emailMark):
		return s, true
	case name == "" || isPseudonym(name):
	default:
		name = personMark
	}
	if !strings.Contains(tail, "@") && !strings.Contains(tail, emailMark) {
		return strings.TrimSpace(name), name != ""
	}
	return strings.TrimSpace(name + " <" + emailMark + ">"), true
}

// nameLike tells whether a text looks like somebody's name: a few capitalised
// words, or a few Chinese, Japanese or Korean characters.
func nameLike(s string) bool {
	if allUnspaced(strings.ReplaceAll(s, " ", "")) {
		return utf8.RuneCountInString(s) <= 6
	}
	words := strings.Fields(s)
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for _, w := range words {
		c, _ := utf8.DecodeRuneInString(strings.Trim(w, "\"'"))
		if !unicode.IsUpper(c) || strings.ContainsFunc(w, func(c rune) bool {
			return !unicode.IsLetter(c) && !unicode.IsMark(c) && !strings.ContainsRune(".-'’\"", c)
		}) {
			return false
		}
	}
	return true
}
