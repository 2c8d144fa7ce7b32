package demand

import (
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// Parameters of the word half.
const (
	wordDims     = 50
	pairTickets  = 50_000 // tickets whose pairs are counted
	pairWords    = 40     // distinct words of a ticket that are paired
	contextPower = 0.75   // smoothing of context probabilities
	sifA         = 1e-3   // smooth inverse frequency
)

// wordSpace places a ticket at the weighted mean of its words' vectors. The
// vectors come from positive pointwise mutual information (Levy, Goldberg and
// Dagan 2015), the weights and the removal of the common direction from smooth
// inverse frequency (Arora, Liang and Ma 2017).
type wordSpace struct {
	vectors *linalg.Dense // words × wordDims
	weight  []float32     // word → a/(a + p)
	common  []float32     // first principal direction of all tickets
}

// learnWords fits the space to the tickets rows of c.
func learnWords(c *Corpus, rows []int32, v *vocabulary, o Options) *wordSpace {
	seed, threads := o.Seed, o.Threads
	s := &wordSpace{weight: sifWeights(c, rows, v), common: make([]float32, wordDims)}
	n := len(s.weight)
	if o.Words != nil {
		s.vectors = givenVectors(c, rows, v, n, o.Words, seed, threads)
		return s
	}
	step := max(1, (len(rows)+pairTickets-1)/pairTickets)
	var some []int32 // evenly spread
	for i := 0; i < len(rows); i += step {
		some = append(some, rows[i])
	}
	pattern := v.matrix(c, some, n, threads, (*reader).firstPaired)
	svd := linalg.TruncatedSVD(information(countPairs(pattern, threads)), wordDims, seed, threads)
	s.vectors = svd.U
	for i := range n {
		for k, x := range s.vectors.Row(i) {
			s.vectors.Row(i)[k] = x * float32(math.Sqrt(svd.S[k]))
		}
	}
	return s
}

// sifWeights is a/(a + p) for each word of the word half, p its share of
// their tokens.
func sifWeights(c *Corpus, rows []int32, v *vocabulary) []float32 {
	n := min(len(v.words), maxPaired)
	tokens, total := make([]float64, n), 0.0
	byForm := v.lookup(c)
	for _, r := range rows {
		for _, form := range c.ticket(int(r)) {
			if w := byForm[form]; w >= 0 && int(w) < n {
				tokens[w]++
				total++
			}
		}
	}
	weights := make([]float32, n)
	for w := range weights {
		weights[w] = float32(sifA / (sifA + tokens[w]/max(total, 1)))
	}
	return weights
}

// pool writes the weighted mean of the distinct words' vectors to the row to.
func (s *wordSpace) pool(words []int32, to []float32) {
	for _, w := range words {
		linalg.Axpy(s.weight[w]/float32(len(words)), s.vectors.Row(int(w)), to)
	}
}

// place writes the unit-length position of a ticket to the row to.
func (s *wordSpace) place(words []int32, to []float32) {
	s.pool(words, to)
	linalg.Axpy(-linalg.Dot(to, s.common), s.common, to)
	linalg.Normalize(to)
}

// countPairs is tickets'·tickets without its diagonal, for a matrix of which
// only the pattern counts.
func countPairs(tickets *linalg.Sparse, threads int) *linalg.Sparse {
	byWord := tickets.Transpose()
	n := tickets.Cols
	const block = 64
	parts := make([]linalg.Sparse, (n+block-1)/block)
	linalg.Blocks(n, block, threads, func(b, lo, hi int) {
		shared := make([]float32, n)
		var part linalg.Sparse
		for w := lo; w < hi; w++ {
			docs, _ := byWord.Row(w)
			for _, d := range docs {
				others, _ := tickets.Row(int(d))
				for _, o := range others {
					shared[o]++
				}
			}
			shared[w] = 0
			for o, v := range shared {
				if v > 0 {
					part.Idx, part.Val = append(part.Idx, int32(o)), append(part.Val, v)
					shared[o] = 0
				}
			}
			part.Ptr = append(part.Ptr, len(part.Idx))
		}
		parts[b] = part
	})
	return stack(parts, n)
}

// stack puts blocks of rows, of which Ptr holds only the row ends, under each
// other.
func stack(parts []linalg.Sparse, cols int) *linalg.Sparse {
	size, rows := 0, 0
	for _, part := range parts {
		size, rows = size+len(part.Idx), rows+len(part.Ptr)
	}
	out := &linalg.Sparse{
		Rows: rows, Cols: cols,
		Ptr: make([]int, 1, rows+1), Idx: make([]int32, 0, size), Val: make([]float32, 0, size),
	}
	for _, part := range parts {
		base := len(out.Idx)
		out.Idx, out.Val = append(out.Idx, part.Idx...), append(out.Val, part.Val...)
		for _, end := range part.Ptr {
			out.Ptr = append(out.Ptr, base+end)
		}
	}
	return out
}

// information turns counts of pairs into positive pointwise mutual
// information ln(M_wc / (r_w q_c)), q the contexts' shares raised to
// contextPower; what is not positive goes.
func information(m *linalg.Sparse) *linalg.Sparse {
	sum := make([]float64, m.Rows)
	share := make([]float64, m.Rows)
	var total float64
	for w := range m.Rows {
		_, val := m.Row(w)
		for _, v := range val {
			sum[w] += float64(v)
		}
		share[w] = math.Pow(sum[w], contextPower)
		total += share[w]
	}
	out := &linalg.Sparse{Rows: m.Rows, Cols: m.Cols, Ptr: make([]int, 1, m.Rows+1)}
	for w := range m.Rows {
		idx, val := m.Row(w)
		for p, c := range idx {
			if pmi := math.Log(float64(val[p]) * total / (sum[w] * share[c])); pmi > 0 {
				out.Idx, out.Val = append(out.Idx, c), append(out.Val, float32(pmi))
			}
		}
		out.Ptr = append(out.Ptr, len(out.Idx))
	}
	return out
}
