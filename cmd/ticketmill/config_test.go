package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// environment makes a lookup of NAME, value pairs.
func environment(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// password begins the secrets that testdata has in wrong places.
const password = "pa55word"

// TestBadConfigs: every testdata/*.bad.yml is refused with the text of its
// first line, as a mistake in usage, by its name and in one line.
func TestBadConfigs(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d bad configurations, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".bad.yml"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(b), "\n")
			want, ok := strings.CutPrefix(first, "# ")
			if !ok || want == "" {
				t.Fatalf("the first line %q is no comment with the wanted message", first)
			}
			r := call(t, nil, "--config", path, "build")
			if r.status != exitUsage {
				t.Errorf("exit %d, want %d", r.status, exitUsage)
			}
			if !strings.Contains(r.stderr, want) || !strings.HasPrefix(r.stderr, "ticketmill: "+path+": ") || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("it says\n%swant one line with the path and\n%s", r.stderr, want)
			}
			if strings.Contains(r.stderr, password) {
				t.Errorf("it shows a password: %s", r.stderr)
			}
		})
	}
}

func TestGoodConfigs(t *testing.T) {
	t.Parallel()
	template := filepath.Join(t.TempDir(), "ticketmill.yaml")
	if err := os.WriteFile(template, configTemplate, 0o644); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/*.good.yml")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d good configurations, %v", len(paths), err)
	}
	set := environment("JIRA_USER", "u", "JIRA_TOKEN", "t", "GITHUB_TOKEN", "g", "TICKETMILL_PRIVACY_KEY", strings.Repeat("k", 16))
	for _, path := range append(paths, template) {
		// Tokens are looked up when a source is opened, so both must do.
		for _, env := range []func(string) (string, bool){set, environment()} {
			c, err := loadConfig(path, env)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if c.Privacy.Mode != "pseudonymise" || c.Timezone != "UTC" || len(c.Sources) == 0 {
				t.Errorf("%s: %+v", path, c)
			}
		}
	}
	c, err := loadConfig("testdata/full.good.yml", set)
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Duration(c.SupportModels["paid"].Targets["resolution"]); got != 5*24*time.Hour {
		t.Errorf("5d is read as %v", got)
	}
	if got := c.Rules[0].When["label"]; len(got) != 1 || got[0] != "customer" {
		t.Errorf("one pattern is read as %q", got)
	}
	if got := c.SLA[0].When["priority"]; len(got) != 1 || got[0] != "urgent" {
		t.Errorf("a list of patterns is read as %q", got)
	}
}

// TestConfigHidesSecrets: however a configuration is printed, its secrets are
// not in it.
func TestConfigHidesSecrets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c.yaml")
	text := `
privacy: {key: "SECRET-key-0123456789"}
sources:
  - {name: a, kind: jira, url: "https://a.example", projects: [X], support_model: m, auth: {user: SECRET-user, token: SECRET-token}}
  - {name: b, kind: github, url: "https://b.example", repositories: [x/y], support_model: m, token: SECRET-one, tokens: [SECRET-two]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(path, environment())
	if err != nil {
		t.Fatal(err)
	}
	if c.Sources[1].Tokens[0].Reveal() != "SECRET-two" {
		t.Fatal("the secret was not read at all")
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for how, shown := range map[string]string{
		"%v": fmt.Sprintf("%v", *c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", *c),
		"%x": fmt.Sprintf("%x", c.Privacy.Key), "JSON": string(asJSON), "YAML": string(asYAML),
	} {
		if strings.Contains(shown, "SECRET") || strings.Contains(shown, fmt.Sprintf("%x", "SECRET")) {
			t.Errorf("%s shows a secret: %s", how, shown)
		}
		if how == "%+v" && !strings.Contains(shown, "[secret]") {
			t.Errorf("%s does not even say that there is one: %s", how, shown)
		}
	}
}

// TestUnsetToken: a token's variable is missed only when the source is used,
// and then by its own name and that of the field.
func TestUnsetToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	text := `
home: data
sources:
  - {name: jira1, kind: jira, url: "http://127.0.0.1:1", projects: [X], support_model: m, auth: {user: me, token: "${TOKEN_A}"}}
  - {name: gh1, kind: github, url: "http://127.0.0.1:1", repositories: [x/y], support_model: m, tokens: ["${TOKEN_B}", "x${TOKEN_C}"]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"TOKEN_B", "b-secret", "TOKEN_C", ""}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"check"}, []string{"source jira1: sources jira1 auth.token: the environment variable TOKEN_A is not set", "source gh1: sources gh1 tokens[1]: the environment variable TOKEN_C is not set"}},
		{[]string{"ingest", "jira1"}, []string{"TOKEN_A", "auth.token"}},
		{[]string{"run", "gh1"}, []string{"TOKEN_C", "tokens[1]"}},
	} {
		r := call(t, env, append([]string{"--config", path, "--quiet"}, c.args...)...)
		if r.status != exitEnvironment {
			t.Errorf("%v: exit %d\n%s", c.args, r.status, r.stderr)
		}
		for _, w := range c.want {
			if !strings.Contains(r.line(t), w) {
				t.Errorf("%v: %q is not in\n%s", c.args, w, r.stderr)
			}
		}
		if strings.Contains(r.stderr+r.stdout, "b-secret") {
			t.Errorf("%v shows a token:\n%s", c.args, r.stderr)
		}
	}
	// A build uses no source: it misses what has landed, not the tokens.
	if r := call(t, env, "--config", path, "build"); strings.Contains(r.stderr, "TOKEN") || r.status != exitEnvironment {
		t.Errorf("build: exit %d\n%s", r.status, r.stderr)
	}
}

// FuzzConfig: whatever the file holds, it is read or refused in one line that
// names it, and what is read does not fail later for its own contents.
func FuzzConfig(f *testing.F) {
	for _, pattern := range []string{"testdata/*.bad.yml", "testdata/*.good.yml", "ticketmill.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range paths {
			b, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("\xff\xfe"))
	f.Add([]byte("---\n---\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Count(b, []byte("*")) > 20 {
			t.Skip("aliases of aliases") // slow, and the file is the user's own
		}
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := loadConfig(path, environment("JIRA_USER", "u"))
		if err != nil {
			if !strings.Contains(err.Error(), path) || exitStatus(err) != exitUsage {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if len(c.Sources) == 0 {
			t.Error("accepted without sources")
		}
		configTables(c, time.Time{})
		agreementTables(c, time.Time{})
		_ = fmt.Sprintf("%+v", c)
	})
}
