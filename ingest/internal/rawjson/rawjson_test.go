package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMembers(t *testing.T) {
	raw := []byte(` {"a": 1.50, "b" : {"c":[1,2]}, "a":"x\u00e9", "k\"ey":null} `)
	ms, err := Members(raw)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range ms {
		if string(raw[m.Start:m.End]) != string(m.Value) {
			t.Errorf("member %q: offsets %d:%d give %q, value is %q", m.Name, m.Start, m.End, raw[m.Start:m.End], m.Value)
		}
		got = append(got, m.Name+"="+string(m.Value))
	}
	if want := `a=1.50|b={"c":[1,2]}|a="x\u00e9"|k"ey=null`; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

func TestMembersRefuses(t *testing.T) {
	for _, bad := range []string{"", "[]", "1", `{"a":1`, `{"a":1} {}`, `{"a" 1}`, `{"a":1,}`, "null"} {
		if _, err := Members([]byte(bad)); err == nil {
			t.Errorf("Members(%q) gave no error", bad)
		}
	}
}

func TestUnmarshalForgives(t *testing.T) {
	var d struct {
		ID  string            `json:"id"`
		Raw []json.RawMessage `json:"raw"`
	}
	if err := Unmarshal([]byte("{\"id\":\"a\",\"id\":\"\xff\",\"raw\":[1.0,null,{\"x\":\"\\ud800\"}]}"), &d); err != nil {
		t.Fatal(err)
	}
	if d.ID != "\ufffd" || len(d.Raw) != 3 || string(d.Raw[0]) != "1.0" || string(d.Raw[1]) != "null" {
		t.Errorf("got %+v", d)
	}
}

func TestCompact(t *testing.T) {
	got, err := Compact([]byte(` { "a" : [ 1.0 , "b c" ] } `))
	if err != nil || string(got) != `{"a":[1.0,"b c"]}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[null]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ms, err := Members(raw)
		if err != nil {
			return
		}
		for _, m := range ms {
			var v any
			if err := Unmarshal(m.Value, &v); err != nil {
				t.Errorf("member %q of %q is no JSON: %v", m.Name, raw, err)
			}
		}
	})
}
