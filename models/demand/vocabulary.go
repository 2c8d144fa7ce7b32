package demand

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Sizes of the vocabularies: the most frequent terms by tickets that have
// them, each in at least two tickets.
const (
	minTickets = 2
	maxWords   = 50_000  // of the mixture
	maxTerms   = 100_000 // of the topic half, word pairs included
	maxPaired  = 10_000  // of the word half
)

// vocabulary is the words and adjacent pairs of words that count. Words stand
// in falling order of tickets, so every use of them is a prefix.
type vocabulary struct {
	words []string
	index map[string]int32 // of words
	// mixed is how many words the mixture counts, single how many words the
	// topic half has; the columns after those are pairs.
	mixed, single int
	pairs         [][2]int32       // indexes of words
	pairColumn    map[uint64]int32 // pair → column of the topic half
	// pairsOnly: single ideographs say little in long texts whose pairs of
	// ideographs are counted as well, so the mixture leaves them out.
	pairsOnly bool
	skip      []bool // word → not in the mixture
}

func pairKey(a, b int32) uint64 { return uint64(a)<<32 | uint64(uint32(b)) }

// term is a candidate: a word of the corpus or a pair of them.
type term struct {
	key     uint64
	tickets int32
}

// byTickets sorts candidates by falling number of tickets; first come stays
// first.
func byTickets(a, b term) int {
	return cmp.Or(cmp.Compare(b.tickets, a.tickets), cmp.Compare(a.key, b.key))
}

// learnVocabulary counts the tickets rows of c.
func learnVocabulary(c *Corpus, rows []int32) *vocabulary {
	words := frequentWords(c, rows)
	v := &vocabulary{}
	toIndex := fill(make([]int32, len(c.stem)), -1)
	for i, w := range words {
		toIndex[w.key] = int32(i)
		v.words = append(v.words, c.stem[w.key])
	}
	pairs := frequentPairs(c, rows, toIndex)
	v.single = min(len(words), maxTerms)
	for v.single+len(pairs) > maxTerms {
		if len(pairs) == 0 || v.single > 0 && words[v.single-1].tickets < pairs[len(pairs)-1].tickets {
			v.single--
		} else {
			pairs = pairs[:len(pairs)-1]
		}
	}
	for _, p := range pairs {
		v.pairs = append(v.pairs, [2]int32{int32(p.key >> 32), int32(uint32(p.key))})
	}
	v.words = v.words[:max(v.single, min(len(words), maxWords))]
	v.pairsOnly = longIdeographic(c, rows)
	v.finish()
	return v
}

// finish derives what is not stored.
func (v *vocabulary) finish() {
	v.mixed = min(len(v.words), maxWords)
	v.index = make(map[string]int32, len(v.words))
	v.skip = make([]bool, len(v.words))
	for i, w := range v.words {
		v.index[w] = int32(i)
		v.skip[i] = i >= v.mixed || v.pairsOnly && singleIdeograph(w)
	}
	v.pairColumn = make(map[uint64]int32, len(v.pairs))
	for i, p := range v.pairs {
		v.pairColumn[pairKey(p[0], p[1])] = int32(v.single + i)
	}
}

// columns is the width of the topic half's counts.
func (v *vocabulary) columns() int { return v.single + len(v.pairs) }

// frequentWords is the stems in at least two of the rows.
func frequentWords(c *Corpus, rows []int32) []term {
	tickets := make([]int32, len(c.stem))
	last := fill(make([]int32, len(c.stem)), -1)
	for _, r := range rows {
		for _, form := range c.ticket(int(r)) {
			if s := c.stemOf[form]; last[s] != r {
				last[s] = r
				tickets[s]++
			}
		}
	}
	var words []term
	for s, n := range tickets {
		if n >= minTickets {
			words = append(words, term{uint64(s), n})
		}
	}
	slices.SortFunc(words, byTickets)
	return words[:min(len(words), maxTerms)]
}

// frequentPairs is the adjacent pairs of words, by index, in at least two of
// the rows.
func frequentPairs(c *Corpus, rows []int32, toIndex []int32) []term {
	type seen struct{ tickets, last int32 }
	count := map[uint64]seen{}
	for _, r := range rows {
		before := int32(-1)
		for _, form := range c.ticket(int(r)) {
			word := toIndex[c.stemOf[form]]
			if before >= 0 && word >= 0 {
				s, ok := count[pairKey(before, word)]
				if !ok || s.last != r {
					count[pairKey(before, word)] = seen{s.tickets + 1, r}
				}
			}
			before = word
		}
	}
	var pairs []term
	for key, s := range count {
		if s.tickets >= minTickets {
			pairs = append(pairs, term{key, s.tickets})
		}
	}
	slices.SortFunc(pairs, byTickets) // the key breaks ties, so the map's order does not show
	return pairs[:min(len(pairs), maxTerms)]
}

// Where the mean ticket is longer than longText ideographs, single ideographs
// are left out of the mixture.
const longText = 150

func longIdeographic(c *Corpus, rows []int32) bool {
	single := make([]bool, len(c.stem))
	for s, w := range c.stem {
		single[s] = singleIdeograph(w)
	}
	tickets, ideographs := 0, 0
	for _, r := range rows {
		n := 0
		for _, form := range c.ticket(int(r)) {
			if single[c.stemOf[form]] {
				n++
			}
		}
		if n > 0 {
			tickets++
			ideographs += n
		}
	}
	return ideographs > longText*tickets
}

func singleIdeograph(w string) bool {
	r, size := utf8.DecodeRuneInString(w)
	return size == len(w) && ideograph(r)
}

// ideograph tells letters of scripts that are written without spaces or, as
// Korean, cut into syllables.
func ideograph(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// lookup maps the forms of c to indexes of words, -1 for unknown ones.
func (v *vocabulary) lookup(c *Corpus) []int32 {
	byStem := make([]int32, len(c.stem))
	for s, w := range c.stem {
		byStem[s] = -1
		if i, ok := v.index[w]; ok {
			byStem[s] = i
		}
	}
	byForm := make([]int32, len(c.stemOf))
	for f, s := range c.stemOf {
		byForm[f] = byStem[s]
	}
	return byForm
}

func fill[T any](s []T, v T) []T {
	for i := range s {
		s[i] = v
	}
	return s
}
