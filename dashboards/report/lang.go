package report

import "fmt"

// Lang is the language of the labels. What comes from the tickets, such as names
// of demand types, stays in its own.
type Lang string

// The languages of a report.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Language is the language with the given code.
func Language(code string) (Lang, error) {
	switch l := Lang(code); l {
	case English, Chinese:
		return l, nil
	}
	return "", fmt.Errorf("the language is en or zh, not %q", code)
}

// tag is the language for HTML.
func (l Lang) tag() string {
	if l == Chinese {
		return "zh-Hans"
	}
	return "en"
}

// tr says a phrase in the language.
func (l Lang) tr(phrase string) string {
	if l == Chinese {
		if text, ok := chinese()[phrase]; ok {
			return text
		}
	}
	return phrase
}

// trf says a phrase with values in it, which stay in the phrase's order.
func (l Lang) trf(phrase string, values ...any) string { return fmt.Sprintf(l.tr(phrase), values...) }

// unavailable says that a table is missing.
func (l Lang) unavailable(table string) string {
	return l.trf("Not available in this snapshot: it has no table %s.", table)
}

// word says one of the program's own codes; other words stay as they are.
func (l Lang) word(code string) string {
	if english, ok := words()[code]; ok {
		return l.tr(english)
	}
	return code
}

// words are the codes of the published tables in words.
func words() map[string]string {
	return map[string]string{
		"rising": "rising", "falling": "falling", "steady": "steady",
		"urgent": "urgent", "high": "high", "normal": "normal", "low": "low", "none": "none",
		"community": "community", "paid": "paid", "hybrid": "hybrid",
		"first_response": "first response", "resolution": "resolution",
		"keep": "keep", "move": "move", "self_service": "publish the answer", "not_enough_evidence": "not enough evidence",
	}
}
