package message

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func header(pairs ...string) []Header {
	var out []Header
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Header{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return out
}

// msg is a message with a value and everything else fixed.
func msg(value []byte, headers ...Header) Message {
	return Message{
		Topic: "tickets", Partition: 3, Offset: 42, Key: []byte("SUP-12"), Value: value, Headers: headers,
		Time: time.Date(2026, 3, 2, 10, 15, 0, 123e6, time.FixedZone("CET", 3600)),
	}
}

func decoder(t testing.TB, o Options) *Decoder {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file    string
		formats []string // every one of them must give the same
		headers []Header
	}{
		{"jira_updated.json", []string{FormatAuto, FormatJira}, nil},
		{"jira_sprint.json", []string{FormatAuto, FormatJira}, nil},
		{"github_issues.json", []string{FormatAuto, FormatGitHub}, nil},
		{"github_comment.json", []string{FormatAuto, FormatGitHub}, nil},
		{"github_push.json", []string{FormatAuto, FormatGitHub}, header("x-github-EVENT", "push", "X-Hub-Signature-256", "sha256=00", "X-GitHub-Delivery", "72d3162e")},
		{"github_form.txt", []string{FormatAuto, FormatGitHub}, header("X_GITHUB_EVENT", "issues", "content-type", "application/x-www-form-urlencoded")},
		{"debezium_wrapped.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_delete.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_unwrapped.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_unwrapped_delete.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_outbox.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_mongo.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_transaction.json", []string{FormatAuto, FormatDebezium}, nil},
		{"debezium_heartbeat.json", []string{FormatAuto, FormatDebezium}, nil},
		{"cloudevents_structured.json", []string{FormatAuto, FormatCloudEvents, FormatTicketmill}, header("content-type", "application/cloudevents+json")},
		{"cloudevents_batch.json", []string{FormatAuto, FormatCloudEvents}, nil},
		{"relay_quoted.json", []string{FormatAuto, FormatTicketmill}, header(
			"ce_specversion", "1.0", "ce_id", "9", "ce_source", "/relay", "CE-Type", "t", "ce_time", "2026-03-02T09:00:00Z")},
		{"ndjson.ndjson", []string{FormatAuto, FormatTicketmill}, nil},
		{"ticketmill_repeated.json", []string{FormatAuto, FormatTicketmill}, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			value, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, format := range c.formats {
				items, err := decoder(t, Options{Format: format}).Decode(t.Context(), msg(value, c.headers...))
				if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
				checkPayloads(t, items)
				golden(t, c.file, show(items))
			}
		})
	}
}

// show gives what a golden file holds: a line of facts and the payload.
func show(items []Item) []byte {
	var b bytes.Buffer
	for _, it := range items {
		fmt.Fprintf(&b, "%s %s deleted=%t\n%s\n", it.Schema, it.At.Format(time.RFC3339Nano), it.Deleted, it.Payload)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
