// Package vectors reads static word vectors in Model2Vec's format
// (https://github.com/MinishLab/model2vec) and places texts with them: the
// mean of the vectors of a text's tokens. A model is a folder of three files:
//
//   - model.safetensors: the matrix "embeddings" (rows × dimensions; F16, F32,
//     F64 or I8) and, where the vocabulary was quantised, "weights" (one per
//     token) and "mapping" (token → row);
//   - tokenizer.json: a Hugging Face tokenizer of the kinds that such models
//     come with: WordPiece, Unigram, byte-pair or whole words;
//   - config.json, of which "normalize" and "max_length" count.
//
// What a tokenizer asks for and this package does not have is an error that
// names it: a token cut otherwise would be another token, without a word.
// Characters are classified by the Unicode tables of the Go release, which are
// newer than those of the tokenizers that models are made with; this concerns
// a few hundred characters that nobody writes tickets with.
package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"unicode/utf8"
)

// Vectors are static word vectors. Immutable, safe for concurrent use.
type Vectors struct {
	tokens *tokenizer
	dims   int
	matrix []float32 // rows × dims
	weight []float64 // token → weight; nil: all 1
	row    []int32   // token → row; nil: the token itself
	unit   bool      // texts are placed at unit length
	limit  int       // tokens of a text that count; 0: all
}

// config is what counts of config.json.
type config struct {
	Normalize bool `json:"normalize"`
	MaxLength *int `json:"max_length"`
}

// defaultLimit is the number of tokens that count where the configuration
// does not say, as in Model2Vec.
const defaultLimit = 512

// Open reads the model in the folder dir, as Load does.
func Open(dir string) (*Vectors, error) {
	return Load(os.DirFS(dir))
}

// Load reads a model from model.safetensors, tokenizer.json and config.json.
// Errors name the file and what is wrong with it; a file that is not there is
// fs.ErrNotExist.
func Load(fsys fs.FS) (*Vectors, error) {
	v := &Vectors{}
	for _, file := range []struct {
		name string
		load func(fs.FS, string) error
	}{{"config.json", v.loadConfig}, {"tokenizer.json", v.loadTokenizer}, {"model.safetensors", v.loadMatrix}} {
		if err := file.load(fsys, file.name); err != nil {
			return nil, fmt.Errorf("word vectors: %s: %w", file.name, err)
		}
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("word vectors: model.safetensors and tokenizer.json do not fit: %w", err)
	}
	return v, nil
}

// Dims is the number of a vector's dimensions.
func (v *Vectors) Dims() int { return v.dims }

// Embed writes the place of text to the first Dims values of to: the mean of
// its tokens' vectors, each times its weight where the model has weights, at
// unit length where the model says so. Only the first tokens count, 512 unless
// the model says otherwise; unknown ones take their place among them and are
// left out of the mean. A text without a known token is at zero.
func (v *Vectors) Embed(text string, to []float32) {
	to = to[:v.dims]
	sum, n := make([]float64, v.dims), 0
	for _, id := range v.tokens.encode(text, v.limit) {
		if id == v.tokens.unknown {
			continue
		}
		n++
		row, weight := int(id), 1.0
		if v.row != nil {
			row = int(v.row[id])
		}
		if v.weight != nil {
			weight = v.weight[id]
		}
		for k, x := range v.matrix[row*v.dims : (row+1)*v.dims] {
			sum[k] += weight * float64(x)
		}
	}
	scale := 1 / float64(max(n, 1))
	if v.unit {
		scale = inverse(norm2(sum))
	}
	for k, x := range sum {
		to[k] = float32(x * scale)
	}
}

// norm2 is the Euclidean length of x.
func norm2(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// inverse is 1/x, and 0 for 0.
func inverse(x float64) float64 {
	if x == 0 {
		return 0
	}
	return 1 / x
}

// loadConfig reads the configuration.
func (v *Vectors) loadConfig(fsys fs.FS, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	limit := defaultLimit
	c := config{MaxLength: &limit}
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	v.unit = c.Normalize
	if c.MaxLength != nil { // null: no bound
		if v.limit = *c.MaxLength; v.limit < 1 {
			return fmt.Errorf("max_length is %d; it must be 1 or more, or null", v.limit)
		}
	}
	return nil
}

// loadTokenizer reads the tokenizer.
func (v *Vectors) loadTokenizer(fsys fs.FS, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	v.tokens, err = parseTokenizer(b)
	return err
}

// loadMatrix reads the vectors, the weights and the mapping.
func (v *Vectors) loadMatrix(fsys fs.FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var seen []string
	err = readTensors(f, info.Size(), func(t tensor) (func(int, float64), error) {
		seen = append(seen, t.name)
		return v.place(t)
	})
	if err != nil {
		return err
	}
	if v.matrix == nil {
		slices.Sort(seen)
		return fmt.Errorf("there is no tensor \"embeddings\", only %q", seen)
	}
	return nil
}

// place returns where the values of t go; nil for tensors that are not needed.
func (v *Vectors) place(t tensor) (func(int, float64), error) {
	want := map[string]int{"embeddings": 2, "weights": 1, "mapping": 1}[t.name]
	if want == 0 {
		return nil, nil
	}
	if _, ok := numberOf(t.dtype); !ok {
		return nil, fmt.Errorf("tensor %q has the dtype %q, which is not supported", t.name, t.dtype)
	}
	if len(t.shape) != want || t.size() == 0 {
		return nil, fmt.Errorf("tensor %q has the shape %v; it must have %d dimensions, none of them 0", t.name, t.shape, want)
	}
	switch t.name {
	case "embeddings":
		v.dims, v.matrix = t.shape[1], make([]float32, t.size())
		return func(i int, x float64) { v.matrix[i] = float32(x) }, nil
	case "weights":
		v.weight = make([]float64, t.size())
		return func(i int, x float64) { v.weight[i] = x }, nil
	}
	v.row = make([]int32, t.size())
	return func(i int, x float64) {
		v.row[i] = none // what is no row number is refused by check
		if x >= 0 && x <= math.MaxInt32 && x == math.Trunc(x) {
			v.row[i] = int32(x)
		}
	}, nil
}

// check makes sure that every token has its row and weight.
func (v *Vectors) check() error {
	rows, size := len(v.matrix)/v.dims, v.tokens.size
	if v.row == nil && size != rows {
		return fmt.Errorf("%d tokens and %d vectors", size, rows)
	}
	for id, row := range v.row {
		if row < 0 || int(row) >= rows {
			return fmt.Errorf("the mapping of token %d leads outside the %d vectors", id, rows)
		}
	}
	highest := int(v.tokens.highest)
	switch {
	case v.row == nil && highest >= rows:
		return fmt.Errorf("token %d of %d vectors", highest, rows)
	case v.row != nil && highest >= len(v.row):
		return fmt.Errorf("token %d of %d mapped", highest, len(v.row))
	case v.weight != nil && highest >= len(v.weight):
		return fmt.Errorf("token %d of %d weights", highest, len(v.weight))
	}
	return nil
}

// medianLength is the median number of characters of the tokens, rounded down.
func medianLength(tokens []string) (int, error) {
	if len(tokens) == 0 {
		return 0, errors.New("the vocabulary is empty")
	}
	lengths := make([]int, len(tokens))
	for i, t := range tokens {
		lengths[i] = utf8.RuneCountInString(t)
	}
	slices.Sort(lengths)
	n := len(lengths)
	return (lengths[(n-1)/2] + lengths[n/2]) / 2, nil
}
