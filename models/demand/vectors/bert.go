package vectors

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// parseBert reads the normalizer of the BERT models.
func parseBert(raw json.RawMessage) (normalizer, error) {
	part := struct {
		CleanText    bool  `json:"clean_text"`
		ChineseChars bool  `json:"handle_chinese_chars"`
		StripAccents *bool `json:"strip_accents"`
		Lowercase    bool  `json:"lowercase"`
	}{CleanText: true, ChineseChars: true, Lowercase: true}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	strip := part.Lowercase // where the file does not say
	if part.StripAccents != nil {
		strip = *part.StripAccents
	}
	return func(s string) string {
		s = tidy(s, part.CleanText, part.ChineseChars)
		if strip {
			s = without(norm.NFD.String(s), unicode.Mn)
		}
		if part.Lowercase {
			s = lowercase(s)
		}
		return s
	}, nil
}

// tidy drops what is no text and makes every space a blank (clean), and puts
// blanks around Chinese characters, so that each becomes a word.
func tidy(s string, clean, chinese bool) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f:
			b.WriteByte(byte(r))
		case clean && (r == 0 || r == utf8.RuneError || isControl(r)):
		case clean && unicode.IsSpace(r):
			b.WriteByte(' ')
		case chinese && isChinese(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isControl says that r is no text: a control, format, private or surrogate
// character.
func isControl(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// isChinese says that r is in one of the blocks that BERT takes for Chinese
// characters; kana and Hangul are not.
func isChinese(r rune) bool {
	switch {
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3400 && r <= 0x4dbf,
		r >= 0x20000 && r <= 0x2a6df, r >= 0x2a700 && r <= 0x2b73f,
		r >= 0x2b740 && r <= 0x2b81f, r >= 0x2b920 && r <= 0x2ceaf,
		r >= 0xf900 && r <= 0xfaff, r >= 0x2f800 && r <= 0x2fa1f:
		return true
	}
	return false
}
