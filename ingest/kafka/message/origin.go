package message

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxText bounds the keys and header values that land as text, in bytes.
	maxText = 1 << 10
	// maxHeaders bounds how many headers land: no relay needs more.
	maxHeaders = 64
)

// items writes the payloads: each found object and behind its members where it
// came from.
func (r *reading) items() ([]Item, error) {
	var headBuf, tailBuf [512]byte // nearly always enough, and free
	head, tail := originHead(headBuf[:0], r.m), originTail(tailBuf[:0], r.m)
	out := make([]Item, 0, len(r.found))
	var total int64
	for i := range r.found {
		f := &r.found[i]
		n := len(f.body) + len(head) + len(tail) + 96
		// Every element carries the whole origin, so a small batch with a
		// large key can grow beyond bounds.
		if total += int64(n); total > 4*r.d.maxBytes+int64(len(r.m.Value)) {
			return nil, poison("too_big")
		}
		b := append(make([]byte, 0, n), bytes.TrimRight(f.body[:len(f.body)-1], jsonSpace)...)
		if f.hook != "" {
			b = appendTextMember(b, "_hook", f.hook)
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, head...)
		if len(r.found) > 1 {
			b = append(b, `,"index":`...)
			b = strconv.AppendInt(b, int64(i), 10)
		}
		b = append(b, tail...)
		b = f.event.append(b)
		b = append(b, "}}"...)
		out = append(out, Item{Schema: f.schema, Payload: b, At: firstTime(f.at, r.m.Time).UTC(), Deleted: f.deleted})
	}
	return out, nil
}

// originHead adds the member "_kafka" up to the index.
func originHead(b []byte, m *Message) []byte {
	b = append(b, `"_kafka":{"topic":`...)
	b = appendText(b, m.Topic)
	b = append(b, `,"partition":`...)
	b = strconv.AppendInt(b, int64(m.Partition), 10)
	b = append(b, `,"offset":`...)
	return strconv.AppendInt(b, m.Offset, 10)
}

// originTail adds the member "_kafka" behind the index.
func originTail(b []byte, m *Message) []byte {
	if !m.Time.IsZero() {
		b = append(b, `,"at":"`...)
		b = m.Time.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	switch {
	case m.Key == nil:
	case isPlainText(m.Key):
		b = append(b, `,"key":`...)
		b = appendText(b, string(m.Key))
	default:
		b = append(b, `,"key_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, m.Key)
		b = append(b, '"')
	}
	return appendHeaders(b, m.Headers[:min(len(m.Headers), maxHeaders)])
}

// isPlainText tells text from bytes. Serialised numbers are often valid UTF-8
// by chance, so control characters count as bytes.
func isPlainText(b []byte) bool {
	if len(b) > maxText || !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

func appendHeaders(b []byte, headers []Header) []byte {
	start := len(b)
	b = append(b, `,"headers":{`...)
	empty := len(b)
	for i, h := range headers {
		if !landable(h) || repeatsLater(headers[i+1:], h.Key) {
			continue
		}
		b = appendTextMember(b, h.Key, string(h.Value))
	}
	if len(b) == empty {
		return b[:start]
	}
	return append(b, '}')
}

// repeatsLater tells whether the name comes again; the last one lands.
func repeatsLater(headers []Header, name string) bool {
	for _, h := range headers {
		if h.Key == name && landable(h) {
			return true
		}
	}
	return false
}

// landable leaves out what is no text and what relays pass on of a request's
// credentials.
func landable(h Header) bool {
	if h.Value == nil || !isPlainText(h.Value) || !isPlainText([]byte(h.Key)) {
		return false
	}
	name := strings.ToLower(h.Key)
	for _, secret := range []string{
		"authorization", "cookie", "token", "secret", "signature", "password", "api-key", "apikey", "api_key",
		"credential", "session", "jwt", "bearer", "x-auth",
	} {
		if strings.Contains(name, secret) {
			return false
		}
	}
	return true
}
