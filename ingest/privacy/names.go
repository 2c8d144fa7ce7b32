package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// names are what the people of one record are called, ready to be found in
// its texts.
type names struct {
	bloom    bloom
	entries  map[[3]byte][]nameEntry
	seen     map[string]bool
	unspaced bool // some name is of a script without word borders
}

// nameEntry is one way to call a person.
type nameEntry struct {
	text   string
	person *person
	fold   bool // compared without case
	called bool // counts only behind @ or ~: otherwise an ordinary word
}

func (n *names) reset() {
	n.bloom = bloom{}
	n.unspaced = false
	if n.entries == nil {
		n.entries, n.seen = map[[3]byte][]nameEntry{}, map[string]bool{}
	}
	clear(n.entries)
	clear(n.seen)
}

// add learns all names of a person.
func (n *names) add(p *person) {
	for _, id := range [...]string{p.login, p.name, p.key, p.accountID} {
		n.addID(id, p)
	}
	n.addDisplay(p.display, p)
	if p.accountID == "" && p.login == "" && p.display == "" && strings.Contains(p.name, " ") {
		n.addDisplay(p.name, p) // git identity
	}
}

// addID learns a login, name, key or account id.
func (n *names) addID(id string, p *person) {
	if utf8.RuneCountInString(id) < 3 || !strings.ContainsFunc(id, unicode.IsLetter) {
		return
	}
	n.put(nameEntry{text: id, person: p, called: ordinaryWord(id)})
}

// addDisplay learns a display name, in both orders.
func (n *names) addDisplay(name string, p *person) {
	name = strings.Join(strings.Fields(name), " ")
	switch runes := utf8.RuneCountInString(name); {
	case name == "" || isPseudonym(name) || genericName(name):
	case allUnspaced(name):
		if runes >= 2 {
			n.unspaced = true
			n.put(nameEntry{text: name, person: p})
		}
	case strings.Contains(name, " "):
		if runes < 5 {
			return
		}
		n.put(nameEntry{text: name, person: p, fold: true})
		cut := strings.LastIndexByte(name, ' ')
		firstName, lastName := name[:cut], name[cut+1:]
		if strings.HasSuffix(firstName, ",") || strings.Contains(firstName, ", ") {
			before, after, _ := strings.Cut(name, ",")
			n.put(nameEntry{text: strings.TrimSpace(after) + " " + before, person: p, fold: true})
			return
		}
		n.put(nameEntry{text: lastName + ", " + firstName, person: p, fold: true})
	default:
		n.addID(name, p)
	}
}

// put files an entry under every spelling its first bytes can have.
func (n *names) put(e nameEntry) {
	id := e.text
	if n.seen[id] || len(id) < 3 {
		return
	}
	n.seen[id] = true
	variants := map[[3]byte]bool{}
	for _, v := range [...]string{e.text, strings.ToLower(e.text), strings.ToUpper(e.text)} {
		if len(v) >= 3 {
			n.bloom.add(hash3(v))
			variants[key3(v)] = true
		}
	}
	for k := range variants {
		n.entries[k] = append(n.entries[k], e)
	}
}

// key3 is the first three bytes of s with ASCII letters in lower case.
func key3(s string) (k [3]byte) {
	for i := range k {
		k[i] = s[i] | 0x20
	}
	return k
}

// find gives the longest known name at the start of s, and its length.
func (n *names) find(s string, called bool) (p *person, length int) {
	if len(s) < 3 {
		return nil, 0
	}
	for _, e := range n.entries[key3(s)] {
		l := e.length(s)
		if e.called && !called && (l == 0 || byteAt(s, l) != '@') { // "jd@host:~$"
			continue
		}
		if l > length {
			p, length = e.person, l
		}
	}
	return p, length
}

// length is how much of s the name takes, 0 if s does not start with it. A
// blank of the name stands for any white space.
func (e *nameEntry) length(s string) int {
	at := 0
	rest := e.text
	for rest != "" {
		part := rest
		cut := strings.IndexByte(rest, ' ')
		if cut >= 0 {
			part, rest = rest[:cut], rest[cut+1:]
		} else {
			rest = ""
		}
		l := e.part(s[at:], part)
		if l == 0 {
			return 0
		}
		at += l
		if cut < 0 {
			break
		}
		blanks := len(s[at:]) - len(strings.TrimLeft(s[at:], " \t\r\n\u00a0"))
		if blanks == 0 {
			return 0
		}
		at += blanks
	}
	if endsInWord(s, at) {
		return 0
	}
	return at
}

