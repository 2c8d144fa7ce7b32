package privacy

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testActors() Actors {
	return Actors{Agents: []string{"*@vendor.example", "agent-*", "Clara Agentin"}, Bots: []string{"*[bot]", "jenkins"}}
}

func scrub(t testing.TB, b *Border, kind, payload string) string {
	t.Helper()
	out, err := b.Scrub(kind, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestGolden scrubs every testdata/<kind>-<name>.json in both modes.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		for _, mode := range []Mode{Pseudonymise, Keep} {
			t.Run(filepath.Base(file)+"/"+string(mode), func(t *testing.T) {
				in, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				kind, _, _ := strings.Cut(filepath.Base(file), "-")
				b := testBorder(t, mode, testActors())
				out := scrub(t, b, kind, string(in))
				if again := scrub(t, b, kind, out); again != out {
					t.Errorf("not idempotent: %s", cmp.Diff(out, again))
				}
				var got bytes.Buffer
				if err := json.Indent(&got, []byte(out), "", "  "); err != nil {
					t.Fatal(err)
				}
				got.WriteByte('\n')
				golden := strings.TrimSuffix(file, ".json") + "." + string(mode) + ".golden"
				if *update {
					if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), got.String()); d != "" {
					t.Errorf("%s (-want +got):\n%s", golden, d)
				}
			})
		}
	}
}

// TestNothingSurvives looks for everything that identifies the people of the
// golden payloads anywhere in the output.
func TestNothingSurvives(t *testing.T) {
	personal := map[string][]string{
		"jira-server-issue.json": {
			"mmuster", "JIRAUSER10200", "Max Muster", "Muster, Max", "max.muster@", "cagent", "Clara Agentin",
			"clara@", "ownerId", "useravatar", "Europe/Berlin", "+49 30", "203.0.113", "hunter2",
		},
		"jira-cloud-issue.json":     {"5b10ac8d82e05b22cc7d4ef5", "557058:", "Mia Krause", "krause", "Noah Vogel", "gravatar", "avatar-management"},
		"jira-webhook.json":         {"5b10ac8d82e05b22cc7d4ef5", "712020:", "Mia Krause", "Noah Vogel"},
		"github-issue.json":         {"monalisa", "Mona Lisa", "583231", "helper-hannah", "avatars.githubusercontent", "mona@", "203.0.113", "MDQ6VXNlcjU4MzIzMQ"},
		"github-event.json":         {"monalisa", "helper-hannah", "avatars.githubusercontent"},
		"kafka-ticketmill.json":     {"paula.person", "Paula Person", "agent-anna", "+49 171"},
		"kafka-github-webhook.json": {"monalisa", "avatars.githubusercontent", "api.github.com/users"},
	}
	b := testBorder(t, Pseudonymise, testActors())
	for file, secrets := range personal {
		in, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(file, "-")
		out := strings.ToLower(scrub(t, b, kind, string(in)))
		for _, s := range secrets {
			if strings.Contains(out, strings.ToLower(s)) {
				t.Errorf("%s: %q survives in %s", file, s, out)
			}
		}
	}
}

// TestSamePseudonym holds that one person has one pseudonym in every place.
func TestSamePseudonym(t *testing.T) {
	b := testBorder(t, Pseudonymise, testActors())
	want := b.Pseudonym("jira", "mmuster")
	out := scrub(t, b, "jira", `{"fields":{"reporter":{"name":"mmuster","key":"JIRAUSER10200","displayName":"Max Muster","active":true},
		"description":"[~mmuster], [~JIRAUSER10200], mmuster, Max Muster, Muster, Max"},
		"changelog":{"histories":[{"author":{"name":"mmuster","key":"JIRAUSER10200","displayName":"Max Muster"},"items":[
		{"field":"assignee","from":"mmuster","fromString":"Max Muster","to":"JIRAUSER10200","toString":"Max Muster"}]}]}}`)
	if got := strings.Count(out, want); got != 9 {
		t.Errorf("%d of 9 places have %s: %s", got, want, out)
	}
	github := b.Pseudonym("github", "octocat")
	out = scrub(t, b, "kafka", `{"action":"opened","sender":{"login":"Octocat","id":1},"comment":{"body":"@octocat"}}`)
	if got := strings.Count(out, github); got != 2 {
		t.Errorf("%d of 2 places have %s: %s", got, github, out)
	}
	if want == b.Pseudonym("github", "mmuster") {
		t.Error("the kind does not count")
	}
}

