package message

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkDecode measures the webhooks that most topics carry: 2 to 12 KB of
// plain JSON.
func BenchmarkDecode(b *testing.B) {
	var fields strings.Builder
	for i := range 60 {
		fmt.Fprintf(&fields, `"customfield_%d":null,`, 10000+i)
	}
	jira := `{"timestamp":1772442900123,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic","user":{"accountId":"5b10","displayName":"Mara Weber"},"issue":{"id":"10012","key":"SUP-12","fields":{` +
		fields.String() + `"summary":"Printer prints blank pages","description":"` + strings.Repeat(`Since Monday every second page is blank.\n`, 30) +
		`","status":{"id":"3","name":"In Progress"}}},"changelog":{"id":"1","items":[{"field":"status","from":"1","to":"3"}]}}`
	user := `{"login":"anna","id":1,"avatar_url":"https://avatars.example.org/u/1?v=4","url":"https://api.example.org/users/anna","html_url":"https://example.org/anna","followers_url":"https://api.example.org/users/anna/followers","type":"User","site_admin":false}`
	issue := `{"url":"https://api.example.org/repos/acme/widget/issues/12","id":77001,"number":12,"title":"Crash on start","user":` + user + `,"labels":[],"state":"open","assignee":` + user +
		`,"created_at":"2026-03-01T10:00:00Z","updated_at":"2026-03-02T08:30:00Z","body":"` + strings.Repeat(`It crashes.\r\n`, 60) + `"}`
	github := `{"action":"created","issue":` + issue + `,"comment":{"id":8,"user":` + user + `,"updated_at":"2026-03-02T09:00:01Z","body":"same"},"repository":{"id":5,"full_name":"acme/widget","owner":` + user + `},"sender":` + user + `}`
	ticket := `{"type":"ticket","source":"phone","key":"C-1001","at":"2026-03-02T09:15:00Z","title":"Printer prints blank pages","body":"` + strings.Repeat(`Every second page is blank. `, 40) +
		`","channel":"phone","status":"new","status_category":"open","labels":["vip"],"reporter":{"name":"Anna Huber"},"created_at":"2026-03-02T09:12:30Z"}`
	for _, c := range []struct{ name, value string }{
		{"jira", jira},
		{"github", github},
		{"ticketmill", ticket},
		{"debezium", `{"before":null,"after":{"id":7,"text":"` + strings.Repeat("blank ", 300) + `"},"source":{"ts_ms":1772442900000,"table":"ticket"},"op":"c","ts_ms":1772442900456}`},
		{"lines", strings.Repeat(ticket+"\n", 20)},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := decoder(b, Options{})
			m := msg([]byte(c.value), header("X-Request-Id", "72d3162e-cc78-11e3-81ab-4c9367dc0958")...)
			b.SetBytes(int64(len(c.value)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
