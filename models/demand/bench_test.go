package demand

import (
	"bufio"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/models/internal/assign"
	"github.com/ticketmill/ticketmill/models/text"
)

var (
	benchDir = flag.String("dir", "", "folder of label<TAB>text files, plain or .gz, for BenchmarkLabelled")
	benchK   = flag.String("k", "true", "true: as many types as labels; auto: chosen")
)

// labelled reads a file of label<TAB>text lines.
func labelled(path string) (labels []int32, texts []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, nil, err
		}
	}
	ids := map[string]int32{}
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		if label, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); ok {
			id, known := ids[label]
			if !known {
				id = int32(len(ids))
				ids[label] = id
			}
			labels, texts = append(labels, id), append(texts, text)
		}
		if errors.Is(err, io.EOF) {
			return labels, texts, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// tokenised counts the words of the texts.
func tokenised(tb testing.TB, texts []string) *Corpus {
	tb.Helper()
	a, err := text.New(text.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	c := NewCorpus()
	for i, t := range texts {
		c.Add(a.Analyze("", t).Tokens, fmt.Sprint(i))
	}
	return c
}

// nearestTypes is each ticket's type, or the one that comes closest where it
// is Other; tickets without a known word share one of their own.
func nearestTypes(m *Model, assigned []Assignment) []int32 {
	z := make([]int32, len(assigned))
	for i, a := range assigned {
		if z[i] = int32(a.Cluster); a.Cluster == Other {
			z[i] = int32(a.Next[0].Cluster)
		}
		if z[i] == Other {
			z[i] = int32(m.Clusters())
		}
	}
	return z
}

// nmi is the mutual information of two clusterings over the mean of their
// entropies.
func nmi(a, b []int32) float64 {
	table := crosstab(a, b)
	rows, cols, n := margins(table)
	entropy := func(v []float64) (h float64) {
		for _, x := range v {
			if x > 0 {
				h -= x / n * math.Log(x/n)
			}
		}
		return h
	}
	var mutual float64
	for i, row := range table {
		for j, x := range row {
			if x > 0 {
				mutual += x / n * math.Log(x*n/(rows[i]*cols[j]))
			}
		}
	}
	if h := entropy(rows) + entropy(cols); h > 0 {
		return 2 * mutual / h
	}
	return 1
}

// accuracy is the share of rows in the cluster that the best one-to-one
// assignment gives their label.
func accuracy(labels, z []int32) float64 {
	table := crosstab(labels, z)
	var hit float64
	for i, j := range assign.Best(slices.Concat(table...), len(table), len(table[0])) {
		if j >= 0 {
			hit += table[i][j]
		}
	}
	return hit / float64(len(labels))
}

// BenchmarkLabelled prints how well the types of label<TAB>text files are
// found, one CSV line a file.
func BenchmarkLabelled(b *testing.B) {
	if *benchDir == "" {
		b.Skip("needs -dir")
	}
	files, err := filepath.Glob(filepath.Join(*benchDir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fmt.Println("\nfile,rows,k_true,k,nmi,ari,accuracy,seconds")
		for _, f := range files {
			benchLabelled(b, f)
		}
	}
}

func benchLabelled(b *testing.B, path string) {
	labels, texts, err := labelled(path)
	if err != nil {
		b.Fatal(err)
	}
	if len(labels) == 0 {
		return
	}
	truth := len(crosstab(labels, labels))
	o := Options{Seed: 1, Threads: runtime.GOMAXPROCS(0)}
	if *benchK == "true" {
		o.K = truth
	}
	start := time.Now()
	m, assigned, err := Fit(tokenised(b, texts), o)
	if err != nil {
		b.Fatal(err)
	}
	seconds := time.Since(start).Seconds()
	z := nearestTypes(m, assigned)
	fmt.Printf("%s,%d,%d,%d,%.4f,%.4f,%.4f,%.1f\n", filepath.Base(path), len(labels), truth, m.Clusters(),
		nmi(labels, z), adjustedRand(labels, z), accuracy(labels, z), seconds)
}
