// Package privacy decides what of a source's payload may land, and in which
// shape.
//
// Every raw JSON payload passes Border.Scrub before it is written. In mode
// "pseudonymise" names, logins, mail addresses, avatars and profile links do
// not land: a person becomes a keyed pseudonym, the same one everywhere, and
// what identifies somebody inside free text becomes a typed placeholder. In
// mode "keep" everything lands, annotated in the same way.
//
// The result depends on the payload, the key and the configured actors only,
// never on what was seen before, and scrubbing a scrubbed payload changes
// nothing.
package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Mode says what happens to personal data at the border.
type Mode string

// The modes.
const (
	Pseudonymise Mode = "pseudonymise" // people become pseudonyms; the default
	Keep         Mode = "keep"         // everything lands, annotated
)

// Actors are the globs that tell roles. Only * and ? are special; letter case
// does not count. They are compared with login, name, key, account id, mail
// address and display name.
type Actors struct {
	Agents []string // who answers on the vendor's behalf
	Bots   []string // who is not a human
}

// Border scrubs payloads. It is safe for concurrent use.
type Border struct {
	mode   Mode
	agents globs
	bots   globs
	key    []byte
	macs   sync.Pool // of hash.Hash, keyed

	columns map[string]bool // of database rows, in lower case, that hold people

	records sync.Pool // of *record, for their buffers only
}

// New makes a border. An empty mode means Pseudonymise, which needs a key of at
// least 16 bytes. Keep works without one: published titles then say "[person]"
// where they otherwise carry pseudonyms.
func New(mode Mode, key []byte, actors Actors) (*Border, error) {
	if mode == "" {
		mode = Pseudonymise
	}
	if mode != Pseudonymise && mode != Keep {
		return nil, fmt.Errorf("privacy mode %q: want %q or %q", string(mode), Pseudonymise, Keep)
	}
	needsKey := mode == Pseudonymise || len(key) > 0
	if needsKey && len(key) < minKeyLen {
		return nil, fmt.Errorf("privacy key: has %d bytes, needs at least %d", len(key), minKeyLen)
	}
	b := &Border{
		mode:   mode,
		agents: newGlobs(actors.Agents),
		bots:   newGlobs(actors.Bots),
		key:    append([]byte(nil), key...),
	}
	b.macs.New = func() any { return hmac.New(sha256.New, b.key) }
	return b, nil
}

// NamePeople adds columns of database rows that hold people under names of
// their own. It is called before the border is used.
func (b *Border) NamePeople(columns ...string) {
	if b.columns == nil {
		b.columns = map[string]bool{}
	}
	for _, c := range columns {
		b.columns[strings.ToLower(c)] = true
	}
}

// Pseudonym gives the name under which the person with this native id of this
// source kind lands. In mode Keep that is the native id.
func (b *Border) Pseudonym(kind, nativeID string) string {
	if b.mode == Keep {
		return nativeID
	}
	return b.hide(kind, nativeID)
}

var errNotObject = errors.New("scrub: payload is not a JSON object")

// Scrub returns the payload as it may land. It reports an error when the
// payload is not one JSON object; such a payload must not land.
func (b *Border) Scrub(kind string, payload []byte) ([]byte, error) {
	r := newRecord(b, kind)
	defer r.release()
	if err := r.doc.parse(payload); err != nil {
		return nil, fmt.Errorf("scrub: %w", err)
	}
	if r.doc.nodes[0].kind != '{' {
		return nil, errNotObject
	}
	r.collect()
	r.write()
	return append([]byte(nil), r.out...), nil
}

// pseudonymLen is the length of "p_" and 20 hexadecimal digits.
const pseudonymLen = 22

// hide computes the pseudonym whatever the mode is.
func (b *Border) hide(kind, nativeID string) string {
	if len(b.key) == 0 {
		return personMark
	}
	h := b.macs.Get().(interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
		Reset()
	})
	defer b.macs.Put(h)
	h.Reset()
	var in [128]byte
	msg := append(in[:0], kind...)
	msg = append(msg, 0)
	msg = append(msg, strings.ToLower(strings.TrimSpace(nativeID))...)
	_, _ = h.Write(msg) // a hash never fails to write
	var sum [sha256.Size]byte
	var out [pseudonymLen]byte
	copy(out[:], "p_")
	hex.Encode(out[2:], h.Sum(sum[:0])[:10])
	return string(out[:])
}

// pseudonymAt tells whether s continues with a pseudonym at i.
func pseudonymAt(s string, i int) bool {
	if len(s)-i < pseudonymLen || s[i] != 'p' || s[i+1] != '_' {
		return false
	}
	for _, c := range []byte(s[i+2 : i+pseudonymLen]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	end := i + pseudonymLen
	return end == len(s) || !isWord(s[end]) || s[end] >= 0x80
}

// isPseudonym tells whether s is a pseudonym and nothing else.
func isPseudonym(s string) bool { return len(s) == pseudonymLen && pseudonymAt(s, 0) }
