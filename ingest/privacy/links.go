package privacy

import "strings"

// url handles the link around the "://" at i: credentials in it, and links to
// somebody's profile. Other links stay, but the scan goes on inside of them.
func (t *scan) url(i int) int {
	s := t.s
	if !strings.HasPrefix(s[i:], "://") {
		return 0
	}
	lo := i
	for lo > t.last && isAlpha(s[lo-1]) {
		lo--
	}
	if lo == i {
		return 0
	}
	hi := linkEnd(s, i+3)
	rest := s[i+3 : hi]
	authority, path := rest, ""
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		authority, path = rest[:at], rest[at:]
	}
	if at := strings.LastIndexByte(authority, '@'); at > 0 && !remoteUser(authority[:at]) {
		return t.emit(i+3, i+3+at+1, secretMark+"@")
	}
	if profile(strings.ToLower(authority), path) {
		return t.emit(lo, hi, profileMark)
	}
	return 0
}

// maxLink bounds the length of links and of other things that are looked ahead
// for, so that no text, however odd, takes quadratic time.
const maxLink = 2048

// linkEnd gives the end of a link in running text.
func linkEnd(s string, i int) int {
	from := i
	for i < len(s) && i-from < maxLink && s[i] > ' ' && s[i] < 0x80 && strings.IndexByte("<>\"'`|\\^[]()", s[i]) < 0 {
		i++
	}
	return from + len(strings.TrimRight(s[from:i], ".,;:!?*"))
}

// bareProfile handles github.com/login without a scheme.
func (t *scan) bareProfile(i int) int {
	s := t.s
	if i > 0 && strings.IndexByte("/.@-", s[i-1]) >= 0 {
		return 0
	}
	hi := linkEnd(s, i)
	const host = "github.com"
	if hi <= i+len(host) || !profile(host, s[i+len(host):hi]) {
		return 0
	}
	return t.emit(i, hi, profileMark)
}

// scrubLink scrubs a value that is structure: only a link to a profile, or an
// account id, is replaced.
func (r *record) scrubLink(s string) string {
	if at := strings.Index(s, "://"); at > 0 {
		authority, path := s[at+3:], ""
		if cut := strings.IndexAny(authority, "/?#"); cut >= 0 {
			authority, path = authority[:cut], authority[cut:]
		}
		if profile(strings.ToLower(authority), path) {
			return profileMark
		}
		return s
	}
	if p := r.alias[s]; p != nil && p.accountID == s {
		return p.pseudonym
	}
	return s
}

// profile tells whether a link leads to a person, or shows somebody's picture.
func profile(host, path string) bool {
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimPrefix(host, "www.")
	segments, query := segmentsOf(path)
	if len(segments) == 0 {
		return false
	}
	switch host {
	case "github.com":
		return len(segments) == 1 && !reserved(segments[0]) || segments[0] == "users" && len(segments) > 1
	case "gravatar.com", "secure.gravatar.com", "twitter.com", "x.com", "mobile.twitter.com":
		return !reserved(segments[0])
	case "linkedin.com", "facebook.com":
		return segments[0] == "in" || host == "facebook.com" && len(segments) == 1
	}
	if strings.HasPrefix(host, "avatars") && strings.HasSuffix(host, ".githubusercontent.com") ||
		strings.HasSuffix(host, "gravatar.com") || strings.HasPrefix(host, "avatar-management") {
		return true
	}
	return profilePath(segments, query)
}

// profilePath recognises the pages of Jira and of many other systems.
func profilePath(segments []string, query string) bool {
	for i, seg := range segments {
		more := len(segments) - i - 1
		switch seg {
		case "ViewProfile.jspa", "useravatar":
			return true
		case "users":
			if i == 0 && more > 0 {
				return true
			}
		case "people":
			if more > 0 && (i == 0 || segments[i-1] == "jira") {
				return true
			}
		case "user":
			if more == 0 && strings.Contains(strings.Join(segments, "/"), "rest/api/") && query != "" {
				return true
			}
			if more > 0 && i > 0 && segments[i-1] == "type" { // universal_avatar/view/type/user/…
				return true
			}
		}
	}
	return false
}

// segmentsOf splits a path into its non-empty segments and the query.
func segmentsOf(path string) (segments []string, query string) {
	path, _, _ = strings.Cut(path, "#")
	path, query, _ = strings.Cut(path, "?")
	for seg := range strings.SplitSeq(path, "/") {
		if len(segments) == 16 { // who is deeper down is nobody's profile
			break
		}
		if seg != "" {
			segments = append(segments, seg)
		}
	}
	return segments, query
}

// reserved lists first path segments of github.com that are no account, and a
// few of other hosts.
func reserved(seg string) bool {
	switch strings.ToLower(seg) {
	case "about", "account", "apps", "blog", "codespaces", "collections", "contact", "customer-stories",
		"dashboard", "discussions", "enterprise", "events", "explore", "features", "git-guides", "home", "i",
		"intent", "issues", "join", "login", "logout", "marketplace", "mobile", "new", "notifications",
		"orgs", "organizations", "pricing", "pulls", "readme", "search", "security", "sessions", "settings",
		"share", "signup", "site", "sponsors", "stars", "status", "support", "team", "teams", "topics",
		"trending", "watching", "hashtag", "wiki":
		return true
	}
	return false
}
