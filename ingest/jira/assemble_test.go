package jira

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/ticketmill/ticketmill/ingest"
)

func raws(ss ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, s := range ss {
		out = append(out, json.RawMessage(s))
	}
	return out
}

func TestAssemble(t *testing.T) {
	for name, c := range map[string]struct {
		issue               string
		comments, histories []json.RawMessage
		want                string
	}{
		"completed in place, the rest untouched": {
			`{"id":"1", "changelog":{"total":9}, "fields":{"n":1.50e2,"comment":null,"z":"\u00e9<"},"x":12345678901234567890}`,
			raws(`{"id":"10","created":"2020-01-01T00:00:00.000+0000"}`, `{"id":"9","created":"2020-01-01T00:00:00.000+0000"}`),
			raws(`{"id":"5","created":1577836800000,"items":[{"a":1}, {"a":1}]}`, `{"id":"4","created":"2019-12-31T20:00:00.000-0400"}`, `{"id":"5","created":1577836800000}`),
			`{"id":"1","changelog":{"total":2,"histories":[{"id":"4","created":"2019-12-31T20:00:00.000-0400"},{"id":"5","created":"2020-01-01T00:00:00.000+0000","items":[{"a":1},{"a":1}]}]},"fields":{"n":1.50e2,"comment":{"comments":[{"id":"9","created":"2020-01-01T00:00:00.000+0000"},{"id":"10","created":"2020-01-01T00:00:00.000+0000"}],"total":2},"z":"\u00e9<"},"x":12345678901234567890}`,
		},
		"nothing there": {`{"id":1}`, nil, nil, `{"id":1,"fields":{"comment":{"comments":[],"total":0}},"changelog":{"total":0,"histories":[]}}`},
		"seconds": {
			`{"id":1,"fields":{}}`, nil, raws(`{"id":7,"created":1492070429}`),
			`{"id":1,"fields":{"comment":{"comments":[],"total":0}},"changelog":{"total":1,"histories":[{"id":7,"created":"2017-04-13T08:00:29.000+0000"}]}}`,
		},
	} {
		got, err := assemble(json.RawMessage(c.issue), c.comments, c.histories)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, c.want)
		}
	}
}

func FuzzAssemble(f *testing.F) {
	f.Add([]byte(`{"id":"1","fields":{"comment":{"comments":[{"id":"1"}],"total":3}},"changelog":{"histories":[{"id":1,"created":1492070429000}],"total":1}}`), []byte(`{"id":"2","created":17e11}`))
	f.Add([]byte(`{"id":1,"id":2,"fields":null,"fields":{"a":[1,{}]}}`), []byte(`null`))
	f.Fuzz(func(t *testing.T, issue, extra []byte) {
		is, err := decodeIssue(issue)
		if err != nil {
			return
		}
		histories := is.embedded.items()
		if json.Valid(extra) {
			histories = append(histories, extra)
		}
		first, err := assemble(is.raw, is.comments, histories)
		if err != nil {
			return
		}
		again, err := decodeIssue(first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if again.id != is.id || again.commentTotal != len(again.comments) || again.embedded.Total != len(again.embedded.Histories) {
			t.Fatalf("%s became %s", issue, first)
		}
		if want := len(distinct(histories)); again.embedded.Total != want {
			t.Fatalf("%d histories of %d: %s", again.embedded.Total, want, first)
		}
		second, err := assemble(first, again.comments, again.embedded.Histories)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not stable: %v\n%s\n%s", err, first, second)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"v":1,"since":1700000000000,"recent":{"1":2},"walk":{"since":1,"mark":2,"created":3}}`))
	f.Add([]byte(`{"v":1,"hash":"x"}`))
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, c []byte) {
		_, _ = decodeStatusPosition(ingest.Cursor(c))
		p, err := decodePosition(ingest.Cursor(c))
		if err != nil {
			return
		}
		q, err := decodePosition(p.encode())
		if err != nil || !bytes.Equal(p.encode(), q.encode()) {
			t.Fatalf("%s: %v", c, err)
		}
	})
}

func TestTrimKeepsTheNewest(t *testing.T) {
	m := map[string]int64{}
	for i := range maxRecent + 50 {
		m[strconv.Itoa(i)] = int64(i)
	}
	trim(m)
	for id, at := range m {
		if at < 50 {
			t.Errorf("%s of %d was kept", id, at)
		}
	}
	if len(m) != maxRecent {
		t.Errorf("%d entries", len(m))
	}
}
