package privacy

import "strings"

// Which strings are structure and which are free text?
//
// Structure by shape: a whole value that is a number, an ISO 8601 date or
// time, or a hexadecimal hash. Structure by key: ids, keys, links, states and
// times, see structuralKey, as long as the value has no blank and no @, which
// no id or state has. Of structure only links to profiles, credentials in
// links and mail links are replaced. Everything else is free text.

// structuralKey tells whether strings under this key are for machines.
func structuralKey(key string) bool {
	switch key {
	case "id", "key", "self", "url", "href", "iconUrl", "node_id", "sha", "commit_id", "ref",
		"state", "state_reason", "status", "type", "action", "event", "color", "colorName",
		"created", "updated", "resolutiondate", "duedate", "started", "timestamp",
		"timeZone", "timezone", "version", "mimeType", "content_type", "encoding", "language",
		"field", "fieldId", "fieldtype", "fieldType", "accountType", "account_type",
		"author_association", "webhookEvent", "issue_event_type_name", "issueKey", "issueId",
		"projectId", "localId", "collection", "full_name", "default_branch", "slug", "op",
		"_actor", "_role", "_fromRole", "_toRole":
		return true
	}
	return strings.HasSuffix(key, "_at") || strings.HasSuffix(key, "_url") ||
		strings.HasSuffix(key, "_id") || strings.HasSuffix(key, "Url") ||
		strings.HasSuffix(key, "Date") || strings.HasSuffix(key, "_on")
}

// looksLikeText tells whether a value cannot be an id, a link or a state.
func looksLikeText(s string) bool {
	return len(s) > 2048 || strings.ContainsAny(s, " @\n\t")
}

// structuralShape tells whether a value is a number, a time or a hash.
func structuralShape(s string) bool {
	if len(s) > 64 || len(s) == 0 {
		return false
	}
	switch {
	case allOf(s, isDigit):
		return true
	case isoTime(s):
		return true
	case len(s) == 40 || len(s) == 64:
		return allOf(s, isHexLower)
	}
	return decimal(s)
}

// isoTime recognises 2006-01-02 and 2006-01-02T15:04:05, with any fraction and
// zone behind it.
func isoTime(s string) bool {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) != 10 && len(s) < len(form) || len(s) > 35 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i >= len(form) {
			if !isDigit(c) && !strings.ContainsRune(".,+-:Z", rune(c)) {
				return false
			}
			continue
		}
		switch f := form[i]; {
		case f == 'd' && !isDigit(c):
			return false
		case f == 'T' && c != 'T' && c != ' ':
			return false
		case f != 'd' && f != 'T' && c != f:
			return false
		}
	}
	return true
}

// decimal recognises -12.5 and the like.
func decimal(s string) bool {
	if s[0] == '-' {
		s = s[1:]
	}
	dots := 0
	for i := range len(s) {
		c := s[i]
		if c == '.' {
			dots++
		} else if !isDigit(c) {
			return false
		}
	}
	return len(s) > 0 && dots <= 1
}

func allOf(s string, f func(byte) bool) bool {
	for i := range len(s) {
		if !f(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isHexLower(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }
func isHex(c byte) bool      { return isHexLower(c) || c >= 'A' && c <= 'F' }
func isAlpha(c byte) bool    { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c byte) bool    { return isAlpha(c) || isDigit(c) }

// isWord tells whether a byte is part of a word. Bytes of multi-byte runes
// count: their letters must not be cut.
func isWord(c byte) bool { return isAlnum(c) || c == '_' || c >= 0x80 }
