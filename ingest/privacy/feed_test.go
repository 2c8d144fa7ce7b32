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
