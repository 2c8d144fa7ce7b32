package vectors

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseByteLevel reads the pre-tokenizer of byte-pair models in GPT-2's
// manner: words by a fixed rule, then a visible character for every byte.
func parseByteLevel(raw json.RawMessage) (preTokenizer, error) {
	part := struct {
		AddPrefix bool `json:"add_prefix_space"`
		Regex     bool `json:"use_regex"`
	}{AddPrefix: true, Regex: true}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	visible := byteAlphabet()
	return func(pieces []piece) []piece {
		var out []piece
		for _, p := range pieces {
			if part.AddPrefix && !strings.HasPrefix(p.text, " ") {
				p.text = " " + p.text
			}
			words := []piece{p}
			if part.Regex {
				words = each(gptWords)(words)
			}
			for _, w := range words {
				w.text = spell(w.text, &visible)
				out = append(out, w)
			}
		}
		return out
	}, nil
}

// byteAlphabet gives every byte a visible character: its own where Latin-1 has
// one, else the next from U+0100 on.
func byteAlphabet() [256]rune {
	var to [256]rune
	next := rune(0x100)
	for b := range to {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			to[b] = rune(b)
		} else {
			to[b] = next
			next++
		}
	}
	return to
}

// spell writes every byte of s as its visible character.
func spell(s string, visible *[256]rune) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	for i := range len(s) {
		b.WriteRune(visible[s[i]])
	}
	return b.String()
}

// gptWords splits as GPT-2's regular expression does:
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gptWords(s string) []string {
	var out []string
	for s != "" {
		n := gptWord(s)
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// gptWord is the length of the first word of s.
func gptWord(s string) int {
	for _, end := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(s, end) {
			return len(end)
		}
	}
	start := 0
	if s[0] == ' ' && len(s) > 1 {
		start = 1
	}
	if r, _ := utf8.DecodeRuneInString(s[start:]); !unicode.IsSpace(r) {
		return start + runOf(s[start:], class(r))
	}
	n := runOf(s, spaces)
	if _, last := utf8.DecodeLastRuneInString(s[:n]); n < len(s) && n > last {
		n -= last // the last space belongs to the word that follows
	}
	return n
}

// The classes of characters that gptWords tells apart.
const (
	spaces = iota
	letters
	digits
	others
)

func class(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return spaces
	case unicode.IsLetter(r):
		return letters
	case unicode.IsNumber(r):
		return digits
	}
	return others
}

// runOf is the length of the run of characters of class c that s begins with.
func runOf(s string, c int) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return class(r) != c }); i >= 0 {
		return i
	}
	return len(s)
}
