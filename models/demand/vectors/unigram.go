package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// unigram cuts a piece so that the sum of its tokens' scores (logarithms of
// probabilities) is highest (Kudo 2018), found by dynamic programming over the
// places of the piece (Viterbi 1967).
type unigram struct {
	words   *trie
	score   []float64 // token → score
	unknown int32
	penalty float64 // score of a character without a token
	bytes   []int32 // byte → token for unknown text; nil: the unknown token
}

// unknownPenalty is how much less than the rarest token an unknown character
// scores, as in SentencePiece.
const unknownPenalty = 10

// scored is an entry of a Unigram vocabulary: [text, score].
type scored struct {
	text  string
	score float64
}

// UnmarshalJSON reads an entry.
func (s *scored) UnmarshalJSON(b []byte) error {
	pair := []any{&s.text, &s.score}
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("an entry of the vocabulary has %d parts, not 2", len(pair))
	}
	return nil
}

func parseUnigram(raw json.RawMessage) (model, map[string]int32, string, error) {
	var part struct {
		Vocab   []scored `json:"vocab"`
		Unknown *int     `json:"unk_id"`
		Bytes   bool     `json:"byte_fallback"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, nil, "", err
	}
	if len(part.Vocab) == 0 {
		return nil, nil, "", errors.New("the vocabulary is empty")
	}
	vocab := make(map[string]int32, len(part.Vocab))
	m := unigram{score: make([]float64, len(part.Vocab)), unknown: none, penalty: math.Inf(1)}
	for i, s := range part.Vocab {
		vocab[s.text] = int32(i)
		m.score[i], m.penalty = s.score, min(m.penalty, s.score-unknownPenalty)
	}
	m.words = newTrie(vocab)
	unknown := ""
	if part.Unknown != nil {
		if *part.Unknown < 0 || *part.Unknown >= len(part.Vocab) {
			return nil, nil, "", fmt.Errorf("unk_id is %d of %d tokens", *part.Unknown, len(part.Vocab))
		}
		m.unknown, unknown = int32(*part.Unknown), part.Vocab[*part.Unknown].text
	}
	if part.Bytes {
		m.bytes = byteTokens(vocab)
	}
	return m, vocab, unknown, nil
}

// step is the best way to a place of a piece.
type step struct {
	score float64
	from  int32 // where its last token begins; none: not reached yet
	token int32
}

func (m unigram) tokens(s string, ids []int32) []int32 {
	ways := m.ways(s)
	before := len(ids)
	for end := len(s); end > 0; {
		w := ways[end]
		from := int(w.from)
		if w.token != m.unknown {
			ids, end = append(ids, w.token), from
			continue
		}
		for from > 0 && ways[from].token == m.unknown { // neighbouring unknowns are one
			from = int(ways[from].from)
		}
		ids = m.spell(s[from:end], ids)
		end = from
	}
	slices.Reverse(ids[before:])
	return ids
}

// spell appends the tokens of unknown text, the last first: those of its
// bytes, or the unknown token, which may also stand in the text itself.
func (m unigram) spell(s string, ids []int32) []int32 {
	if id, size := m.words.longest(s); size == len(s) {
		return append(ids, id)
	}
	if m.bytes == nil {
		return appendKnown(ids, m.unknown)
	}
	for i := len(s) - 1; i >= 0; i-- {
		ids = append(ids, m.bytes[s[i]])
	}
	return ids
}

// ways is the best way to every place of s.
func (m unigram) ways(s string) []step {
	ways := make([]step, len(s)+1)
	for i := range ways {
		ways[i].from = none
	}
	improve := func(from, to int, token int32, score float64) {
		if score += ways[from].score; ways[to].from == none || score > ways[to].score {
			ways[to] = step{score, int32(from), token}
		}
	}
	for at := range s {
		_, char := utf8.DecodeRuneInString(s[at:])
		single := false
		node := int32(0)
		for i := at; i < len(s); i++ {
			if node = m.words.child(node, s[i]); node == none {
				break
			}
			if token := m.words.value[node]; token != none {
				improve(at, i+1, token, m.score[token])
				single = single || i+1 == at+char
			}
		}
		if !single {
			improve(at, at+char, m.unknown, m.penalty)
		}
	}
	return ways
}
