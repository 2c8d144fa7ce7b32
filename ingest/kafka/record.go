package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// recordKey names a message within its stream. The offset alone would not do:
// a partition that begins anew gives its offsets again.
func recordKey(incarnation, offset int64) string { return fmt.Sprintf("%d:%d", incarnation, offset) }

// Records gives a message's items as records. The key is the message's, as
// OpenPoison gives it; where there are several items, each adds its index.
func Records(m message.Message, key string, items []message.Item) []ingest.Record {
	out := make([]ingest.Record, 0, len(items))
	for i, it := range items {
		r := ingest.Record{
			Key: key, Version: version(m.Offset), ObservedAt: it.At,
			Deleted: it.Deleted, Schema: it.Schema, Payload: it.Payload,
		}
		if len(items) > 1 {
			r.Key = fmt.Sprintf("%s:%d", key, i)
		}
		if r.ObservedAt.IsZero() {
			r.ObservedAt = m.Time
		}
		out = append(out, r)
	}
	return out
}

// version orders messages by their offset, as text.
func version(offset int64) string { return fmt.Sprintf("%020d", offset) }

// decode turns a message into records; one that cannot be read becomes one
// record that holds it sealed.
func (s *Source) decode(ctx context.Context, m message.Message, incarnation int64) ([]ingest.Record, error) {
	items, err := s.tryDecode(ctx, m)
	var poison *message.Poison
	switch {
	case errors.As(err, &poison):
		r, err := s.poison(m, incarnation, poison.Reason)
		return []ingest.Record{r}, err
	case err != nil:
		return nil, fmt.Errorf("decode offset %d: %w", m.Offset, err)
	}
	return Records(m, recordKey(incarnation, m.Offset), items), nil
}

// tryDecode takes a panic for a message that cannot be read: one message must
// not stop its partition. The panic's value may show content and is dropped.
func (s *Source) tryDecode(ctx context.Context, m message.Message) (items []message.Item, err error) {
	defer func() {
		if recover() != nil {
			items, err = nil, &message.Poison{Reason: "decoder_panic"}
		}
	}()
	return s.o.Decode.Decode(ctx, m)
}
