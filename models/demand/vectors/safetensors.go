package vectors

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// maxHeader bounds a safetensors header, in bytes. Word vectors need less
// than a thousand; the bound keeps a damaged length from taking the memory.
const maxHeader = 1 << 20

// tensor is one entry of a safetensors header.
type tensor struct {
	name       string
	dtype      string
	shape      []int
	begin, end int64 // bytes, counted from the end of the header
}

// size is the number of the tensor's values.
func (t tensor) size() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// number is how a dtype is stored.
type number struct {
	width  int
	decode func([]byte) float64
}

// numberOf returns how dtype is stored; ok is false for dtypes that no word
// vectors come in. I64 is exact up to 2⁵³.
func numberOf(dtype string) (n number, ok bool) {
	le := binary.LittleEndian
	switch dtype {
	case "F64":
		return number{8, func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }}, true
	case "F32":
		return number{4, func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }}, true
	case "F16":
		return number{2, func(b []byte) float64 { return float64(half(le.Uint16(b))) }}, true
	case "I64":
		return number{8, func(b []byte) float64 { return float64(int64(le.Uint64(b))) }}, true
	case "I32":
		return number{4, func(b []byte) float64 { return float64(int32(le.Uint32(b))) }}, true
	case "I8":
		return number{1, func(b []byte) float64 { return float64(int8(b[0])) }}, true
	}
	return number{}, false
}

// half is the value of an IEEE 754 binary16 number.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0: // zero and what is below the normal numbers, in steps of 2⁻²⁴
		return math.Float32frombits(math.Float32bits(float32(fraction)*0x1p-24) | sign)
	case 31: // infinity and not a number
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// readTensors reads a safetensors file of size bytes: the header's length
// (8 bytes, little-endian), the header (a JSON object: name → dtype, shape,
// place), the values. visit is called for each tensor in the order of the
// values; the function it returns takes the tensor's values one by one, nil
// leaves the tensor out.
func readTensors(file io.Reader, size int64, visit func(tensor) (func(i int, v float64), error)) error {
	r := bufio.NewReaderSize(file, 1<<16)
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return fmt.Errorf("the length of the header: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return fmt.Errorf("a header of %d bytes in a file of %d; at most %d are read", n, size, maxHeader)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	tensors, err := parseHeader(header, size-8-int64(n))
	if err != nil {
		return err
	}
	at := int64(0)
	for _, t := range tensors {
		take, err := visit(t)
		if err != nil {
			return err
		}
		if take == nil {
			continue
		}
		if t.begin < at {
			return fmt.Errorf("tensor %q overlaps the one before", t.name)
		}
		if _, err := io.CopyN(io.Discard, r, t.begin-at); err != nil {
			return fmt.Errorf("what stands before tensor %q: %w", t.name, err)
		}
		if err := readValues(r, t, take); err != nil {
			return fmt.Errorf("tensor %q: %w", t.name, err)
		}
		at = t.end
	}
	return nil
}

// parseHeader returns the tensors of a header in the order of their values,
// of which the file has size bytes.
func parseHeader(header []byte, size int64) ([]tensor, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(header, &entries); err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	delete(entries, "__metadata__")
	tensors := make([]tensor, 0, len(entries))
	for name, raw := range entries {
		t, err := parseTensor(raw, size)
		if err != nil {
			return nil, fmt.Errorf("the header's entry %q: %w", name, err)
		}
		t.name = name
		tensors = append(tensors, t)
	}
	slices.SortFunc(tensors, func(a, b tensor) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), strings.Compare(a.name, b.name))
	})
	return tensors, nil
}

// parseTensor reads one entry and checks that its values lie within size
// bytes and, for the dtypes read here, are as many as its shape says.
func parseTensor(raw []byte, size int64) (tensor, error) {
	var entry struct {
		Dtype   string  `json:"dtype"`
		Shape   []int   `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(raw, &entry); err != nil {
		return tensor{}, err
	}
	if len(entry.Offsets) != 2 || entry.Offsets[0] < 0 || entry.Offsets[0] > entry.Offsets[1] || entry.Offsets[1] > size {
		return tensor{}, fmt.Errorf("data_offsets %v do not fit %d bytes of values", entry.Offsets, size)
	}
	t := tensor{dtype: entry.Dtype, shape: entry.Shape, begin: entry.Offsets[0], end: entry.Offsets[1]}
	values := uint64(1)
	for _, d := range t.shape {
		var over uint64
		if over, values = bits.Mul64(values, uint64(d)); d < 0 || over > 0 || values > math.MaxInt64/8 {
			return tensor{}, fmt.Errorf("shape %v is out of range", t.shape)
		}
	}
	if n, ok := numberOf(t.dtype); ok && int64(values)*int64(n.width) != t.end-t.begin {
		return tensor{}, fmt.Errorf("%d bytes do not hold %v values of %s", t.end-t.begin, t.shape, t.dtype)
	}
	return t, nil
}

// readValues hands the values of t, which come next in r, to take.
func readValues(r io.Reader, t tensor, take func(i int, v float64)) error {
	n, ok := numberOf(t.dtype)
	if !ok {
		return fmt.Errorf("dtype %q is not supported", t.dtype)
	}
	const chunk = 8192 // values
	buf := make([]byte, chunk*n.width)
	for i, size := 0, t.size(); i < size; {
		part := buf[:min(chunk, size-i)*n.width]
		if _, err := io.ReadFull(r, part); err != nil {
			return err
		}
		for ; len(part) > 0; part = part[n.width:] {
			v := n.decode(part)
			if !(math.Abs(v) <= math.MaxFloat32) { // NaN compares false
				return errors.New("a value is not a number or beyond 32 bits")
			}
			take(i, v)
			i++
		}
	}
	return nil
}
