package privacy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzScrub(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		in, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		kind, _, _ := strings.Cut(filepath.Base(file), "-")
		f.Add(kind, in)
	}
	f.Add("jira", []byte(`{"a":"\ud800\u0000","b":{"login":"x","id":1}}`))
	keep, hide := testBorder(f, Keep, testActors()), testBorder(f, Pseudonymise, testActors())
	f.Fuzz(func(t *testing.T, kind string, in []byte) {
		for _, b := range []*Border{hide, keep} {
			out, err := b.Scrub(kind, in)
			if err != nil {
				continue
			}
			if !json.Valid(out) || !utf8.Valid(out) {
				t.Fatalf("invalid JSON from %q: %q", in, out)
			}
			again, err := b.Scrub(kind, out)
			if err != nil {
				t.Fatalf("cannot read own output %q: %v", out, err)
			}
			if string(again) != string(out) {
				t.Fatalf("%s: not idempotent:\n  in %q\n out %q\nthen %q", b.mode, in, out, again)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"@octocat, jane@acme.example +49 30 1234567 https://github.com/octocat", "On Jan 5, 2021 Max <m@x.example> wrote:",
		"From: Max Power <max@acme.example>, [~jdoe]", "password=hunter2 2001:db8::1 192.168.1.20:80", "Jane Doe, Doe, Jane 张三 `@x`",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	b := testBorder(f, Pseudonymise, Actors{})
	f.Fuzz(func(t *testing.T, in string, github bool) {
		if !utf8.ValidString(in) {
			return
		}
		kind := "jira"
		if github {
			kind = "github"
		}
		r := newRecord(b, kind)
		defer r.release()
		for _, p := range testPeople() {
			p.ns, p.native = kind, p.login+p.name
			r.add(r.finish(&p, ""))
		}
		out := r.scrubText(in)
		if !utf8.ValidString(out) {
			t.Fatalf("invalid UTF-8 from %q: %q", in, out)
		}
		if again := r.scrubText(out); again != out {
			t.Fatalf("not idempotent:\n  in %q\n out %q\nthen %q", in, out, again)
		}
		nobody := newRecord(b, kind)
		defer nobody.release()
		if again := nobody.scrubText(out); again != out {
			t.Fatalf("not idempotent without people:\n  in %q\n out %q\nthen %q", in, out, again)
		}
	})
}

func BenchmarkScrub(b *testing.B) {
	border := testBorder(b, Pseudonymise, testActors())
	for _, file := range []string{"jira-server-issue.json", "jira-cloud-issue.json", "github-issue.json"} {
		in, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			b.Fatal(err)
		}
		kind, _, _ := strings.Cut(file, "-")
		b.Run(file, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := border.Scrub(kind, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLinear holds that no text takes much more time than its length: each of
// these repeats an opening whose closing never comes.
func TestLinear(t *testing.T) {
	for _, unit := range []string{
		"{code", "{code}", "[~", "`", "`` ` ", "http://", "http://a@", "password=\"", "-----BEGIN RSA PRIVATE KEY ", "aaa@", "a@b.c@",
		"On 1 ", "On 1\n", "From: a,", "(at)", "a (at) b (dot) ", "1.", "1.1.1.1-", "+1 ", "002 ", "::", "a:", "Jane ", "Jane Doe <", "张",
		"(555)", "Tel: 1 ", "wrote:\n", "\n> ", "eyJ.", "eyJ-", "sk-", "Bearer ", "@a/", "<a@b.cd>", "A", "/Users/", "\\Users\\ a ", "p_", "Authorization: ",
	} {
		start := time.Now()
		scrubOne(t, "jira", strings.Repeat(unit, 200_000/len(unit)), testPeople()...)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%q repeated: %v", unit, d)
		}
	}
}
