package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

func TestNew(t *testing.T) {
	ok := func(o Options) Options {
		if o.Repositories == nil {
			o.Repositories = []string{repo}
		}
		return o
	}
	for _, c := range []struct {
		name string
		opt  Options
		want string // in the error
	}{
		{"no repository", Options{}, "no repositories"},
		{"url as repository", Options{Repositories: []string{"https://github.com/a/b"}}, "owner/name"},
		{"dots", Options{Repositories: []string{"a/.."}}, "owner/name"},
		{"twice", Options{Repositories: []string{"a/b", "A/B"}}, "twice"},
		{"web site", ok(Options{BaseURL: "https://github.com"}), "https://api.github.com"},
		{"no scheme", ok(Options{BaseURL: "ghe.example"}), "must look like"},
		{"credentials", ok(Options{BaseURL: "https://u:hunter2@ghe.example"}), "credentials"},
		{"page size", ok(Options{PageSize: 101}), "page size"},
		{"token", ok(Options{Tokens: []string{"hunter2\nx"}}), "token 1"},
	} {
		_, err := New(c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows a secret", c.name)
		}
	}
	for in, want := range map[string]string{
		"":                             "https://api.github.com",
		"https://api.github.com/":      "https://api.github.com",
		"https://ghe.example":          "https://ghe.example/api/v3",
		"https://ghe.example/":         "https://ghe.example/api/v3",
		"https://ghe.example/api/v3/":  "https://ghe.example/api/v3",
		"https://api.acme.ghe.com":     "https://api.acme.ghe.com",
		"http://localhost:8080/github": "http://localhost:8080/github",
	} {
		s, err := New(ok(Options{BaseURL: in}))
		if err != nil || s.base.String() != want {
			t.Errorf("base %q: %v, %v; want %s", in, s.base, err, want)
		}
	}
}

func TestStreams(t *testing.T) {
	s, err := New(Options{Repositories: []string{"a/b", "c/d"}})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(s.Streams())
	if want := "[issues@a/b comments@a/b events@a/b issues@c/d comments@c/d events@c/d]"; got != want {
		t.Errorf("streams %s", got)
	}
	for _, st := range []ingest.Stream{{Name: "issues", Scope: "x/y"}, {Name: "wiki", Scope: "a/b"}} {
		if _, err := tryRead(t.Context(), s, st, nil); err == nil {
			t.Errorf("%s: no error", st)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		want   []string
	}{
		{401, "Bad credentials", []string{"token is refused", "Bad credentials"}},
		{403, "Resource not accessible by personal access token", []string{"no access", "Resource not accessible"}},
		{404, "Not Found", []string{"not found", "permission"}},
		{410, "Issues has been disabled in this repository.", []string{"issues are disabled", "has been disabled"}},
		{422, "Validation Failed", []string{"Validation Failed"}},
		{301, "Moved Permanently", []string{"has moved"}},
		{451, "Repository access blocked", []string{"access blocked"}},
	} {
		f := newFake(t)
		f.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			f.say(w, c.status, c.words)
			return true
		}
		s := f.source()
		for _, st := range s.Streams() {
			f.asked()
			_, err := tryRead(t.Context(), s, st, nil)
			if err == nil {
				t.Fatalf("%d: no error", c.status)
			}
			for _, w := range append(c.want, repo) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%d %s: %v does not say %q", c.status, st, err, w)
				}
			}
			if n := len(f.asked()); n != 1 {
				t.Errorf("%d %s: asked %d times, want once", c.status, st, n)
			}
		}
	}
}

func TestMovedRepository(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(3)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, ok := strings.CutPrefix(r.URL.Path, "/api/v3/repos/old/name"); ok {
			http.Redirect(w, r, f.URL+"/api/v3/repos/"+repo+path+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		if r.Header.Get("Authorization") != "Bearer one" {
			t.Error("the token got lost on the way")
		}
		f.ServeHTTP(w, r)
	})
	s := f.source(func(o *Options) { o.Repositories, o.Tokens = []string{"old/name"}, []string{"one"} })
	r := read(t, s, ingest.Stream{Name: "issues", Scope: "old/name"}, nil)
	if len(r.records) != 3 {
		t.Errorf("%d records", len(r.records))
	}
}

// Nobody else gets to see the token.
func TestRedirectElsewhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went to another host")
		}
		fmt.Fprint(w, "[]")
	}))
	defer other.Close()
	f := newFake(t)
	f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		// The fake listens on 127.0.0.1: another name is another host.
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+"/x", http.StatusFound)
		return true
	}
	read(t, f.source(func(o *Options) { o.Tokens = []string{"one"} }), issuesOf, nil)
}

