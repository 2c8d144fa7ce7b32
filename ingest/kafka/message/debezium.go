package message

import (
	"strings"
	"time"
)

// debezium recognises what Debezium writes: change envelopes, unwrapped rows,
// and the connector's own bookkeeping.
func (r *reading) debezium(o *object) (found, bool, error) {
	if why := bookkeeping(o); why != "" {
		return ignored(why), true, nil
	}
	c, ok := r.d.envelope(o)
	if !ok {
		c, ok = r.d.unwrapped(o)
	}
	if !ok {
		return found{}, false, nil
	}
	f, err := r.change(c)
	return f, true, err
}

// bookkeeping says why a message of the connector about itself tells of no
// ticket; empty when it is none.
func bookkeeping(o *object) string {
	status, _ := o.text("status")
	op, _ := o.text("op")
	source := isObject(o.get("source"))
	switch {
	case (status == "BEGIN" || status == "END") && o.has("id") && (o.has("event_count") || o.has("data_collections")):
		return "debezium_transaction"
	case len(o.members) == 1 && o.has("ts_ms"):
		return "debezium_heartbeat"
	case source && o.has("databaseName") && (o.has("ddl") || o.has("tableChanges")):
		return "debezium_schema_change"
	case source && op == "t":
		return "debezium_truncate"
	case source && op == "m" && o.has("message"):
		return "debezium_message"
	}
	return ""
}

// change is one change of a row. Before and after are objects, or nil.
type change struct {
	op            string
	before, after []byte
	source        []byte // an object
	tsMillis      []byte // a number, or nil
	at            time.Time
}

// envelope reads {op, before, after, source, ts_ms}.
func (d *Decoder) envelope(o *object) (change, bool) {
	op, _ := o.text("op")
	if !isRowOp(op) || !o.has("before") && !o.has("after") || !o.has("source") && !o.has("ts_ms") {
		return change{}, false
	}
	before, ok1 := d.row(o.get("before"))
	after, ok2 := d.row(o.get("after"))
	if !ok1 || !ok2 || before == nil && after == nil {
		return change{}, false
	}
	c := change{op: op, before: before, after: after, source: []byte("{}"), tsMillis: o.get("ts_ms")}
	if s := o.get("source"); isObject(s) {
		c.source = s
	}
	c.at = firstTime(millis(d.member(c.source, "ts_ms")), millis(c.tsMillis))
	return c, true
}

func isRowOp(op string) bool { return op == "c" || op == "u" || op == "d" || op == "r" }

// row gives a row's object; nil for none. MongoDB's documents come as text.
func (d *Decoder) row(v []byte) (row []byte, ok bool) {
	switch {
	case isNull(v):
		return nil, true
	case isObject(v):
		return v, true
	}
	s, _ := text(v)
	o := d.whole([]byte(s))
	if o == nil {
		return nil, false
	}
	return o.raw, true
}

// unwrapped reads the flat row that the ExtractNewRecordState transform leaves:
// columns, and what it kept of the envelope under names that begin with "__".
func (d *Decoder) unwrapped(o *object) (change, bool) {
	op, hasOp := o.text("__op")
	deleted, hasDeleted := boolean(o.get("__deleted"))
	if !hasOp && !hasDeleted || hasOp && !isRowOp(op) {
		return change{}, false
	}
	switch {
	case deleted:
		op = "d"
	case !hasOp:
		op = "u"
	}
	row, source := []byte{'{'}, []byte{'{'}
	c := change{op: op}
	for i := range o.members {
		m := &o.members[i]
		name, meta := strings.CutPrefix(m.Name, "__")
		switch {
		case m.Name == "_kafka":
		case !meta:
			row = appendMember(row, m.Name, m.Value)
		case name == "ts_ms":
			c.tsMillis = m.Value
		case name != "op" && name != "deleted":
			source = appendMember(source, strings.TrimPrefix(name, "source_"), m.Value)
		}
	}
	// "__table" and "__source_table" are the same name by now.
	c.source = d.whole(append(source, '}')).without()
	if row = append(row, '}'); op == "d" {
		c.before = row
	} else {
		c.after = row
	}
	c.at = firstTime(millis(o.get("__source_ts_ms")), millis(c.tsMillis))
	return c, true
}

// boolean reads true and false, also as the text that the transform writes.
func boolean(v []byte) (value, ok bool) {
	switch string(v) {
	case "true", `"true"`:
		return true, true
	case "false", `"false"`:
		return false, true
	}
	return false, false
}

// change keeps a row, or the ticketmill message that the row carries.
func (r *reading) change(c change) (found, error) {
	row := c.after
	if c.op == "d" {
		row = c.before
	}
	if t := r.d.outbox(row); t != nil {
		if c.op == "d" {
			return ignored("debezium_outbox_delete"), nil
		}
		return r.ticketmill(t)
	}
	b := append(make([]byte, 0, len(c.before)+len(c.after)+len(c.source)+128), '{')
	b = appendTextMember(b, "op", c.op)
	b = appendMember(b, "before", orNull(c.before))
	b = appendMember(b, "after", orNull(c.after))
	b = appendMember(b, "source", c.source)
	b = appendMember(b, "ts_ms", orNull(c.tsMillis))
	return found{schema: schemaDebezium, body: b, at: c.at}.closed(), nil
}

func orNull(v []byte) []byte {
	if v == nil {
		return []byte("null")
	}
	return v
}

// outbox gives the ticketmill message that a row is, or holds in its column
// payload; nil when it is a row of another kind.
func (d *Decoder) outbox(row []byte) *object {
	o := d.whole(row)
	if o == nil {
		return nil
	}
	if isOutboxRow(o) {
		return o
	}
	payload := o.get("payload")
	if s, ok := text(payload); ok {
		payload = []byte(s)
	}
	if o = d.whole(payload); o != nil && looksTicketmill(o) {
		return o
	}
	return nil
}

// isOutboxRow is stricter than looksTicketmill: a help desk's own table may
// well have columns of these names.
func isOutboxRow(o *object) bool {
	_, source := o.text("source")
	_, key := o.text("key")
	_, at := o.text("at")
	return looksTicketmill(o) && source && key && at
}
