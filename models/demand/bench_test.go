package demand

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	benchDir = flag.String("dir", "", "folder of label<TAB>text files, plain or .gz")
	benchK   = flag.String("k", "true", "true or auto")
)

// labelled reads a label<TAB>text file.
func labelled(path string) (labels []int, texts []string, err error) {
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
	ids := map[string]int{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if label, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			id, known := ids[label]
			if !known {
				id = len(ids)
				ids[label] = id
			}
			labels, texts = append(labels, id), append(texts, text)
		}
		if err == io.EOF {
			return labels, texts, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// agreement compares two labellings of the same rows.
type agreement struct{ nmi, ari, accuracy float64 }

func agree(a, b []int) agreement {
	ka, kb := 0, 0
	for i := range a {
		ka, kb = max(ka, a[i]+1), max(kb, b[i]+1)
	}
	table := make([][]float64, ka)
	for i := range table {
		table[i] = make([]float64, kb)
	}
	ra, rb := make([]float64, ka), make([]float64, kb)
	for i := range a {
		table[a[i]][b[i]]++
		ra[a[i]]++
		rb[b[i]]++
	}
	n := float64(len(a))
	entropy := func(v []float64) (h, pairs float64) {
		for _, x := range v {
			if x > 0 {
				h -= x / n * math.Log(x/n)
			}
			pairs += x * (x - 1) / 2
		}
		return h, pairs
	}
	ha, pa := entropy(ra)
	hb, pb := entropy(rb)
	var mi, both, hit float64
	for i, row := range table {
		for j, x := range row {
			if x > 0 {
				mi += x / n * math.Log(x*n/(ra[i]*rb[j]))
			}
			both += x * (x - 1) / 2
		}
	}
	for i, j := range Match(table) {
		if j >= 0 {
			hit += table[i][j]
		}
	}
	out := agreement{nmi: 1, ari: 1, accuracy: hit / n}
	if ha+hb > 0 {
		out.nmi = 2 * mi / (ha + hb)
	}
	chance := pa * pb / (n * (n - 1) / 2)
	if d := (pa+pb)/2 - chance; d != 0 {
		out.ari = (both - chance) / d
	}
	return out
}

func benchFiles(tb testing.TB) []string {
	files, err := filepath.Glob(filepath.Join(*benchDir, "*"))
	if err != nil || *benchDir == "" {
		tb.Skip("needs -dir")
	}
	return files
}

var _ = fmt.Sprint
