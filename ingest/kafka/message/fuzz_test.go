package message

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "", "k")
	}
	f.Add(gzipped(f, []byte(ticketText)), "push", "\x00")
	f.Add(zstandard(f, []byte(ticketText)), "", "")
	f.Add([]byte("\x00\x00\x00\x00\x01{}"), "issues", "")
	reason := regexp.MustCompile(`^[a-z0-9_]+$`)
	f.Fuzz(func(t *testing.T, value []byte, hook, key string) {
		m := msg(value, header("X-GitHub-Event", hook, key, hook)...)
		m.Key = []byte(key)
		for _, format := range []string{FormatAuto, FormatJira, FormatGitHub, FormatTicketmill, FormatDebezium, FormatCloudEvents} {
			before := bytes.Clone(value)
			items, err := decoder(t, Options{Format: format, MaxBytes: 1 << 20}).Decode(t.Context(), m)
			if !bytes.Equal(before, value) {
				t.Fatal("Decode changed the message")
			}
			var p *Poison
			switch {
			case err == nil:
				checkPayloads(t, items)
			case !errors.As(err, &p):
				t.Errorf("%s: %v", format, err)
			case !reason.MatchString(p.Reason):
				t.Errorf("%s: reason %q", format, p.Reason)
			}
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-03-02T09:15:00.5+01:00")
	f.Fuzz(func(t *testing.T, s string) {
		if at, ok := parseTime(s); !ok && !at.IsZero() {
			t.Errorf("%q gives %v and is none", s, at)
		}
	})
}
