package landing

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"
)

// ArrowWriter writes rows as an Arrow IPC stream. It has nothing to do with
// landing's own files; it lives here because this package alone imports Arrow.
type ArrowWriter struct {
	w       *ipc.Writer
	builder *array.RecordBuilder
}

// NewArrowWriter starts a stream with the named columns and their SQL types.
// A type it does not know is an error.
func NewArrowWriter(w io.Writer, names, sqlTypes []string) (*ArrowWriter, error) {
	fields := make([]arrow.Field, len(names))
	for i, n := range names {
		t, err := arrowType(sqlTypes[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", n, err)
		}
		fields[i] = arrow.Field{Name: n, Type: t, Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	return &ArrowWriter{
		w:       ipc.NewWriter(w, ipc.WithSchema(schema)),
		builder: array.NewRecordBuilder(memory.DefaultAllocator, schema),
	}, nil
}

func arrowType(sqlType string) (arrow.DataType, error) {
	switch sqlType {
	case "VARCHAR":
		return arrow.BinaryTypes.String, nil
	case "BIGINT":
		return arrow.PrimitiveTypes.Int64, nil
	case "INTEGER":
		return arrow.PrimitiveTypes.Int32, nil
	case "DOUBLE":
		return arrow.PrimitiveTypes.Float64, nil
	case "BOOLEAN":
		return arrow.FixedWidthTypes.Boolean, nil
	case "DATE":
		return arrow.FixedWidthTypes.Date32, nil
	case "TIMESTAMP":
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, nil
	case "VARCHAR[]":
		return arrow.ListOf(arrow.BinaryTypes.String), nil
	}
	return nil, fmt.Errorf("no Arrow type for %s", sqlType)
}

// Write appends one record batch.
func (a *ArrowWriter) Write(rows [][]any) error {
	for _, row := range rows {
		for i, v := range row {
			if err := appendValue(a.builder.Field(i), v); err != nil {
				return fmt.Errorf("column %s: %w", a.builder.Schema().Field(i).Name, err)
			}
		}
	}
	rec := a.builder.NewRecord()
	defer rec.Release()
	return a.w.Write(rec)
}

func appendValue(b array.Builder, v any) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		if s, ok := v.(string); ok {
			b.Append(s)
			return nil
		}
	case *array.Int64Builder:
		if n, ok := v.(int64); ok {
			b.Append(n)
			return nil
		}
	case *array.Int32Builder:
		if n, ok := v.(int32); ok {
			b.Append(n)
			return nil
		}
	case *array.Float64Builder:
		if f, ok := v.(float64); ok && !math.IsNaN(f) {
			b.Append(f)
			return nil
		}
	case *array.BooleanBuilder:
		if t, ok := v.(bool); ok {
			b.Append(t)
			return nil
		}
	case *array.Date32Builder:
		if t, ok := v.(time.Time); ok {
			b.Append(arrow.Date32FromTime(t))
			return nil
		}
	case *array.TimestampBuilder:
		if t, ok := v.(time.Time); ok {
			b.Append(arrow.Timestamp(t.UnixMicro()))
			return nil
		}
	case *array.ListBuilder:
		if list, ok := v.([]any); ok {
			b.Append(true)
			for _, x := range list {
				if err := appendValue(b.ValueBuilder(), x); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return fmt.Errorf("a %T does not fit %T", v, b)
}

// Close ends the stream.
func (a *ArrowWriter) Close() error {
	a.builder.Release()
	return a.w.Close()
}
