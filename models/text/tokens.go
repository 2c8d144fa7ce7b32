package text

import (
	"unicode"
	"unicode/utf8"
)

// maxRunes is the length of the longest word that is counted.
const maxRunes = 30

// entry is what a worker remembers of a word.
type entry struct {
	surface string
	stem    string
	stops   set
	hints   set
	stemmed language // of stem
	script  script
	weight  uint8 // how much it counts for its script: pairs of characters nothing
	stems   bool  // endings may be cut
	silent  bool  // counts for its script only
	foreign bool  // letters of a language that is not told apart here
}

// word is one word of the text at hand.
type word = *entry

// tokenize cuts the cleaned text into tokens.
func (w *worker) tokenize() Doc {
	b := w.counted()
	w.words, w.elisions = w.words[:0], 0
	w.split(b)
	var c census
	c.score(1<<french|1<<italian, w.elisions*hintPoints)
	for _, e := range w.words {
		c.add(e)
	}
	l := c.language(w.a.fallback, b)
	d := Doc{Language: l.code()}
	if len(w.words) == 0 {
		return d
	}
	d.Tokens = make([]Token, 0, len(w.words))
	for _, e := range w.words {
		in := w.a.languageOf(e, l)
		if e.silent || e.stops.has(in) {
			continue
		}
		if e.stems && e.stemmed != in {
			e.stem, e.stemmed = stem(in, e.surface), in
		}
		d.Tokens = append(d.Tokens, Token{Stem: e.stem, Surface: e.surface})
	}
	return d
}

// languageOf gives the language in which a word of a text in language l is
// treated. Latin words in a text of another script are names and English.
func (a *Analyzer) languageOf(e *entry, l language) language {
	switch e.script {
	case latin:
		switch {
		case l.latin():
			return l
		case l == unknown:
			return a.fallback
		}
		return english
	case han, kana:
		if l == chinese || l == japanese {
			return l
		}
		if e.script == kana {
			return japanese
		}
		return chinese
	case hangul:
		return korean
	case cyrillic:
		if l == russian {
			return l
		}
	}
	return unknown
}

// split finds the words of b.
func (w *worker) split(b []byte) {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case isDigit(c):
			i = w.number(b, i)
		case isAlpha(c) || c == '_':
			i = w.word(b, i)
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(b[i:])
			switch {
			case isDense(r):
				i = w.dense(b, i)
			case unicode.IsLetter(r) || unicode.IsDigit(r):
				i = w.word(b, i)
			default:
				i += size
			}
		}
	}
}

// word reads the word at i: letters, digits, marks and underscores. An
// apostrophe disappears, except behind an article that French or Italian
// elide, which is left out.
func (w *worker) word(b []byte, i int) int {
	w.low = w.low[:0]
	start := i
	n, upper, high := 0, true, false
scan:
	for i < len(b) {
		c := b[i]
		if f := folded[c]; f != 0 {
			upper = upper && (c < 'a' || c > 'z')
			w.low = append(w.low, f)
			i++
			n++
			continue
		}
		switch {
		case c == '\'':
			if !joins(b, i+1) {
				break scan
			}
			if elided(w.low) {
				w.low, n, start, high = w.low[:0], 0, i+1, false
				w.elisions++
			}
			i++
			continue
		case c < utf8.RuneSelf:
			break scan
		}
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case isDense(r):
			break scan
		case isWordRune(r):
			upper, high = false, true
			w.low = utf8.AppendRune(w.low, unicode.ToLower(r))
			n++
		case r == '’' || r == 'ʼ' || r == '‘':
			if !joins(b, i+size) {
				break scan
			}
			if elided(w.low) {
				w.low, n, start, high = w.low[:0], 0, i+size, false
				w.elisions++
			}
		case unicode.Is(unicode.Cf, r): // soft hyphens, joiners, marks of direction
		default:
			break scan
		}
		i += size
	}
	if high {
		w.add(trimUnderscores(w.low), n)
		return i
	}
	return w.plain(b, start, i, upper)
}

// isWordRune tells whether a character belongs to a word.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// plain adds the ASCII word at b[start:i], whose lower case is w.low. It goes
// on behind a version ("v1.2"), an error code ("ORA-00942") or the sign of a
// programming language ("c++").
func (w *worker) plain(b []byte, start, i int, upper bool) int {
	if i < len(b) {
		switch c := b[i]; {
		case c == '.' && len(w.low) > 1 && w.low[0] == 'v' && allDigits(w.low[1:]) && digitAt(b, i+1):
			return w.number(b, start+1)
		case c == '-' && upper && i-start >= 2 && i-start <= 10 && digitAt(b, i+1):
			for i < len(b) && (isDigit(b[i]) || b[i] == '-' && digitAt(b, i+1)) {
				w.low = append(w.low, b[i])
				i++
			}
			w.add(w.low, len(w.low))
			return i
		case c == '#' && len(w.low) == 1 && (w.low[0] == 'c' || w.low[0] == 'f'):
			w.low = append(w.low, c)
			i++
		case c == '+' && len(w.low) == 1 && w.low[0] == 'c' && i+1 < len(b) && b[i+1] == '+':
			w.low = append(w.low, "++"...)
			i += 2
		}
	}
	low := trimUnderscores(w.low)
	switch {
	case allDigits(low):
		return w.integer(low, i)
	case !isDigest(low):
		w.add(low, len(low))
	}
	return i
}

