package vectors

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is looked for in the text itself, before the
// model cuts it: special tokens and words of several parts.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only between what is not part of a word
	LStrip     bool   `json:"lstrip"`      // takes the spaces on its left along
	RStrip     bool   `json:"rstrip"`      // and those on its right
	Normalized bool   `json:"normalized"`  // looked for, and as, normalised text
}

// added finds added tokens, the leftmost first, of those the longest.
type added struct {
	find   *trie // leads to an index of tokens
	tokens []addedToken
}

// newAdded divides tokens into those looked for before and after normalising.
func newAdded(tokens []addedToken, normalize normalizer) (raw, normalized *added) {
	tokens = slices.Clone(tokens)
	slices.SortStableFunc(tokens, func(a, b addedToken) int { return cmp.Compare(a.ID, b.ID) })
	before, after := map[string]int32{}, map[string]int32{}
	for i, t := range tokens {
		to, text := before, t.Content
		if t.Normalized {
			to, text = after, normalize(t.Content)
		}
		if _, taken := to[text]; !taken {
			to[text] = int32(i)
		}
	}
	return &added{newTrie(before), tokens}, &added{newTrie(after), tokens}
}

// split cuts p at the tokens that it holds.
func (a *added) split(p piece) []piece {
	if len(a.find.label) == 1 {
		return []piece{p}
	}
	var out []piece
	s, done := p.text, 0
	put := func(from, to int, token int32) {
		if from < to {
			out = append(out, piece{s[from:to], p.start && from == 0, token})
		}
		done = max(done, to)
	}
	for i := 0; i < len(s); {
		index, size := a.find.longest(s[i:])
		if size == 0 {
			i++
			continue
		}
		t, lo, hi := a.tokens[index], i, i+size
		i = hi
		if t.SingleWord && (endsInWord(s[:lo]) || beginsWithWord(s[hi:])) {
			continue
		}
		if t.LStrip {
			lo = max(done, len(strings.TrimRightFunc(s[:lo], unicode.IsSpace)))
		}
		if t.RStrip {
			hi = len(s) - len(strings.TrimLeftFunc(s[hi:], unicode.IsSpace))
		}
		put(done, lo, none)
		put(lo, hi, t.ID)
		i = max(i, hi)
	}
	put(done, len(s), none)
	return out
}

func endsInWord(s string) bool {
	r, size := utf8.DecodeLastRuneInString(s)
	return size > 0 && inWord(r)
}

func beginsWithWord(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && inWord(r)
}

// inWord is the \w of Unicode's regular expressions (UTS 18, annex C).
func inWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}
