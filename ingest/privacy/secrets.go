package privacy

import (
	"encoding/base64"
	"strings"
)

// token is a kind of credential that shows by its prefix.
type token struct {
	prefix string
	min    int // characters behind the prefix
	chars  func(byte) bool
}

// tokens lists the prefixes that vendors gave their credentials in order to
// have them found.
var tokens = []token{
	{"ghp_", 20, isAlnum},
	{"gho_", 20, isAlnum},
	{"ghs_", 20, isTokenChar},
	{"ghu_", 20, isAlnum},
	{"ghr_", 20, isAlnum},
	{"github_pat_", 20, isTokenChar},
	{"glpat-", 15, isTokenChar},
	{"xoxa-", 10, isTokenChar},
	{"xoxb-", 10, isTokenChar},
	{"xoxp-", 10, isTokenChar},
	{"xoxr-", 10, isTokenChar},
	{"xoxs-", 10, isTokenChar},
	{"AKIA", 16, isUpperAlnum},
	{"ASIA", 16, isUpperAlnum},
	{"AIza", 30, isTokenChar},
	{"sk_live_", 10, isAlnum},
	{"sk_test_", 10, isAlnum},
	{"rk_live_", 10, isAlnum},
	{"rk_test_", 10, isAlnum},
	{"sk-", 20, isTokenChar},
	{"npm_", 30, isAlnum},
	{"ATATT", 20, isTokenOrPad},
	{"ATCTT", 20, isTokenOrPad},
}

func isTokenChar(c byte) bool  { return isAlnum(c) || c == '_' || c == '-' }
func isTokenOrPad(c byte) bool { return isTokenChar(c) || c == '=' }
func isUpperAlnum(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'Z' }
func isBase64(c byte) bool     { return isTokenOrPad(c) || c == '+' || c == '/' || c == '.' || c == '~' }

// fixedWords knows the beginnings of the words that rules hang on.
var fixedWords = func() (b bloom) {
	for _, t := range tokens {
		b.add(hash3(t.prefix))
	}
	for _, w := range [...]string{"eyJ", "bearer", "basic", "begin", "github.com/", "tel", "phone", "mobile", "fax", "cell", "telefon", "handy", "Users", "home", "pass", "token", "api"} {
		b.add(hash3(w))
	}
	return b
}()

// fixedWord runs the rules that hang on certain words.
func (t *scan) fixedWord(i int) int {
	s := t.s[i:]
	switch s[0] | 0x20 {
	case 'e':
		return t.jwt(i)
	case 'b':
		return first(i, t.bearer, t.pem)
	case 'g':
		if strings.HasPrefix(s, "github.com/") {
			if end := t.bareProfile(i); end > i {
				return end
			}
		}
	case 'u', 'h':
		if end := t.home(i); end > i {
			return end
		}
	}
	if end := t.flag(i); end > i {
		return end
	}
	switch s[0] | 0x20 {
	case 't', 'p', 'm', 'f', 'c', 'h':
		return t.labelledPhone(i)
	}
	return t.prefixed(i)
}

// flag replaces the value of a command line flag such as --password hunter2.
func (t *scan) flag(i int) int {
	s := t.s
	if i < 2 || s[i-2:i] != "--" {
		return 0
	}
	end := i
	for end < len(s) && (isWord(s[end]) || s[end] == '-') {
		end++
	}
	if byteAt(s, end) != ' ' || byteAt(s, end+1) == '-' {
		return 0
	}
	kind := secretKind(s[i:end])
	if kind != password && kind != tokenKey {
		return 0
	}
	value, start, quoted := assignedValue(s, end+1)
	if !secretValue(kind, value, quoted) {
		return 0
	}
	return t.emit(start, start+len(value), secretMark)
}

