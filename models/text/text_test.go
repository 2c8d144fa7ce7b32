package text

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	a := newAnalyzer(t, Options{})
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"The cards, the CARD'S and a card", "card card card"},
		{"don’t can't", "cant"},
		{"Version 1.2.3, v2.0 and 13.0.1a", "version 1.2.3 2.0 13.0.1a"},
		{"HTTP 500, E1234, ORA-00942, UTF-8, 0x80070005", "http 500 e1234 ora-00942 utf-8 0x80070005"},
		{"order 100293847 of 2024-05-01 12:30:00 at 192.168.1.20", "order #9"},
		{"C#, C++ and F# but not D#", "c# c++ f# d"},
		{"commit a1b2c3d, pointer 0x7fff5fbff8c0", "commit pointer"},
		{"snake_case __init__ ERR_CONNECTION_REFUSED", "snake_case init err_connection_refused"},
		{"[email] [phone] [ip] [secret] [profile] [person] [url]", ""},
		{"asked p_0123456789abcdef0123 and @p_0123456789abcdef0123 about it", "ask"},
		{"mail jane@acme.example, see https://acme.example/a?b=c or www", "mail see www"},
		{strings.Repeat("x", 31) + " " + strings.Repeat("z", 30), strings.Repeat("z", 30)},
		{"ﬁle ＡＢＣ１２", "file abc12"},
		{"l'application n'affiche pas d’erreur, c'est une panne", "appliqu affich erreur pann"},
		{"Kartenzahlungen für die Häuser funktionieren nicht", "kartenzahl haus funktioni"},
		{"las tarjetas rechazadas del usuario", "tarjet rechaz usuari"},
		{"не открываются файлы и папки", "открыва файл папк"},
		{"支付失败", "支 支付 付 付失 失 失败 败"},
		{"サーバーに接続", "サーバ に接 接 接続 続"},
		{"로그인을 합니다", "로그 그인"},
		{"soft\u00adhyphen zero\u200dwidth", "softhyphen zerowidth"},
		{"مرحبا بالعالم", "مرحبا بالعالم"},
		{"crash 💥🔥 👩‍👩‍👧", "crash"},
	} {
		if got := strings.Join(stems(a.Analyze(c.in, "")), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSurface(t *testing.T) {
	got := newAnalyzer(t, Options{}).Analyze("The Printers' INVOICES", "").Tokens
	want := []Token{{"printer", "printers"}, {"invoic", "invoices"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLanguageOption(t *testing.T) {
	de := newAnalyzer(t, Options{Language: "de"})
	if got := stems(de.Analyze("Monitore Serverräume", "")); got[0] != "monitor" || got[1] != "serverraum" {
		t.Errorf("not stemmed as German: %q", got)
	}
	for _, l := range []string{"zh", "xx", "ru"} {
		if _, err := New(Options{Language: l}); err == nil {
			t.Errorf("language %q: no error", l)
		}
	}
}

func TestBoilerplate(t *testing.T) {
	bodies := make([]string, 0, 40)
	for i := range 40 {
		b := "The export number " + strings.Repeat("x", i+1) + " fails."
		if i%2 == 0 {
			b = "## Steps to Reproduce\r\n" + b + "\n**Version:** 1." + strings.Repeat("2", i+1) + "\nh3. Expected result:\nIt works " + strings.Repeat("y", i+1)
		}
		bodies = append(bodies, b)
	}
	learnt := LearnBoilerplate(bodies)
	if diff := cmp.Diff(Boilerplate{"expected result", "steps to reproduce", "version:"}, learnt); diff != "" {
		t.Fatal(diff)
	}
	a := newAnalyzer(t, Options{Boilerplate: learnt})
	got := a.Clean("Broken", "*Steps to reproduce*\nOpen it\nVersion: 7\nExpected Result\nIt opens")
	if want := "Broken\nOpen it\n7\nIt opens"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := LearnBoilerplate(nil); got != nil {
		t.Errorf("from nothing: %q", got)
	}
}

func TestLongAndHostile(t *testing.T) {
	a := newAnalyzer(t, Options{})
	const n = 10 << 20
	for name, s := range map[string]string{
		"prose":      strings.Repeat("the printer is broken again. ", n/29),
		"lines":      strings.Repeat("ERROR again\n", n/12),
		"one word":   strings.Repeat("a", n),
		"binary":     strings.Repeat("\x00\xff\xfe\x01", n/4),
		"tags":       strings.Repeat("<p ", n/3),
		"comments":   strings.Repeat("<!--", n/4),
		"elements":   strings.Repeat("<pre>", n/5),
		"macros":     strings.Repeat("{code}{quote", n/12),
		"fences":     strings.Repeat("```\n", n/4),
		"brackets":   strings.Repeat("[![", n/3),
		"headers":    strings.Repeat("From: a\n", n/8),
		"wrote":      strings.Repeat("On 1 wrote:\n\n", n/13),
		"addresses":  strings.Repeat("a@", n/2),
		"marks":      "a" + strings.Repeat("\u0301", n/2),
		"ideographs": strings.Repeat("登录失败", n/12),
		"blanks":     strings.Repeat(" ", n),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, a, "", s)
		})
	}
	if got := len(a.Analyze("", strings.Repeat("printer ", n/8)).Tokens); got != maxClean/len("printer ") {
		t.Errorf("tokens of a long text: %d", got)
	}
}

// check holds what is true of every text.
func check(t *testing.T, a *Analyzer, title, body string) {
	t.Helper()
	clean := a.Clean(title, body)
	if len(clean) > maxClean {
		t.Fatalf("%d bytes of clean text", len(clean))
	}
	d := a.Analyze(title, body)
	for _, tok := range d.Tokens {
		switch {
		case tok.Stem == "" || tok.Surface == "":
			t.Fatalf("empty token %q", tok)
		case !utf8.ValidString(tok.Surface) || !utf8.ValidString(tok.Stem):
			t.Fatalf("not UTF-8: %q", tok)
		case utf8.RuneCountInString(tok.Surface) > maxRunes || strings.ContainsAny(tok.Surface, " \n\t"):
			t.Fatalf("not a word: %q", tok)
		}
	}
	again := newWorker(a)
	again.cleanText(title, body)
	if diff := cmp.Diff(d, again.tokenize()); diff != "" {
		t.Fatalf("depends on what was seen before: %s", diff)
	}
}

// Workers that have seen other texts, in any order, give the same tokens.
func TestConcurrent(t *testing.T) {
	a := newAnalyzer(t, Options{})
	texts := []string{"Der Server ist server", "The server serves servers", "Los servidores", "サーバーが落ちる", "serveurs en panne", "1.2.3"}
	var want []Doc
	for _, s := range texts {
		want = append(want, newAnalyzer(t, Options{}).Analyze(s, ""))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				k := (i*(g+1) + g) % len(texts)
				if diff := cmp.Diff(want[k], a.Analyze(texts[k], "")); diff != "" {
					t.Error(diff)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzAnalyze(f *testing.F) {
	for _, s := range bench600() {
		f.Add("title", s)
	}
	f.Add("AW: 登录 ログイン 로그인", "> a\n-- \nb\n```x\n{code}<pre>&#39;[a|b](c)!d.png!@e p_0123456789abcdef0123 f@g.h\nTraceback (most recent call last):\n at a.b(c)\n|x|y|\n")
	f.Add("\xff\u0130\u0345", "l’\u00ad' O'' 1.2.3.4.5-6 v1. ORA- C# 12:30T <b <!-- {{ }} ~~~\r\r\n")
	a := newAnalyzer(f, Options{Boilerplate: Boilerplate{"steps", "version:"}})
	f.Fuzz(func(t *testing.T, title, body string) {
		check(t, a, title, body)
		LearnBoilerplate([]string{body, title})
	})
}
