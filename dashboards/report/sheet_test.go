package report

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/tealeg/xlsx/v3"
)

func TestSheet(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 12, 30, 0, 0, time.UTC)
	fill := func() []byte {
		var b bytes.Buffer
		s, err := NewSheet(&b, "ticket", []string{"id", "at", "n", "x", "yes", "labels"},
			[]string{"VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR[]"}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		err = s.Write([][]any{
			{hostile.formula, at, int64(42), 1.5, true, []any{"a", "b"}},
			{"\x01control", nil, int64(math.MaxInt64), math.NaN(), false, nil},
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	b := fill()
	if !bytes.Equal(b, fill()) {
		t.Error("two writings differ")
	}
	f, err := xlsx.OpenBinary(b)
	if err != nil {
		t.Fatal(err)
	}
	sheet := f.Sheet["ticket"]
	text := func(row, col int) string {
		c, err := sheet.Cell(row, col)
		if err != nil || c.Formula() != "" {
			t.Fatalf("cell %d, %d: formula %q, %v", row, col, c.Formula(), err)
		}
		return c.Value
	}
	for _, c := range []struct {
		row, col int
		want     string
	}{{0, 0, "id"}, {1, 0, hostile.formula}, {1, 2, "42"}, {1, 3, "1.5"}, {1, 5, "a, b"}, {2, 1, ""}, {2, 2, "9223372036854775807"}, {2, 3, "NaN"}} {
		if got := text(c.row, c.col); got != c.want {
			t.Errorf("cell %d, %d is %q, want %q", c.row, c.col, got, c.want)
		}
	}
	when, err := sheet.Cell(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := when.GetTime(false); err != nil || got.Sub(at).Abs() > time.Second {
		t.Errorf("the time is %v, %v", got, err)
	}
}

func TestSheetIsFull(t *testing.T) {
	t.Parallel()
	s, err := NewSheet(&bytes.Buffer{}, "t", []string{"n"}, []string{"BIGINT"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.rows = SheetRows
	if err := s.Write([][]any{{int64(1)}}); !errors.Is(err, ErrTooManyRows) {
		t.Errorf("one row too many: %v", err)
	}
	if err := s.Discard(); err != nil {
		t.Error(err)
	}
}
