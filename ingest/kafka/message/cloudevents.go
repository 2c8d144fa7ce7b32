package message

import (
	"context"
	"encoding/base64"
	"strings"
)

// event is what is kept of a CloudEvents envelope: id and source are what a
// redelivery has in common with the first delivery.
type event struct{ id, source, kind, time string }

// append adds the member "ce" to the origin that is being written; a nil event
// adds nothing.
func (e *event) append(b []byte) []byte {
	if e == nil {
		return b
	}
	b = append(b, `,"ce":{`...)
	for _, a := range [...]struct{ name, value string }{
		{"id", e.id}, {"source", e.source}, {"type", e.kind}, {"time", e.time},
	} {
		if a.value != "" {
			b = appendTextMember(b, a.name, a.value)
		}
	}
	return append(b, '}')
}

// binaryEvent reads the envelope that binary mode puts into headers; nil when
// there is none. Relays from HTTP keep its "ce-".
func binaryEvent(headers []Header) *event {
	var e event
	var version string
	for _, h := range headers {
		if len(h.Key) < 4 || !strings.EqualFold(h.Key[:2], "ce") || h.Key[2] != '_' && h.Key[2] != '-' {
			continue
		}
		value := string(h.Value)
		switch strings.ToLower(h.Key[3:]) {
		case "specversion":
			version = value
		case "id":
			e.id = value
		case "source":
			e.source = value
		case "type":
			e.kind = value
		case "time":
			e.time = value
		}
	}
	if version == "" || e.id == "" || e.source == "" || e.kind == "" {
		return nil
	}
	return &event{e.id, e.source, e.kind, e.time} // a copy, so that the usual nil costs nothing
}

// structuredEvent reads the envelope around the data; nil when o is none. A
// batch is an array of these.
func structuredEvent(o *object) *event {
	if _, ok := o.text("specversion"); !ok {
		return nil
	}
	id, ok1 := o.text("id")
	source, ok2 := o.text("source")
	kind, ok3 := o.text("type")
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	at, _ := o.text("time")
	return &event{id: id, source: source, kind: kind, time: at}
}

// eventData goes on with what an envelope holds.
func (r *reading) eventData(ctx context.Context, o *object, l layer) error {
	if s, ok := o.text("data_base64"); ok {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return poison("bad_base64")
		}
		return r.value(ctx, b, l)
	}
	data := o.get("data")
	if isNull(data) {
		return poison("event_without_data")
	}
	return r.text(ctx, data, l)
}