func TestPing(t *testing.T) {
	f := newFake(t)
	if err := f.source().Ping(t.Context()); err != nil {
		t.Error(err)
	}
	s := f.source(func(o *Options) { o.Repositories = []string{"acme/none", repo, "acme/nada"} })
	err := s.Ping(t.Context())
	if err == nil || !strings.Contains(err.Error(), "acme/none") || !strings.Contains(err.Error(), "acme/nada") || !strings.Contains(err.Error(), "permission") || strings.Contains(err.Error(), "\n") {
		t.Errorf("ping: %v", err)
	}
	f.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		f.say(w, 401, "Bad credentials")
		return true
	}
	f.asked()
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "token is refused") || len(f.asked()) != 1 {
		t.Errorf("ping: %v", err)
	}
	f.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		fmt.Fprint(w, `{"has_issues":false}`)
		return true
	}
	if err := f.source().Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("ping: %v", err)
	}
}

// What goes wrong once heals; the result is the same as without.
func TestFaults(t *testing.T) {
	for name, fault := range map[string]func(f *fake, w http.ResponseWriter){
		"html with 200": func(_ *fake, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><title>Back soon</title>")
		},
		"object with 200":   func(_ *fake, w http.ResponseWriter) { fmt.Fprint(w, `{"message":"?"}`) },
		"empty with 200":    func(_ *fake, w http.ResponseWriter) {},
		"502":               func(f *fake, w http.ResponseWriter) { f.say(w, 502, "Server Error") },
		"429 without words": func(_ *fake, w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"cut body": func(_ *fake, w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `[{"id":1`)
		},
		"closed connection": func(_ *fake, w http.ResponseWriter) {
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = c.Close()
			}
		},
		"spent quota": func(f *fake, w http.ResponseWriter) {
			now := time.Now().UTC().Truncate(time.Second)
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Unix(), 10))
			f.say(w, 403, "API rate limit exceeded for user ID 1.")
		},
		"secondary limit with a time": func(f *fake, w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			f.say(w, 403, "You have exceeded a secondary rate limit.")
		},
		"secondary limit without": func(f *fake, w http.ResponseWriter) {
			f.say(w, 403, "You have exceeded a secondary rate limit.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.issues = manyIssues(9)
			f.refuse = func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n != 1 && n != 2 {
					return false
				}
				fault(f, w)
				return true
			}
			r := read(t, f.source(), issuesOf, nil)
			wantAll(t, r.set(), f.issues, true)
			wantOnce(t, r.set())
		})
	}
}

func TestFaultsThatStay(t *testing.T) {
	f := newFake(t)
	f.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		f.say(w, 500, "Server Error")
		return true
	}
	_, err := tryRead(t.Context(), f.source(), issuesOf, nil)
	if err == nil || !strings.Contains(err.Error(), "gave up after 4 tries") || !strings.Contains(err.Error(), repo) || len(f.asked()) != 4 {
		t.Errorf("error %v", err)
	}
}

func TestSeveralTokens(t *testing.T) {
	f := newFake(t)
	f.issues = manyIssues(40)
	f.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer spent" {
			w.Header().Set("X-RateLimit-Remaining", "4000")
			return false
		}
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
		f.say(w, 403, "API rate limit exceeded")
		return true
	}
	start := time.Now()
	r := read(t, f.source(func(o *Options) { o.Tokens = []string{"spent", "", "fresh"} }), issuesOf, nil)
	wantAll(t, r.set(), f.issues, true)
	spent := 0
	for _, tok := range f.tokens {
		if tok == "Bearer spent" {
			spent++
		}
	}
	if spent != 1 || time.Since(start) > 10*time.Second {
		t.Errorf("the spent token was used %d times, in %v", spent, time.Since(start))
	}
}

func TestCancelWhileLimited(t *testing.T) {
	f := newFake(t)
	f.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "3600")
		f.say(w, 403, "secondary rate limit")
		return true
	}
	for _, st := range f.source().Streams() {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		_, err := tryRead(ctx, f.source(), st, nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("%s: %v after %v", st, err, time.Since(start))
		}
	}
}

// A caller that breaks off gets no more pages and no error.
func TestStopEarly(t *testing.T) {
	f := newFake(t)
	f.issues, f.events = manyIssues(30), manyEvents(30, 30)
	s := f.source()
	for _, st := range s.Streams() {
		for range s.Read(t.Context(), st, nil) {
			break
		}
	}
}
