package vectors

import (
	"maps"
	"slices"
)

// trie finds the words of a vocabulary at the beginning of a text. Its nodes
// are numbered level by level, so the children of a node stand together,
// ordered by label: a vocabulary of half a million words takes some 30 MB.
type trie struct {
	first []int32 // node → its first child; the next node's ends the list
	label []byte  // node → the byte that leads to it
	value []int32 // node → number of the word that ends here, or none
}

// none says that no word ends at a node, or that there is no token.
const none = -1

// newTrie holds the words of vocab, a word's value its number; the empty word
// is left out.
func newTrie(vocab map[string]int32) *trie {
	words := slices.Sorted(maps.Keys(vocab))
	if len(words) > 0 && words[0] == "" {
		words = words[1:]
	}
	type span struct{ lo, hi, depth int32 } // words with the first depth bytes in common
	queue := []span{{0, int32(len(words)), 0}}
	t := &trie{label: []byte{0}}
	for i := 0; i < len(queue); i++ {
		s, value := queue[i], int32(none)
		if s.lo < s.hi && len(words[s.lo]) == int(s.depth) {
			value = vocab[words[s.lo]]
			s.lo++
		}
		t.first, t.value = append(t.first, int32(len(queue))), append(t.value, value)
		for s.lo < s.hi {
			b, end := words[s.lo][s.depth], s.lo+1
			for end < s.hi && words[end][s.depth] == b {
				end++
			}
			queue, t.label = append(queue, span{s.lo, end, s.depth + 1}), append(t.label, b)
			s.lo = end
		}
	}
	t.first = append(t.first, int32(len(queue)))
	return t
}

// child is the node that b leads to from node, or none.
func (t *trie) child(node int32, b byte) int32 {
	lo := t.first[node]
	i, ok := slices.BinarySearch(t.label[lo:t.first[node+1]], b)
	if !ok {
		return none
	}
	return lo + int32(i)
}

// longest returns the longest word that s begins with and its length in
// bytes; none and 0 when there is none.
func (t *trie) longest(s string) (value int32, size int) {
	value = none
	node := int32(0)
	for i := range len(s) {
		if node = t.child(node, s[i]); node == none {
			break
		}
		if t.value[node] != none {
			value, size = t.value[node], i+1
		}
	}
	return value, size
}
