package demand

import "github.com/ticketmill/ticketmill/models/internal/linalg"

// WordVectors are vectors of words that were trained on other texts. It must be
// safe for concurrent use.
type WordVectors interface {
	// Dims is the length of a vector.
	Dims() int
	// Embed writes the vector of a word to the row to, zero for an unknown one.
	Embed(word string, to []float32)
}

// givenVectors are the vectors of the word half's words, in the spelling that
// the tickets use most, reduced to wordDims along their principal axes.
func givenVectors(c *Corpus, rows []int32, v *vocabulary, words int, w WordVectors, seed uint64, threads int) *linalg.Dense {
	spelling := commonForms(c, rows, v, words)
	all := &linalg.Sparse{Rows: words, Cols: w.Dims(), Ptr: make([]int, 1, words+1)}
	row := make([]float32, w.Dims())
	for _, form := range spelling {
		clear(row)
		if form >= 0 {
			w.Embed(c.surface[form], row)
		}
		for k, x := range row {
			if x != 0 {
				all.Idx, all.Val = append(all.Idx, int32(k)), append(all.Val, x)
			}
		}
		all.Ptr = append(all.Ptr, len(all.Idx))
	}
	rank := min(wordDims, w.Dims())
	svd := linalg.TruncatedSVD(all, rank, seed, threads)
	out := linalg.NewDense(words, wordDims)
	for i := range words {
		for k, x := range svd.U.Row(i) {
			out.Row(i)[k] = x * float32(svd.S[k])
		}
	}
	return out
}

// commonForms is each word's most frequent form among the tickets rows, the
// first seen of equals, -1 for a word without one.
func commonForms(c *Corpus, rows []int32, v *vocabulary, words int) []int32 {
	count := make([]int, len(c.surface))
	for _, r := range rows {
		for _, form := range c.ticket(int(r)) {
			count[form]++
		}
	}
	best := fill(make([]int32, words), -1)
	for form, w := range v.lookup(c) {
		if w >= 0 && int(w) < words && count[form] > 0 && (best[w] < 0 || count[form] > count[best[w]]) {
			best[w] = int32(form)
		}
	}
	return best
}
