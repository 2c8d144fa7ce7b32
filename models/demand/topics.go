package demand

import (
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Parameters of BM25 (Robertson and Zaragoza 2009) and of the topic half.
const (
	bm25K1    = 1.2
	bm25B     = 0.75
	topicDims = 100
)

// topicSpace is latent semantic analysis over BM25 weights.
type topicSpace struct {
	idf    []float32
	length float64       // mean number of terms in a ticket
	basis  *linalg.Dense // columns × topicDims
}

// learnTopics fits the space to the counts of terms, which it overwrites.
func learnTopics(counts *linalg.Sparse, seed uint64, threads int) *topicSpace {
	s := &topicSpace{idf: make([]float32, counts.Cols)}
	tickets := make([]float64, counts.Cols)
	var total float64
	for p, j := range counts.Idx {
		tickets[j]++
		total += float64(counts.Val[p])
	}
	n := float64(counts.Rows)
	for j, df := range tickets {
		s.idf[j] = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
	}
	s.length = total / max(n, 1)
	linalg.Blocks(counts.Rows, 1024, threads, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			s.weigh(counts.Row(i))
		}
	})
	s.basis = linalg.TruncatedSVD(counts, topicDims, seed, threads).V
	return s
}

// weigh turns a ticket's counts into weights of unit length, in place.
func (s *topicSpace) weigh(idx []int32, val []float32) {
	var length float64
	for _, v := range val {
		length += float64(v)
	}
	norm := bm25K1 * (1 - bm25B + bm25B*length/max(s.length, 1))
	for p, j := range idx {
		c := float64(val[p])
		val[p] = float32(float64(s.idf[j]) * c * (bm25K1 + 1) / (c + norm))
	}
	linalg.Normalize(val)
}

// place writes the unit-length position of a ticket's terms, which it
// overwrites, to the row to.
func (s *topicSpace) place(idx []int32, val, to []float32) {
	s.weigh(idx, val)
	for p, j := range idx {
		linalg.Axpy(val[p], s.basis.Row(int(j)), to)
	}
	linalg.Normalize(to)
}
