package text

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func newAnalyzer(t testing.TB, o Options) *Analyzer {
	t.Helper()
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The first line of a file is the title, the rest the body. The golden file
// has the cleaned text, then the language and the tokens.
func TestClean(t *testing.T) {
	files, err := filepath.Glob("testdata/clean/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	a := newAnalyzer(t, Options{})
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			title, body, _ := strings.Cut(string(in), "\n")
			d := a.Analyze(title, body)
			got := a.Clean(title, body) + "\n\n" + d.Language + "\n" + strings.Join(stems(d), " ") + "\n"
			golden := strings.TrimSuffix(file, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			if crlf := a.Clean(title, strings.ReplaceAll(body, "\n", "\r\n")); crlf != a.Clean(title, body) {
				t.Errorf("CRLF changes the text: %q", crlf)
			}
		})
	}
}

func stems(d Doc) []string {
	var s []string
	for _, t := range d.Tokens {
		s = append(s, t.Stem)
	}
	return s
}
