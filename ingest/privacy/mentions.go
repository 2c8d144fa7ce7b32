package privacy

import "strings"

// mention replaces @login, and @ before a known name.
func (t *scan) mention(i int) int {
	s := t.s
	if i+1 >= len(s) {
		return 0
	}
	if pseudonymAt(s, i+1) {
		return i + 1 + pseudonymLen
	}
	if strings.HasSuffix(s[:i], secretMark) { // https://[secret]@host
		return 0
	}
	glued := i > 0 && (isWord(s[i-1]) && s[i-1] < 0x80 || strings.IndexByte("/.-@`", s[i-1]) >= 0)
	if !glued || s[i-1] == '/' {
		if p, n := t.r.known.find(s[i+1:], true); n > 0 {
			return t.emit(i+1, i+1+n, p.pseudonym)
		}
	}
	if glued {
		return 0
	}
	if t.r.ns == "github" {
		return t.githubMention(i)
	}
	return t.looseMention(i)
}

// githubMention follows GitHub: everything of the shape of a login is one,
// outside of code. Teams ("@org/team") and npm scopes are not people.
func (t *scan) githubMention(i int) int {
	s := t.s
	end := githubLogin(s, i+1)
	login := s[i+1 : end]
	if login == "" || end < len(s) && (isWord(s[end]) && s[end] < 0x80) {
		return 0
	}
	if p := t.r.byAlias(login); p != nil {
		return t.emit(i, end, "@"+p.pseudonym)
	}
	switch {
	case t.inCode(i), allOf(login, isDigit), len(login) > 39+len("[bot]"):
		return 0
	case strings.HasPrefix(login, "0x"): // an address
		return 0
	case len(login) == 2 && isDigit(login[0]) && login[1] == 'x': // image@2x
		return 0
	case end+1 < len(s) && s[end] == '/' && isAlnum(s[end+1]):
		return end
	case domainTail(s[end:]):
		return 0
	}
	return t.emit(i, end, "@"+t.r.b.hide(t.r.ns, login))
}

// githubLogin gives the end of the login that starts at i: letters, digits and
// single hyphens inside, a suffix of managed users ("_acme"), "[bot]".
func githubLogin(s string, i int) int {
	j := i
	for j < len(s) && (isAlnum(s[j]) || s[j] == '-' && j > i) {
		j++
	}
	for j > i && s[j-1] == '-' {
		j--
	}
	if j == i {
		return i
	}
	if j < len(s) && s[j] == '_' {
		k := j + 1
		for k < len(s) && isAlnum(s[k]) {
			k++
		}
		if k > j+1 {
			j = k
		}
	}
	if strings.HasPrefix(s[j:], "[bot]") {
		j += len("[bot]")
	}
	return j
}

// domainTail tells whether what follows makes a host name of the word before
// it, as in "@gmail.com".
func domainTail(s string) bool {
	for _, tld := range [...]string{".com", ".org", ".net", ".io", ".de", ".edu", ".co"} {
		if strings.HasPrefix(s, tld) && (len(s) == len(tld) || !isWord(s[len(tld)])) {
			return true
		}
	}
	return false
}

// looseMention handles systems in which a plain @word mentions nobody, but
// people write it all the same.
func (t *scan) looseMention(i int) int {
	s := t.s
	if i > 0 && strings.IndexByte(" \t\n\r(,;>*\"'|", s[i-1]) < 0 || t.inCode(i) {
		return 0
	}
	end := i + 1
	for end < len(s) && (isAlnum(s[end]) || strings.IndexByte("._-", s[end]) >= 0) {
		end++
	}
	end = i + 1 + len(strings.TrimRight(s[i+1:end], ".-"))
	login := s[i+1 : end]
	switch {
	case len(login) < 2 || !isAlpha(login[0]) || annotation(login):
		return 0
	case end < len(s) && (strings.IndexByte("({=\"'/", s[end]) >= 0 || s[end] >= 0x80):
		return 0
	}
	return t.emit(i, end, "@"+t.r.resolve(login))
}

// annotation tells words behind @ that are code or address everybody.
func annotation(word string) bool {
	switch strings.ToLower(word) {
	case "all", "here", "channel", "everyone", "team",
		"property", "implementation", "interface", "end", "synthesize", "selector", "protocol",
		"class", "import", "optional", "required", "try", "catch", "finally", "throw", "autoreleasepool", "dynamic", "private", "public", "protected",
		"media", "font-face", "keyframes", "charset", "include", "extend", "mixin", "page", "supports",
		"override", "deprecated", "suppresswarnings", "test", "before", "after", "nonnull", "nullable",
		"param", "params", "return", "returns", "see", "since", "throws", "link", "code", "type",
		"author", "version", "todo",
		"bean", "autowired", "component", "inject", "entity", "id", "column", "table", "get", "post", "ts-ignore", "echo":
		return true
	}
	return false
}

// jiraMention replaces [~name] and [~accountid:…].
func (t *scan) jiraMention(i int) int {
	s := t.s
	if i+2 >= len(s) || s[i+1] != '~' || t.r.ns == "github" {
		return 0
	}
	end := strings.IndexAny(s[i:min(len(s), i+200)], "]\n")
	if end < 3 || s[i+end] != ']' {
		return 0
	}
	id := strings.TrimPrefix(s[i+2:i+end], "accountid:")
	id = strings.TrimSpace(id)
	if id == "" {
		return 0
	}
	if isPseudonym(id) {
		return t.emit(i, i+end+1, "@"+id)
	}
	return t.emit(i, i+end+1, "@"+t.r.resolve(id))
}
