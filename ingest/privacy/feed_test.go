package privacy

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestFeed(t *testing.T) {
	t.Parallel()
	b, err := New(Pseudonymise, []byte("0123456789abcdef"), Actors{Agents: []string{"*@acme.example", "u-17"}})
	if err != nil {
		t.Fatal(err)
	}
	scrub := func(s string) map[string]any {
		t.Helper()
		out, err := b.Scrub("kafka", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Anna", "Huber", "Mara", "anna@", "u-17", "bob"} {
			if strings.Contains(string(out), secret) {
				t.Errorf("%q lands: %s", secret, out)
			}
		}
		var m map[string]any
		if err := json.Unmarshal(out, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	const head = `"source":"phone","at":"2026-03-02T09:40:00Z",`
	a := scrub(`{"type":"comment",` + head + `"key":"C-1","author":{"id":"u-17","name":"Mara Weber"},"respondent":"Anna Huber","body":"Mara Weber called"}`)
	c := scrub(`{"type":"ticket",` + head + `"key":"C-1","assignee":{"id":"u-17"},"reporter":{"name":"Anna Huber","email":"anna@example.org"}}`)
	author, assignee := a["author"].(map[string]any), c["assignee"].(map[string]any)
	if author["_actor"] == nil || author["_actor"] != assignee["_actor"] || author["_role"] != "agent" {
		t.Errorf("one person by id: %v and %v", author, assignee)
	}
	if a["body"] != author["_actor"].(string)+" called" {
		t.Errorf("the name in the text: %v", a["body"])
	}
	e := scrub(`{"type":"event",` + head + `"key":"C-1","field":"assignee","from":{"id":"u-17"},"to":"Anna Huber"}`)
	if e["from"].(map[string]any)["_actor"] != author["_actor"] {
		t.Errorf("the person of an event: %v", e["from"])
	}

	// Ids stay different where they must not land as they are.
	one := scrub(`{"type":"ticket",` + head + `"key":"<1.anna@example.org>","_kafka":{"key":"<1.anna@example.org>"}}`)
	two := scrub(`{"type":"comment",` + head + `"key":"<2.anna@example.org>","ticket":"<1.anna@example.org>"}`)
	if one["key"] == two["key"] || one["key"] != two["ticket"] || !isPseudonym(one["key"].(string)) {
		t.Errorf("keys: %v, %v, %v", one["key"], two["key"], two["ticket"])
	}
	if one["_kafka"].(map[string]any)["key"] != one["key"] {
		t.Errorf("the message's key is %v", one["_kafka"])
	}
	if plain := scrub(`{"type":"ticket",` + head + `"key":"C-1001"}`); plain["key"] != "C-1001" {
		t.Errorf("a key that tells nobody: %v", plain["key"])
	}

	row := scrub(`{"op":"c","after":{"id":5,"requester":"Anna Huber","owner_name":"Mara Weber","sender":"bob","group_name":"billing"}}`)["after"].(map[string]any)
	if row["group_name"] != "billing" || !isPseudonym(row["owner_name"].(string)) || !isPseudonym(row["sender"].(string)) {
		t.Errorf("a database row: %v", row)
	}
}

// TestFeedLeaks has what no rule for Jira or GitHub would find.
func TestFeedLeaks(t *testing.T) {
	t.Parallel()
	b, err := New(Pseudonymise, []byte("0123456789abcdef"), Actors{})
	if err != nil {
		t.Fatal(err)
	}
	b.NamePeople("Melder")
	for _, payload := range []string{
		// the key of an Avro producer: bytes, with an address in them
		`{"type":"ticket","source":"phone","key":"1","at":"2026-03-02T09:40:00Z","_kafka":{"key_base64":"AAAAAAEgYW5uYUBleGFtcGxlLm9yZw=="}}`,
		`{"type":"ticket","source":"phone","key":"1","at":"2026-03-02T09:40:00Z","customer_name":"Anna Huber","createdBy":"Anna Huber"}`,
		`{"type":"event","source":"phone","key":"1","at":"2026-03-02T09:40:00Z","field":"agent","from":"Anna Huber","to":null}`,
		`{"op":"c","after":{"id":17,"name":"Anna Huber","phone":"1","created_at":"x","updated_at":"y","org":3,"role":2},"source":{"table":"users"}}`,
		`{"op":"c","after":{"id":17,"name":"Anna Huber","email":"anna@example.org","created_at":"x","updated_at":"y","org":3,"role":2},"source":{}}`,
		`{"op":"c","after":{"id":17,"firstname":"Anna","lastName":"Huber"},"source":{"table":"tickets"}}`,
		`{"op":"u","after":{"id":5,"customer":"Anna Huber","assignee_id":"anna.huber","melder":"Anna Huber"},"source":{"table":"tickets"}}`,
	} {
		out, err := b.Scrub("kafka", []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Anna", "anna", "Huber", "YW5uYUBl"} {
			if strings.Contains(string(out), secret) {
				t.Errorf("%q lands: %s", secret, out)
			}
		}
		if again, err := b.Scrub("kafka", out); err != nil || string(again) != string(out) {
			t.Errorf("scrubbed again it is %s (%v), not %s", again, err, out)
		}
	}

	// Customers that are called by an address stay different ones.
	one, _ := b.Scrub("kafka", []byte(`{"op":"u","after":{"customer_id":"anna@example.org"}}`))
	two, _ := b.Scrub("kafka", []byte(`{"op":"u","after":{"customer_id":"otto@example.org"}}`))
	if string(one) == string(two) {
		t.Errorf("both land as %s", one)
	}
}
