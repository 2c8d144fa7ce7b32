package demand

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/ticketmill/ticketmill/models/internal/linalg"
)

// The bytes of a model: the magic word, a format version, then the fields in
// the order of writeTo. Whole numbers are varints, other numbers little-endian
// IEEE 754, counts of words sparse.
const (
	magic         = "tmdemand"
	formatVersion = 1
)

// errFormat is the cause of every error of UnmarshalBinary.
var errFormat = errors.New("not a demand model of this version, or damaged")

// MarshalBinary returns the model's bytes; equal models have equal bytes.
func (m *Model) MarshalBinary() ([]byte, error) {
	w := &writer{buf: []byte(magic)}
	w.int(formatVersion)
	w.int(m.types)
	w.int(m.fitted)
	v := m.space.vocab
	w.int(v.single)
	w.bool(v.pairsOnly)
	w.int(len(v.words))
	for _, s := range v.words {
		w.int(len(s))
		w.buf = append(w.buf, s...)
	}
	w.int(len(v.pairs))
	for _, p := range v.pairs {
		w.int(int(p[0]))
		w.int(int(p[1]))
	}
	w.float64(m.space.topics.length)
	w.floats(m.space.topics.idf)
	w.floats(m.space.topics.basis.Data)
	w.floats(m.space.words.weight)
	w.floats(m.space.words.common)
	w.floats(m.space.words.vectors.Data)
	w.int(len(m.mix.size))
	for c := range m.mix.size {
		w.float64(m.mix.size[c])
		w.float64(m.mix.cohere[c])
	}
	w.floats(m.mix.centres.Data)
	w.counts(m.mix.counts)
	return w.buf, nil
}

type writer struct{ buf []byte }

func (w *writer) int(n int) { w.buf = binary.AppendUvarint(w.buf, uint64(n)) }

func (w *writer) bool(b bool) {
	if b {
		w.int(1)
	} else {
		w.int(0)
	}
}

func (w *writer) float64(f float64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(f))
}

func (w *writer) floats(v []float32) {
	for _, f := range v {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, math.Float32bits(f))
	}
}

// counts writes, for each word, how many clusters have it, and which how often.
func (w *writer) counts(d *linalg.Dense) {
	for i := range d.Rows {
		row, n := d.Row(i), 0
		for _, v := range row {
			if v > 0 {
				n++
			}
		}
		w.int(n)
		for c, v := range row {
			if v > 0 {
				w.int(c)
				w.int(int(v))
			}
		}
	}
}

// UnmarshalBinary reads what MarshalBinary wrote. Other bytes are an error,
// after which the model must not be used.
func (m *Model) UnmarshalBinary(b []byte) error {
	r := &source{rest: b}
	if string(r.bytes(len(magic))) != magic || r.int(math.MaxInt32) != formatVersion {
		return fmt.Errorf("read demand model: %w", errFormat)
	}
	m.types, m.fitted = r.int(math.MaxInt32), r.int(math.MaxInt32)
	m.space = r.space()
	m.mix = r.mixture(m.space.vocab.mixed)
	if r.failed || len(r.rest) > 0 || m.types > len(m.mix.size) {
		return fmt.Errorf("read demand model: %w", errFormat)
	}
	m.mix.takeLogs(1)
	return nil
}

// source reads values one after the other; after the first that is not there
// it has failed and reads zeros.
type source struct {
	rest   []byte
	failed bool
}

func (r *source) bytes(n int) []byte {
	if n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// int reads a whole number of at most limit.
func (r *source) int(limit int) int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(limit) {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

// length reads the length of a list whose items take at least size bytes.
func (r *source) length(size int) int { return r.int(len(r.rest) / size) }

func (r *source) float64() float64 {
	b := r.bytes(8)
	if b == nil {
		return 0
	}
	return r.finite(math.Float64frombits(binary.LittleEndian.Uint64(b)))
}

func (r *source) finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		r.failed = true
	}
	return f
}

func (r *source) floats(n int) []float32 {
	b := r.bytes(4 * n)
	if b == nil {
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		r.finite(float64(out[i]))
	}
	return out
}

func (r *source) matrix(rows, cols int) *linalg.Dense {
	d := &linalg.Dense{Rows: rows, Cols: cols, Data: r.floats(rows * cols)}
	if r.failed {
		return &linalg.Dense{Cols: cols}
	}
	return d
}

func (r *source) vocabulary() *vocabulary {
	v := &vocabulary{single: r.int(maxTerms), pairsOnly: r.int(1) == 1}
	words := r.length(1)
	for range words {
		v.words = append(v.words, string(r.bytes(r.length(1))))
	}
	pairs := r.length(2)
	for range pairs {
		v.pairs = append(v.pairs, [2]int32{int32(r.int(max(words-1, 0))), int32(r.int(max(words-1, 0)))})
	}
	if v.single > words {
		r.failed = true
	}
	v.finish()
	return v
}

func (r *source) space() *space {
	s := &space{vocab: r.vocabulary()}
	length := r.float64()
	n := s.vocab.columns()
	s.topics = &topicSpace{length: length, idf: r.floats(n), basis: r.matrix(n, topicDims)}
	n = min(len(s.vocab.words), maxPaired)
	s.words = &wordSpace{weight: r.floats(n), common: r.floats(wordDims), vectors: r.matrix(n, wordDims)}
	return s
}

func (r *source) mixture(words int) *mixture {
	k := r.int(maxClusters)
	m := &mixture{size: make([]float64, k), cohere: make([]float64, k), tokens: make([]float64, k)}
	for c := range k {
		m.size[c], m.cohere[c] = r.float64(), r.float64()
		if m.size[c] < 1 {
			r.failed = true
		}
	}
	m.centres = r.matrix(k, dims)
	if words > len(r.rest) { // at least a byte each
		r.failed, words = true, 0
	}
	m.counts = linalg.NewDense(words, k)
	for w := range words {
		for range r.int(k) {
			c, n := r.int(k-1), float32(r.int(1<<24))
			m.counts.Row(w)[c] = n
			m.tokens[c] += float64(n)
		}
	}
	return m
}
