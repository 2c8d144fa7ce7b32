package landing

import (
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/apache/arrow/go/v16/parquet/file"
	"github.com/apache/arrow/go/v16/parquet/schema"

	"github.com/ticketmill/ticketmill/ingest"
)

// The landing columns, the same for every source; FORMAT.md explains them.
const (
	colSource = iota
	colKind
	colStream
	colKey
	colVersion
	colObservedAt
	colLandedAt
	colRunID
	colDeleted
	colSchema
	colPayload
)

// rowGroupRows bounds a row group, DuckDB's own size, so that its readers can
// work on several at once.
const rowGroupRows = 122_880

func landingSchema() (*schema.GroupNode, error) {
	text := func(name string) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(name, parquet.Repetitions.Required, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
	}
	stamp := func(name string) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(name, parquet.Repetitions.Required,
			schema.NewTimestampLogicalType(true, schema.TimeUnitMicros), parquet.Types.Int64, -1, -1)
	}
	flag := func(name string) (schema.Node, error) {
		return schema.NewBooleanNode(name, parquet.Repetitions.Required, -1), nil
	}
	columns := []struct {
		name string
		make func(string) (schema.Node, error)
	}{
		{"_source", text},
		{"_kind", text},
		{"_stream", text},
		{"_key", text},
		{"_version", text},
		{"_observed_at", stamp},
		{"_landed_at", stamp},
		{"_run_id", text},
		{"_deleted", flag},
		{"_schema", text},
		{"payload", text},
	}
	var fields schema.FieldList
	for _, c := range columns {
		n, err := c.make(c.name)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		fields = append(fields, n)
	}
	return schema.NewGroupNode("landing", parquet.Repetitions.Required, fields, -1)
}

// batch is the rows of one file before they are written.
type batch struct {
	source, kind, stream, runID string
	landedAt                    time.Time
	records                     []ingest.Record
}

// writeParquet writes the batch as one Parquet file. It uses Arrow's column
// writers and not pqarrow, which would link gRPC into the binary.
func writeParquet(w io.Writer, b batch) error {
	root, err := landingSchema()
	if err != nil {
		return err
	}
	// Snappy: zstd in Go costs twice the time for a third less space. Payloads,
	// keys and versions hardly repeat, so a dictionary would only cost.
	fw := file.NewParquetWriter(w, root, file.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithDictionaryFor("payload", false),
		parquet.WithDictionaryFor("_key", false),
		parquet.WithDictionaryFor("_version", false),
		parquet.WithStats(true),
		parquet.WithStatsFor("payload", false),
		parquet.WithCreatedBy("ticketmill"),
	)))
	for start := 0; start < len(b.records); start += rowGroupRows {
		part := b
		part.records = b.records[start:min(len(b.records), start+rowGroupRows)]
		if err := writeRowGroup(fw, part); err != nil {
			return err
		}
	}
	return fw.Close()
}

func writeRowGroup(fw *file.Writer, b batch) error {
	rg := fw.AppendRowGroup()
	for col := colSource; col <= colPayload; col++ {
		cw, err := rg.NextColumn()
		if err != nil {
			return err
		}
		if err := writeColumn(cw, col, b); err != nil {
			return err
		}
		if err := cw.Close(); err != nil {
			return err
		}
	}
	return rg.Close()
}

func writeColumn(cw file.ColumnChunkWriter, col int, b batch) error {
	var err error
	switch w := cw.(type) {
	case *file.ByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(texts(col, b), nil, nil)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(stamps(col, b), nil, nil)
	case *file.BooleanColumnChunkWriter:
		flags := make([]bool, len(b.records))
		for i, r := range b.records {
			flags[i] = r.Deleted
		}
		_, err = w.WriteBatch(flags, nil, nil)
	default:
		err = fmt.Errorf("landing: no writer for column %d (%T)", col, cw)
	}
	return err
}

func texts(col int, b batch) []parquet.ByteArray {
	constant := map[int]string{colSource: b.source, colKind: b.kind, colStream: b.stream, colRunID: b.runID}
	out := make([]parquet.ByteArray, len(b.records))
	for i, r := range b.records {
		switch col {
		case colKey:
			out[i] = []byte(r.Key)
		case colVersion:
			out[i] = []byte(r.Version)
		case colSchema:
			out[i] = []byte(r.Schema)
		case colPayload:
			out[i] = parquet.ByteArray(r.Payload)
		default:
			out[i] = []byte(constant[col])
		}
	}
	return out
}

func stamps(col int, b batch) []int64 {
	out := make([]int64, len(b.records))
	for i, r := range b.records {
		if col == colObservedAt {
			out[i] = r.ObservedAt.UnixMicro()
		} else {
			out[i] = b.landedAt.UnixMicro()
		}
	}
	return out
}
