package message

import "context"

// The kinds of schema as the registry calls them; none means Avro.
const (
	typeAvro     = "AVRO"
	typeJSON     = "JSON"
	typeProtobuf = "PROTOBUF"
)

// schema turns the bodies of one registered schema into JSON.
type schema struct {
	avro  *avroSchema  // one of the two, or neither: JSON Schema only
	proto *protoSchema // describes what is JSON already
}

// compile makes a schema ready for use; a *Poison when it cannot be.
func compile(ctx context.Context, root answer, refs []reference) (*schema, error) {
	var s schema
	var err error
	switch root.Type {
	case "", typeAvro:
		s.avro, err = compileAvro(root.Schema, refs)
	case typeProtobuf:
		s.proto, err = compileProto(ctx, root.Schema, refs)
	case typeJSON:
	default:
		return nil, poison("schema_type_unsupported")
	}
	return &s, err
}

// toJSON gives the body as JSON text; a *Poison when it does not fit.
func (s *schema) toJSON(f frame) ([]byte, error) {
	switch {
	case s.avro != nil:
		return s.avro.toJSON(f.body)
	case s.proto != nil:
		return s.proto.toJSON(f)
	}
	return f.body, nil
}