// joins tells whether a letter follows an apostrophe.
func joins(b []byte, i int) bool {
	return i < len(b) && (isAlpha(b[i]) || b[i] >= utf8.RuneSelf)
}

// elided tells whether a word in front of an apostrophe is a French or Italian
// article, pronoun or preposition.
func elided(low []byte) bool {
	switch string(low) {
	case "l", "d", "j", "n", "s", "c", "m", "t", "qu", "jusqu", "lorsqu", "puisqu", "quelqu",
		"dell", "all", "nell", "sull", "dall", "un", "quest", "quell":
		return true
	}
	return false
}

func trimUnderscores(low []byte) []byte {
	for len(low) > 0 && low[0] == '_' {
		low = low[1:]
	}
	for len(low) > 0 && low[len(low)-1] == '_' {
		low = low[:len(low)-1]
	}
	return low
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

func digitAt(b []byte, i int) bool { return i < len(b) && isDigit(b[i]) }

// isDigest tells whether a word is a part of a digest, an address in memory or
// an identifier: hexadecimal digits that nobody would count.
func isDigest(low []byte) bool {
	const (
		shortest = 7  // digits of an abbreviated commit
		longest  = 10 // characters of an error code such as 0x80070005
	)
	if len(low) > longest && low[0] == '0' && low[1] == 'x' {
		return true
	}
	if len(low) < shortest {
		return false
	}
	digits := 0
	for _, c := range low {
		if !isHex(c) {
			return false
		}
		if isDigit(c) {
			digits++
		}
	}
	return digits > 1 && digits < len(low)
}

// add counts a word of n runes in lower case.
func (w *worker) add(low []byte, n int) {
	if len(low) == 0 || n > maxRunes {
		return
	}
	if e, ok := w.cache[string(low)]; ok {
		w.words = append(w.words, e)
		return
	}
	w.remember(w.a.newEntry(string(low)))
}

func (w *worker) remember(e *entry) {
	if len(w.cache) >= maxCache {
		clear(w.cache)
	}
	w.cache[e.surface] = e
	w.words = append(w.words, e)
}

// newEntry looks a word up in the lists.
func (a *Analyzer) newEntry(surface string) *entry {
	e := &entry{surface: surface, stem: surface, weight: 1, stems: true}
	x := a.lexicon[surface]
	e.stops, e.hints = x.stops, x.hints
	for _, r := range surface {
		switch {
		case 'a' <= r && r <= 'z':
			e.script = latin
		case r < utf8.RuneSelf: // digits and signs
			e.stems = false
		case r <= 0x24f:
			e.script = latin
			e.hints |= letterHint(r)
		case unicode.Is(unicode.Cyrillic, r):
			e.script = cyrillic
			switch r {
			case 'і', 'ї', 'є', 'ґ', 'ў', 'ј', 'љ', 'њ', 'ћ', 'ђ':
				e.foreign = true
			}
		}
	}
	if e.script == other && !e.stems || len(surface) == 1 {
		e.weight = 0 // numbers and single letters tell no language
	}
	return e
}

// letterHint gives the languages of which a letter is a sign.
func letterHint(r rune) set {
	switch r {
	case 'ß', 'ü':
		return 1 << german
	case 'ä', 'ö':
		return 1<<german | 1<<swedish
	case 'å':
		return 1 << swedish
	case 'ñ':
		return 1 << spanish
	case 'á', 'í', 'ú':
		return 1<<spanish | 1<<portuguese
	case 'ó':
		return 1<<spanish | 1<<portuguese
	case 'ã', 'õ':
		return 1 << portuguese
	case 'ç':
		return 1<<french | 1<<portuguese
	case 'ê', 'â', 'ô':
		return 1<<french | 1<<portuguese
	case 'œ', 'û', 'ù', 'î', 'ë':
		return 1 << french
	case 'è', 'à':
		return 1<<french | 1<<italian
	case 'ì', 'ò':
		return 1 << italian
	case 'é':
		return 1<<french | 1<<spanish
	}
	return 0
}
