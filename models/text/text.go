// Package text makes the words of a ticket countable.
//
// A ticket's title and body are cleaned of what nobody typed for this ticket
// (quoted mail, signatures, code, stack traces, log lines, markup, templates),
// cut into words, stripped of stop words and stemmed in the ticket's own
// language. Nothing here needs a model file: the language is told by script,
// function words and, where those are silent, letter trigrams.
//
// The result depends on the text and the Options only. Time is linear in the
// length of the text, and long texts are read up to a fixed length.
package text

import (
	"fmt"
	"slices"
	"sync"
)

// Doc is one ticket's text ready to be counted.
type Doc struct {
	// Language is the ISO 639-1 code: one of de, en, es, fr, it, ja, ko, nl,
	// pt, ru, sv, zh; "" where none of these was recognised.
	Language string
	// Tokens are the words in order, stop words gone. For Han, hiragana and
	// hangul these are single characters and pairs of characters.
	Tokens []Token
}

// Token is one word of a ticket.
type Token struct {
	// Stem is what is counted: one form for "card" and "cards".
	Stem string
	// Surface is the word as written, in lower case, for labels.
	Surface string
}

// Options for New.
type Options struct {
	// Boilerplate holds the template lines to leave out; see LearnBoilerplate.
	Boilerplate Boilerplate
	// Language stems the words of texts whose language is not recognised, such
	// as titles of two product names. It also wins ties. Empty means "en".
	Language string
}

// Analyzer turns texts into tokens. It is immutable and safe for concurrent
// use.
type Analyzer struct {
	boilerplate map[string]bool
	lexicon     map[string]lexeme
	fallback    language
	markup      *markup
	workers     sync.Pool // of *worker: buffers and remembered stems, never results
}

// New makes an Analyzer. It reports an error when Options.Language is not one
// of the languages written in Latin letters that Doc.Language lists.
func New(o Options) (*Analyzer, error) {
	lexicon, err := newLexicon()
	if err != nil {
		return nil, fmt.Errorf("text analyzer: %w", err)
	}
	a := &Analyzer{
		boilerplate: make(map[string]bool, len(o.Boilerplate)),
		lexicon:     lexicon,
		fallback:    english,
		markup:      newMarkup(),
	}
	for _, key := range o.Boilerplate {
		a.boilerplate[key] = true
	}
	if o.Language != "" {
		known := codes()
		at := slices.Index(known[:], o.Language)
		if at < 0 || !language(at).latin() {
			return nil, fmt.Errorf("text analyzer: language %q: not one that is stemmed here", o.Language)
		}
		a.fallback = language(at)
	}
	a.workers.New = func() any { return newWorker(a) }
	return a, nil
}

// Clean returns what a reader needs of a ticket to know what it is about, one
// line a paragraph or list item, the title first. Names of exceptions and
// error messages survive the code and the traces they stood in.
func (a *Analyzer) Clean(title, body string) string {
	w := a.workers.Get().(*worker)
	defer a.workers.Put(w)
	w.cleanText(title, body)
	return string(w.clean)
}

// Analyze cleans a ticket's text, tells its language and returns its tokens.
func (a *Analyzer) Analyze(title, body string) Doc {
	w := a.workers.Get().(*worker)
	defer a.workers.Put(w)
	w.cleanText(title, body)
	return w.tokenize()
}
