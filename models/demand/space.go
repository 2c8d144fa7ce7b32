package demand

import "github.com/ticketmill/ticketmill/models/internal/linalg"

// dims is the length of a ticket's position: word half, then topic half.
const dims = wordDims + topicDims

// space places tickets: what was learnt from the tickets it was fitted to.
type space struct {
	vocab  *vocabulary
	topics *topicSpace
	words  *wordSpace
}

// learnSpace fits a space to the tickets rows of c.
func learnSpace(c *Corpus, rows []int32, o Options) *space {
	seed, threads := o.Seed, o.Threads
	v := learnVocabulary(c, rows)
	s := &space{vocab: v}
	s.topics = learnTopics(v.matrix(c, rows, v.columns(), threads, (*reader).terms), seed, threads)
	s.words = learnWords(c, rows, v, o)
	s.words.common = linalg.PrincipalDirection(s.pooled(c, rows, threads), threads)
	return s
}

// pooled is the tickets' weighted means of word vectors.
func (s *space) pooled(c *Corpus, rows []int32, threads int) *linalg.Dense {
	out := linalg.NewDense(len(rows), wordDims)
	byForm := s.vocab.lookup(c)
	linalg.Blocks(len(rows), 1024, threads, func(_, lo, hi int) {
		r := s.vocab.reader(c, byForm)
		for i := lo; i < hi; i++ {
			r.open(int(rows[i]))
			s.words.pool(r.paired(), out.Row(i))
		}
	})
	return out
}

// place writes the unit-length position of the ticket that r has open to the
// row to, which is zero. A ticket without a known word stays at zero.
func (s *space) place(r *reader, to []float32) {
	s.words.place(r.paired(), to[:wordDims])
	idx, val := r.terms()
	s.topics.place(idx, val, to[wordDims:])
	linalg.Normalize(to)
}

// points is the positions of the tickets rows of c, and their counts of the
// mixture's words.
func (s *space) points(c *Corpus, rows []int32, threads int) (*linalg.Dense, *linalg.Sparse) {
	out := linalg.NewDense(len(rows), dims)
	byForm := s.vocab.lookup(c)
	linalg.Blocks(len(rows), 1024, threads, func(_, lo, hi int) {
		r := s.vocab.reader(c, byForm)
		for i := lo; i < hi; i++ {
			r.open(int(rows[i]))
			s.place(r, out.Row(i))
		}
	})
	return out, s.vocab.matrix(c, rows, s.vocab.mixed, threads, (*reader).mixed)
}
