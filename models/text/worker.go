package text

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds that keep one ticket from costing more than thousands of others: what
// a ticket is about stands at its beginning.
const (
	maxTitle = 4 << 10   // bytes read of a title
	maxBody  = 1 << 20   // bytes read of a body
	maxClean = 64 << 10  // bytes of cleaned text that are counted
	maxCache = 1 << 17   // words remembered by one worker
	maxKept  = 256 << 10 // bytes of buffer a worker keeps from one ticket to the next
)

// worker holds the buffers of one goroutine, and the words it has seen. What
// it remembers saves time and changes no result.
type worker struct {
	a        *Analyzer
	flat     []byte // body without inline markup
	lines    splitter
	clean    []byte // title and kept lines
	wide     []byte // clean in normal form NFKC, where it was not ASCII
	low      []byte // the word at hand, in lower case
	runes    []rune // the run of ideographs or syllables at hand
	words    []word
	elisions int // articles left out in front of an apostrophe
	cache    map[string]*entry
}

func newWorker(a *Analyzer) *worker {
	return &worker{a: a, cache: make(map[string]*entry)}
}

// cleanText leaves the cleaned text in w.clean.
func (w *worker) cleanText(title, body string) {
	if cap(w.flat) > maxKept || cap(w.clean) > maxKept || cap(w.wide) > maxKept {
		w.flat, w.clean, w.wide, w.lines, w.words = nil, nil, nil, splitter{}, nil
	}
	w.clean = w.clean[:0]
	w.flat = flatten(w.a.markup, w.flat[:0], cut(title, maxTitle))
	w.clean = appendTitle(w.clean, w.flat)
	w.flat = flatten(w.a.markup, w.flat[:0], cut(body, maxBody))
	for _, l := range w.lines.run(w.flat, w.a.boilerplate) {
		if len(w.clean) >= maxClean {
			break
		}
		w.clean = appendLine(w.clean, w.flat[l.start:l.end])
	}
	w.clean = w.clean[:boundary(w.clean, maxClean)]
}

// counted gives the cleaned text in normal form NFKC.
func (w *worker) counted() []byte {
	for _, c := range w.clean {
		if c >= utf8.RuneSelf {
			w.wide = norm.NFKC.Append(w.wide[:0], w.clean...)
			return w.wide
		}
	}
	return w.clean
}

// cut shortens s to n bytes or a little less, between two runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := range utf8.UTFMax {
		if utf8.RuneStart(s[n-back]) {
			return s[:n-back]
		}
	}
	return s[:n] // not UTF-8
}

// boundary gives the largest index up to n at which a rune of b starts or b
// ends.
func boundary(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	for i := n; i > n-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(b[i]) {
			return i
		}
	}
	return n
}