func TestPersonRules(t *testing.T) {
	b := testBorder(t, Pseudonymise, testActors())
	p := func(kind, id string) string { return `"` + b.Pseudonym(kind, id) + `"` }
	for _, c := range []struct{ name, kind, in, want string }{
		{"github user", "github", `{"u":{"login":"Octocat","id":1,"type":"User"}}`, `{"u":{"_actor":` + p("github", "octocat") + `,"type":"User"}}`},
		{"github bot by type", "github", `{"u":{"login":"ci","id":1,"type":"Bot"}}`, `{"u":{"_actor":` + p("github", "ci") + `,"_role":"bot","type":"Bot"}}`},
		{"github bot by login", "github", `{"u":{"login":"renovate[bot]","node_id":"x"}}`, `{"u":{"_actor":` + p("github", "renovate[bot]") + `,"_role":"bot"}}`},
		{"agent by login", "github", `{"u":{"login":"Agent-Smith","id":1}}`, `{"u":{"_actor":` + p("github", "agent-smith") + `,"_role":"agent"}}`},
		{"ghost", "github", `{"user":null}`, `{"user":null}`},
		{
			"organisation", "github", `{"owner":{"login":"acme","id":1,"type":"Organization","avatar_url":"https://avatars.githubusercontent.com/u/2"}}`,
			`{"owner":{"login":"acme","id":1,"type":"Organization","avatar_url":"[profile]"}}`,
		},
		{"acting organisation", "github", `{"user":{"login":"acme","id":1,"type":"Organization"}}`, `{"user":{"_actor":` + p("github", "acme") + `,"type":"Organization"}}`},
		{
			"account id first", "jira", `{"a":{"accountId":"557058:x","displayName":"Jane Doe","accountType":"atlassian","active":false}}`,
			`{"a":{"_actor":` + p("jira", "557058:x") + `,"accountType":"atlassian","active":false}}`,
		},
		{"app", "jira", `{"a":{"accountId":"1","accountType":"app"}}`, `{"a":{"_actor":` + p("jira", "1") + `,"_role":"bot","accountType":"app"}}`},
		{"agent by mail", "jira", `{"a":{"emailAddress":"X@Vendor.example"}}`, `{"a":{"_actor":` + p("jira", "x@vendor.example") + `,"_role":"agent"}}`},
		{"agent by display name", "jira", `{"a":{"name":"ca","displayName":"clara agentin"}}`, `{"a":{"_actor":` + p("jira", "ca") + `,"_role":"agent"}}`},
		{"git identity", "github", `{"a":{"name":"Jane Doe","email":"jane@acme.example","date":"2021-01-05T10:00:00Z"}}`, `{"a":{"_actor":` + p("github", "jane@acme.example") + `}}`},
		{"component", "jira", `{"a":{"name":"Backend","id":"1"}}`, `{"a":{"name":"Backend","id":"1"}}`},
		{"plain names", "kafka", `{"assignee":"agent-anna","reporter":"bob"}`, `{"assignee":` + p("kafka", "agent-anna") + `,"_assigneeRole":"agent","reporter":` + p("kafka", "bob") + `}`},
		{"escaped key", "github", `{"u":{"log\u0069n":"octocat","id":1}}`, `{"u":{"_actor":` + p("github", "octocat") + `}}`},
		{"no id at all", "jira", `{"u":{"accountId":"","active":true}}`, `{"u":{"active":true}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := scrub(t, b, c.kind, c.in); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestChangelog(t *testing.T) {
	b := testBorder(t, Pseudonymise, testActors())
	p := func(id string) string { return b.Pseudonym("jira", id) }
	for _, c := range []struct{ name, in, want string }{
		{
			"roles", `{"field":"assignee","from":"agent-1","fromString":"A One","to":"x","toString":"Clara Agentin"}`,
			`{"field":"assignee","from":"` + p("agent-1") + `","fromString":null,"to":"` + p("x") + `","toString":null,"_fromRole":"agent","_toRole":"agent"}`,
		},
		{
			"unassigned", `{"field":"assignee","from":null,"fromString":null,"to":"x","toString":"X Y"}`,
			`{"field":"assignee","from":null,"fromString":null,"to":"` + p("x") + `","toString":null}`,
		},
		{"list", `{"field":"Approvers","from":"","to":"[a, b]","toString":"A, B"}`, `{"field":"Approvers","from":"","to":"[` + p("a") + `, ` + p("b") + `]","toString":null}`},
		{
			"account id in an unknown field", `{"field":"Tech Lead","from":null,"to":"5b10ac8d82e05b22cc7d4ef5","toString":"Somebody"}`,
			`{"field":"Tech Lead","from":null,"to":"` + p("5b10ac8d82e05b22cc7d4ef5") + `","toString":null}`,
		},
		{"status", `{"field":"status","from":"1","fromString":"Open","to":"5","toString":"Resolved"}`, `{"field":"status","from":"1","fromString":"Open","to":"5","toString":"Resolved"}`},
		{"labels", `{"field":"labels","from":null,"fromString":"","to":null,"toString":"ui api"}`, `{"field":"labels","from":null,"fromString":"","to":null,"toString":"ui api"}`},
		{"rank", `{"field":"Rank","fieldtype":"custom","from":"","fromString":"","to":"","toString":"Ranked higher"}`, `{"field":"Rank","fieldtype":"custom","from":"","fromString":"","to":"","toString":"Ranked higher"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := scrub(t, b, "jira", `{"changelog":{"items":[`+c.in+`]}}`)
			if want := `{"changelog":{"items":[` + c.want + `]}}`; got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if again := scrub(t, b, "jira", got); again != got {
				t.Errorf("not idempotent: %s", again)
			}
		})
	}
}

