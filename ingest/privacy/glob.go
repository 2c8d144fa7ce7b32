package privacy

import "strings"

// globs are patterns in which only * and ? are special, compared without case.
// A bracket is a bracket: logins of GitHub apps end in "[bot]".
type globs []string

func newGlobs(patterns []string) globs {
	var g globs
	for _, p := range patterns {
		if p = strings.ToLower(strings.TrimSpace(p)); p != "" {
			g = append(g, p)
		}
	}
	return g
}

// match tells whether any pattern matches the whole of s.
func (g globs) match(s string) bool {
	if len(g) == 0 {
		return false
	}
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return false
	}
	rs := []rune(s)
	for _, p := range g {
		if globMatch([]rune(p), rs) {
			return true
		}
	}
	return false
}

// globMatch is the usual linear matcher: on a mismatch it goes back to the
// last star and lets it swallow one more character.
func globMatch(p, s []rune) bool {
	pi, si, star, mark := 0, 0, -1, 0
	for si < len(s) {
		switch {
		case pi < len(p) && p[pi] == '*':
			star, mark = pi, si
			pi++
		case pi < len(p) && (p[pi] == '?' || p[pi] == s[si]):
			pi++
			si++
		case star >= 0:
			mark++
			pi, si = star+1, mark
		default:
			return false
		}
	}
	for pi < len(p) && p[pi] == '*' {
		pi++
	}
	return pi == len(p)
}
