package text

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The texts are titles, the shortest and hardest case: of the seven main
// languages, at least 95 of 100 are told right, none as another of the seven
// in more than 2 of 100.
func TestLanguage(t *testing.T) {
	in, err := os.ReadFile("testdata/languages.tsv")
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Options{})
	main := map[string]bool{"en": true, "de": true, "fr": true, "es": true, "zh": true, "ja": true, "ko": true}
	texts, right, wrong := map[bool]int{}, map[bool]int{}, 0
	for l := range strings.Lines(string(in)) {
		want, title, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
		got := a.Analyze(title, "").Language
		texts[main[want]]++
		if got == want {
			right[main[want]]++
			continue
		}
		t.Logf("%q for %q, want %q", got, title, want)
		if main[want] && main[got] {
			wrong++
		}
	}
	t.Logf("main languages %d of %d, others %d of %d", right[true], texts[true], right[false], texts[false])
	if right[true]*100 < texts[true]*95 || wrong*100 > texts[true]*2 || right[false]*100 < texts[false]*90 {
		t.Errorf("too many wrong: %d taken for another main language", wrong)
	}
}

// A listing has no language, however long; prose has, however technical.
func TestLanguageOfLongTexts(t *testing.T) {
	var listing strings.Builder
	for i := range 60 {
		fmt.Fprintf(&listing, "worker%d restarting checkpoint segment offset%d\n", i, i)
	}
	prose := strings.Repeat("Der Worker startet nach dem Update nicht, weil das Segment fehlt. ", 5)
	a := newAnalyzer(t, Options{})
	for _, c := range []struct{ name, body, want string }{
		{"listing", listing.String(), ""},
		{"prose", prose, "de"},
		{"prose with a short listing", prose + listing.String()[:400], "de"},
	} {
		if got := a.Analyze("", c.body).Language; got != c.want {
			t.Errorf("%s: language %q, want %q", c.name, got, c.want)
		}
	}
}
