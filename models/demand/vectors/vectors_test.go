package vectors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// values is a tensor to be written.
type values struct {
	name, dtype string
	shape       []int
	data        any // a slice of fixed-size numbers
}

// safetensors is a file with the tensors.
func safetensors(tensors ...values) []byte {
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	var data bytes.Buffer
	for _, v := range tensors {
		begin := data.Len()
		if err := binary.Write(&data, binary.LittleEndian, v.data); err != nil {
			panic(err)
		}
		header[v.name] = map[string]any{"dtype": v.dtype, "shape": v.shape, "data_offsets": []int{begin, data.Len()}}
	}
	h, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	return withHeader(string(h), data.Bytes())
}

// withHeader is a file with the header and the values as they are.
func withHeader(header string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), data...)
}

// threeWords is a tokenizer with the words of "a b c" and an unknown token.
const threeWords = `{"pre_tokenizer": {"type": "WhitespaceSplit"},
	"model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "c": 3}}}`

// ownRows are the vectors of threeWords.
var ownRows = values{"embeddings", "F32", []int{4, 2}, []float32{9, 9, 3, 4, 1, 0, 0, -2}}

// folder is a model of three files.
func folder(config, tokenizer string, model []byte) fstest.MapFS {
	return fstest.MapFS{
		"config.json":       {Data: []byte(config)},
		"tokenizer.json":    {Data: []byte(tokenizer)},
		"model.safetensors": {Data: model},
	}
}

func TestEmbed(t *testing.T) {
	for name, test := range map[string]struct {
		config  string
		tensors []values
		text    string
		want    []float32
	}{
		"mean":               {`{}`, []values{ownRows}, "a b", []float32{2, 2}},
		"a word twice":       {`{}`, []values{ownRows}, "b b b a", []float32{1.5, 1}},
		"unknown left out":   {`{}`, []values{ownRows}, "x a y", []float32{3, 4}},
		"nothing known":      {`{"normalize": true}`, []values{ownRows}, "x", []float32{0, 0}},
		"empty":              {`{"normalize": true}`, []values{ownRows}, "", []float32{0, 0}},
		"unit":               {`{"normalize": true}`, []values{ownRows}, "a", []float32{0.6, 0.8}},
		"at most two":        {`{"max_length": 2}`, []values{ownRows}, "b a a", []float32{1, 0}},
		"without bound":      {`{"max_length": null}`, []values{ownRows}, strings.Repeat("b ", 2000) + strings.Repeat("c ", 2000), []float32{0.5, -1}},
		"512 unless it says": {`{}`, []values{ownRows}, strings.Repeat("b", 1) + strings.Repeat(" b", 255) + strings.Repeat(" c", 2000), []float32{1, 0}},
		"half":               {`{}`, []values{{"embeddings", "F16", []int{4, 1}, []uint16{0, 0x3c00, 0xc000, 0}}}, "a b", []float32{-0.5}},
		"double":             {`{}`, []values{{"embeddings", "F64", []int{4, 1}, []float64{0, 1, 2, 0}}}, "a b", []float32{1.5}},
		"bytes":              {`{}`, []values{{"embeddings", "I8", []int{4, 1}, []int8{0, -128, 127, 0}}}, "a b", []float32{-0.5}},
		"weights": {`{}`, []values{
			ownRows, {"weights", "F64", []int{4}, []float64{1, 2, 0, 1}},
		}, "a b", []float32{3, 4}},
		"mapping": {`{}`, []values{
			{"embeddings", "F32", []int{2, 1}, []float32{1, 2}},
			{"mapping", "I64", []int{4}, []int64{0, 1, 1, 0}},
			{"weights", "F32", []int{4}, []float32{1, 1, 10, 1}},
		}, "a b c", []float32{23. / 3}},
		"mapping of 32 bits": {`{}`, []values{
			{"other", "BF16", []int{1}, []uint16{1}},
			{"mapping", "I32", []int{4}, []int32{0, 1, 1, 0}},
			{"embeddings", "F32", []int{2, 1}, []float32{1, 2}},
		}, "a c", []float32{1.5}},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := Load(folder(test.config, threeWords, safetensors(test.tensors...)))
			if err != nil {
				t.Fatal(err)
			}
			got := []float32{7, 7, 7, 7}[:v.Dims()]
			v.Embed(test.text, got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestGolden pins the vectors of the texts in every tokenizer of testdata.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no tokenizers", err)
	}
	var b strings.Builder
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := len(words(t, file))
		rows := values{"embeddings", "F32", []int{n, 3}, make([]float32, 3*n)}
		for i := range rows.data.([]float32) {
			rows.data.([]float32)[i] = float32(math.Sin(float64(i)))
		}
		v, err := Load(folder(`{"normalize": true}`, string(file), safetensors(rows)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		fmt.Fprintf(&b, "%s\n", filepath.Base(path))
		to := make([]float32, v.Dims())
		for _, text := range texts {
			v.Embed(text, to)
			fmt.Fprintf(&b, "  %8.5f %+q\n", to, text)
		}
	}
	checkGolden(t, "embed.golden", b.String())
}

// TestConcurrent embeds on several goroutines; the race detector watches.
func TestConcurrent(t *testing.T) {
	v, err := Load(folder(`{}`, threeWords, safetensors(ownRows)))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			to := make([]float32, 2)
			for range 100 {
				if v.Embed("a b", to); to[0] != 2 || to[1] != 2 {
					t.Errorf("got %v", to)
				}
			}
		})
	}
	wg.Wait()
}

