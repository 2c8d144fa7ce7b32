package nightly

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// seedTickets is how many tickets a pinned type is seeded with at most.
const seedTickets = 200

// seeds are the tickets that pinned types and one that is new begin with.
type seeds struct {
	ids      []string // of the types; "" one that is new
	examples []map[string]bool
	keywords [][]string
	found    [][]seed
}

type seed struct {
	ticket int32
	weight float64 // the higher, the more typical
}

// newSeeds lists the types that are pinned, and one of the tickets about
// something new.
func (n *night) newSeeds() *seeds {
	s := &seeds{}
	for _, d := range n.inForce {
		if d.Verb != Pin {
			continue
		}
		id := d.pinned()
		if slices.Contains(s.ids, id) {
			continue
		}
		examples := map[string]bool{}
		for _, e := range d.Examples {
			examples[e] = true
		}
		var words []string
		for _, w := range d.Keywords {
			if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
				words = append(words, w)
			}
		}
		s.add(id, examples, words)
	}
	if len(n.news) > 0 {
		examples := map[string]bool{}
		for _, id := range n.news {
			examples[id] = true
		}
		s.add("", examples, nil)
	}
	return s
}

func (s *seeds) add(id string, examples map[string]bool, keywords []string) {
	s.ids, s.found = append(s.ids, id), append(s.found, nil)
	s.examples, s.keywords = append(s.examples, examples), append(s.keywords, keywords)
}

// examples is the types that people named tickets for.
func (n *night) examples() map[string]string {
	types := map[string]string{}
	for _, d := range n.inForce {
		if d.Verb != Pin {
			continue
		}
		for _, e := range d.Examples {
			types[e] = d.pinned()
		}
	}
	return types
}

// look decides whether the ticket, number at of the corpus, seeds a pinned type:
// it was named, it was in the type before, or keywords of the type stand in it.
func (s *seeds) look(at int, t Ticket, before Placed) {
	title, body := strings.ToLower(t.Title), ""
	for k := range s.ids {
		var weight float64
		if s.examples[k][t.ID] {
			weight += 100
		}
		if before.Type == s.ids[k] {
			weight += before.Probability
		}
		for _, w := range s.keywords[k] {
			if body == "" {
				body = strings.ToLower(t.Body)
			}
			if hasWord(title, w) {
				weight += 2
			} else if hasWord(body, w) {
				weight += 0.5
			}
		}
		if weight >= 0.5 {
			s.found[k] = append(s.found[k], seed{int32(at), weight})
		}
	}
}

// tickets lists the seeds of each pinned type, the most typical ones.
func (s *seeds) tickets() [][]int32 {
	out := make([][]int32, len(s.ids))
	for k, found := range s.found {
		slices.SortStableFunc(found, func(a, b seed) int { return cmp.Compare(b.weight, a.weight) })
		for _, f := range found[:min(len(found), seedTickets)] {
			out[k] = append(out[k], f.ticket)
		}
		slices.Sort(out[k])
	}
	return out
}

// hasWord tells whether a word of s begins with w, so that "card" finds cards
// but no discards. Scripts without spaces have no beginnings.
func hasWord(s, w string) bool {
	first, _ := utf8.DecodeRuneInString(w)
	for from := 0; ; {
		at := strings.Index(s[from:], w)
		if at < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(s[:from+at])
		if !spaced(first) || !spaced(before) {
			return true
		}
		from += at + len(w)
	}
}

// spaced tells letters and digits of scripts that set words apart by spaces.
func spaced(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
