package message

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// maxDepth is far beyond any tracker's payload and well within what every
// later reader of the JSON can stand.
const maxDepth = 500

// value reads bytes of any kind: packed, framed or plain.
func (r *reading) value(ctx context.Context, b []byte, l layer) error {
	b, err := r.unpack(b)
	if err != nil {
		return err
	}
	if b, err = r.unframe(ctx, b, l); err != nil {
		return err
	}
	return r.text(ctx, b, l)
}

// text reads JSON text of any shape.
func (r *reading) text(ctx context.Context, b []byte, l layer) error {
	if l.nest > maxNest {
		return poison("too_nested")
	}
	if len(b) == 0 {
		return poison("empty_value")
	}
	if !utf8.Valid(b) {
		return poison("not_utf8")
	}
	if tooDeep(b, maxDepth) {
		return poison("too_deep")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	b = bytes.Trim(b, jsonSpace)
	switch {
	case bytes.HasPrefix(b, []byte("{")):
		return r.objects(ctx, b, l)
	case bytes.HasPrefix(b, []byte("[")):
		return r.array(ctx, b, l)
	case bytes.HasPrefix(b, []byte("payload=")):
		return r.form(ctx, b, l)
	}
	vs, err := r.d.values(b)
	switch {
	case err != nil:
		return err
	case len(vs) == 0:
		return poison("not_json")
	case len(vs) > 1:
		return r.batch(ctx, vs, l)
	}
	return r.element(ctx, vs[0], l)
}

// array reads a text that begins with an array.
func (r *reading) array(ctx context.Context, b []byte, l layer) error {
	vs, rest, err := r.d.elements(b)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return poison("not_json")
	case len(vs) == 0:
		r.add(ignored("empty_batch"), l)
		return nil
	}
	return r.batch(ctx, vs, l.down())
}

// quoted reads a string that holds JSON: relays often quote what they pass on.
func (r *reading) quoted(ctx context.Context, v []byte, l layer) error {
	s, _ := text(v)
	inner := bytes.Trim([]byte(s), jsonSpace)
	if !bytes.HasPrefix(inner, []byte("{")) && !bytes.HasPrefix(inner, []byte("[")) &&
		!bytes.HasPrefix(inner, []byte("payload=")) {
		return poison("unknown_format")
	}
	return r.text(ctx, inner, l.down())
}

// form reads the form-encoded delivery that GitHub offers.
func (r *reading) form(ctx context.Context, b []byte, l layer) error {
	q, err := url.ParseQuery(string(b))
	if err != nil {
		return poison("bad_form")
	}
	return r.text(ctx, []byte(q.Get("payload")), l.down())
}

// objects reads a text that begins with an object: nearly always the only one.
func (r *reading) objects(ctx context.Context, b []byte, l layer) error {
	o, rest, err := r.d.object(b)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return r.object(ctx, o, l)
	}
	vs, err := r.d.values(b)
	if err != nil {
		return err
	}
	return r.batch(ctx, vs, l)
}

// batch reads the elements of one message. It lands whole or not at all, so
// one bad element spoils it.
func (r *reading) batch(ctx context.Context, vs [][]byte, l layer) error {
	for i, v := range vs {
		err := r.element(ctx, v, l)
		var p *Poison
		if errors.As(err, &p) {
			return &Poison{Reason: "bad_element", Err: fmt.Errorf("element %d: %w", i, p)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) element(ctx context.Context, v []byte, l layer) error {
	switch v[0] {
	case '{':
		o, _, err := r.d.object(v)
		if err != nil {
			return err
		}
		return r.object(ctx, o, l)
	case '"':
		return r.quoted(ctx, v, l)
	}
	return poison("unknown_format")
}

// object takes off the wrappings that are objects themselves, then looks at
// what is inside.
func (r *reading) object(ctx context.Context, o *object, l layer) error {
	if ev := structuredEvent(o); ev != nil {
		return r.eventData(ctx, o, l.down().inside(ev))
	}
	if isConnect(o) {
		return r.connect(ctx, o, l)
	}
	if l.format == FormatCloudEvents {
		return poison("not_cloudevents")
	}
	return r.detect(o, l)
}

// isConnect tells Kafka Connect's JSON with schema.
func isConnect(o *object) bool {
	return len(o.members) == 2 && o.has("payload") && (isObject(o.get("schema")) || o.has("schema") && isNull(o.get("schema")))
}

func (r *reading) connect(ctx context.Context, o *object, l layer) error {
	payload := o.get("payload")
	if isNull(payload) {
		r.add(found{schema: schemaTombstone, body: []byte("{}"), deleted: true}, l)
		return nil
	}
	return r.text(ctx, payload, l.down())
}

// detect finds out what an object is and keeps it.
func (r *reading) detect(o *object, l layer) error {
	f, err := r.recognise(o, l)
	if err != nil {
		return err
	}
	r.add(f, l)
	return nil
}

func (r *reading) recognise(o *object, l layer) (found, error) {
	auto := l.format == FormatAuto
	if auto || l.format == FormatGitHub {
		if f, ok := r.github(o); ok {
			return f, nil
		}
	}
	if auto || l.format == FormatJira {
		if f, ok := jira(o); ok {
			return f, nil
		}
	}
	if auto || l.format == FormatDebezium {
		if f, ok, err := r.debezium(o); ok || err != nil {
			return f, err
		}
	}
	if auto && looksTicketmill(o) || l.format == FormatTicketmill && o.has("type") {
		return r.ticketmill(o)
	}
	switch l.format {
	case FormatGitHub:
		return found{}, poison("not_github_webhook")
	case FormatJira:
		return found{}, poison("not_jira_webhook")
	case FormatDebezium:
		return found{}, poison("not_debezium")
	case FormatTicketmill:
		return found{}, poison("not_ticketmill")
	}
	return found{}, poison("unknown_format")
}

func (r *reading) add(f found, l layer) {
	f.event = l.event
	r.found = append(r.found, f)
}

// ignored is an item of a message that is as it should be and tells of no
// ticket.
func ignored(why string) found {
	return found{schema: schemaIgnored, body: appendTextMember([]byte{'{'}, "why", why)}.closed()
}

// closed ends a body that is being written.
func (f found) closed() found {
	f.body = append(f.body, '}')
	return f
}
