package text

import (
	"embed"
	"fmt"
	"strings"
)

// lists holds, for each language, stop.<code>.txt and, for those that are told
// apart by their words, hint.<code>.txt.
//
// Stop words are not counted: function words, after the lists of the Snowball
// project, in lower case and without apostrophes, and what people write to be
// polite. For Han, hiragana and hangul they are characters and pairs of
// characters. Hints are frequent words of support texts that tell the language
// of a title without function words; they are counted like any other word.
//
//go:embed lists/*.txt
var lists embed.FS

// lexeme is what the lists know of a word.
type lexeme struct {
	stops set // languages whose stop list has it
	hints set // languages of which it is a sign
}

// newLexicon reads the lists.
func newLexicon() (map[string]lexeme, error) {
	m := make(map[string]lexeme, 4096)
	for l := english; l < languages; l++ {
		stops, err := lists.ReadFile("lists/stop." + l.code() + ".txt")
		if err != nil {
			return nil, fmt.Errorf("stop words: %w", err)
		}
		for w := range strings.FieldsSeq(string(stops)) {
			x := m[w]
			x.stops |= 1 << l
			m[w] = x
		}
		if l > russian {
			continue // told by script
		}
		hints, err := lists.ReadFile("lists/hint." + l.code() + ".txt")
		if err != nil {
			return nil, fmt.Errorf("hints of languages: %w", err)
		}
		for w := range strings.FieldsSeq(string(hints)) {
			x := m[w]
			x.hints |= 1 << l
			m[w] = x
		}
	}
	return m, nil
}
