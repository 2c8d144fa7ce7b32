package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tokenizer cuts texts into the tokens of a vocabulary as a tokenizer.json
// says (https://github.com/huggingface/tokenizers), without the tokens that
// frame a sentence.
type tokenizer struct {
	raw, normalized *added // tokens looked for before and after normalising
	normalize       normalizer
	cut             preTokenizer
	model           model
	unknown         int32 // the token for what the vocabulary does not hold, or none
	size            int   // number of distinct tokens
	highest         int32 // highest token
	median          int   // median length of a token in characters
}

// model cuts a piece of text, never empty, into tokens, appended to ids.
type model interface {
	tokens(piece string, ids []int32) []int32
}

// piece is a piece of a text on its way to the model.
type piece struct {
	text  string
	start bool  // it stands at the beginning of the text
	token int32 // the token it is already known to be, or none
}

// parseTokenizer reads a tokenizer.json.
func parseTokenizer(b []byte) (*tokenizer, error) {
	var file struct {
		Added        []addedToken    `json:"added_tokens"`
		Normalizer   json.RawMessage `json:"normalizer"`
		PreTokenizer json.RawMessage `json:"pre_tokenizer"`
		Model        json.RawMessage `json:"model"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, err
	}
	t := &tokenizer{}
	var err error
	if t.normalize, err = parseNormalizer(file.Normalizer); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if t.cut, err = parsePreTokenizer(file.PreTokenizer); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	m, words, unknown, err := parseModel(file.Model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	t.model = m
	vocab := map[string]int32{}
	maps.Copy(vocab, words)
	for i, a := range file.Added {
		if id, ok := vocab[a.Content]; ok {
			file.Added[i].ID = id // the model's own number goes first
		}
		vocab[a.Content] = file.Added[i].ID
	}
	t.raw, t.normalized = newAdded(file.Added, t.normalize)
	if err := t.number(vocab, unknown); err != nil {
		return nil, err
	}
	return t, nil
}

// number learns what there is to know about the tokens of vocab.
func (t *tokenizer) number(vocab map[string]int32, unknown string) (err error) {
	for token, id := range vocab {
		if id < 0 {
			return fmt.Errorf("token %q has the number %d", token, id)
		}
		t.highest = max(t.highest, id)
	}
	t.size, t.unknown = len(vocab), none
	if id, ok := vocab[unknown]; ok && unknown != "" {
		t.unknown = id
	}
	t.median, err = medianLength(slices.Collect(maps.Keys(vocab)))
	return err
}

// encode returns the first limit tokens of text (all of them for 0); text is
// first cut to limit times the median token's length in characters, as
// Model2Vec does.
func (t *tokenizer) encode(text string, limit int) []int32 {
	if limit > 0 {
		text = firstRunes(text, limit*t.median)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	var ids []int32
	for _, p := range t.raw.split(piece{text, true, none}) {
		if p.token != none {
			ids = append(ids, p.token)
		} else {
			p.text = t.normalize(p.text)
			ids = t.pieces(p, ids)
		}
		if limit > 0 && len(ids) >= limit {
			return ids[:limit]
		}
	}
	return ids
}

// pieces appends the tokens of a normalised piece.
func (t *tokenizer) pieces(p piece, ids []int32) []int32 {
	if p.text == "" {
		return ids // a pre-tokenizer would put its mark there
	}
	for _, p := range t.normalized.split(p) {
		if p.token != none {
			ids = append(ids, p.token)
			continue
		}
		for _, p := range t.cut([]piece{p}) {
			if p.text != "" {
				ids = t.model.tokens(p.text, ids)
			}
		}
	}
	return ids
}

// firstRunes is the first n characters of s.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// kind is the "type" of a part of the tokenizer.
func kind(raw json.RawMessage) (string, error) {
	var part struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return "", err
	}
	if part.Type == "" {
		return "", errors.New("it has no type")
	}
	return part.Type, nil
}

// absent says that an optional part is not there.
func absent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}
