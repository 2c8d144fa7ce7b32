package message

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
)

// frame is a value that a serialiser of Confluent's kind has framed.
type frame struct {
	id      int    // of the schema
	guid    string // of the schema, instead of the id; empty for none
	body    []byte
	indexes []byte // Protobuf's message indexes where they are not in the body
	header  bool   // the schema is named by a header
}

// valueSchemaHeader names the schema of a value whose body has no frame.
const valueSchemaHeader = "__value_schema_id"

// unframe turns what a schema registry describes, and only that, into JSON.
func (r *reading) unframe(ctx context.Context, b []byte, l layer) ([]byte, error) {
	if reason := foreignFrame(b); reason != "" {
		return nil, poison(reason)
	}
	f, ok, err := r.frame(b, l)
	if err != nil || !ok {
		return b, err
	}
	if r.d.registry == nil {
		return nil, poison("schema_registry_not_configured")
	}
	s, err := r.d.registry.schema(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.toJSON(f)
	if err != nil {
		return nil, err
	}
	return out, r.spend(out)
}

// foreignFrame names the framings that nothing here can read.
func foreignFrame(b []byte) string {
	switch {
	case len(b) >= 18 && b[0] == 3 && (b[1] == 0 || b[1] == 5):
		return "aws_glue_unsupported"
	case bytes.HasPrefix(b, []byte("Obj\x01")):
		return "avro_container_unsupported"
	case bytes.HasPrefix(b, []byte{0xc3, 0x01}):
		return "avro_single_object_unsupported"
	}
	return ""
}

// frame reads the frame of a value, from the header or from the value itself;
// false when there is none.
func (r *reading) frame(b []byte, l layer) (frame, bool, error) {
	if l.outer {
		for _, h := range r.m.Headers {
			if h.Key == valueSchemaHeader {
				return r.headerFrame(b, h.Value)
			}
		}
	}
	if len(b) == 0 || b[0] != 0 {
		return frame{}, false, nil
	}
	if len(b) < 5 {
		return frame{}, false, poison("bad_wire_format")
	}
	return frame{id: int(binary.BigEndian.Uint32(b[1:])), body: b[5:]}, true, nil
}

func (r *reading) headerFrame(body, h []byte) (frame, bool, error) {
	f := frame{body: body, header: true}
	switch {
	case r.d.registry == nil && len(body) > 0 && (body[0] == '{' || body[0] == '['):
		return f, false, nil // JSON Schema, which only describes what is there
	case len(h) >= 17 && h[0] == 1:
		f.guid = fmt.Sprintf("%x-%x-%x-%x-%x", h[1:5], h[5:7], h[7:9], h[9:11], h[11:17])
		f.indexes = h[17:]
	case len(h) >= 5 && h[0] == 0:
		f.id = int(binary.BigEndian.Uint32(h[1:]))
		f.indexes = h[5:]
	default:
		return f, false, poison("bad_wire_format")
	}
	return f, true, nil
}
