package simulate

import (
	"errors"
	"testing"

	"github.com/ticketmill/ticketmill/ingest/kafka/message"
)

// TestMessagesAreUnderstood: the program reads every whole message as what it
// is, and none of the broken ones.
func TestMessagesAreUnderstood(t *testing.T) {
	d, err := message.New(message.Options{Format: "auto"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tell := range feeds(tiny()) {
		whole := map[string]bool{}
		for _, m := range tell(StreamOptions{Contacts: few}) {
			whole[string(m.Value)] = true
		}
		schemas := map[string]int{}
		for _, m := range tell(StreamOptions{Contacts: few, Poison: .05}) {
			km := message.Message{Topic: name, Time: m.At, Key: []byte(m.Key), Value: m.Value}
			for k, v := range m.Headers {
				km.Headers = append(km.Headers, message.Header{Key: k, Value: []byte(v)})
			}
			items, err := d.Decode(t.Context(), km)
			var poison *message.Poison
			if broken := !whole[string(m.Value)]; broken != errors.As(err, &poison) {
				t.Fatalf("%s: broken %v, error %v\n%s", name, broken, err, m.Value)
			}
			for _, it := range items {
				schemas[it.Schema]++
				if name == "feed" && !it.At.Equal(m.At.Truncate(1e6)) {
					t.Errorf("a message of %v is dated %v", m.At, it.At)
				}
			}
		}
		t.Log(schemas)
		if name == "feed" && len(schemas) != 1 || name == "webhooks" && len(schemas) != 2 {
			t.Errorf("%s: read as %v", name, schemas)
		}
	}
}
