package vectors

import (
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// bpe starts from the characters of a piece and joins, again and again, the
// neighbours whose merge was learned first, the leftmost of equals (Sennrich,
// Haddow and Birch 2016).
type bpe struct {
	vocab   map[string]int32
	merges  map[[2]int32]merge
	unknown int32
	bytes   []int32 // byte → token for unknown text; nil: the unknown token
	fuse    bool    // neighbouring unknowns are one
	whole   bool    // a piece that is a token is not cut
	prefix  string  // of characters that do not begin a piece
	suffix  string  // of the character that ends a piece
}

// merge is what a pair of tokens becomes.
type merge struct {
	rank, token int32
}

// rule is a merge as written: "a b" or ["a", "b"].
type rule [2]string

// UnmarshalJSON reads either form.
func (r *rule) UnmarshalJSON(b []byte) error {
	var text string
	parts := []string{}
	if json.Unmarshal(b, &text) == nil {
		parts = strings.Split(text, " ")
	} else if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if len(parts) != 2 {
		return fmt.Errorf("a merge has %d parts, not 2", len(parts))
	}
	*r = rule(parts)
	return nil
}

func parseBPE(raw json.RawMessage) (model, map[string]int32, string, error) {
	var part struct {
		Vocab   map[string]int32 `json:"vocab"`
		Merges  []rule           `json:"merges"`
		Unknown string           `json:"unk_token"`
		Prefix  string           `json:"continuing_subword_prefix"`
		Suffix  string           `json:"end_of_word_suffix"`
		Fuse    bool             `json:"fuse_unk"`
		Bytes   bool             `json:"byte_fallback"`
		Whole   bool             `json:"ignore_merges"`
		Dropout float64          `json:"dropout"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, nil, "", err
	}
	if part.Dropout != 0 {
		return nil, nil, "", errors.New("dropout is not supported")
	}
	m := bpe{
		vocab: part.Vocab, merges: make(map[[2]int32]merge, len(part.Merges)), unknown: find(part.Vocab, part.Unknown),
		fuse: part.Fuse, whole: part.Whole, prefix: part.Prefix, suffix: part.Suffix,
	}
	for rank, r := range part.Merges {
		var ids [3]int32
		for i, word := range []string{r[0], r[1], r[0] + strings.TrimPrefix(r[1], part.Prefix)} {
			if ids[i] = find(part.Vocab, word); ids[i] == none {
				return nil, nil, "", fmt.Errorf("merge %d needs the token %q, which the vocabulary does not hold", rank, word)
			}
		}
		m.merges[[2]int32{ids[0], ids[1]}] = merge{int32(rank), ids[2]}
	}
	if part.Bytes {
		m.bytes = byteTokens(part.Vocab)
	}
	return m, part.Vocab, part.Unknown, nil
}

func (m bpe) tokens(s string, ids []int32) []int32 {
	if id, ok := m.vocab[s]; ok && m.whole {
		return append(ids, id)
	}
	w := word{merges: m.merges}
	for _, id := range m.characters(s) {
		w.symbols = append(w.symbols, symbol{id, int32(len(w.symbols)) - 1, int32(len(w.symbols)) + 1})
	}
	return w.join(ids)
}

// characters are the tokens of the characters of s.
func (m bpe) characters(s string) []int32 {
	var ids []int32
	unknown := false // the last one was
	for i, r := range s {
		char := string(r)
		last := i+len(char) == len(s)
		if i > 0 {
			char = m.prefix + char
		}
		if last {
			char += m.suffix
		}
		id, ok := m.vocab[char]
		switch {
		case ok:
			ids = append(ids, id)
		case m.bytes != nil:
			for _, b := range []byte(char) {
				ids = append(ids, m.bytes[b])
			}
			continue // does not part unknowns, as there are none
		case !unknown || !m.fuse:
			ids = appendKnown(ids, m.unknown)
		}
		unknown = !ok
	}
	return ids
}

// symbol is a token of a word that is being joined, in a list.
type symbol struct {
	token      int32 // none: joined to the one before
	prev, next int32 // places; -1 and the number of symbols at the ends
}

// word is a piece that is being joined.
type word struct {
	symbols []symbol
	merges  map[[2]int32]merge
	queue   queue
}

// join merges as long as it can and appends what is left.
func (w *word) join(ids []int32) []int32 {
	for i := range w.symbols {
		w.propose(int32(i))
	}
	for len(w.queue) > 0 {
		c := heap.Pop(&w.queue).(candidate)
		if m, ok := w.pair(c.at); ok && m == c.merge {
			w.merge(c)
		}
	}
	for _, s := range w.symbols {
		ids = appendKnown(ids, s.token)
	}
	return ids
}

// pair is what the symbol at place i and the next would become.
func (w *word) pair(i int32) (merge, bool) {
	if i < 0 || w.symbols[i].token == none || int(w.symbols[i].next) >= len(w.symbols) {
		return merge{}, false
	}
	m, ok := w.merges[[2]int32{w.symbols[i].token, w.symbols[w.symbols[i].next].token}]
	return m, ok
}

// propose puts the merge at place i in the queue, if there is one.
func (w *word) propose(i int32) {
	if m, ok := w.pair(i); ok {
		heap.Push(&w.queue, candidate{m, i})
	}
}

// merge carries out c.
func (w *word) merge(c candidate) {
	s := &w.symbols[c.at]
	gone := &w.symbols[s.next]
	s.token, s.next, gone.token = c.token, gone.next, none
	if int(s.next) < len(w.symbols) {
		w.symbols[s.next].prev = c.at
	}
	w.propose(s.prev)
	w.propose(c.at)
}

// candidate is a merge that may be carried out at a place.
type candidate struct {
	merge
	at int32
}

// queue holds candidates, the lowest rank first, of those the leftmost.
type queue []candidate

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].rank < q[j].rank || q[i].rank == q[j].rank && q[i].at < q[j].at
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(candidate)) }
func (q *queue) Pop() any {
	old := *q
	c := old[len(old)-1]
	*q = old[:len(old)-1]
	return c
}
