package jira

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// assemble builds a record's payload: the issue as Jira sent it, with all its
// comments in fields.comment and all its histories in changelog. The order and
// the shape of both depend on their content only, not on which endpoint gave
// them, so that the same issue gives the same bytes. Everything else keeps its
// bytes but for white space.
func assemble(raw json.RawMessage, comments, histories []json.RawMessage) (json.RawMessage, error) {
	top, err := members(raw)
	if err != nil {
		return nil, fmt.Errorf("issue: %w", err)
	}
	fields := object{}
	if f := top.get("fields"); f != nil && string(f) != "null" {
		if fields, err = members(f); err != nil {
			return nil, fmt.Errorf("issue fields: %w", err)
		}
	}
	if histories, err = normalise(histories); err != nil {
		return nil, err
	}
	comments, histories = sorted(comments), sorted(histories)
	fields.set("comment", list("comments", comments, false))
	top.set("fields", fields.encode())
	top.set("changelog", list("histories", histories, true))
	return rawjson.Compact(top.encode())
}

// list writes items with their number, total first or last.
func list(name string, items []json.RawMessage, totalFirst bool) json.RawMessage {
	all := append(append([]byte{'['}, bytes.Join(toBytes(items), []byte{','})...), ']')
	if totalFirst {
		return fmt.Appendf(nil, `{"total":%d,%q:%s}`, len(items), name, all)
	}
	return fmt.Appendf(nil, `{%q:%s,"total":%d}`, name, all, len(items))
}

func toBytes(raws []json.RawMessage) [][]byte {
	out := make([][]byte, len(raws))
	for i, r := range raws {
		out[i] = r
	}
	return out
}

// object is a JSON object whose members keep their order and their bytes.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

// members splits an object. Of a name that occurs twice the last one counts.
func members(raw json.RawMessage) (object, error) {
	all, err := rawjson.Members(raw)
	if err != nil {
		return nil, err
	}
	o := make(object, 0, len(all))
	at := make(map[string]int, len(all))
	for _, m := range all {
		if i, twice := at[m.Name]; twice {
			o[i].value = m.Value
			continue
		}
		at[m.Name] = len(o)
		o = append(o, member{m.Name, m.Value})
	}
	return o, nil
}

func (o object) get(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o *object) set(name string, v json.RawMessage) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].value = v
			return
		}
	}
	*o = append(*o, member{name, v})
}

func (o object) encode() json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		_ = enc.Encode(m.name) // a string always encodes
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// stamp is what orders comments and histories and tells them apart.
type stamp struct {
	ID      flexID          `json:"id"`
	Created json.RawMessage `json:"created"`
}

func stampOf(raw json.RawMessage) stamp {
	var s stamp
	_ = rawjson.Unmarshal(raw, &s) // one without either sorts first and is kept
	return s
}

// distinct drops repeated ids, keeping the first: pages that shift while they
// are read repeat an entry.
func distinct(raws []json.RawMessage) []json.RawMessage {
	seen := make(map[flexID]bool, len(raws))
	var out []json.RawMessage
	for _, raw := range raws {
		if id := stampOf(raw).ID; id != "" {
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		out = append(out, raw)
	}
	return out
}

// sorted gives the distinct entries by time, then id as a number.
func sorted(raws []json.RawMessage) []json.RawMessage {
	type entry struct {
		at, id int64
		text   string
		raw    json.RawMessage
	}
	var es []entry
	for _, raw := range distinct(raws) {
		s := stampOf(raw)
		es = append(es, entry{at: createdMS(s.Created), id: number(string(s.ID)), text: string(s.ID), raw: raw})
	}
	slices.SortStableFunc(es, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id), strings.Compare(a.text, b.text), bytes.Compare(a.raw, b.raw))
	})
	out := make([]json.RawMessage, len(es))
	for i, e := range es {
		out[i] = e.raw
	}
	return out
}

// number is the value of a decimal id, or the largest for anything else.
func number(s string) int64 {
	if s == "" || len(s) > 18 {
		return math.MaxInt64
	}
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return math.MaxInt64
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func createdMS(raw json.RawMessage) int64 {
	var s string
	if rawjson.Unmarshal(raw, &s) == nil {
		return parseTime(s)
	}
	ms, _ := epochMS(raw)
	return ms
}

// epochMS reads a number of milliseconds since 1970. Atlassian's own example
// of a bulk answer shows seconds; no Jira is so old that one could be taken
// for the other.
func epochMS(raw json.RawMessage) (int64, bool) {
	var n float64
	if rawjson.Unmarshal(raw, &n) != nil || n <= 0 || n > 2e14 {
		return 0, false
	}
	if n < 1e11 {
		n *= 1000
	}
	return int64(n), true
}

// normalise writes a numeric `created`, which the bulk endpoint gives, as the
// text that all other endpoints give.
func normalise(histories []json.RawMessage) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(histories))
	for i, raw := range histories {
		out[i] = raw
		ms, ok := epochMS(stampOf(raw).Created)
		if !ok {
			continue
		}
		o, err := members(raw)
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		o.set("created", []byte(`"`+time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000-0700")+`"`))
		out[i] = o.encode()
	}
	return out, nil
}
