package landing

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"

	"github.com/apache/arrow/go/v16/arrow"
)

// TestArrowRoundTrip writes every type with values and nulls and reads them
// with Arrow's own reader.
func TestArrowRoundTrip(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	at := time.Date(1969, 12, 31, 23, 59, 59, 123456000, time.UTC)
	names := []string{"text", "big", "small", "real", "flag", "day", "at", "list"}
	types := []string{"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR[]"}
	nulls := make([]any, len(types))
	rows := [][]any{
		{"ümläut \x00", int64(math.MaxInt64), int32(math.MinInt32), 0.1, true, day, at, []any{"a", nil, ""}},
		nulls,
		{"", int64(0), int32(0), math.Inf(1), false, day.AddDate(-80, 0, 0), at.AddDate(200, 0, 0), []any{}},
	}
	var b bytes.Buffer
	w, err := NewArrowWriter(&b, names, types)
	if err != nil {
		t.Fatal(err)
	}
	// Two batches, one of them empty.
	if err := errors.Join(w.Write(rows[:2]), w.Write(nil), w.Write(rows[2:]), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for i, f := range r.Schema().Fields() {
		if f.Name != names[i] || !f.Nullable {
			t.Errorf("field %d is %v", i, f)
		}
	}
	var got [][]any
	for r.Next() {
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			var row []any
			for c := range int(rec.NumCols()) {
				row = append(row, valueAt(t, rec.Column(c), i))
			}
			got = append(got, row)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if !reflect.DeepEqual(got, rows) {
		t.Errorf("read\n%#v\nwrote\n%#v", got, rows)
	}
}

func valueAt(t *testing.T, a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Int32:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Date32:
		return a.Value(i).ToTime()
	case *array.Timestamp:
		if u := a.DataType().(*arrow.TimestampType); u.TimeZone != "UTC" || u.Unit != arrow.Microsecond {
			t.Errorf("timestamps are %v", u)
		}
		return a.Value(i).ToTime(arrow.Microsecond)
	case *array.List:
		from, to := a.ValueOffsets(i)
		list := []any{}
		for k := from; k < to; k++ {
			list = append(list, valueAt(t, a.ListValues(), int(k)))
		}
		return list
	}
	t.Fatalf("%T", a)
	return nil
}

// TestArrowEmpty: a stream without rows still has its columns.
func TestArrowEmpty(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := NewArrowWriter(&b, []string{"n"}, []string{"BIGINT"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if r.Schema().NumFields() != 1 {
		t.Errorf("schema %v", r.Schema())
	}
	for r.Next() {
		if r.Record().NumRows() != 0 {
			t.Error("rows from nowhere")
		}
	}
}

func TestArrowErrors(t *testing.T) {
	t.Parallel()
	for _, sqlType := range []string{"STRUCT(a INTEGER)", "HUGEINT", "VARCHAR[][]", "", "varchar"} {
		if _, err := NewArrowWriter(&bytes.Buffer{}, []string{"ok", "odd"}, []string{"VARCHAR", sqlType}); err == nil || !strings.Contains(err.Error(), "column odd: no Arrow type for "+sqlType) {
			t.Errorf("%q: %v", sqlType, err)
		}
	}
	for _, c := range []struct {
		sqlType string
		value   any
	}{
		{"VARCHAR", 1},
		{"BIGINT", "1"},
		{"BIGINT", int32(1)},
		{"INTEGER", int64(1)},
		{"DOUBLE", "x"},
		{"DOUBLE", math.NaN()},
		{"BOOLEAN", 1},
		{"DATE", "2026-01-01"},
		{"TIMESTAMP", int64(0)},
		{"VARCHAR[]", "x"},
		{"VARCHAR[]", []any{"a", 1}},
	} {
		w, err := NewArrowWriter(&bytes.Buffer{}, []string{"c"}, []string{c.sqlType})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write([][]any{{c.value}}); err == nil || !strings.Contains(err.Error(), "column c: ") {
			t.Errorf("%v as %s: %v", c.value, c.sqlType, err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
