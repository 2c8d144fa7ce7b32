package vectors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// invented is a vocabulary of n words of two to four syllables, and a ticket
// of some 600 characters made of them.
func invented(n int) (vocab []string, ticket string) {
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for len(vocab) < n {
		var w strings.Builder
		for range 2 + rng.IntN(3) {
			fmt.Fprintf(&w, "%c%c", "bcdfghklmnprstvwz"[rng.IntN(17)], "aeiou"[rng.IntN(5)])
		}
		if !seen[w.String()] {
			seen[w.String()] = true
			vocab = append(vocab, w.String())
		}
	}
	for len(ticket) < 600 {
		ticket += vocab[rng.IntN(n)] + vocab[rng.IntN(n)] + ", "
	}
	return vocab, ticket
}

func benchmark(b *testing.B, ticket string, parts map[string]any, size int) {
	b.Helper()
	file, err := json.Marshal(parts)
	if err != nil {
		b.Fatal(err)
	}
	const dims = 256
	v, err := Load(folder(`{"normalize": true}`, string(file), safetensors(values{"embeddings", "F32", []int{size, dims}, make([]float32, size*dims)})))
	if err != nil {
		b.Fatal(err)
	}
	to := make([]float32, dims)
	b.ReportAllocs()
	for b.Loop() {
		v.Embed(ticket, to)
	}
}

// BenchmarkEmbed places a ticket of 600 characters in 256 dimensions.
func BenchmarkEmbed(b *testing.B) {
	words, ticket := invented(30_000)
	b.Run("WordPiece", func(b *testing.B) {
		vocab := map[string]int{"[UNK]": 0, ",": 1}
		for i, w := range words {
			vocab[w], vocab["##"+w] = 2+2*i, 3+2*i
		}
		benchmark(b, ticket, map[string]any{
			"normalizer":    map[string]any{"type": "BertNormalizer"},
			"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
			"model":         map[string]any{"type": "WordPiece", "vocab": vocab},
		}, len(vocab))
	})
	b.Run("Unigram", func(b *testing.B) {
		vocab := []any{[]any{"<unk>", 0}, []any{",", -1}}
		for _, w := range words {
			vocab = append(vocab, []any{"▁" + w, -9}, []any{w, -10})
		}
		benchmark(b, ticket, map[string]any{
			"normalizer":    map[string]any{"type": "NFKC"},
			"pre_tokenizer": map[string]any{"type": "Metaspace", "replacement": "▁"},
			"model":         map[string]any{"type": "Unigram", "vocab": vocab, "unk_id": 0},
		}, len(vocab))
	})
}
