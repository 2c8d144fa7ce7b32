// Package rawjson reads JSON that is to stay as it is: it takes the few members
// that a connector needs out of a payload and leaves the rest as bytes.
//
// It stands on encoding/json/v2 (as its own module until Go 1.27 has it in the
// standard library), which skips what nobody asked for several times faster
// than encoding/json does; a page of issues is mostly skipped. Unlike v2's
// defaults it forgives what real servers send: repeated names and broken UTF-8.
package rawjson

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Unmarshal reads one JSON value into v. Member names match by case.
func Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v, lenient) }

// Compact drops the white space between tokens. It may reuse b.
func Compact(b []byte) ([]byte, error) {
	v := jsontext.Value(b)
	err := v.Compact(lenient)
	return v, err
}

// Member is one member of an object; Value and the offsets point into the
// bytes it was read from.
type Member struct {
	Name       string
	Value      []byte
	Start, End int // of Value
}

// Members splits an object into its members, in order, repeated names
// included. Anything but one whole object is an error.
func Members(raw []byte) ([]Member, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient)
	if t, err := dec.ReadToken(); err != nil {
		return nil, err
	} else if t.Kind() != '{' {
		return nil, errors.New("not an object")
	}
	var out []Member
	for dec.PeekKind() != '}' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		m := Member{Name: t.String()}
		v, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		m.End = int(dec.InputOffset())
		m.Start = m.End - len(v)
		m.Value = raw[m.Start:m.End:m.End]
		out = append(out, m)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something after the object")
	}
	return out, nil
}
