package message

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/avro"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

const avroTicket = `{"type":"record","name":"Ticket","namespace":"org.example","fields":[
	{"name":"type","type":{"type":"enum","name":"Kind","symbols":["ticket","comment"]}},
	{"name":"source","type":"string"},
	{"name":"key","type":"string"},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
	{"name":"title","type":["null","string"],"default":null},
	{"name":"reporter","type":["null","Person"],"default":null},
	{"name":"labels","type":{"type":"array","items":"string"}},
	{"name":"extra","type":{"type":"record","name":"Extra","fields":[
		{"name":"born","type":{"type":"int","logicalType":"date"}},
		{"name":"seen","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
		{"name":"wall","type":{"type":"long","logicalType":"local-timestamp-millis"}},
		{"name":"clock","type":{"type":"int","logicalType":"time-millis"}},
		{"name":"clock_micros","type":{"type":"long","logicalType":"time-micros"}},
		{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
		{"name":"fixed_price","type":{"type":"fixed","name":"P","size":4,"logicalType":"decimal","precision":9,"scale":3}},
		{"name":"hash","type":"bytes"},
		{"name":"big","type":"long"},
		{"name":"ratio","type":"double"},
		{"name":"odd","type":"float"},
		{"name":"on","type":"boolean"},
		{"name":"uuid","type":{"type":"string","logicalType":"uuid"}},
		{"name":"uuid_fixed","type":{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}},
		{"name":"duration","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}},
		{"name":"map","type":{"type":"map","values":["null","int","string"]}}
	]}}
]}`

const avroPerson = `{"type":"record","name":"Person","namespace":"org.example","fields":[
	{"name":"id","type":["null","string"],"default":null},{"name":"name","type":["null","string"],"default":null}]}`

