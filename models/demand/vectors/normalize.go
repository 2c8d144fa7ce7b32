package vectors

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizer rewrites a text before it is cut.
type normalizer func(string) string

// parseNormalizer reads the part "normalizer" of a tokenizer.json.
func parseNormalizer(raw json.RawMessage) (normalizer, error) {
	if absent(raw) {
		return func(s string) string { return s }, nil
	}
	name, err := kind(raw)
	if err != nil {
		return nil, err
	}
	switch name {
	case "NFC":
		return norm.NFC.String, nil
	case "NFD":
		return norm.NFD.String, nil
	case "NFKC":
		return norm.NFKC.String, nil
	case "NFKD":
		return norm.NFKD.String, nil
	case "Lowercase":
		return lowercase, nil
	case "StripAccents":
		return func(s string) string { return without(s, unicode.M) }, nil
	case "Nmt":
		return nmt, nil
	}
	parse, ok := map[string]func(json.RawMessage) (normalizer, error){
		"Sequence":       parseNormalizers,
		"BertNormalizer": parseBert,
		"Strip":          parseStrip,
		"Prepend":        parsePrepend,
		"Replace":        parseReplace,
		"Precompiled":    parsePrecompiled,
	}[name]
	if !ok {
		return nil, fmt.Errorf("%q is not supported", name)
	}
	n, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// parseNormalizers reads normalizers that are applied one after the other.
func parseNormalizers(raw json.RawMessage) (normalizer, error) {
	var part struct {
		Normalizers []json.RawMessage `json:"normalizers"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	all := make([]normalizer, len(part.Normalizers))
	for i, raw := range part.Normalizers {
		var err error
		if all[i], err = parseNormalizer(raw); err != nil {
			return nil, err
		}
	}
	return func(s string) string {
		for _, n := range all {
			s = n(s)
		}
		return s
	}, nil
}

// lowercase maps every character to lower case on its own, as the tokenizers
// do: no final sigma.
func lowercase(s string) string {
	s = strings.ReplaceAll(s, "İ", "i\u0307") // the one character that becomes two
	return strings.ToLower(s)
}

// without is s without the characters of set.
func without(s string, set *unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 && unicode.Is(set, r) {
			return -1
		}
		return r
	}, s)
}

// nmt drops control characters and turns spaces of all kinds into a blank, as
// SentencePiece's rules for machine translation do.
func nmt(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x01 && r <= 0x08, r == 0x0b, r >= 0x0e && r <= 0x1f, r == 0x7f, r == 0x8f, r == 0x9f:
			return -1
		case r == '\t', r == '\n', r == '\f', r == '\r', r == 0x1680, r >= 0x200b && r <= 0x200f,
			r == 0x2028, r == 0x2029, r == 0x2581, r == 0xfeff, r == 0xfffd:
			return ' '
		}
		return r
	}, s)
}

// parseStrip reads the normalizer that takes away spaces at the ends.
func parseStrip(raw json.RawMessage) (normalizer, error) {
	var part struct {
		Left  bool `json:"strip_left"`
		Right bool `json:"strip_right"`
	}
	err := json.Unmarshal(raw, &part)
	return func(s string) string {
		if part.Left {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
		if part.Right {
			s = strings.TrimRightFunc(s, unicode.IsSpace)
		}
		return s
	}, err
}

// parsePrepend reads the normalizer that puts something before the text.
func parsePrepend(raw json.RawMessage) (normalizer, error) {
	var part struct {
		Prepend string `json:"prepend"`
	}
	err := json.Unmarshal(raw, &part)
	return func(s string) string {
		if s == "" {
			return s
		}
		return part.Prepend + s
	}, err
}

// parseReplace reads the normalizer that replaces a string or a regular
// expression.
func parseReplace(raw json.RawMessage) (normalizer, error) {
	var part struct {
		Pattern struct {
			String *string
			Regex  *string
		} `json:"pattern"`
		Content string `json:"content"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	switch p := part.Pattern; {
	case p.String != nil && *p.String != "":
		return func(s string) string { return strings.ReplaceAll(s, *p.String, part.Content) }, nil
	case p.Regex != nil && *p.Regex != "":
		pattern, err := translate(*p.Regex)
		if err != nil {
			return nil, err
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("the pattern %q is not supported: %w", *p.Regex, err)
		}
		return func(s string) string { return re.ReplaceAllLiteralString(s, part.Content) }, nil
	}
	return nil, fmt.Errorf("the pattern is neither a String nor a Regex, or empty")
}

// translate turns a regular expression of the tokenizers (Oniguruma's) into
// Go's notation: \s and \d mean all of Unicode there, ^ and $ the borders of a
// line. What would match something else without a word is refused.
func translate(pattern string) (string, error) {
	var b strings.Builder
	b.WriteString("(?m)")
	inside := false // of brackets
	for i := 0; i < len(pattern); i++ {
		c, next := pattern[i], byte(0)
		if i+1 < len(pattern) {
			next = pattern[i+1]
		}
		switch {
		case c == '\\' && (strings.IndexByte("wWbB", next) >= 0 || inside && strings.IndexByte("SD", next) >= 0),
			c == '[' && inside, c == '&' && inside && next == '&':
			return "", fmt.Errorf("the pattern %q is not supported: %q", pattern, pattern[i:min(i+2, len(pattern))])
		case c == '\\':
			i++
			b.WriteString(escape(next, inside))
			continue
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// escape is the class or character that c stands for after a backslash.
func escape(c byte, inside bool) string {
	class, ok := map[byte]string{'s': `\t-\r\x{85}\p{Z}`, 'd': `\p{Nd}`}[c|0x20]
	switch {
	case !ok:
		return `\` + string(rune(c))
	case inside:
		return class
	case c < 'a':
		return "[^" + class + "]"
	}
	return "[" + class + "]"
}
