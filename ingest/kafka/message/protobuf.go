package message

import (
	"context"
	"encoding/binary"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// protoSchema turns Protobuf bodies into the JSON form with the names that the
// .proto file has.
type protoSchema struct {
	file  protoreflect.FileDescriptor
	types linker.Resolver // for google.protobuf.Any
}

// rootFile cannot be imported: references are named by what imports them.
const rootFile = "ticketmill-root.proto"

func compileProto(ctx context.Context, text string, refs []reference) (*protoSchema, error) {
	sources := map[string]string{rootFile: text}
	for _, ref := range refs {
		sources[ref.name] = ref.text
	}
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(sources),
		}),
	}
	files, err := c.Compile(ctx, rootFile)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, poison("schema_unreadable")
	}
	return &protoSchema{file: files[0], types: files.AsResolver()}, nil
}

func (s *protoSchema) toJSON(f frame) ([]byte, error) {
	indexes, body := f.indexes, f.body
	var path []int
	var ok bool
	switch {
	case !f.header:
		path, body, ok = messageIndexes(body)
	case len(indexes) == 0:
		path, ok = []int{0}, true
	default:
		path, _, ok = messageIndexes(indexes)
	}
	if !ok {
		return nil, poison("bad_wire_format")
	}
	kind := s.message(path)
	if kind == nil {
		return nil, poison("protobuf_no_such_message")
	}
	m := dynamicpb.NewMessage(kind)
	if err := (proto.UnmarshalOptions{Resolver: s.types}).Unmarshal(body, m); err != nil {
		return nil, poison("protobuf_unreadable")
	}
	out, err := protojson.MarshalOptions{UseProtoNames: true, Resolver: s.types}.Marshal(m)
	if err != nil {
		return nil, poison("protobuf_unreadable")
	}
	// The library varies its white space from build to build on purpose.
	if out, err = rawjson.Compact(out); err != nil {
		return nil, poison("protobuf_unreadable")
	}
	return out, nil
}

// messageIndexes reads which message of the file follows: a count and as many
// indexes, each one level deeper. A count of 0 is short for the first message.
func messageIndexes(b []byte) (path []int, rest []byte, ok bool) {
	const deepest = 32
	n, used := binary.Varint(b)
	if used <= 0 || n < 0 || n > deepest {
		return nil, nil, false
	}
	b = b[used:]
	if n == 0 {
		return []int{0}, b, true
	}
	for range n {
		i, used := binary.Varint(b)
		if used <= 0 || i < 0 || i > 1<<20 {
			return nil, nil, false
		}
		path, b = append(path, int(i)), b[used:]
	}
	return path, b, true
}

// message follows a path of indexes; nil when it leads nowhere.
func (s *protoSchema) message(path []int) protoreflect.MessageDescriptor {
	var m protoreflect.MessageDescriptor
	list := s.file.Messages()
	for _, i := range path {
		if i >= list.Len() {
			return nil
		}
		m = list.Get(i)
		list = m.Messages()
	}
	return m
}