func avroBody(t *testing.T) []byte {
	t.Helper()
	var cache avro.SchemaCache
	if _, err := cache.Parse(avroPerson); err != nil {
		t.Fatal(err)
	}
	s, err := cache.Parse(avroTicket)
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.Encode(map[string]any{
		"type": "ticket", "source": "phone", "key": "C-1", "at": int64(1772442900123456),
		"title": "Printer \"blank\"", "reporter": map[string]any{"id": "u-1", "name": nil}, "labels": []any{"a", "b"},
		"extra": map[string]any{
			"born": int32(20514), "seen": int64(1772442900123), "wall": int64(1772442900000), "clock": int32(3723004), "clock_micros": int64(3723004005),
			"price": "-12.50", "fixed_price": "1.250", "hash": []byte{0xff, 0}, "big": int64(9007199254740993), "ratio": 0.1, "odd": float32(0.1), "on": true,
			"uuid": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "uuid_fixed": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "duration": make([]byte, 12),
			"map": map[string]any{"b": int32(1), "a": "x", "c": nil},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestAvro(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/1", "", avroTicket, "org.example.Person=person")
	f.add("/subjects/person/versions/1", "AVRO", avroPerson)
	f.add("/schemas/guids/f47ac10b-58cc-4372-a567-0e02b2c3d479", "AVRO", avroTicket, "org.example.Person=person")
	f.add("/schemas/ids/2", "AVRO", `"string"`)
	f.add("/schemas/ids/3", "AVRO", `{"type":"nonsense"}`)
	f.add("/schemas/ids/4", "AVRO", `{"type":"array","items":"null"}`)
	d := f.decoder(t, RegistryOptions{})
	body := avroBody(t)
	inHeader := Header{Key: valueSchemaHeader, Value: []byte("\x01\xf4\x7a\xc1\x0b\x58\xcc\x43\x72\xa5\x67\x0e\x02\xb2\xc3\xd4\x79")}
	var bodies []string
	for name, m := range map[string]Message{
		"in the value":        msg(framed(1, body)),
		"in the value, zstd":  msg(zstandard(t, framed(1, body))),
		"GUID in the header":  msg(body, inHeader),
		"id in the header":    msg(body, Header{Key: valueSchemaHeader, Value: framed(1, nil)}),
		"header and envelope": msg(body, append(header("ce_specversion", "1.0", "ce_id", "1", "ce_source", "s", "ce_type", "t"), inHeader)...),
	} {
		items, err := d.Decode(t.Context(), m)
		if got := verdictOf(t, items, err); got != "ticketmill/1" {
			t.Errorf("%s: %s", name, got)
			continue
		}
		b, _, _ := strings.Cut(string(items[0].Payload), `,"_kafka"`)
		bodies = append(bodies, b)
	}
	for _, b := range bodies {
		golden(t, "avro", []byte(b+"}\n"))
	}
	for name, c := range map[string]struct {
		value []byte
		want  string
	}{
		"string":         {framed(2, append(binary.AppendVarint(nil, int64(len(jiraText))), jiraText...)), "jira.webhook/1"},
		"cut off":        {framed(1, body[:20]), "avro_unreadable"},
		"something more": {framed(1, append(body[:len(body):len(body)], 0)), "avro_unreadable"},
		"bad schema":     {framed(3, body), "schema_unreadable"},
		"bomb of nulls":  {framed(4, append(binary.AppendVarint(nil, 1<<40), 0)), "avro_unreadable"},
	} {
		items, err := d.Decode(t.Context(), msg(c.value))
		if got := verdictOf(t, items, err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// What JSON has no form for, and what would cost too much to write.
func TestAvroOdd(t *testing.T) {
	for _, c := range []struct {
		name, schema string
		body         []byte
		want         string
	}{
		{"NaN", `"double"`, []byte("\x00\x00\x00\x00\x00\x00\xf8\x7f"), "null"},
		{"infinity", `"float"`, []byte("\x00\x00\x80\x7f"), "null"},
		{"nanoseconds", `{"type":"long","logicalType":"timestamp-nanos"}`, []byte{2}, `"1970-01-01T00:00:00.000000001Z"`},
		{"local nanoseconds", `{"type":"long","logicalType":"local-timestamp-nanos"}`, []byte{2}, `"1970-01-01T00:00:00.000000001"`},
		{"local microseconds", `{"type":"long","logicalType":"local-timestamp-micros"}`, []byte{2}, `"1970-01-01T00:00:00.000001"`},
		{"before 1970", `{"type":"int","logicalType":"date"}`, []byte{1}, `"1969-12-31"`},
		{"unknown logical type", `{"type":"int","logicalType":"mood"}`, []byte{2}, `1`},
		{"not UTF-8", `"string"`, []byte("\x02\xff"), "\"\ufffd\""},
		{"huge scale", `{"type":"bytes","logicalType":"decimal","precision":2000,"scale":1999}`, []byte("\x02\x01"), "avro_unreadable"},
	} {
		s, err := compileAvro(c.schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.toJSON(c.body)
		var p *Poison
		if errors.As(err, &p) {
			out = []byte(p.Reason)
		}
		if string(out) != c.want {
			t.Errorf("%s: got %s, want %s", c.name, out, c.want)
		}
	}
	if _, err := compileAvro(`"Missing"`, []reference{{"a", "{"}}); err == nil {
		t.Error("a broken reference compiles")
	}
}

const protoTicket = `syntax = "proto3";
package org.example;
import "person.proto";
import "google/protobuf/timestamp.proto";
message Other { message Inner { string webhookEvent = 1; Issue issue = 2; } message Issue { int64 id = 1; } }
message Ticket {
	string type = 1; string source = 2; string key = 3; google.protobuf.Timestamp at = 4;
	string status_category = 5; optional Person reporter = 6; repeated string labels = 7; optional bool deleted = 8;
}
`

const protoPerson = `syntax = "proto3"; package org.example; message Person { string id = 1; string name = 2; }`

func TestProtobuf(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/1", "PROTOBUF", protoTicket, "person.proto=person")
	f.add("/subjects/person/versions/1", "PROTOBUF", protoPerson)
	f.add("/schemas/ids/2", "PROTOBUF", `syntax = "proto3"; import "missing.proto";`)
	f.add("/schemas/ids/3", "PROTOBUF", protoPerson)
	d := f.decoder(t, RegistryOptions{})

	s, err := compileProto(t.Context(), protoTicket, []reference{{"person.proto", protoPerson}})
	if err != nil {
		t.Fatal(err)
	}
	encode := func(path []int, text string) []byte {
		m := dynamicpb.NewMessage(s.message(path))
		if err := (protojson.UnmarshalOptions{}).Unmarshal([]byte(text), m); err != nil {
			t.Fatal(err)
		}
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ticket := encode([]int{1}, `{"type":"ticket","source":"phone","key":"C-1","at":"2026-03-02T09:15:00.5Z","status_category":"open","reporter":{"name":"Anna"},"labels":["a"],"deleted":false}`)
	inner := encode([]int{0, 0}, `{"webhookEvent":"jira:issue_created","issue":{"id":"7"}}`)
	indexed := func(body []byte, index ...int64) []byte {
		b := binary.AppendVarint(nil, int64(len(index)))
		for _, i := range index {
			b = binary.AppendVarint(b, i)
		}
		return append(b, body...)
	}
	items, err := d.Decode(t.Context(), msg(framed(1, indexed(ticket, 1))))
	if got := verdictOf(t, items, err); got != "ticketmill/1" {
		t.Fatal(got)
	}
	golden(t, "protobuf", show(items))

	for name, c := range map[string]struct {
		m    Message
		want string
	}{
		"nested":            {msg(framed(1, indexed(inner, 0, 0))), "jira.webhook/1"},
		"index in header":   {msg(ticket, Header{Key: valueSchemaHeader, Value: framed(1, indexed(nil, 1))}), "ticketmill/1"},
		"first by default":  {msg([]byte{}, Header{Key: valueSchemaHeader, Value: framed(3, nil)}), "unknown_format"},
		"short form":        {msg(framed(3, []byte{0})), "unknown_format"},
		"no such message":   {msg(framed(1, indexed(ticket, 2))), "protobuf_no_such_message"},
		"nested too far":    {msg(framed(1, indexed(ticket, 1, 0))), "protobuf_no_such_message"},
		"index is negative": {msg(framed(1, indexed(ticket, -1))), "bad_wire_format"},
		"no index":          {msg(framed(1, nil)), "bad_wire_format"},
		"count too large":   {msg(framed(1, binary.AppendVarint(nil, 1<<40))), "bad_wire_format"},
		"count is negative": {msg(framed(1, binary.AppendVarint(nil, -1))), "bad_wire_format"},
		"list cut off":      {msg(framed(1, binary.AppendVarint(nil, 2))), "bad_wire_format"},
		"wrong bytes":       {msg(framed(1, indexed([]byte{0x0a, 0x7f}, 1))), "protobuf_unreadable"},
		"missing import":    {msg(framed(2, []byte{0})), "schema_unreadable"},
	} {
		items, err := d.Decode(t.Context(), c.m)
		if got := verdictOf(t, items, err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestJSONSchema(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/1", "JSON", jsonSchemaText, "other.json=not-there")
	f.add("/schemas/ids/2", "XML", "<x/>")
	d := f.decoder(t, RegistryOptions{})
	for value, want := range map[string]string{
		string(framed(1, []byte(issuesText))):    "github.webhook/1",
		string(framed(1, []byte(`{"cut off":`))): "not_json",
		string(framed(1, nil)):                   "empty_value",
		issuesText:                               "github.webhook/1",
	} {
		items, err := d.Decode(t.Context(), msg([]byte(value)))
		if got := verdictOf(t, items, err); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func FuzzMessageIndexes(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{4, 2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		path, rest, ok := messageIndexes(b)
		if ok && (len(path) == 0 || len(path) > 32 || len(rest) >= len(b)) {
			t.Errorf("%v and %d of %d bytes", path, len(rest), len(b))
		}
	})
}

// The bytes are a producer's: whatever they are, they give JSON or an error.
func FuzzAvro(f *testing.F) {
	s, err := compileAvro(avroTicket, []reference{{"org.example.Person", avroPerson}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("\x00\x0aphone\x06C-1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := s.toJSON(body)
		if err == nil && decoder(t, Options{}).whole(out) == nil {
			t.Errorf("%x gives %q", body, out)
		}
	})
}
