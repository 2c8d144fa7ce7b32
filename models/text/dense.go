package text

import "unicode/utf8"

// denseKind says how a script without blanks between words, or with words of
// many endings, is cut.
type denseKind uint8

const (
	notDense denseKind = iota
	ideograph
	hiragana
	katakana
	syllable // hangul
	abugida  // Thai, Lao, Khmer, Burmese
)

// denseOf gives the kind of a character.
func denseOf(r rune) denseKind {
	switch {
	case r < 0x0e00:
		return notDense
	case r <= 0x0eff, 0x1000 <= r && r <= 0x109f, 0x1780 <= r && r <= 0x17ff:
		if r == 0x0e3f || r == 0x104a || r == 0x104b || 0x17d4 <= r && r <= 0x17da { // punctuation
			return notDense
		}
		return abugida
	case 0x4e00 <= r && r <= 0x9fff, 0x3400 <= r && r <= 0x4dbf, 0xf900 <= r && r <= 0xfaff, 0x20000 <= r && r <= 0x323af, r == '々', r == '〇':
		return ideograph
	case 0x3041 <= r && r <= 0x309f:
		return hiragana
	case 0x30a1 <= r && r <= 0x30ff && r != '・', 0x31f0 <= r && r <= 0x31ff:
		return katakana
	case 0xac00 <= r && r <= 0xd7a3, 0x1100 <= r && r <= 0x11ff, 0x3131 <= r && r <= 0x318e:
		return syllable
	}
	return notDense
}

func isDense(r rune) bool { return denseOf(r) != notDense }

func denseAt(b []byte, i int) bool {
	r, _ := utf8.DecodeRune(b[i:])
	return isDense(r)
}

// dense reads the run of characters at i that are cut in the same way.
// Ideographs and hiragana give single ideographs and pairs; katakana, which
// spells loan words, gives words; hangul gives pairs of syllables (Lee and Ahn
// 1996), the other scripts pairs of letters.
func (w *worker) dense(b []byte, i int) int {
	w.runes = w.runes[:0]
	first := notDense
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		kind := denseOf(r)
		if first == notDense {
			first = mixed(kind)
		}
		if mixed(kind) != first {
			break
		}
		w.runes = append(w.runes, r)
		i += size
	}
	switch first {
	case katakana:
		w.loanWord()
	case syllable:
		w.hangul()
	default:
		w.pairs(first)
	}
	return i
}

// mixed makes one kind of the two that stand mixed in Japanese words.
func mixed(k denseKind) denseKind {
	if k == hiragana {
		return ideograph
	}
	return k
}

// pairs adds the single ideographs of w.runes and all neighbours as pairs,
// in the order of the text. A single letter tells nothing.
func (w *worker) pairs(kind denseKind) {
	for i := range w.runes {
		s := scriptOf(w.runes[i], kind)
		w.addDense(w.runes[i:i+1], s, 1).silent = s != han
		if i+1 == len(w.runes) {
			break
		}
		if s == han { // of the pair
			s = scriptOf(w.runes[i+1], kind)
		}
		w.addDense(w.runes[i:i+2], s, 0)
	}
}

// scriptOf gives the script of a character in a run of the given kind.
func scriptOf(r rune, kind denseKind) script {
	switch {
	case kind != ideograph:
		return other
	case denseOf(r) == ideograph:
		return han
	}
	return kana
}

// addDense adds the characters r as one word, which counts weight characters
// of its script.
func (w *worker) addDense(r []rune, s script, weight uint8) *entry {
	w.low = w.low[:0]
	for _, c := range r {
		w.low = utf8.AppendRune(w.low, c)
	}
	if e, ok := w.cache[string(w.low)]; ok {
		w.words = append(w.words, e)
		return e
	}
	surface := string(w.low)
	e := &entry{surface: surface, stem: surface, stops: w.a.lexicon[surface].stops, script: s, weight: weight}
	w.remember(e)
	return e
}

// loanWord adds w.runes as one word. The mark of a long vowel at its end is
// optional (JIS Z 8301).
func (w *worker) loanWord() {
	n := len(w.runes)
	if n < 2 || n > maxRunes {
		return
	}
	stem := n
	if n > 2 && w.runes[n-1] == 'ー' {
		stem--
	}
	e := w.addDense(w.runes, kana, uint8(n))
	e.stem = string(w.runes[:stem])
}

// hangul adds the pairs of syllables of a word without its particle.
func (w *worker) hangul() {
	r := w.runes[:len(w.runes)-particle(w.runes)]
	if len(r) == 1 {
		w.addDense(r, hangul, 1)
		return
	}
	for i := range len(r) - 1 {
		w.addDense(r[i:i+2], hangul, 1)
	}
}

// particle gives the length of the particle at the end of a Korean word of
// three syllables or more.
func particle(r []rune) int {
	const shortest = 2 // syllables that must be left
	for _, p := range [...]string{"에서는", "에게서", "으로는", "에서", "에게", "으로", "부터", "까지", "이나", "처럼", "보다", "은", "는", "이", "가", "을", "를", "에", "의", "도", "로", "와", "과", "만"} {
		n := utf8.RuneCountInString(p)
		if len(r)-n >= shortest && string(r[len(r)-n:]) == p {
			return n
		}
	}
	return 0
}