func (e *nameEntry) part(s, part string) int {
	if strings.HasPrefix(s, part) {
		return len(part)
	}
	if !e.fold {
		return 0
	}
	if len(s) >= len(part) && strings.EqualFold(s[:len(part)], part) {
		return len(part)
	}
	return 0
}

// endsInWord tells whether cutting s at i would cut a word in two.
func endsInWord(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	c, _ := utf8.DecodeRuneInString(s[i:])
	if unspaced(c) {
		return false
	}
	return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

func allUnspaced(s string) bool {
	for _, c := range s {
		if !unspaced(c) && c != '·' && c != '・' {
			return false
		}
	}
	return s != ""
}

// name replaces a known name at i.
func (t *scan) name(i int) int {
	called := i > 0 && (t.s[i-1] == '~' || t.s[i-1] == '@') || inPath(t.s[:i])
	p, n := t.r.known.find(t.s[i:], called)
	if n == 0 {
		return 0
	}
	return t.emit(i, i+n, p.pseudonym)
}

// inPath tells whether what follows before is an account's place: a home
// directory, or its part of a code host.
func inPath(before string) bool {
	if before == "" || before[len(before)-1] != '/' && before[len(before)-1] != '\\' {
		return false
	}
	for _, place := range [...]string{"/Users/", "/home/", "/media/", "\\Users\\", "github.com/", "gitlab.com/", "bitbucket.org/"} {
		if strings.HasSuffix(before, place) {
			return true
		}
	}
	return false
}

// home replaces the account in a home directory, "/Users/jdoe/src", whoever it
// is: texts are full of paths, and the account is often the full name.
func (t *scan) home(i int) int {
	s := t.s
	if i == 0 || s[i-1] != '/' && s[i-1] != '\\' {
		return 0
	}
	sep := s[i-1]
	j := i
	for j < len(s) && isAlpha(s[j]) {
		j++
	}
	if dir := s[i:j]; dir != "Users" && dir != "home" {
		return 0
	}
	for j < len(s) && s[j] == sep { // escaped backslashes are doubled
		j++
	}
	end := j
	for end < len(s) && (isWord(s[end]) || s[end] == '-' || s[end] == '.' || sep == '\\' && s[end] == ' ') {
		end++
	}
	if end >= len(s) || s[end] != sep {
		return 0
	}
	switch strings.ToLower(s[j:end]) {
	case "", "shared", "public", "default", "all users", "user", "username", "runner", "travis", "circleci", "vagrant", "ubuntu", "jenkins", "root", "admin", "administrator", "node", ".", "..":
		return 0
	}
	if isPseudonym(s[j:end]) {
		return end
	}
	if strings.Contains(s[max(0, i-40):i], "://") && !strings.Contains(s[max(0, i-40):i], "file:") {
		return 0 // a link's path is nobody's directory
	}
	if p := t.r.byAlias(s[j:end]); p != nil {
		return t.emit(j, end, p.pseudonym)
	}
	return t.emit(j, end, personMark)
}

// ordinaryWord tells whether a login is also a word that texts are full of:
// short lower-case ones, and the names that service accounts have.
func ordinaryWord(id string) bool {
	lower := 0
	for i := range len(id) {
		if id[i] >= 'a' && id[i] <= 'z' {
			lower++
		}
	}
	if lower == len(id) && len(id) < 5 {
		return true
	}
	switch strings.ToLower(id) {
	case "admin", "administrator", "system", "support", "service", "jenkins", "github", "gitlab",
		"jira", "automation", "anonymous", "unknown", "nobody", "owner", "guest", "tester",
		"developer", "customer", "client", "public", "private", "default", "master", "server",
		"user", "users", "test", "team", "root", "info", "help", "helpdesk", "bot", "robot", "security":
		return true
	}
	return false
}

// genericName tells whether a display name is a placeholder of the source, not
// anybody's name.
func genericName(name string) bool {
	switch strings.ToLower(name) {
	case "former user", "deleted user", "unknown user", "anonymous user", "inactive user":
		return true
	}
	return false
}
