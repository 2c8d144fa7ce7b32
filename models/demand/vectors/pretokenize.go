package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// preTokenizer cuts pieces of normalised text into smaller ones, the words
// that the model cuts further. Tokens do not reach across their borders.
type preTokenizer func([]piece) []piece

// parsePreTokenizer reads the part "pre_tokenizer" of a tokenizer.json.
func parsePreTokenizer(raw json.RawMessage) (preTokenizer, error) {
	if absent(raw) {
		return func(p []piece) []piece { return p }, nil
	}
	name, err := kind(raw)
	if err != nil {
		return nil, err
	}
	switch name {
	case "BertPreTokenizer":
		return each(bertWords), nil
	case "Whitespace":
		return each(runs), nil
	case "WhitespaceSplit":
		return each(strings.Fields), nil
	}
	parse, ok := map[string]func(json.RawMessage) (preTokenizer, error){
		"Sequence":  parsePreTokenizers,
		"Metaspace": parseMetaspace,
		"ByteLevel": parseByteLevel,
	}[name]
	if !ok {
		return nil, fmt.Errorf("%q is not supported", name)
	}
	p, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// parsePreTokenizers reads pre-tokenizers that are applied one after the other.
func parsePreTokenizers(raw json.RawMessage) (preTokenizer, error) {
	var part struct {
		All []json.RawMessage `json:"pretokenizers"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	all := make([]preTokenizer, len(part.All))
	for i, raw := range part.All {
		var err error
		if all[i], err = parsePreTokenizer(raw); err != nil {
			return nil, err
		}
	}
	return func(pieces []piece) []piece {
		for _, p := range all {
			pieces = p(pieces)
		}
		return pieces
	}, nil
}

// each applies split to every piece. A part stands at the beginning of the
// text when it begins where its piece does.
func each(split func(string) []string) preTokenizer {
	return func(pieces []piece) []piece {
		var out []piece
		for _, p := range pieces {
			for i, word := range split(p.text) {
				out = append(out, piece{word, p.start && i == 0 && strings.HasPrefix(p.text, word), none})
			}
		}
		return out
	}
}

// bertWords splits at spaces and makes every punctuation mark a word.
func bertWords(s string) []string {
	var out []string
	for _, word := range strings.Fields(s) {
		from := 0
		for i, r := range word {
			if !isPunct(r) {
				continue
			}
			if from < i {
				out = append(out, word[from:i])
			}
			from = i + utf8.RuneLen(r)
			out = append(out, word[i:from])
		}
		if from < len(word) {
			out = append(out, word[from:])
		}
	}
	return out
}

// isPunct says that r is punctuation, or one of ASCII's symbols.
func isPunct(r rune) bool {
	if r < 0x80 {
		return unicode.IsGraphic(r) && r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return unicode.IsPunct(r)
}

// runs are the longest runs of word characters and those of what is neither
// word nor space: \w+|[^\w\s]+.
func runs(s string) []string {
	const space, word, other = 0, 1, 2
	var out []string
	from, last := 0, space
	for i, r := range s {
		now := other
		switch {
		case inWord(r):
			now = word
		case unicode.IsSpace(r):
			now = space
		}
		if now != last {
			if last != space {
				out = append(out, s[from:i])
			}
			from, last = i, now
		}
	}
	if last != space {
		out = append(out, s[from:])
	}
	return out
}

// parseMetaspace reads the pre-tokenizer of SentencePiece: a visible mark for
// every blank, one before the text, and a cut before every mark.
func parseMetaspace(raw json.RawMessage) (preTokenizer, error) {
	part := struct {
		Replacement string `json:"replacement"`
		Scheme      string `json:"prepend_scheme"`
		AddPrefix   bool   `json:"add_prefix_space"` // before there were schemes
		Split       bool   `json:"split"`
	}{Scheme: "always", AddPrefix: true, Split: true}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	if !part.AddPrefix {
		part.Scheme = "never"
	}
	if part.Scheme != "always" && part.Scheme != "first" && part.Scheme != "never" {
		return nil, fmt.Errorf("prepend_scheme %q is not supported", part.Scheme)
	}
	mark := part.Replacement
	if mark == "" {
		return nil, errors.New("replacement is empty")
	}
	return func(pieces []piece) []piece {
		var out []piece
		for _, p := range pieces {
			p.text = strings.ReplaceAll(p.text, " ", mark)
			if (part.Scheme == "always" || part.Scheme == "first" && p.start) && !strings.HasPrefix(p.text, mark) {
				p.text = mark + p.text
			}
			if part.Split {
				out = append(out, each(func(s string) []string { return beforeMarks(s, mark) })([]piece{p})...)
			} else {
				out = append(out, p)
			}
		}
		return out
	}, nil
}

// beforeMarks cuts s before every mark.
func beforeMarks(s, mark string) []string {
	var out []string
	for s != "" {
		n := len(s)
		if i := strings.Index(s[1:], mark); i >= 0 {
			n = i + 1
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}
