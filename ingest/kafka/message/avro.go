package message

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/avro"
)

// avroSchema turns Avro bodies into plain JSON: unions without the wrapper
// that names the branch, times as RFC 3339, decimals as the text of the
// number, bytes as base64.
type avroSchema struct{ schema *avro.Schema }

func compileAvro(text string, refs []reference) (*avroSchema, error) {
	var cache avro.SchemaCache
	opts := avroOptions()
	for _, ref := range refs {
		if _, err := cache.Parse(ref.text, opts...); err != nil {
			return nil, poison("schema_unreadable")
		}
	}
	s, err := cache.Parse(text, opts...)
	if err != nil {
		return nil, poison("schema_unreadable")
	}
	return &avroSchema{s}, nil
}

func (s *avroSchema) toJSON(body []byte) ([]byte, error) {
	var v any
	rest, err := s.schema.Decode(body, &v)
	if err != nil || len(rest) > 0 {
		return nil, poison("avro_unreadable")
	}
	return appendAvro(nil, v), nil
}

// avroOptions read logical types as the text that lands. Names are lax because
// connectors derive them from topics and tables.
func avroOptions() []avro.SchemaOpt {
	opts := []avro.SchemaOpt{avro.WithLaxNames(nil)}
	for _, t := range [...]struct {
		logical, kind string
		text          func(any, *avro.SchemaNode) (any, error)
	}{
		{"date", "int", avroInt(func(n int64) string { return time.Unix(n*86400, 0).UTC().Format(time.DateOnly) })},
		{"time-millis", "int", avroInt(func(n int64) string { return clock(time.UnixMilli(n)) })},
		{"time-micros", "long", avroInt(func(n int64) string { return clock(time.UnixMicro(n)) })},
		{"timestamp-millis", "long", avroInt(func(n int64) string { return instant(time.UnixMilli(n)) })},
		{"timestamp-micros", "long", avroInt(func(n int64) string { return instant(time.UnixMicro(n)) })},
		{"timestamp-nanos", "long", avroInt(func(n int64) string { return instant(time.Unix(0, n)) })},
		{"local-timestamp-millis", "long", avroInt(func(n int64) string { return wall(time.UnixMilli(n)) })},
		{"local-timestamp-micros", "long", avroInt(func(n int64) string { return wall(time.UnixMicro(n)) })},
		{"local-timestamp-nanos", "long", avroInt(func(n int64) string { return wall(time.Unix(0, n)) })},
		{"decimal", "bytes", avroDecimal},
		{"decimal", "fixed", avroDecimal},
		{"duration", "fixed", nil}, // as the bytes it is
	} {
		opts = append(opts, avro.WithCustomType(avro.CustomType{LogicalType: t.logical, AvroType: t.kind, Decode: t.text}))
	}
	return opts
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// wall has no zone, since the writer gave none.
func wall(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999") }

func clock(t time.Time) string { return t.UTC().Format("15:04:05.999999") }

func avroInt(text func(int64) string) func(any, *avro.SchemaNode) (any, error) {
	return func(v any, _ *avro.SchemaNode) (any, error) {
		switch n := v.(type) {
		case int32:
			return text(int64(n)), nil
		case int64:
			return text(n), nil
		}
		return nil, avro.ErrSkipCustomType
	}
}

func avroDecimal(v any, n *avro.SchemaNode) (any, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, avro.ErrSkipCustomType
	}
	if n.Scale > 1000 { // as many digits would be written
		return nil, errors.New("decimal scale out of bounds")
	}
	return avro.RatFromBytes(b, n.Scale).FloatString(max(n.Scale, 0)), nil
}

// appendAvro writes a decoded value. Members are sorted, since the decoder
// does not keep the order of a record's fields.
func appendAvro(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int32:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float32:
		return appendFloat(b, float64(v), 32)
	case float64:
		return appendFloat(b, v, 64)
	case string:
		return appendText(b, v)
	case []byte:
		return appendText(b, base64.StdEncoding.EncodeToString(v))
	case [16]byte: // a uuid
		return appendText(b, fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]))
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAvro(b, e)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b = appendAvro(appendName(b, name), v[name])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// appendFloat writes what JSON has no number for as null.
func appendFloat(b []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}
