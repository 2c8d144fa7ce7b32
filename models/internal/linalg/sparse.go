package linalg

// Sparse is a matrix in compressed rows: row i holds Val[Ptr[i]:Ptr[i+1]] in
// the columns Idx[Ptr[i]:Ptr[i+1]].
type Sparse struct {
	Rows, Cols int
	Ptr        []int
	Idx        []int32
	Val        []float32
}

// Row is the columns and values of row i, sharing the matrix's memory.
func (s *Sparse) Row(i int) ([]int32, []float32) {
	lo, hi := s.Ptr[i], s.Ptr[i+1]
	return s.Idx[lo:hi], s.Val[lo:hi]
}

// Transpose returns the matrix's transpose; within a row, columns ascend.
func (s *Sparse) Transpose() *Sparse {
	t := &Sparse{
		Rows: s.Cols, Cols: s.Rows,
		Ptr: make([]int, s.Cols+1), Idx: make([]int32, len(s.Idx)), Val: make([]float32, len(s.Val)),
	}
	for _, j := range s.Idx {
		t.Ptr[j+1]++
	}
	for j := range s.Cols {
		t.Ptr[j+1] += t.Ptr[j]
	}
	next := make([]int, s.Cols)
	copy(next, t.Ptr)
	for i := range s.Rows {
		idx, val := s.Row(i)
		for p, j := range idx {
			t.Idx[next[j]], t.Val[next[j]] = int32(i), val[p]
			next[j]++
		}
	}
	return t
}

// Mul returns the product of the matrix and d, which has Cols rows.
func (s *Sparse) Mul(d *Dense, threads int) *Dense {
	out := NewDense(s.Rows, d.Cols)
	Blocks(s.Rows, rowBlock, threads, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			s.MulRow(i, d, out.Row(i))
		}
	})
	return out
}

// MulRow adds the product of row i and d to the row to.
func (s *Sparse) MulRow(i int, d *Dense, to []float32) {
	idx, val := s.Row(i)
	for p, j := range idx {
		Axpy(val[p], d.Row(int(j)), to)
	}
}
