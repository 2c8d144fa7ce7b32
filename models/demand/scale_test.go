package demand

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ticketmill/ticketmill/models/text"
)

var (
	benchScale = flag.Int("scale", 10_000, "tickets of BenchmarkScale")
	benchTexts = flag.String("texts", "", "file in which BenchmarkScale leaves its texts")
)

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

// writeTexts writes n texts to path, one a line behind the number of its type.
func writeTexts(tb testing.TB, path string, n int) {
	tb.Helper()
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	out := bufio.NewWriter(file)
	for i := range n {
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		kind := int(scaleTypes * math.Pow(rng.Float64(), 1.5))
		fmt.Fprintf(out, "%d\t%s\n", kind, longTicket(kind, rng))
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		tb.Fatal(err)
	}
}

// readCorpus cleans and tokenises the texts of writeTexts on all threads, and
// returns their types too.
func readCorpus(tb testing.TB, path string) (c *Corpus, labels []int32) {
	tb.Helper()
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	a, err := text.New(text.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	c = NewCorpus()
	var bodies []string
	flush := func() {
		for _, d := range analyzeAll(a, bodies) {
			c.Add(d.Tokens, strconv.Itoa(c.Len()%1000))
		}
		bodies = bodies[:0]
	}
	for in := bufio.NewScanner(file); in.Scan(); {
		kind, body, _ := strings.Cut(in.Text(), "\t")
		label, err := strconv.Atoi(kind)
		if err != nil {
			tb.Fatal(err)
		}
		labels, bodies = append(labels, int32(label)), append(bodies, body)
		if len(bodies) == 10_000 {
			flush()
		}
	}
	flush()
	return c, labels
}

// analyzeAll tokenises the bodies on all threads.
func analyzeAll(a *text.Analyzer, bodies []string) []text.Doc {
	docs := make([]text.Doc, len(bodies))
	var wg sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for th := range threads {
		wg.Go(func() {
			for i := th; i < len(docs); i += threads {
				docs[i] = a.Analyze("", bodies[i])
			}
		})
	}
	wg.Wait()
	return docs
}

// BenchmarkScale clusters -scale tickets of 600 characters into 200 types,
// reading and tokenising included. With -texts the texts stay in that file, for
// testdata/scikit.py and the like.
func BenchmarkScale(b *testing.B) {
	path := *benchTexts
	if path == "" {
		path = filepath.Join(b.TempDir(), "texts.tsv")
	}
	writeTexts(b, path, *benchScale)
	for b.Loop() {
		c, labels := readCorpus(b, path)
		m, assigned := fit(b, c, Options{K: scaleTypes, Seed: 1, Threads: runtime.GOMAXPROCS(0)})
		b.ReportMetric(nmi(labels, nearestTypes(m, assigned)), "NMI")
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.Sys)/(1<<20), "MiB")
}
