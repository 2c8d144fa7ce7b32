package message

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// unpack takes gzip or zstd off a value, several members in a row included. A
// value without the magic bytes of either is given back as it is.
func (r *reading) unpack(b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, poison("bad_compression")
		}
		return r.readBounded(z)
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z := r.d.zstd.Get().(*zstd.Decoder)
		defer r.d.zstd.Put(z)
		if err := z.Reset(bytes.NewReader(b)); err != nil {
			return nil, poison("bad_compression")
		}
		return r.readBounded(z)
	}
	return b, nil
}

func (r *reading) readBounded(z io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(z, r.left+1))
	switch {
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, poison("too_big")
	case err != nil && int64(len(out)) <= r.left:
		return nil, poison("bad_compression")
	}
	return out, r.spend(out)
}

// spend takes what was unpacked off what the message may still unpack to: a
// batch of small bombs is as bad as a large one.
func (r *reading) spend(unpacked []byte) error {
	if r.left -= int64(len(unpacked)); r.left < 0 {
		return poison("too_big")
	}
	return nil
}
