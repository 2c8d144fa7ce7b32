package message

import (
	"strconv"
	"unicode/utf8"
)

// What this file allows is written down for producers in
// sql/staging/kafka/ticketmill.schema.json; a test holds the two together.

func isTicketmillType(s string) bool {
	return s == "ticket" || s == "comment" || s == "event" || s == "survey"
}

// validate gives what is wrong with a ticketmill message, such as "no_at", or
// the empty string. Unknown members are never wrong.
func validate(o *object, d *Decoder) string {
	kind, ok := o.text("type")
	if !ok || !isTicketmillType(kind) {
		return "bad_type"
	}
	for _, m := range [...]struct {
		name string
		rule rule
	}{{"source", isSource}, {"key", isKey}, {"at", isTime}} {
		switch v := o.get(m.name); {
		case v == nil:
			return "no_" + m.name
		case !m.rule(d, v):
			return "bad_" + m.name
		}
	}
	if reason := required(o, kind); reason != "" {
		return reason
	}
	for i := range o.members {
		m := &o.members[i]
		if check := ruleOf(kind, m.Name); check != nil && !isNull(m.Value) && !check(d, m.Value) {
			return "bad_" + m.Name
		}
	}
	return ""
}

// required checks what a type needs beyond the members that all types need,
// and what hangs together.
func required(o *object, kind string) string {
	switch kind {
	case "event":
		if v := o.get("field"); isNull(v) {
			return "no_field"
		}
	case "survey":
		return survey(o)
	}
	return ""
}

// survey checks the score against its scale, which ends at 5 unless it says
// otherwise.
func survey(o *object) string {
	a, b, best := o.get("satisfaction_score"), o.get("score"), 5.0
	if isNull(a) && isNull(b) {
		return "no_score"
	}
	if v := o.get("scale_max"); !isNull(v) {
		if !isScaleMax(v) {
			return "bad_scale_max"
		}
		best, _ = strconv.ParseFloat(string(v), 64)
	}
	if !onScale(a, best) || !onScale(b, best) {
		return "bad_score"
	}
	return ""
}

// rule checks one value, which is not null.
type rule func(d *Decoder, v []byte) bool

// ruleOf gives the rule of an optional member; nil when the type has none.
func ruleOf(kind, name string) rule {
	switch kind {
	case "ticket":
		return ticketRule(name)
	case "comment":
		return commentRule(name)
	case "event":
		return eventRule(name)
	}
	return surveyRule(name)
}

func ticketRule(name string) rule {
	switch name {
	case "title", "body", "status", "priority", "ticket_type", "project", "component", "url",
		"language", "team", "customer_id", "customer_tier", "tier":
		return isText
	case "status_category":
		return isCategory
	case "channel":
		return isChannel
	case "labels":
		return isTexts
	case "reporter", "assignee":
		return isPerson
	case "created_at", "resolved_at":
		return isTime
	case "deleted":
		return isBool
	}
	return nil
}

func commentRule(name string) rule {
	switch name {
	case "id", "ticket":
		return isKey
	case "body":
		return isText
	case "author":
		return isPerson
	case "author_role":
		return isRole
	case "created_at":
		return isTime
	case "is_public", "deleted":
		return isBool
	}
	return nil
}

func eventRule(name string) rule {
	switch name {
	case "id", "field":
		return isKey
	case "from", "to", "actor":
		return isPerson // a text, or whom an assignment is about
	}
	return nil
}

func surveyRule(name string) rule {
	switch name {
	case "id":
		return isKey
	case "comment":
		return isText
	case "respondent":
		return isPerson
	}
	return nil
}

func isText(_ *Decoder, v []byte) bool { return v[0] == '"' }

func isBool(_ *Decoder, v []byte) bool { return v[0] == 't' || v[0] == 'f' }

func isCategory(_ *Decoder, v []byte) bool {
	s, _ := text(v)
	return s == "open" || s == "pending" || s == "resolved"
}

func isRole(_ *Decoder, v []byte) bool {
	s, _ := text(v)
	return s == "agent" || s == "customer" || s == "bot"
}

// isKey tells a name of a thing: 1 to 512 characters.
func isKey(_ *Decoder, v []byte) bool {
	s, ok := text(v)
	return ok && s != "" && utf8.RuneCountInString(s) <= 512
}

// isSource tells a name of a source: ^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$.
func isSource(_ *Decoder, v []byte) bool {
	s, ok := text(v)
	return ok && isName(s, true)
}

// isChannel tells a name of a channel: as a source, without capitals.
func isChannel(_ *Decoder, v []byte) bool {
	s, ok := text(v)
	return ok && isName(s, false)
}

func isName(s string, capitals bool) bool {
	for i, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case capitals && c >= 'A' && c <= 'Z':
		case i > 0 && (c == '-' || c == '_'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isTexts(d *Decoder, v []byte) bool {
	if v[0] != '[' {
		return false
	}
	vs, _, err := d.elements(v)
	for _, e := range vs {
		if e[0] != '"' {
			return false
		}
	}
	return err == nil
}

// isPerson tells a person: a text, or an object whose id, name and email are
// texts.
func isPerson(d *Decoder, v []byte) bool {
	if v[0] == '"' {
		return true
	}
	o := d.whole(v)
	if o == nil {
		return false
	}
	for _, name := range [...]string{"id", "name", "email"} {
		if m := o.get(name); !isNull(m) && m[0] != '"' {
			return false
		}
	}
	return true
}

func isScaleMax(v []byte) bool { return onScale(v, 1000) && !onScale(v, 1) }

// onScale tells a number from 1 to best; null and absent ones do not matter.
func onScale(v []byte, best float64) bool {
	if isNull(v) {
		return true
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return err == nil && f >= 1 && f <= best
}

func isTime(_ *Decoder, v []byte) bool {
	s, _ := text(v)
	_, ok := parseTime(s)
	return ok
}
