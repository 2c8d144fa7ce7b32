package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// object is one JSON object and its top-level members.
type object struct {
	raw     []byte           // from brace to brace
	members []rawjson.Member // offsets into raw; each name once
	repeats bool             // raw holds earlier members of names that came again
}

// maxParts bounds the members of an object and the elements of a batch, each of
// which costs many times the few bytes that it may have.
const maxParts = 1 << 20

// get gives a member's value as it is, nil when there is none.
func (o *object) get(name string) []byte {
	for i := range o.members {
		if o.members[i].Name == name {
			return o.members[i].Value
		}
	}
	return nil
}

func (o *object) has(name string) bool { return o.get(name) != nil }

// text gives a member that is a string; false for anything else.
func (o *object) text(name string) (string, bool) { return text(o.get(name)) }

// without gives the object's bytes with each name once and the named members
// left out; the object as it came where that changes nothing.
func (o *object) without(names ...string) []byte {
	same := !o.repeats
	for _, n := range names {
		same = same && !o.has(n)
	}
	if same {
		return o.raw
	}
	out := append(make([]byte, 0, len(o.raw)), '{')
	for i := range o.members {
		if m := &o.members[i]; !slices.Contains(names, m.Name) {
			out = appendMember(out, m.Name, m.Value)
		}
	}
	return append(out, '}')
}

// appendMember adds a member to an object that is being written.
func appendMember(b []byte, name string, value []byte) []byte {
	return append(appendName(b, name), value...)
}

func appendTextMember(b []byte, name, value string) []byte {
	return appendText(appendName(b, name), value)
}

func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, name), ':')
}

// scanner is a reader of JSON that is used again and again.
type scanner struct {
	*jsontext.Decoder
	buf  bytes.Buffer
	opts []jsontext.Options
}

func newScanner() *scanner {
	s := &scanner{opts: []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}}
	s.Decoder = jsontext.NewDecoder(&s.buf, s.opts...)
	return s
}

// scanner gives a pooled reader of b; the caller hands it back with done.
func (d *Decoder) scanner(b []byte) *scanner {
	s := d.scanners.Get().(*scanner)
	s.buf = *bytes.NewBuffer(b)
	s.Reset(&s.buf, s.opts...)
	return s
}

func (d *Decoder) done(s *scanner) {
	s.buf = bytes.Buffer{}
	s.Reset(&s.buf) // lets go of the message
	d.scanners.Put(s)
}

// object reads the object that b begins with, and says what follows it.
func (d *Decoder) object(b []byte) (o *object, rest []byte, err error) {
	s := d.scanner(b)
	defer d.done(s)
	if _, err := s.ReadToken(); err != nil {
		return nil, nil, notJSON(err)
	}
	start := int(s.InputOffset()) - 1
	o = &object{members: make([]rawjson.Member, 0, 16)}
	for s.PeekKind() != '}' {
		t, err := s.ReadToken()
		if err != nil {
			return nil, nil, notJSON(err)
		}
		m := rawjson.Member{Name: t.String()}
		v, err := s.ReadValue()
		if err != nil {
			return nil, nil, notJSON(err)
		}
		m.End = int(s.InputOffset())
		m.Start = m.End - len(v)
		m.Value = b[m.Start:m.End:m.End]
		if o.members = append(o.members, m); len(o.members) > maxParts {
			return nil, nil, poison("too_big")
		}
	}
	if _, err := s.ReadToken(); err != nil {
		return nil, nil, notJSON(err)
	}
	end := int(s.InputOffset())
	o.raw = b[start:end:end]
	o.dropRepeats()
	return o, bytes.TrimLeft(b[end:], jsonSpace), nil
}

// dropRepeats keeps the last of members of one name, as most readers of JSON
// do.
func (o *object) dropRepeats() {
	if !o.anyRepeat() {
		return
	}
	o.repeats = true
	last := make(map[string]int, len(o.members))
	for i := range o.members {
		last[o.members[i].Name] = i
	}
	kept := o.members[:0]
	for i, m := range o.members {
		if last[m.Name] == i {
			kept = append(kept, m)
		}
	}
	o.members = kept
}

func (o *object) anyRepeat() bool {
	if len(o.members) > 32 { // comparing all with all would be slower
		seen := make(map[string]bool, len(o.members))
		for i := range o.members {
			seen[o.members[i].Name] = true
		}
		return len(seen) != len(o.members)
	}
	for i := range o.members {
		for j := range i {
			if o.members[i].Name == o.members[j].Name {
				return true
			}
		}
	}
	return false
}

// whole reads b as one object and nothing else; nil when it is anything else,
// such as what text() has not looked at yet and would refuse.
func (d *Decoder) whole(b []byte) *object {
	b = bytes.Trim(b, jsonSpace)
	if len(b) == 0 || b[0] != '{' || tooDeep(b, maxDepth) {
		return nil
	}
	o, rest, err := d.object(b)
	if err != nil || len(rest) > 0 {
		return nil
	}
	return o
}

// member gives one member of the object in b, reading no further than it must;
// nil when b is no object or has none.
func (d *Decoder) member(b []byte, name string) []byte {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	s := d.scanner(b)
	defer d.done(s)
	if _, err := s.ReadToken(); err != nil {
		return nil
	}
	for s.PeekKind() == '"' {
		t, err := s.ReadToken()
		if err != nil {
			return nil
		}
		if t.String() != name {
			if s.SkipValue() != nil {
				return nil
			}
			continue
		}
		v, err := s.ReadValue()
		if err != nil {
			return nil
		}
		end := int(s.InputOffset())
		return b[end-len(v) : end : end]
	}
	return nil
}

// values splits b into the JSON values that it holds one behind the other.
func (d *Decoder) values(b []byte) ([][]byte, error) {
	s := d.scanner(b)
	defer d.done(s)
	var out [][]byte
	for {
		v, err := s.ReadValue()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, notJSON(err)
		}
		end := int(s.InputOffset())
		if out = append(out, b[end-len(v):end:end]); len(out) > maxParts {
			return nil, poison("too_big")
		}
	}
}

// elements splits the array that b begins with, and says what follows it.
func (d *Decoder) elements(b []byte) (out [][]byte, rest []byte, err error) {
	s := d.scanner(b)
	defer d.done(s)
	if _, err := s.ReadToken(); err != nil {
		return nil, nil, notJSON(err)
	}
	for s.PeekKind() != ']' {
		v, err := s.ReadValue()
		if err != nil {
			return nil, nil, notJSON(err)
		}
		end := int(s.InputOffset())
		if out = append(out, b[end-len(v):end:end]); len(out) > maxParts {
			return nil, nil, poison("too_big")
		}
	}
	if _, err := s.ReadToken(); err != nil {
		return nil, nil, notJSON(err)
	}
	return out, b[s.InputOffset():], nil
}

// notJSON keeps of a syntax error where it is: its text quotes the content.
func notJSON(err error) *Poison {
	p := poison("not_json")
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		p.Err = fmt.Errorf("syntax error at byte %d", syntax.ByteOffset)
	}
	return p
}
