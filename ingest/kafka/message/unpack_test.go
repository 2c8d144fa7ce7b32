package message

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t testing.TB, b []byte, o ...zstd.EOption) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, o...)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

func TestUnpack(t *testing.T) {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	line := []byte(ticketText + "\n")
	bomb := bytes.Repeat([]byte(" "), 1<<20)
	for _, c := range []struct {
		name  string
		value []byte
		want  string
	}{
		{"gzip", gzipped(t, line), "ticketmill/1"},
		{"gzip, members", join(gzipped(t, line), gzipped(t, line)), "ticketmill/1 ticketmill/1"},
		{"gzip, cut off", gzipped(t, line)[:30], "bad_compression"},
		{"gzip, only its magic", []byte{0x1f, 0x8b}, "bad_compression"},
		{"gzip, garbage behind", join(gzipped(t, line), []byte("garbage")), "bad_compression"},
		{"gzip of nothing", gzipped(t, nil), "empty_value"},
		{"gzip bomb", gzipped(t, bomb), "too_big"},
		{"gzip bomb of members", bytes.Repeat(gzipped(t, bomb[:1000]), 100), "too_big"},
		{"zstd", zstandard(t, line), "ticketmill/1"},
		{"zstd, frames", join(zstandard(t, line), zstandard(t, line)), "ticketmill/1 ticketmill/1"},
		{"zstd, cut off", zstandard(t, line)[:20], "bad_compression"},
		{"zstd, only its magic", []byte{0x28, 0xb5, 0x2f, 0xfd}, "bad_compression"},
		{"zstd of nothing", zstandard(t, nil, zstd.WithZeroFrames(true)), "empty_value"},
		{"zstd bomb", zstandard(t, bomb), "too_big"},
		{"zstd bomb of frames", bytes.Repeat(zstandard(t, bomb[:1000]), 100), "too_big"},
		{"framed inside", gzipped(t, []byte("\x00\x00\x00\x00\x01{}")), "schema_registry_not_configured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := decoder(t, Options{MaxBytes: 1 << 16})
			for range 2 { // the second time with what the pool gives back
				items, err := d.Decode(t.Context(), msg(c.value))
				if got := verdictOf(t, items, err); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}
		})
	}
}
