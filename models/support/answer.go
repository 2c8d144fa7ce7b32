package support

const (
	// commonplace is how many other types must have nearly the same usual answer
	// for it to say nothing about any of them.
	commonplace = 2
	// sameAnswer is the least Jaccard similarity of nearly the same answers.
	sameAnswer = 0.7
	// maxAnswers bounds the work; more are cut off, so callers with more
	// should sample.
	maxAnswers = 500
)

// SameAnswer finds the answer that most others resemble and returns the places
// of all these in rising order: the ones whose sets of words have a Jaccard
// similarity of at least 0.7 with it (exactly, by an inverted index). One
// centre instead of a chain keeps out what only resembles a resemblance. It
// looks at the first 500 answers; empty ones resemble nothing. Nil if there is
// no answer.
func SameAnswer(answers [][]string) []int {
	answers = answers[:min(len(answers), maxAnswers)]
	sets, holders := words(answers)
	var best []int
	shared := make([]int, len(sets))
	for _, set := range sets {
		clear(shared)
		for _, word := range set {
			for _, k := range holders[word] {
				shared[k]++
			}
		}
		var group []int
		for k, both := range shared {
			either := len(set) + len(sets[k]) - both
			if both > 0 && float64(both) >= sameAnswer*float64(either) {
				group = append(group, k)
			}
		}
		if len(group) > len(best) {
			best = group
		}
	}
	return best
}

// words numbers the words: the distinct ones of each answer, and the answers
// of each one.
func words(answers [][]string) (sets, holders [][]int) {
	numbers := map[string]int{}
	sets = make([][]int, len(answers))
	for i, answer := range answers {
		for _, word := range answer {
			n, known := numbers[word]
			if !known {
				n = len(holders)
				numbers[word] = n
				holders = append(holders, nil)
			}
			if last := len(holders[n]) - 1; last >= 0 && holders[n][last] == i {
				continue
			}
			holders[n] = append(holders[n], i)
			sets[i] = append(sets[i], n)
		}
	}
	return sets, holders
}

// Commonplaces tells which types' usual answers are nearly those of at least two
// other types as well, such as "closing, no activity": they say nothing about
// any of them. A type without an answer has none.
func Commonplaces(usual [][]string) []bool {
	out := make([]bool, len(usual))
	for d, answer := range usual {
		others := 0
		for e, other := range usual {
			if e != d && len(answer) > 0 && Likeness(answer, other) >= sameAnswer {
				others++
			}
		}
		out[d] = others >= commonplace
	}
	return out
}

// Likeness is the share of the distinct words of both texts that both have, 0 to
// 1 (Jaccard 1901); 0 where neither has a word.
func Likeness(a, b []string) float64 {
	in := map[string]int{} // bit 0: in a, bit 1: in b
	for _, w := range a {
		in[w] |= 1
	}
	for _, w := range b {
		in[w] |= 2
	}
	both := 0
	for _, texts := range in {
		if texts == 3 {
			both++
		}
	}
	return float64(both) / float64(max(len(in), 1))
}
