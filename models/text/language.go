package text

import (
	"math/bits"

	"github.com/abadojack/whatlanggo"
)

// language is one of the languages told apart here. The zero language is the
// unknown one.
type language uint8

const (
	unknown language = iota
	english
	german
	french
	spanish
	italian
	portuguese
	dutch
	swedish
	russian
	chinese
	japanese
	korean
	languages // how many there are
)

// codes gives the ISO 639-1 codes.
func codes() [languages]string {
	return [...]string{"", "en", "de", "fr", "es", "it", "pt", "nl", "sv", "ru", "zh", "ja", "ko"}
}

// code gives the ISO 639-1 code, "" for the unknown language.
func (l language) code() string { return codes()[l] }

// latin tells whether the language is written in Latin letters.
func (l language) latin() bool { return english <= l && l <= swedish }

// set is a set of languages.
type set uint16

func (s set) has(l language) bool { return s>>l&1 != 0 }

// script classes of words and characters.
type script uint8

const (
	other script = iota
	latin
	cyrillic
	han
	kana
	hangul
	scripts
)

// Points of a word as a sign of a language, shared by all languages that have
// it (rounded down).
const (
	functionPoints = 12 // a function word
	hintPoints     = 6  // a frequent word of support texts, a letter others lack
	priorPoints    = 5  // the language assumed where none is recognised
)

// census counts what tells the language of a text.
type census struct {
	words   [scripts]int // words; characters for han, kana, hangul
	points  [languages]int
	foreign bool // Cyrillic letters that Russian lacks
}

// add counts a word.
func (c *census) add(e *entry) {
	c.words[e.script] += int(e.weight)
	c.score(e.stops, functionPoints)
	c.score(e.hints, hintPoints)
	c.foreign = c.foreign || e.foreign
}

// score shares points out among the languages of s.
func (c *census) score(s set, points int) {
	if s == 0 {
		return
	}
	points /= bits.OnesCount16(uint16(s))
	for ; s != 0; s &= s - 1 {
		c.points[bits.TrailingZeros16(uint16(s))] += points
	}
}

// language tells the language: by script where that decides, then by function
// words and hints, then, for texts long enough, by trigrams.
func (c *census) language(fallback language, text []byte) language {
	if l := c.byScript(); l != unknown {
		return l
	}
	words := c.words[latin]
	if words == 0 || words < c.words[other] {
		return unknown
	}
	const coverage = 12 // one function word in so many words
	best, tie := c.likeliest(fallback)
	p := c.points[best]
	if !tie && p >= hintPoints && p*coverage >= words*functionPoints {
		return best
	}
	if words >= proseWords && p*proseCoverage < words*functionPoints {
		return unknown
	}
	return byTrigrams(text)
}

// A text of proseWords words or more of which fewer than one in proseCoverage
// is a function word of any language is no prose: a log, a listing. Trigrams
// cannot tell its language either, and cost more than all the rest.
const (
	proseWords    = 40
	proseCoverage = 48
)

// likeliest gives the Latin language with the most points, and whether another
// has as many. The fallback wins by less.
func (c *census) likeliest(fallback language) (best language, tie bool) {
	most := -1
	for l := english; l <= swedish; l++ {
		p := c.points[l]
		if l == fallback && p > 0 {
			p += priorPoints
		}
		switch {
		case p > most:
			best, most, tie = l, p, false
		case p == most:
			tie = true
		}
	}
	return best, tie
}

// byScript tells the languages that have a script of their own here. A Chinese
// or Japanese text may name many products in Latin letters.
func (c *census) byScript() language {
	east := c.words[han] + c.words[kana] + c.words[hangul]
	switch rest := c.words[latin] + c.words[cyrillic] + c.words[other]; {
	case east > 0 && east >= rest && c.words[hangul]*2 > east:
		return korean
	case east > 0 && east >= rest && c.words[kana]*8 > east:
		return japanese
	case east > 0 && east >= rest:
		return chinese
	case c.words[cyrillic]*2 > rest && (c.points[russian] > 0 || !c.foreign):
		return russian
	}
	return unknown
}

// byTrigrams asks the library, which is sure of long texts only. Its answer at
// full confidence does not depend on the order of its maps: equal distances
// give no confidence at all.
func byTrigrams(text []byte) language {
	const shortest, longest = 60, 600 // bytes
	if len(text) < shortest {
		return unknown
	}
	info := whatlanggo.DetectWithOptions(string(text[:boundary(text, longest)]), whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
		whatlanggo.Eng: true, whatlanggo.Deu: true, whatlanggo.Fra: true, whatlanggo.Spa: true,
		whatlanggo.Ita: true, whatlanggo.Por: true, whatlanggo.Nld: true, whatlanggo.Swe: true,
	}})
	if info.Confidence < 1 {
		return unknown
	}
	switch info.Lang {
	case whatlanggo.Eng:
		return english
	case whatlanggo.Deu:
		return german
	case whatlanggo.Fra:
		return french
	case whatlanggo.Spa:
		return spanish
	case whatlanggo.Ita:
		return italian
	case whatlanggo.Por:
		return portuguese
	case whatlanggo.Nld:
		return dutch
	case whatlanggo.Swe:
		return swedish
	}
	return unknown
}