// prefixed replaces a token known by its prefix.
func (t *scan) prefixed(i int) int {
	if i < t.noToken {
		return 0
	}
	s := t.s[i:]
	for _, k := range tokens {
		if !strings.HasPrefix(s, k.prefix) {
			continue
		}
		n := len(k.prefix)
		for n < len(s) && k.chars(s[n]) {
			n++
		}
		if n-len(k.prefix) < k.min {
			continue
		}
		if k.prefix == "sk-" && !hasDigit(s[:n]) {
			t.noToken = i + n
			return 0
		}
		return t.emit(i, i+n, secretMark)
	}
	return 0
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// jwt replaces a JSON web token: three parts, the first being a base64 object.
func (t *scan) jwt(i int) int {
	s := t.s[i:]
	if !strings.HasPrefix(s, "eyJ") || i < t.noJWT {
		return 0
	}
	n, dots := 0, 0
	for n < len(s) && (isTokenOrPad(s[n]) || s[n] == '.') {
		if s[n] == '.' {
			dots++
		}
		n++
	}
	if dots < 2 || n < 30 {
		t.noJWT = i + n
		return 0
	}
	return t.emit(i, i+n, secretMark)
}

// bearer replaces what follows "Bearer" or "Basic" when it is a credential and
// not the next word of a sentence.
func (t *scan) bearer(i int) int {
	s := t.s[i:]
	basic := hasFold(s, "basic ")
	if !basic && !hasFold(s, "bearer ") {
		return 0
	}
	from := strings.IndexByte(s, ' ') + 1
	n := from
	for n < len(s) && isBase64(s[n]) {
		n++
	}
	value := s[from:n]
	if basic {
		plain, err := base64.StdEncoding.DecodeString(value)
		if err != nil || !strings.Contains(string(plain), ":") {
			return 0
		}
	} else if len(value) < 12 || !hasDigit(value) {
		return 0
	}
	return t.emit(i+from, i+n, secretMark)
}

// pem replaces a private key block. A block without its end runs to the end of
// the text: half a key is a key too.
func (t *scan) pem(i int) int {
	const dashes, private = "-----", "PRIVATE KEY"
	s := t.s
	if i < len(dashes) || s[i-len(dashes):i] != dashes || !strings.HasPrefix(s[i:], "BEGIN ") {
		return 0
	}
	if !strings.Contains(s[i:min(len(s), i+40+len(private))], private) {
		return 0
	}
	end := len(s)
	if at := strings.Index(s[i:], dashes+"END "); at >= 0 {
		end = i + at + len(dashes)
		if rest := strings.Index(s[end:], dashes); rest >= 0 {
			end += rest + len(dashes)
		} else {
			end = lineEnd(s, end)
		}
	}
	return t.emit(i-len(dashes), end, secretMark)
}

// assignmentSign is assignment for the one-byte signs.
func (t *scan) assignmentSign(i int) int { return t.assignment(i, 1) }

// assignment replaces the value of password=…, "token": …, Authorization: ….
// The sign at i is size bytes long.
func (t *scan) assignment(i, size int) int {
	s := t.s
	if operator(s, i, size) {
		return 0
	}
	kind := secretKind(assigned(s, i))
	if kind == noSecret {
		return 0
	}
	from := i + size
	if from < len(s) && (s[i] == '=' && s[from] == '>' || s[i] == ':' && s[from] == '=') {
		from++
	}
	for from < len(s) && (s[from] == ' ' || s[from] == '\t') {
		from++
	}
	if kind == authHeader {
		return t.authorization(from)
	}
	value, start, quoted := assignedValue(s, from)
	if !secretValue(kind, value, quoted) || !quoted && callFollows(s, start+len(value)) {
		return 0
	}
	return t.emit(start, start+len(value), secretMark)
}

// operator tells signs that are part of an operator: ==, !=, ::, …
func operator(s string, i, size int) bool {
	if size > 1 {
		return false
	}
	next, prev := byte(0), byte(0)
	if i+1 < len(s) {
		next = s[i+1]
	}
	if i > 0 {
		prev = s[i-1]
	}
	if s[i] == ':' {
		return next == ':' || prev == ':' || next == '/'
	}
	return next == '=' || next == '~' || strings.IndexByte("=!<>+-*/~:|&", prev) >= 0
}

// assigned gives the identifier before the sign at i.
func assigned(s string, i int) string {
	end := i
	for blanks := 0; end > 0 && blanks < 3 && strings.IndexByte(" \t\"'`*", s[end-1]) >= 0; blanks++ {
		end--
	}
	start := end
	for start > 0 && end-start < 64 && (isWord(s[start-1]) || s[start-1] == '-') {
		start--
	}
	return s[start:end]
}

type secretKindOf int

const (
	noSecret secretKindOf = iota
	password
	tokenKey
	authHeader
)

// secretKind classifies the name of a setting by its end.
func secretKind(name string) secretKindOf {
	if len(name) < 3 {
		return noSecret
	}
	switch last := name[len(name)-1]; {
	case last >= 0x80:
	case strings.IndexByte("dtnyeslb", last|0x20) < 0:
		return noSecret
	}
	low := strings.ToLower(name)
	if low == "authorization" || low == "proxy-authorization" {
		return authHeader
	}
	for _, w := range [...]string{"password", "passwd", "pwd", "passphrase", "passwort", "kennwort", "contraseña", "senha", "密码", "密碼", "口令", "パスワード", "비밀번호"} {
		if strings.HasSuffix(low, w) {
			return password
		}
	}
	for _, w := range [...]string{
		"token", "secret", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key",
		"secretkey", "secret_key", "secret-key", "privatekey", "private_key", "private-key", "authkey", "auth_key", "credential", "credentials",
	} {
		if strings.HasSuffix(low, w) {
			return tokenKey
		}
	}
	return noSecret
}

// authorization replaces the value of the header, not a sentence about it.
func (t *scan) authorization(from int) int {
	s := t.s
	end := from
	for end < len(s) && end-from < maxLink && strings.IndexByte("\"'\r\n`<", s[end]) < 0 {
		end++
	}
	value := strings.TrimRight(s[from:end], " \t\\,;")
	scheme, rest, two := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "bearer", "basic", "token", "apikey", "oauth", "digest", "negotiate", "hawk", "aws4-hmac-sha256", "ntlm":
		if two && rest != secretMark && len(rest) >= 4 {
			return t.emit(from, from+len(value), secretMark)
		}
		return 0
	}
	if scheme == secretMark || len(scheme) < 8 || !hasDigit(scheme) && len(scheme) < 20 {
		return 0
	}
	return t.emit(from, from+len(scheme), secretMark)
}