// TestStructure holds that nothing but text and people changes: numbers keep
// their digits, keys their order, ids and links their value.
func TestStructure(t *testing.T) {
	b := testBorder(t, Pseudonymise, testActors())
	same := `{"id":12345678901234567890,"f":1.0,"e":1e400,"neg":-0,"key":"SUP-12","created":"2021-01-05T10:00:00.000+0000",` +
		`"html_url":"https://github.com/acme/engine/issues/12","sha":"d718bc2a4e6f0b1c2d3e4f5a6b7c8d9e0f1a2b3c","v":"1.2.3.4",` +
		`"z":[],"a":{},"n":null,"t":true,"dup":1,"dup":2,"html":"<b>&amp;</b>","esc":"a\nb\"c\\d\/e","labels":["bug","p1"],` +
		`"rename":{"from":"old title","to":"new title"},"avatarUrls":{"16x16":"https://jira.acme.example/secure/projectavatar?id=1"}}`
	if got := scrub(t, b, "jira", same); got != same {
		t.Errorf("\n got %s\nwant %s", got, same)
	}
}

func TestInvalidText(t *testing.T) {
	for _, mode := range []Mode{Pseudonymise, Keep} {
		b := testBorder(t, mode, Actors{})
		got := scrub(t, b, "jira", "{\"a\":\"x\xffy\",\"b\":\"\\ud800 z\",\"c\":\"n\\u0000ul\",\"d\\u0000\":\"\\ud83d\\ude00\"}")
		if want := `{"a":"x` + "\ufffd" + `y","b":"` + "\ufffd" + ` z","c":"nul","d":"😀"}`; got != want {
			t.Errorf("%s: got %q want %q", mode, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	b := testBorder(t, Pseudonymise, Actors{})
	for _, in := range []string{``, ` `, `null`, `[]`, `"x"`, `{`, `{"a":}`, `{"a":1}x`, `{"a":1}{}`, `{"a":1,}`, `{'a':1}`, `{"a":1e}`} {
		if out, err := b.Scrub("jira", []byte(in)); err == nil {
			t.Errorf("%q: got %s, want an error", in, out)
		}
	}
}

func TestKeep(t *testing.T) {
	b := testBorder(t, Keep, testActors())
	got := scrub(t, b, "jira", `{"fields":{"summary":"Jane Doe, jane@acme.example","reporter":{"name":"jdoe","key":"JIRAUSER1","displayName":"Jane Doe"}},
		"changelog":{"items":[{"field":"assignee","from":"agent-1","to":"JIRAUSER1"}]}}`)
	hidden := b.hide("jira", "jdoe")
	want := `{"fields":{"summary":"Jane Doe, jane@acme.example","reporter":{"name":"jdoe","key":"JIRAUSER1","displayName":"Jane Doe","_actor":"jdoe"}},` +
		`"changelog":{"items":[{"field":"assignee","from":"agent-1","to":"JIRAUSER1","_fromRole":"agent","_to":"jdoe"}]},"_title":"` + hidden + `, [email]"}`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if again := scrub(t, b, "jira", got); again != got {
		t.Errorf("not idempotent: %s", again)
	}
	noKey, err := New(Keep, nil, Actors{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := scrub(t, noKey, "github", `{"title":"for @bob"}`), `{"title":"for @bob","_title":"for @[person]"}`; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	if got := b.Pseudonym("jira", "Jane"); got != "Jane" {
		t.Errorf("Pseudonym in mode keep gives %q", got)
	}
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		key  string
		ok   bool
	}{
		{"", testKey, true},
		{Pseudonymise, testKey, true},
		{Keep, "", true},
		{Pseudonymise, "", false},
		{Pseudonymise, "short", false},
		{Keep, "short", false},
		{"hide", testKey, false},
	} {
		if _, err := New(c.mode, []byte(c.key), Actors{}); (err == nil) != c.ok {
			t.Errorf("New(%q, %q): %v", c.mode, c.key, err)
		}
	}
}

func TestPseudonym(t *testing.T) {
	b := testBorder(t, Pseudonymise, Actors{})
	p := b.Pseudonym("github", " Octocat ")
	if !regexp.MustCompile(`^p_[0-9a-f]{20}$`).MatchString(p) || p != b.Pseudonym("github", "octocat") {
		t.Error(p)
	}
	other, err := New(Pseudonymise, []byte("another key for the tests"), Actors{})
	if err != nil {
		t.Fatal(err)
	}
	if p == other.Pseudonym("github", "octocat") {
		t.Error("the key does not count")
	}
}

// TestIndependent holds that a result depends on its own payload only, also
// when many are scrubbed at once.
func TestIndependent(t *testing.T) {
	b := testBorder(t, Pseudonymise, testActors())
	text := `{"body":"mmuster and Max Muster"}`
	want := scrub(t, b, "jira", text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				_, _ = b.Scrub("jira", []byte(`{"u":{"name":"mmuster","key":"k","displayName":"Max Muster"},"body":"mmuster"}`))
				if got, err := b.Scrub("jira", []byte(text)); err != nil || string(got) != want {
					t.Errorf("got %s, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*[bot]", "renovate[bot]", true},
		{"*[bot]", "robot", false},
		{"*@acme.example", "Jane@ACME.example", true},
		{"octocat", "Octocat", true},
		{"octocat", "octocat2", false},
		{"a?c", "aXc", true},
		{"a?c", "ac", false},
		{"*", "x", true},
		{"*", "", false},
		{"", "x", false},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"ü?", "ÜÖ", true},
	} {
		if got := newGlobs([]string{c.pattern}).match(c.s); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.s, got)
		}
	}
}
