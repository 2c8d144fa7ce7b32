package vectors

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadTensors checks that any bytes are an error or finite values that are
// as many as the shape says.
func FuzzReadTensors(f *testing.F) {
	f.Add(safetensors(ownRows, values{"mapping", "I32", []int{2}, []int32{1, 0}}))
	f.Add(safetensors(values{"embeddings", "F16", []int{2, 2}, []uint16{1, 2, 3, 4}}))
	f.Add(withHeader(`{"a": {"dtype": "I8", "shape": [], "data_offsets": [0, 1]}}`, []byte{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var open tensor
		n := 0
		err := readTensors(bytes.NewReader(b), int64(len(b)), func(next tensor) (func(int, float64), error) {
			if n != 0 && n != open.size() {
				t.Errorf("%d of %d values", n, open.size())
			}
			open, n = next, 0
			return func(i int, _ float64) {
				if i != n {
					t.Errorf("value %d comes as %d", n, i)
				}
				n++
			}, nil
		})
		if err == nil && n != 0 && n != open.size() {
			t.Errorf("%d of %d values", n, open.size())
		}
	})
}

// FuzzTokenizer checks that any tokenizer is an error or cuts any text into
// tokens that it has, the same ones again.
func FuzzTokenizer(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, text := range texts {
			f.Add(file, text)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tok, err := parseTokenizer(file)
		if err != nil {
			return
		}
		ids := tok.encode(text, 100)
		if len(ids) > 100 {
			t.Errorf("%d tokens", len(ids))
		}
		for i, id := range tok.encode(text, 100) {
			if id < 0 || id > tok.highest || id != ids[i] {
				t.Errorf("token %d is %d, then %d; the highest is %d", i, ids[i], id, tok.highest)
			}
		}
	})
}