// assignedValue cuts out the value at from, without its quotes.
func assignedValue(s string, from int) (value string, start int, quoted bool) {
	if from >= len(s) {
		return "", from, false
	}
	if q := s[from]; q == '"' || q == '\'' || q == '`' {
		line := s[from+1 : min(len(s), from+512)]
		if end := strings.IndexAny(line, string(q)+"\n"); end >= 0 && line[end] == q {
			return line[:end], from + 1, true
		}
		from++
	}
	end := from
	for end < len(s) && end-from < maxLink && strings.IndexByte(" \t\r\n,;&\"'<>)}]|`", s[end]) < 0 {
		end++
	}
	return strings.TrimRight(s[from:end], ".:!?"), from, false
}

// callFollows tells values that are code: password = readPassword().
func callFollows(s string, end int) bool { return end < len(s) && s[end] == '(' }

// secretValue tells whether a value is a secret rather than a word about one.
func secretValue(kind secretKindOf, v string, quoted bool) bool {
	if len(v) < 3 || strings.Contains(v, secretMark) || strings.IndexByte("$<{%[", v[0]) >= 0 || strings.Trim(v, "*x.•") == "" {
		return false
	}
	if !quoted && strings.ContainsAny(v, "({") {
		return false
	}
	switch strings.ToLower(v) {
	case "null", "nil", "none", "true", "false", "undefined", "empty", "string", "str", "text", "password", "required",
		"the", "and", "not", "please", "when", "after", "this", "that", "must", "should", "for", "you", "your", "is", "it",
		"incorrect", "wrong", "invalid", "missing", "yes":
		return false
	}
	if kind == password {
		return true
	}
	digit, dot := hasDigit(v), strings.ContainsAny(v, ".")
	switch {
	case strings.ContainsAny(v, " \t"):
		return false
	case quoted:
		return len(v) >= 8 || digit && len(v) >= 6
	case digit:
		return len(v) >= 6
	}
	return len(v) >= 20 && !dot
}
