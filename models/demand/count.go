package demand

import (
	"slices"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// reader turns tickets into counts. One per goroutine; what it returns is
// valid until its next call.
type reader struct {
	v      *vocabulary
	corpus *Corpus
	byForm []int32
	words  []int32 // the ticket as indexes of words, -1 for unknown ones
	cols   []int32
	idx    []int32
	val    []float32
	seen   []int32 // word → the last ticket that had it, counted from 1
	ticket int32
}

func (v *vocabulary) reader(c *Corpus, byForm []int32) *reader {
	return &reader{v: v, corpus: c, byForm: byForm}
}

// open reads ticket i, on which the other methods then answer.
func (r *reader) open(i int) {
	r.words = r.words[:0]
	r.ticket++
	for _, form := range r.corpus.ticket(i) {
		r.words = append(r.words, r.byForm[form])
	}
}

// terms counts the topic half's words and pairs, columns ascending.
func (r *reader) terms() ([]int32, []float32) {
	r.cols = r.cols[:0]
	before := int32(-1)
	for _, w := range r.words {
		if w >= 0 && int(w) < r.v.single {
			r.cols = append(r.cols, w)
		}
		if before >= 0 && w >= 0 {
			if col, ok := r.v.pairColumn[pairKey(before, w)]; ok {
				r.cols = append(r.cols, col)
			}
		}
		before = w
	}
	return r.count()
}

// mixed counts the mixture's words, at most wordCap each.
func (r *reader) mixed() ([]int32, []float32) {
	r.cols = r.cols[:0]
	for _, w := range r.words {
		if w >= 0 && !r.v.skip[w] {
			r.cols = append(r.cols, w)
		}
	}
	idx, val := r.count()
	for i := range val {
		val[i] = min(val[i], wordCap)
	}
	return idx, val
}

// paired is the distinct words of the word half, ascending.
func (r *reader) paired() []int32 {
	r.cols = r.cols[:0]
	for _, w := range r.words {
		if w >= 0 && w < maxPaired {
			r.cols = append(r.cols, w)
		}
	}
	idx, _ := r.count()
	return idx
}

// firstPaired is the first pairWords distinct words of the word half, in
// reading order.
func (r *reader) firstPaired() ([]int32, []float32) {
	if r.seen == nil {
		r.seen = make([]int32, maxPaired)
	}
	r.idx, r.val = r.idx[:0], r.val[:0]
	for _, w := range r.words {
		if w >= 0 && w < maxPaired && r.seen[w] != r.ticket && len(r.idx) < pairWords {
			r.seen[w] = r.ticket
			r.idx, r.val = append(r.idx, w), append(r.val, 1)
		}
	}
	return r.idx, r.val
}

// count sorts cols into distinct values and how often each is there.
func (r *reader) count() ([]int32, []float32) {
	slices.Sort(r.cols)
	r.idx, r.val = r.idx[:0], r.val[:0]
	for i, col := range r.cols {
		if i > 0 && col == r.cols[i-1] {
			r.val[len(r.val)-1]++
			continue
		}
		r.idx, r.val = append(r.idx, col), append(r.val, 1)
	}
	return r.idx, r.val
}

// matrix gathers one sparse row a ticket, in the order of rows.
func (v *vocabulary) matrix(c *Corpus, rows []int32, cols, threads int, row func(*reader) ([]int32, []float32)) *linalg.Sparse {
	byForm := v.lookup(c)
	const block = 1024
	parts := make([]linalg.Sparse, (len(rows)+block-1)/block)
	linalg.Blocks(len(rows), block, threads, func(b, lo, hi int) {
		r := v.reader(c, byForm)
		var part linalg.Sparse
		for _, i := range rows[lo:hi] {
			r.open(int(i))
			idx, val := row(r)
			part.Idx, part.Val = append(part.Idx, idx...), append(part.Val, val...)
			part.Ptr = append(part.Ptr, len(part.Idx))
		}
		parts[b] = part
	})
	return stack(parts, cols)
}
