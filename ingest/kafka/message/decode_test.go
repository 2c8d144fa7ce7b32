package message

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	jiraText   = `{"webhookEvent":"jira:issue_created","timestamp":1772442900123,"issue":{"id":"1"}}`
	issuesText = `{"action":"opened","issue":{"id":1,"updated_at":"2026-03-02T08:30:00Z"},"repository":{"full_name":"a/b"}}`
	ticketText = `{"type":"ticket","source":"phone","key":"C-1","at":"2026-03-02T09:15:00Z"}`
)

// checkPayloads holds what every payload promises: one JSON object, no name
// twice at its top, "_kafka" last.
func checkPayloads(t *testing.T, items []Item) {
	t.Helper()
	if len(items) == 0 {
		t.Error("no items and no error")
	}
	d := decoder(t, Options{})
	for _, it := range items {
		if !json.Valid(it.Payload) {
			t.Errorf("payload is no JSON: %q", it.Payload)
			continue
		}
		o := d.whole(it.Payload)
		if o == nil || o.repeats {
			t.Errorf("payload is no object, or repeats a name: %q", it.Payload)
			continue
		}
		if last := o.members[len(o.members)-1]; last.Name != "_kafka" {
			t.Errorf("last member is %q", last.Name)
		} else if v := jsontext.Value(last.Value); !v.IsValid() { // no repeated names either
			t.Errorf("_kafka is not sound: %s", v)
		}
	}
}

