package vectors

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// charsMap is the table of rewriting rules that SentencePiece compiles into
// its models: a double array trie in the layout of Darts-clone, whose values
// are places of zero-terminated strings in text.
type charsMap struct {
	units []uint32
	text  string
}

// parsePrecompiled reads the normalizer that applies such a table: four bytes
// (little-endian) with the length of the array, the array, the strings.
func parsePrecompiled(raw json.RawMessage) (normalizer, error) {
	var part struct {
		Map string `json:"precompiled_charsmap"`
	}
	if err := json.Unmarshal(raw, &part); err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(part.Map)
	if err != nil {
		return nil, err
	}
	if len(b) < 4 {
		return nil, errors.New("precompiled_charsmap is cut off")
	}
	size, b := binary.LittleEndian.Uint32(b), b[4:]
	if size%4 != 0 || uint64(size) > uint64(len(b)) {
		return nil, errors.New("precompiled_charsmap is cut off")
	}
	m := charsMap{units: make([]uint32, size/4), text: string(b[size:])}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return m.normalize, nil
}

// normalize rewrites s cluster by cluster: a cluster under six bytes by the
// rule for it, else character by character. This is how the tokenizers read
// the table; SentencePiece itself takes the longest match at every place.
func (m charsMap) normalize(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		n := cluster(s)
		if to, ok := m.rule(s[:n]); ok && n < 6 {
			b.WriteString(to)
			s = s[n:]
			continue
		}
		for _, r := range s[:n] {
			char := string(r)
			if to, ok := m.rule(char); ok {
				char = to
			}
			b.WriteString(char)
		}
		s = s[n:]
	}
	return b.String()
}

// rule is what the shortest beginning of s that has a rule becomes.
func (m charsMap) rule(s string) (string, bool) {
	if len(m.units) == 0 {
		return "", false
	}
	at := offset(m.units[0])
	for i := range len(s) {
		at ^= uint32(s[i])
		if uint64(at) >= uint64(len(m.units)) {
			return "", false
		}
		unit := m.units[at]
		if unit&(1<<31|0xff) != uint32(s[i]) { // the label
			return "", false
		}
		at ^= offset(unit)
		if unit>>8&1 == 1 && uint64(at) < uint64(len(m.units)) { // a rule ends here
			return m.at(m.units[at] & (1<<31 - 1))
		}
	}
	return "", false
}

// offset is where a unit's children are, relative to it.
func offset(unit uint32) uint32 {
	return unit >> 10 << (unit & (1 << 9) >> 6)
}

// at is the string at place p.
func (m charsMap) at(p uint32) (string, bool) {
	if uint64(p) > uint64(len(m.text)) {
		return "", false
	}
	s, _, _ := strings.Cut(m.text[p:], "\x00")
	return s, true
}

// cluster is the length in bytes of the grapheme cluster that s begins with:
// CR LF, or a character and the marks and joiners on it (the rules GB3 to GB9a
// of UAX 29). Clusters of several characters that stand for themselves, such
// as flags or Hangul syllables, are longer than rules reach and come apart.
func cluster(s string) int {
	if strings.HasPrefix(s, "\r\n") {
		return 2
	}
	r, n := utf8.DecodeRuneInString(s)
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Join_Control, r) {
		return n
	}
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r < 0x300 || !unicode.In(r, unicode.M, unicode.Join_Control, unicode.Other_Grapheme_Extend) {
			break
		}
		n += size
	}
	return n
}