func TestLoadErrors(t *testing.T) {
	good := safetensors(ownRows)
	entry := func(dtype, shape, offsets string) []byte {
		return withHeader(fmt.Sprintf(`{"embeddings": {"dtype": %q, "shape": %s, "data_offsets": %s}}`, dtype, shape, offsets), make([]byte, 32))
	}
	with := func(v values) []byte { return safetensors(ownRows, v) }
	for name, test := range map[string]struct {
		files fs.FS
		want  string
	}{
		"config":         {folder(`{`, threeWords, good), "config.json: unexpected end"},
		"max_length":     {folder(`{"max_length": 0}`, threeWords, good), "config.json: max_length is 0"},
		"tokenizer":      {folder(`{}`, `{}`, good), "tokenizer.json: model: it is missing"},
		"empty":          {folder(`{}`, threeWords, nil), "model.safetensors: the length of the header: EOF"},
		"length":         {folder(`{}`, threeWords, []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}")), "a header of 18446744073709551615 bytes"},
		"longer":         {folder(`{}`, threeWords, []byte("\x03\x00\x00\x00\x00\x00\x00\x00{}")), "a header of 3 bytes in a file of 10"},
		"header":         {folder(`{}`, threeWords, withHeader(`[]`, nil)), "the header: json"},
		"entry":          {folder(`{}`, threeWords, withHeader(`{"a": 1}`, nil)), `the header's entry "a": json`},
		"name":           {folder(`{}`, threeWords, safetensors(values{"embedding.weight", "F32", []int{1}, []float32{1}})), `no tensor "embeddings", only ["embedding.weight"]`},
		"dtype":          {folder(`{}`, threeWords, entry("BF16", "[4, 2]", "[0, 16]")), `dtype "BF16"`},
		"dimensions":     {folder(`{}`, threeWords, entry("F32", "[8]", "[0, 32]")), "has the shape [8]"},
		"no rows":        {folder(`{}`, threeWords, entry("F32", "[0, 2]", "[0, 0]")), "has the shape [0 2]"},
		"backwards":      {folder(`{}`, threeWords, entry("F32", "[4, 2]", "[32, 0]")), "data_offsets [32 0]"},
		"one offset":     {folder(`{}`, threeWords, entry("F32", "[4, 2]", "[32]")), "data_offsets [32]"},
		"outside":        {folder(`{}`, threeWords, entry("F32", "[4, 2]", "[8, 40]")), "data_offsets [8 40] do not fit 32 bytes"},
		"too few":        {folder(`{}`, threeWords, entry("F32", "[4, 2]", "[0, 28]")), "28 bytes do not hold [4 2] values of F32"},
		"negative":       {folder(`{}`, threeWords, entry("F32", "[-4, -2]", "[0, 32]")), "shape [-4 -2] is out of range"},
		"enormous":       {folder(`{}`, threeWords, entry("F32", "[4294967296, 4294967296, 8]", "[0, 32]")), "is out of range"},
		"not a number":   {folder(`{}`, threeWords, safetensors(values{"embeddings", "F16", []int{4, 1}, []uint16{0, 0x7e00, 0, 0}})), `"embeddings": a value is not a number`},
		"beyond 32 bits": {folder(`{}`, threeWords, safetensors(values{"embeddings", "F64", []int{4, 1}, []float64{0, 1e39, 0, 0}})), "beyond 32 bits"},
		"rows":           {folder(`{}`, threeWords, safetensors(values{"embeddings", "F32", []int{3, 1}, make([]float32, 3)})), "do not fit: 4 tokens and 3 vectors"},
		"token":          {folder(`{}`, strings.Replace(threeWords, `"c": 3`, `"c": 4`, 1), good), "token 4 of 4 vectors"},
		"mapping":        {folder(`{}`, threeWords, with(values{"mapping", "I64", []int{4}, []int64{0, 1, 2, 4}})), "the mapping of token 3 leads outside the 4 vectors"},
		"fraction":       {folder(`{}`, threeWords, with(values{"mapping", "F32", []int{4}, []float32{0, 1, 1.5, 3}})), "the mapping of token 2 leads outside"},
		"short mapping":  {folder(`{}`, threeWords, with(values{"mapping", "I64", []int{3}, []int64{0, 1, 2}})), "token 3 of 3 mapped"},
		"few weights":    {folder(`{}`, threeWords, with(values{"weights", "F32", []int{3}, []float32{0, 1, 2}})), "token 3 of 3 weights"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(test.files)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for name, file := range folder(`{}`, threeWords, safetensors(ownRows)) {
		if _, err := Open(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("before %s was there: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if v.Dims() != 2 {
		t.Errorf("%d dimensions, want 2", v.Dims())
	}
}

func TestHalf(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x03ff: 1023 * 0x1p-24,
		0x8001: -0x1p-24, 0x3555: 0.333251953125, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := half(h); float64(got) != want {
			t.Errorf("%#04x is %v, want %v", h, got, want)
		}
	}
	if got := half(0x7e00); got == got {
		t.Errorf("0x7e00 is %v, want no number", got)
	}
}