func TestDecode(t *testing.T) {
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	event := func(data string) string {
		return `{"specversion":"1.0","id":"1","source":"s","type":"t",` + data + `}`
	}
	nested := ticketText
	for range 12 {
		nested = event(`"data":` + nested)
	}
	for _, c := range []struct {
		name, format, value string
		headers             []Header
		want                string // schemas, or the reason
	}{
		{"empty", "", "", nil, "empty_value"},
		{"white space", "", " \n", nil, "not_json"},
		{"text", "", "hello", nil, "not_json"},
		{"cut off", "", jiraText[:40], nil, "not_json"},
		{"not UTF-8", "", "{\"a\":\"\xff\"}", nil, "not_utf8"},
		{"Latin-1", "", "{\"webhookEvent\":\"jira:issue_created\",\"issue\":{\"s\":\"Stra\xdfe\"}}", nil, "not_utf8"},
		{"UTF-16", "", "\xff\xfe{\x00", nil, "not_utf8"},
		{"byte order mark", "", "\xef\xbb\xbf" + ticketText, nil, "ticketmill/1"},
		{"scalar", "", "12", nil, "unknown_format"},
		{"null text", "", "null", nil, "unknown_format"},
		{"quoted text", "", `"hello"`, nil, "unknown_format"},
		{"unknown object", "", `{"a":1}`, nil, "unknown_format"},
		{"empty object", "", `{}`, nil, "unknown_format"},
		{"too deep", "", `{"webhookEvent":"x","issue":{"a":` + deep(600) + `}}`, nil, "too_deep"},
		{"brackets in a string", "", `{"webhookEvent":"x","issue":{"a":` + quoted(`\"`+strings.Repeat("[{", 600)) + `}}`, nil, "jira.webhook/1"},
		{"lone surrogate", "", `{"webhookEvent":"x","issue":{"a":"\ud800"}}`, nil, "jira.webhook/1"},
		{"something behind", "", ticketText + "}", nil, "not_json"},

		{"array", "", "[" + ticketText + "," + issuesText + "]", nil, "ticketmill/1 github.webhook/1"},
		{"empty array", "", "[]", nil, "ignored/1"},
		{"array and more", "", "[]x", nil, "not_json"},
		{"array in array", "", "[[" + ticketText + "]]", nil, "bad_element"},
		{"bad element", "", "[" + ticketText + `,{"a":1}]`, nil, "bad_element"},
		{"scalar element", "", "[1]", nil, "bad_element"},
		{"lines", "", ticketText + "\r\n" + jiraText + "\n", nil, "ticketmill/1 jira.webhook/1"},
		{"lines, last cut off", "", ticketText + "\n" + jiraText[:20], nil, "not_json"},
		{"quoted lines", "", quoted(ticketText) + "\n" + quoted(ticketText), nil, "ticketmill/1 ticketmill/1"},
		{"quoted", "", quoted(" " + ticketText), nil, "ticketmill/1"},
		{"quoted twice", "", quoted(quoted(ticketText)), nil, "unknown_format"},
		{"form", "", "payload=%7B%22a%22%3A1%7D", nil, "unknown_format"},
		{"bad form", "", "payload=%zz", nil, "bad_form"},

		{"Connect", "", `{"schema":null,"payload":` + ticketText + `}`, nil, "ticketmill/1"},
		{"Connect, quoted", "", `{"schema":{"type":"string"},"payload":` + quoted(ticketText) + `}`, nil, "ticketmill/1"},
		{"Connect, nothing", "", `{"schema":{"type":"struct"},"payload":null}`, nil, "tombstone/1"},
		{"Connect, scalar", "", `{"schema":{"type":"int32"},"payload":1}`, nil, "unknown_format"},

		{"Jira by header of GitHub", "", jiraText, header("X-GitHub-Event", "issues"), "jira.webhook/1"},
		{"Jira, nothing in it", "", `{"webhookEvent":"jira:issue_created"}`, nil, "unknown_format"},
		{"Jira, wrong type", "", `{"webhookEvent":1,"issue":{}}`, nil, "unknown_format"},
		{"GitHub star by header", "", `{"action":"created","repository":{},"sender":{}}`, header("x-github-event", "star"), "github.webhook/1"},
		{"GitHub star without header", "", `{"action":"created","repository":{},"sender":{}}`, nil, "unknown_format"},
		{"GitHub ping", "", `{"zen":"Keep it logically awesome.","hook_id":1}`, header("X-GitHub-Event", "ping"), "github.webhook/1"},
		{"GitHub header is nonsense", "", `{"ref":"x","repository":{}}`, header("X-GitHub-Event", "Is Sues"), "unknown_format"},

		{"ticketmill in a table", "", `{"op":"c","before":null,"after":` + ticketText + `,"source":{}}`, nil, "ticketmill/1"},
		{"outbox row goes", "", `{"op":"d","before":` + ticketText + `,"after":null,"source":{}}`, nil, "ignored/1"},
		{"outbox row, unwrapped", "", ticketText[:len(ticketText)-1] + `,"__deleted":"false"}`, nil, "ticketmill/1"},
		{"outbox row is wrong", "", `{"op":"c","before":null,"after":{"type":"ticket","source":"p","key":"","at":"x"},"source":{}}`, nil, "ticketmill_bad_key"},
		{"row with such columns", "", `{"op":"c","before":null,"after":{"type":"ticket","source":"p","key":1,"at":1772442900123},"source":{}}`, nil, "debezium.row/1"},
		{"Debezium truncate", "", `{"op":"t","before":null,"after":null,"source":{},"ts_ms":1}`, nil, "ignored/1"},
		{"Debezium message", "", `{"op":"m","message":{},"source":{},"ts_ms":1}`, nil, "ignored/1"},
		{"Debezium schema change", "", `{"source":{},"ts_ms":1,"databaseName":"hd","ddl":"DROP","tableChanges":[]}`, nil, "ignored/1"},
		{"Debezium without rows", "", `{"op":"u","before":null,"after":null,"source":{}}`, nil, "unknown_format"},
		{"Debezium, row is no row", "", `{"op":"u","before":null,"after":7,"source":{}}`, nil, "unknown_format"},
		{"unwrapped, names twice", "", `{"id":1,"__op":"u","__table":"a","__source_table":"b"}`, nil, "debezium.row/1"},
		{"unwrapped, unknown op", "", `{"id":1,"__op":"x"}`, nil, "unknown_format"},

		{"event without data", "", event(`"datacontenttype":"text/plain"`), nil, "event_without_data"},
		{"event with null", "", event(`"data":null`), nil, "event_without_data"},
		{"event with text", "", event(`"data":` + quoted(ticketText)), nil, "ticketmill/1"},
		{"event with form", "", event(`"data":"payload=%7B%7D"`), nil, "unknown_format"},
		{"event with bad base64", "", event(`"data_base64":"*"`), nil, "bad_base64"},
		{"event with array", "", event(`"data":[` + ticketText + `,` + ticketText + `]`), nil, "ticketmill/1 ticketmill/1"},
		{"events in events", "", nested, nil, "too_nested"},
		{"event with framed data", "", event(`"data_base64":"` + base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x00\x01{}")) + `"`), nil, "schema_registry_not_configured"},

		{"not Jira", FormatJira, ticketText, nil, "not_jira_webhook"},
		{"not GitHub", FormatGitHub, ticketText, nil, "not_github_webhook"},
		{"not ticketmill", FormatTicketmill, jiraText, nil, "not_ticketmill"},
		{"not Debezium", FormatDebezium, ticketText, nil, "not_debezium"},
		{"not CloudEvents", FormatCloudEvents, ticketText, nil, "not_cloudevents"},
		{"not CloudEvents in a batch", FormatCloudEvents, "[" + ticketText + "]", nil, "bad_element"},
		{"ticketmill of no type", FormatTicketmill, `{"type":"call"}`, nil, "ticketmill_bad_type"},
		{"Jira in Connect", FormatJira, `{"schema":null,"payload":` + jiraText + `}`, nil, "jira.webhook/1"},

		{"framed", "", "\x00\x00\x00\x00\x07{}", nil, "schema_registry_not_configured"},
		{"frame cut off", "", "\x00\x00", nil, "bad_wire_format"},
		{"framed by header", "", ticketText, header(valueSchemaHeader, "\x01aaaabbbbccccdddd"), "ticketmill/1"},
		{"framed by header, not JSON", "", "\x02", header(valueSchemaHeader, "\x01aaaabbbbccccdddd"), "schema_registry_not_configured"},
		{"framed by bad header", "", "\x02", header(valueSchemaHeader, "\x01aa"), "bad_wire_format"},
		{"Glue", "", "\x03\x00aaaabbbbccccdddd{}", nil, "aws_glue_unsupported"},
		{"Glue, packed", "", "\x03\x05aaaabbbbccccdddd{}", nil, "aws_glue_unsupported"},
		{"Avro container", "", "Obj\x01\x04", nil, "avro_container_unsupported"},
		{"Avro single object", "", "\xc3\x01aaaabbbb", nil, "avro_single_object_unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := msg([]byte(c.value), c.headers...)
			items, err := decoder(t, Options{Formats: map[string]string{"tickets": orAuto(c.format)}, Format: FormatJira}).Decode(t.Context(), m)
			if got := verdictOf(t, items, err); got != c.want {
				t.Errorf("got %s, want %s (error: %v)", got, c.want, err)
			}
		})
	}
}

func orAuto(f string) string {
	if f == "" {
		return FormatAuto
	}
	return f
}

func verdictOf(t *testing.T, items []Item, err error) string {
	t.Helper()
	var p *Poison
	switch {
	case errors.As(err, &p):
		return p.Reason
	case err != nil:
		return "error: " + err.Error()
	}
	checkPayloads(t, items)
	schemas := make([]string, 0, len(items))
	for _, it := range items {
		schemas = append(schemas, it.Schema)
	}
	return strings.Join(schemas, " ")
}

func TestTombstone(t *testing.T) {
	for _, format := range []string{FormatAuto, FormatJira, FormatCloudEvents} {
		m := msg(nil)
		m.Key = []byte{0, 0, 0, 7}
		items, err := decoder(t, Options{Format: format}).Decode(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"_kafka":{"topic":"tickets","partition":3,"offset":42,"at":"2026-03-02T09:15:00.123Z","key_base64":"AAAABw=="}}`
		if len(items) != 1 || items[0].Schema != "tombstone/1" || !items[0].Deleted || string(items[0].Payload) != want || !items[0].At.Equal(m.Time) {
			t.Errorf("got %s", show(items))
		}
	}
}

func TestOrigin(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for _, c := range []struct {
		name string
		edit func(*Message)
		want string // of _kafka, behind the offset
	}{
		{"plain", func(*Message) {}, `,"at":"2026-03-02T09:15:00.123Z","key":"SUP-12"`},
		{"no key", func(m *Message) { m.Key = nil }, `,"at":"2026-03-02T09:15:00.123Z"`},
		{"empty key", func(m *Message) { m.Key = []byte{} }, `,"at":"2026-03-02T09:15:00.123Z","key":""`},
		{"no time", func(m *Message) { m.Time = time.Time{} }, `,"key":"SUP-12"`},
		{"key of bytes", func(m *Message) { m.Key = []byte("\xff") }, `,"at":"2026-03-02T09:15:00.123Z","key_base64":"/w=="`},
		{"long key", func(m *Message) { m.Key = []byte(long) }, `,"at":"2026-03-02T09:15:00.123Z","key_base64":"` + base64.StdEncoding.EncodeToString([]byte(long)) + `"`},
		{"key to escape", func(m *Message) { m.Key = []byte("a\"\n\u00e9") }, `,"at":"2026-03-02T09:15:00.123Z","key":"a\"\n` + "\u00e9" + `"`},
		{"headers", func(m *Message) {
			m.Headers = header("a", "1", "b", "\xff", "a", "2", "c", long, "\xff", "x", "Authorization", "Basic x", "X-Gitlab-Token", "y", "d", "")
			m.Headers = append(m.Headers, Header{Key: "null"})
		}, `,"at":"2026-03-02T09:15:00.123Z","key":"SUP-12","headers":{"a":"2","d":""}`},
		{"no headers that land", func(m *Message) { m.Headers = header("b", "\xff") }, `,"at":"2026-03-02T09:15:00.123Z","key":"SUP-12"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := msg([]byte(ticketText))
			c.edit(&m)
			items, err := decoder(t, Options{}).Decode(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			checkPayloads(t, items)
			want := ticketText[:len(ticketText)-1] + `,"_kafka":{"topic":"tickets","partition":3,"offset":42` + c.want + `}}`
			if got := string(items[0].Payload); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestHook(t *testing.T) {
	with := func(members string) string { return `{"action":"x","repository":{},` + members + `}` }
	for value, want := range map[string]string{
		with(`"issue":{}`): "issues",
		with(`"issue":{"pull_request":{}},"comment":{}`):        "issue_comment",
		with(`"pull_request":{}`):                               "pull_request",
		with(`"pull_request":{},"review":{}`):                   "pull_request_review",
		with(`"pull_request":{},"comment":{}`):                  "pull_request_review_comment",
		with(`"pull_request":{},"thread":{}`):                   "pull_request_review_thread",
		with(`"pull_request":{},"comment":null,"label":{}`):     "pull_request",
		`{"action":"x","issue":{},"repository":null}`:           "",
		`{"action":null,"issue":{},"repository":{}}`:            "",
		`{"action":"x","discussion":{},"repository":{}}`:        "",
		`{"action":"x","issue":"text","repository":{"id":"1"}}`: "",
	} {
		if got := hookOf(decoder(t, Options{}).whole([]byte(value))); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// The item's time is the source's where it gives one, whatever the message's.
func TestAt(t *testing.T) {
	msgTime := msg(nil).Time.UTC().Format(time.RFC3339Nano)
	for value, want := range map[string]string{
		jiraText: "2026-03-02T09:15:00.123Z",
		`{"webhookEvent":"x","timestamp":"1772442900123","issue":{}}`:  "2026-03-02T09:15:00.123Z",
		`{"webhookEvent":"x","timestamp":0,"issue":{}}`:                msgTime,
		`{"webhookEvent":"x","timestamp":9999999999999999,"issue":{}}`: msgTime,
		`{"webhookEvent":"x","timestamp":1.5,"issue":{}}`:              msgTime,
		issuesText: "2026-03-02T08:30:00Z",
		`{"action":"x","repository":{},"issue":{"updated_at":"2026-03-02T08:30:00Z"},"comment":{"updated_at":"2026-03-02T08:31:00+01:00"}}`:    "2026-03-02T07:31:00Z",
		`{"action":"x","repository":{},"pull_request":{"updated_at":"2026-03-02T08:30:00Z"},"review":{"submitted_at":"2026-03-02T08:32:00Z"}}`: "2026-03-02T08:32:00Z",
		`{"action":"x","repository":{},"issue":{"updated_at":"yesterday"}}`:                                                                    msgTime,
		`{"op":"r","after":{},"source":{"ts_ms":0},"ts_ms":1772442900456}`:                                                                     "2026-03-02T09:15:00.456Z",
	} {
		items, err := decoder(t, Options{}).Decode(t.Context(), msg([]byte(value)))
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		if got := items[0].At.UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// Every element carries the origin of its message: a large key must not blow
// a small batch up.
func TestBatchBounded(t *testing.T) {
	m := msg([]byte(strings.Repeat(ticketText+"\n", 500)))
	m.Key = make([]byte, 1<<20)
	_, err := decoder(t, Options{MaxBytes: 1 << 20}).Decode(t.Context(), m)
	var p *Poison
	if !errors.As(err, &p) || p.Reason != "too_big" {
		t.Errorf("got %v", err)
	}
}

// Names that come again are dropped however many members there are, and the
// last one counts.
func TestRepeatedNames(t *testing.T) {
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, `,"m%d":1`, i)
	}
	for _, more := range []string{"", many.String()} {
		value := `{"key":"C-1","type":"ticket","source":"phone","at":"2026-03-02T09:15:00Z"` + more + `,"key":"C-2"}`
		want := `{"type":"ticket","source":"phone","at":"2026-03-02T09:15:00Z"` + more + `,"key":"C-2","_kafka":`
		items, err := decoder(t, Options{}).Decode(t.Context(), msg([]byte(value)))
		if err != nil {
			t.Fatal(err)
		}
		checkPayloads(t, items)
		if got := string(items[0].Payload); !strings.HasPrefix(got, want) {
			t.Errorf("got %s", got)
		}
	}
}

func TestPoison(t *testing.T) {
	cause := errors.New("element 3")
	p := &Poison{Reason: "bad_element", Err: cause}
	if p.Error() != "poison message: bad_element: element 3" || !errors.Is(p, cause) {
		t.Errorf("got %v", p)
	}
}

// However small the bombs in a batch are, together they are bounded.
func TestUnpackedBounded(t *testing.T) {
	element := `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"` +
		base64.StdEncoding.EncodeToString(gzipped(t, []byte(ticketText+strings.Repeat(" ", 1<<15)))) + `"}`
	for n, want := range map[int]string{1: "ticketmill/1", 2: "bad_element"} {
		value := "[" + strings.Repeat(","+element, n)[1:] + "]"
		items, err := decoder(t, Options{MaxBytes: 1 << 16}).Decode(t.Context(), msg([]byte(value)))
		if got := verdictOf(t, items, err); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestPartsBounded(t *testing.T) {
	for name, value := range map[string]string{
		"members":  `{"a":1` + strings.Repeat(`,"":1`, maxParts) + `}`,
		"elements": `[1` + strings.Repeat(`,1`, maxParts) + `]`,
		"lines":    strings.Repeat("1\n", maxParts+1),
	} {
		_, err := decoder(t, Options{}).Decode(t.Context(), msg([]byte(value)))
		var p *Poison
		if !errors.As(err, &p) || p.Reason != "too_big" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Errors reach logs, so nothing of a message may be in them.
func TestErrorsHoldNoContent(t *testing.T) {
	const secret = "hunter2"
	for _, value := range []string{
		secret, `{"` + secret + `":}`, `{"webhookEvent":"` + secret, `["` + secret + `"]`, `"` + secret + `"`,
		`{"type":"ticket","source":"` + secret + `!","key":"` + secret + `","at":"x"}`,
		"payload=%" + secret, "\x1f\x8b" + secret, "[" + ticketText + `,{"` + secret + `":1}]`,
		`{"specversion":"` + secret + `","id":"1","source":"s","type":"t","data_base64":"` + secret + `"}`,
	} {
		_, err := decoder(t, Options{}).Decode(t.Context(), msg([]byte(value)))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	d := decoder(t, Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				items, err := d.Decode(t.Context(), msg([]byte("["+ticketText+","+issuesText+","+jiraText+"]")))
				if err != nil || len(items) != 3 {
					t.Errorf("got %d items, %v", len(items), err)
				}
			}
		})
	}
	wg.Wait()
}

// The caller's buffers are its own again after Decode.
func TestKeepsNothing(t *testing.T) {
	value := []byte("[" + ticketText + "," + jiraText + "]")
	m := msg(value, header("h", "v")...)
	items, err := decoder(t, Options{}).Decode(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	before := string(show(items))
	clear(value)
	clear(m.Key)
	clear(m.Headers[0].Value)
	if after := string(show(items)); after != before {
		t.Errorf("items changed with the message: %s", after)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"format":              {Format: "xml"},
		"format of a topic":   {Formats: map[string]string{"a": ""}},
		"registry":            {Registry: &RegistryOptions{}},
		"registry scheme":     {Registry: &RegistryOptions{URL: "ftp://user:hunter2@host"}},
		"registry unreadable": {Registry: &RegistryOptions{URL: "http://user:hunter2@ho st:%"}},
	} {
		if _, err := New(o); err == nil || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
