package demand

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"golang.org/x/text/unicode/norm"
)

const stopText = `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them their theirs themselves what which who whom this that these those am is are was were be been being have has had having do does did doing a an the and but if or because as until while of at by for with about against between into through during before after above below to from up down in out on off over under again further then once here there when where why how all any both each few more most other some such no nor not only own same so than too very s t can will just don should now d ll m o re ve y ain aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn weren won wouldn im ive id youre youve dont didnt doesnt cant couldnt isnt wasnt wont wouldnt havent hasnt hadnt thats theres whats lets also would could may might must shall get got us`

var stops = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(stopText) {
		m[w] = true
	}
	return m
}()

type standin struct {
	env   *snowballstem.Env
	cache map[string]string
}

func (s *standin) tokens(text string) []Token {
	text = strings.ToLower(norm.NFKC.String(text))
	text = strings.NewReplacer("'", "", "’", "").Replace(text)
	var out []Token
	flushWord := func(w string) {
		w = strings.Trim(w, "_")
		if w == "" || stops[w] || len([]rune(w)) > 30 {
			return
		}
		digits := strings.Trim(w, "0123456789") == ""
		if digits {
			if len(w) > 4 {
				w = "#" + string(rune('0'+len(w)%10))
			}
			out = append(out, Token{w, w})
			return
		}
		st, ok := s.cache[w]
		if !ok {
			s.env.SetCurrent(w)
			english.Stem(s.env)
			st = s.env.Current()
			s.cache[w] = st
		}
		out = append(out, Token{st, w})
	}
	flushCJK := func(r []rune) {
		for i := range r {
			out = append(out, Token{string(r[i]), string(r[i])})
		}
		for i := range r {
			if i+1 < len(r) {
				out = append(out, Token{string(r[i : i+2]), string(r[i : i+2])})
			}
		}
	}
	var word []rune
	var run []rune
	for _, r := range text + " " {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			if len(word) > 0 {
				flushWord(string(word))
				word = word[:0]
			}
			run = append(run, r)
		case r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xc0 && r <= 0x24f || r >= 0x400 && r <= 0x4ff:
			if len(run) > 0 {
				flushCJK(run)
				run = run[:0]
			}
			word = append(word, r)
		default:
			if len(run) > 0 {
				flushCJK(run)
				run = run[:0]
			}
			if len(word) > 0 {
				flushWord(string(word))
				word = word[:0]
			}
		}
	}
	return out
}
