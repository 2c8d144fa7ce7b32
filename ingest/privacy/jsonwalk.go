package privacy

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// node is one JSON token of a payload. Names and values of an object follow
// each other; a container's end is the index of the first node behind it, so
// that a subtree is skipped in one step.
type node struct {
	kind       byte // '{' '[' '"' '0' 't' 'f' 'n'
	start, end int  // bytes of the payload; of containers only start counts
	next       int  // index of the node behind this one and its subtree
	person     int  // 1-based index into record.people; 0 for none
}

// document is a parsed payload: flat, so that parsing does not allocate per
// value and the walk over it is two cheap loops instead of two decodings.
type document struct {
	src   string // one copy, so that keys and most texts are cut from it for free
	nodes []node
	dec   *jsontext.Decoder
	buf   []byte // scratch of text
	open  []int  // scratch of parse: containers not yet closed
}

func (d *document) parse(src []byte) error {
	d.src = string(src)
	d.nodes = d.nodes[:0]
	d.open = d.open[:0]
	opts := []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
	in := bytes.NewBuffer(src)
	if d.dec == nil {
		d.dec = jsontext.NewDecoder(in, opts...)
	} else {
		d.dec.Reset(in, opts...)
	}
	for {
		if err := d.token(); err != nil {
			return err
		}
		if len(d.open) == 0 {
			break
		}
	}
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func (d *document) token() error {
	k := byte(d.dec.PeekKind())
	switch k {
	case '{', '[':
		if _, err := d.dec.ReadToken(); err != nil {
			return err
		}
		d.open = append(d.open, len(d.nodes))
		d.nodes = append(d.nodes, node{kind: k, start: int(d.dec.InputOffset()) - 1})
	case '}', ']':
		if _, err := d.dec.ReadToken(); err != nil {
			return err
		}
		last := len(d.open) - 1
		d.nodes[d.open[last]].next = len(d.nodes)
		d.open = d.open[:last]
	default:
		v, err := d.dec.ReadValue()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		end := int(d.dec.InputOffset())
		d.nodes = append(d.nodes, node{kind: k, start: end - len(v), end: end, next: len(d.nodes) + 1})
	}
	return nil
}

// raw gives the bytes of a scalar as they are in the payload.
func (d *document) raw(i int) string { return d.src[d.nodes[i].start:d.nodes[i].end] }

// key gives the name at i without quotes, as it is; only escapes are undone.
func (d *document) key(i int) string {
	raw := d.raw(i)
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return d.unquote(raw)
}

// text gives the string at i: valid UTF-8, without U+0000.
func (d *document) text(i int) string {
	raw := d.raw(i)
	if strings.IndexByte(raw, '\\') < 0 && utf8.ValidString(raw) {
		return raw[1 : len(raw)-1]
	}
	return d.unquote(raw)
}

func (d *document) unquote(raw string) string {
	// The error only repeats that invalid UTF-8 was replaced.
	d.buf, _ = jsontext.AppendUnquote(d.buf[:0], raw)
	if bytes.IndexByte(d.buf, 0) >= 0 {
		d.buf = bytes.ReplaceAll(d.buf, []byte{0}, nil)
	}
	return string(d.buf)
}

// isString tells whether the node at i is a string.
func (d *document) isString(i int) bool { return d.nodes[i].kind == '"' }

// member finds the value of an object's first member of that name, or -1.
func (d *document) member(obj int, name string) int {
	if obj < 0 || d.nodes[obj].kind != '{' {
		return -1
	}
	for i := obj + 1; i < d.nodes[obj].next; i = d.nodes[i+1].next {
		if d.key(i) == name {
			return i + 1
		}
	}
	return -1
}

// memberText is the text of an object's string member, "" when there is none.
func (d *document) memberText(obj int, name string) string {
	i := d.member(obj, name)
	if i < 0 || !d.isString(i) {
		return ""
	}
	return d.text(i)
}

// appendQuoted appends s as a JSON string. The text of a document is valid
// already, so that the only possible error, invalid UTF-8, is repaired.
func appendQuoted(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// plain tells whether a raw string literal may be copied as it is: nothing in
// it has to be replaced, and it has no \u escape, which might be a lone
// surrogate or U+0000.
func plain(raw string) bool {
	return !strings.Contains(raw, `\u`) && utf8.ValidString(raw)
}
