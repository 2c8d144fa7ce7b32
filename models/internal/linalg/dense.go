package linalg

import "gonum.org/v1/gonum/blas/gonum"

// Dense is a matrix stored row after row.
type Dense struct {
	Rows, Cols int
	Data       []float32 // Rows × Cols
}

// NewDense returns a matrix of zeros.
func NewDense(rows, cols int) *Dense {
	return &Dense{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
}

// Row is row i, sharing the matrix's memory.
func (d *Dense) Row(i int) []float32 {
	return d.Data[i*d.Cols : (i+1)*d.Cols : (i+1)*d.Cols]
}

// NormalizeRows scales every row to unit length; zero rows stay.
func (d *Dense) NormalizeRows() {
	for i := range d.Rows {
		Normalize(d.Row(i))
	}
}

// rowBlock is the number of rows one goroutine takes at a time.
const rowBlock = 256

// mulSmall returns d·m, where m has d.Cols rows and few columns.
func (d *Dense) mulSmall(m *Dense, threads int) *Dense {
	out := NewDense(d.Rows, m.Cols)
	Blocks(d.Rows, rowBlock, threads, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			to := out.Row(i)
			for j, v := range d.Row(i) {
				Axpy(v, m.Row(j), to)
			}
		}
	})
	return out
}

// gram returns d'd (Cols × Cols, row after row) summed in float64. Blocks of
// rows are summed on their own and then in order, so the result does not
// depend on threads.
func (d *Dense) gram(threads int) []float64 {
	c := d.Cols
	const block = 4096
	parts := make([][]float64, (d.Rows+block-1)/block)
	Blocks(d.Rows, block, threads, func(b, lo, hi int) {
		part, row := make([]float64, c*c), make([]float64, c)
		for i := lo; i < hi; i++ {
			for j, v := range d.Row(i) {
				row[j] = float64(v)
			}
			for j, v := range row {
				gonum.Implementation{}.Daxpy(c-j, v, row[j:], 1, part[j*c+j:], 1)
			}
		}
		parts[b] = part
	})
	sum := make([]float64, c*c)
	for _, part := range parts {
		for i, v := range part {
			sum[i] += v
		}
	}
	for i := range c {
		for j := range i {
			sum[i*c+j] = sum[j*c+i]
		}
	}
	return sum
}
