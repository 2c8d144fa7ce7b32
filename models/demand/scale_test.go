package demand

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ticketmill/ticketmill/models/text"
)

var benchScale = flag.Int("scale", 10_000, "tickets of BenchmarkScale")

const (
	scaleTypes = 200
	scaleChars = 600
)

// word spells n with syllables.
func word(n int) string {
	var b strings.Builder
	for n += 100; n > 0; n /= 70 {
		b.WriteByte("bdfgklmnprstvz"[n%14])
		b.WriteByte("aeiou"[n/14%5])
	}
	return b.String()
}

// longTicket is a text of a type: words of the type among words of all, both
// with the skewed frequencies of a language.
func longTicket(kind int, rng *rand.Rand) string {
	skewed := func(n int) int { return int(math.Pow(float64(n), rng.Float64())) }
	var b strings.Builder
	for b.Len() < scaleChars {
		if rng.IntN(3) == 0 {
			b.WriteString(word(50_000 + kind*80 + skewed(120)))
		} else {
			b.WriteString(word(skewed(50_000)))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// longCorpus is n texts, tokenised on all threads, and their types.
func longCorpus(tb testing.TB, n int) (*Corpus, []int32) {
	tb.Helper()
	a, err := text.New(text.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	c := NewCorpus()
	labels := make([]int32, n)
	const batch = 10_000
	for lo := 0; lo < n; lo += batch {
		docs := make([]text.Doc, min(batch, n-lo))
		var wg sync.WaitGroup
		threads := runtime.GOMAXPROCS(0)
		for th := range threads {
			wg.Go(func() {
				for i := th; i < len(docs); i += threads {
					rng := rand.New(rand.NewPCG(uint64(lo+i), 1))
					kind := int(float64(scaleTypes) * math.Pow(rng.Float64(), 1.5))
					labels[lo+i] = int32(kind)
					docs[i] = a.Analyze("", longTicket(kind, rng))
				}
			})
		}
		wg.Wait()
		for i, d := range docs {
			c.Add(d.Tokens, fmt.Sprint((lo+i)%1000))
		}
	}
	return c, labels
}

// BenchmarkScale clusters -scale tickets of 600 characters into 200 types,
// tokenising included.
func BenchmarkScale(b *testing.B) {
	for b.Loop() {
		c, labels := longCorpus(b, *benchScale)
		m, assigned := fit(b, c, Options{K: scaleTypes, Seed: 1, Threads: runtime.GOMAXPROCS(0)})
		b.ReportMetric(nmi(labels, nearestTypes(m, assigned)), "NMI")
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.Sys)/(1<<20), "MiB")
}
