package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseModel reads the part "model" of a tokenizer.json; it returns the
// vocabulary and the text of the unknown token ("" for none), too.
func parseModel(raw json.RawMessage) (m model, vocab map[string]int32, unknown string, err error) {
	if absent(raw) {
		return nil, nil, "", errors.New("it is missing")
	}
	name, err := kind(raw)
	if err != nil {
		return nil, nil, "", err
	}
	switch name {
	case "WordPiece":
		m, vocab, unknown, err = parseWordPiece(raw)
	case "WordLevel":
		m, vocab, unknown, err = parseWordLevel(raw)
	case "Unigram":
		m, vocab, unknown, err = parseUnigram(raw)
	case "BPE":
		m, vocab, unknown, err = parseBPE(raw)
	default:
		return nil, nil, "", fmt.Errorf("%q is not supported", name)
	}
	if err != nil {
		return nil, nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return m, vocab, unknown, nil
}

// find is the number of word, or none.
func find(vocab map[string]int32, word string) int32 {
	if id, ok := vocab[word]; ok {
		return id
	}
	return none
}

// appendKnown appends id unless it is none.
func appendKnown(ids []int32, id int32) []int32 {
	if id == none {
		return ids
	}
	return append(ids, id)
}

// wordLevel takes every piece as one token.
type wordLevel struct {
	vocab   map[string]int32
	unknown int32
}

func parseWordLevel(raw json.RawMessage) (model, map[string]int32, string, error) {
	var part struct {
		Vocab   map[string]int32 `json:"vocab"`
		Unknown string           `json:"unk_token"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, nil, "", err
	}
	return wordLevel{part.Vocab, find(part.Vocab, part.Unknown)}, part.Vocab, part.Unknown, nil
}

func (m wordLevel) tokens(s string, ids []int32) []int32 {
	if id, ok := m.vocab[s]; ok {
		return append(ids, id)
	}
	return appendKnown(ids, m.unknown)
}

// wordPiece takes the longest token at the beginning of a word, then again and
// again the longest that continues it; a word that does not come out even is
// unknown as a whole (Schuster and Nakajima 2012; Devlin et al. 2019).
type wordPiece struct {
	first, next *trie
	unknown     int32
	longest     int // characters; longer words are unknown
}

func parseWordPiece(raw json.RawMessage) (model, map[string]int32, string, error) {
	part := struct {
		Vocab   map[string]int32 `json:"vocab"`
		Unknown string           `json:"unk_token"`
		Prefix  string           `json:"continuing_subword_prefix"`
		Longest int              `json:"max_input_chars_per_word"`
	}{Unknown: "[UNK]", Prefix: "##", Longest: 100}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, nil, "", err
	}
	next := map[string]int32{}
	for word, id := range part.Vocab {
		if rest, ok := strings.CutPrefix(word, part.Prefix); ok {
			next[rest] = id
		}
	}
	m := wordPiece{newTrie(part.Vocab), newTrie(next), find(part.Vocab, part.Unknown), part.Longest}
	return m, part.Vocab, part.Unknown, nil
}

func (m wordPiece) tokens(s string, ids []int32) []int32 {
	if len(s) > m.longest && utf8.RuneCountInString(s) > m.longest {
		return appendKnown(ids, m.unknown)
	}
	before, from := len(ids), m.first
	for s != "" {
		id, size := from.longest(s)
		if size == 0 {
			return appendKnown(ids[:before], m.unknown)
		}
		ids, s, from = append(ids, id), s[size:], m.next
	}
	return ids
}

// byteTokens are the tokens "<0x00>" to "<0xFF>" that stand for the bytes of
// what has no token; nil when the vocabulary does not hold them all.
func byteTokens(vocab map[string]int32) []int32 {
	ids := make([]int32, 256)
	for b := range ids {
		id, ok := vocab[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			return nil
		}
		ids[b] = id
	}
	return ids
}
