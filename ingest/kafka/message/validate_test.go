package message

import (
	"bytes"
	"encoding/json"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const folder = "../../../sql/staging/kafka/"

// published is the JSON Schema that producers validate against.
func published(t testing.TB) (s *jsonschema.Schema, examples []json.RawMessage) {
	t.Helper()
	text, err := os.ReadFile(folder + "ticketmill.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("ticketmill.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	if s, err = c.Compile("ticketmill.schema.json"); err != nil {
		t.Fatal(err)
	}
	var head struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(text, &head); err != nil {
		t.Fatal(err)
	}
	return s, head.Examples
}

// sameVerdict holds validate against the schema.
func sameVerdict(t *testing.T, s *jsonschema.Schema, text []byte) string {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := decoder(t, Options{})
	reason := validate(d.whole(text), d)
	if err := s.Validate(v); (err == nil) != (reason == "") && !aboveScale(v) {
		t.Errorf("%s: validate says %q, the schema says %v", text, reason, err)
	}
	return reason
}

// aboveScale tells the one thing that the schema language cannot refuse.
func aboveScale(v any) bool {
	o, _ := v.(map[string]any)
	best, _ := o["scale_max"].(json.Number)
	limit, ok := new(big.Rat).SetString(best.String())
	for _, name := range []string{"satisfaction_score", "score"} {
		n, _ := o[name].(json.Number)
		if score, is := new(big.Rat).SetString(n.String()); ok && is && score.Cmp(limit) > 0 {
			return true
		}
	}
	return false
}

func TestExamples(t *testing.T) {
	s, examples := published(t)
	if len(examples) == 0 {
		t.Fatal("the schema has no examples")
	}
	readme, err := os.ReadFile(folder + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(readme, -1) {
		for line := range strings.Lines(string(block[1])) {
			examples = append(examples, json.RawMessage(line))
			shown++
		}
	}
	if shown == 0 {
		t.Error("README.md shows no example")
	}
	for _, e := range examples {
		items, err := decoder(t, Options{}).Decode(t.Context(), msg(e))
		if err != nil {
			t.Errorf("%s: %v", e, err)
			continue
		}
		if d := decoder(t, Options{}); items[0].Schema != schemaTicketmill || !looksTicketmill(d.whole(e)) {
			continue // other formats that README.md explains
		}
		if reason := sameVerdict(t, s, e); reason != "" {
			t.Errorf("%s: %s", e, reason)
		}
	}
}

// The examples of single members are right for the members that they show.
func TestMemberExamples(t *testing.T) {
	s, _ := published(t)
	text, err := os.ReadFile(folder + "ticketmill.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]struct {
			Properties map[string]struct{ Examples []json.RawMessage }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"ticket", "comment", "event", "survey"} {
		for name, p := range doc.Defs[kind].Properties {
			if len(p.Examples) == 0 {
				t.Errorf("%s.%s has no example", kind, name)
			}
			for _, e := range p.Examples {
				m := map[string]any{"type": kind, "source": "phone", "key": "C-1", "at": "2026-03-02T09:15:00Z", "field": "status", "scale_max": 10, "score": 1}
				m[name] = e
				b, err := json.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				if reason := sameVerdict(t, s, b); reason != "" {
					t.Errorf("%s.%s: example %s: %s", kind, name, e, reason)
				}
			}
		}
	}
}

func TestValidate(t *testing.T) {
	s, _ := published(t)
	message := func(kind, more string) string {
		return `{"type":"` + kind + `","source":"phone","key":"C-1","at":"2026-03-02T09:15:00Z"` + more + `}`
	}
	at := func(s string) string {
		return `{"type":"ticket","source":"phone","key":"C-1","at":"` + s + `"}`
	}
	for _, c := range []struct{ text, want string }{
		{message("ticket", ""), ""},
		{message("call", ""), "bad_type"},
		{`{"source":"a","key":"b"}`, "bad_type"},
		{`{"type":null,"source":"a","key":"b"}`, "bad_type"},
		{`{"type":"ticket","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "no_source"},
		{`{"type":"ticket","source":"a b","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "bad_source"},
		{`{"type":"ticket","source":"-a","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "bad_source"},
		{`{"type":"ticket","source":"","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "bad_source"},
		{`{"type":"ticket","source":"a\n","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "bad_source"},
		{`{"type":"ticket","source":"` + strings.Repeat("a", 65) + `","key":"C-1","at":"2026-03-02T09:15:00Z"}`, "bad_source"},
		{`{"type":"ticket","source":"a","at":"2026-03-02T09:15:00Z"}`, "no_key"},
		{`{"type":"ticket","source":"a","key":null,"at":"2026-03-02T09:15:00Z"}`, "bad_key"},
		{`{"type":"ticket","source":"a","key":7,"at":"2026-03-02T09:15:00Z"}`, "bad_key"},
		{`{"type":"ticket","source":"a","key":"","at":"2026-03-02T09:15:00Z"}`, "bad_key"},
		{`{"type":"ticket","source":"a","key":"` + strings.Repeat("ü", 512) + `","at":"2026-03-02T09:15:00Z"}`, ""},
		{`{"type":"ticket","source":"a","key":"` + strings.Repeat("ü", 513) + `","at":"2026-03-02T09:15:00Z"}`, "bad_key"},
		{`{"type":"ticket","source":"a","key":"b"}`, "no_at"},
		{`{"type":"ticket","source":"a","key":"b","at":1772442900}`, "bad_at"},
		{`{"\u0074ype":"ticket","source":"\u0061","key":"b","at":"2026-03-02\u005409:15:00Z","deleted":true}`, ""},
		{at("2026-03-02"), "bad_at"},
		{at("2026-03-02T09:15Z"), "bad_at"},
		{at("2026-03-02T09:15:00"), "bad_at"},
		{at("2026-03-02 09:15:00Z"), "bad_at"},
		{at("2026-03-02t09:15:00z"), "bad_at"},
		{at("2026-02-29T09:15:00Z"), "bad_at"},
		{at("2024-02-29T09:15:00Z"), ""},
		{at("2026-13-02T09:15:00Z"), "bad_at"},
		{at("2026-03-02T24:00:00Z"), "bad_at"},
		{at("2016-12-31T23:59:60Z"), "bad_at"},
		{at("2026-03-02T09:15:00,5Z"), "bad_at"},
		{at("2026-03-02T09:15:00.Z"), "bad_at"},
		{at("2026-03-02T09:15:00.123456789Z"), ""},
		{at("2026-03-02T09:15:00.1234567891Z"), "bad_at"},
		{at("2026-03-02T09:15:00+0100"), "bad_at"},
		{at("2026-03-02T09:15:00+24:00"), "bad_at"},
		{at("2026-03-02T09:15:00-23:59"), ""},
		{at("2026-03-02T09:15:00+01:60"), "bad_at"},
		{at("0000-01-01T00:00:00Z"), ""},
		{message("ticket", `,"title":null,"labels":null,"assignee":null,"created_at":null,"deleted":null,"channel":null`), ""},
		{message("ticket", `,"title":7`), "bad_title"},
		{message("ticket", `,"status_category":"closed"`), "bad_status_category"},
		{message("ticket", `,"channel":"Phone"`), "bad_channel"},
		{message("ticket", `,"channel":"web_form-2"`), ""},
		{message("ticket", `,"labels":"a"`), "bad_labels"},
		{message("ticket", `,"labels":["a",1]`), "bad_labels"},
		{message("ticket", `,"labels":[]`), ""},
		{message("ticket", `,"reporter":7`), "bad_reporter"},
		{message("ticket", `,"reporter":{}`), ""},
		{message("ticket", `,"reporter":{"id":7}`), "bad_reporter"},
		{message("ticket", `,"reporter":{"id":null,"phone":7}`), ""},
		{message("ticket", `,"assignee":["a"]`), "bad_assignee"},
		{message("ticket", `,"created_at":"yesterday"`), "bad_created_at"},
		{message("ticket", `,"resolved_at":""`), "bad_resolved_at"},
		{message("ticket", `,"deleted":"true"`), "bad_deleted"},
		{message("ticket", `,"unknown":{"a":[1]},"body":"","id":7`), ""},
		{message("comment", ""), ""},
		{message("comment", `,"id":7`), "bad_id"},
		{message("comment", `,"id":""`), "bad_id"},
		{message("comment", `,"author_role":"Agent"`), "bad_author_role"},
		{message("comment", `,"is_public":1`), "bad_is_public"},
		{message("comment", `,"created_at":"x"`), "bad_created_at"},
		{message("comment", `,"title":7`), ""},
		{message("event", ""), "no_field"},
		{message("event", `,"field":null`), "no_field"},
		{message("event", `,"field":""`), "bad_field"},
		{message("event", `,"field":"status","from":null,"to":7`), "bad_to"},
		{message("event", `,"field":"assignee","to":{"id":"u"}`), ""},
		{message("survey", ""), "no_score"},
		{message("survey", `,"score":null`), "no_score"},
		{message("survey", `,"score":"4"`), "bad_score"},
		{message("survey", `,"score":5.5`), "bad_score"},
		{message("survey", `,"score":0`), "bad_score"},
		{message("survey", `,"score":4,"satisfaction_score":null`), ""},
		{message("survey", `,"score":4,"satisfaction_score":9`), "bad_score"},
		{message("survey", `,"score":9,"scale_max":10`), ""},
		{message("survey", `,"score":11,"scale_max":10`), "bad_score"},
		{message("survey", `,"score":1,"scale_max":1`), "bad_scale_max"},
		{message("survey", `,"score":1,"scale_max":"10"`), "bad_scale_max"},
		{message("survey", `,"score":1,"scale_max":2000`), "bad_scale_max"},
		{message("survey", `,"score":1e0,"scale_max":null`), ""},
	} {
		if got := sameVerdict(t, s, []byte(c.text)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzValidate(f *testing.F) {
	s, examples := published(f)
	for _, e := range examples {
		f.Add([]byte(e))
	}
	// Where the schema computes exactly, validate does so in 64 bits.
	long := regexp.MustCompile(`[0-9.]{16}|[0-9][eE]`)
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) || long.Match(text) {
			return
		}
		if decoder(t, Options{}).whole(text) == nil {
			return
		}
		sameVerdict(t, s, text)
	})
}
