package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wire answers requests without a network, so that tests can run on a clock of
// their own: an hour's wait takes no time.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// answer makes a response; header pairs are name, value.
func answer(r *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// cutBody fails after its bytes.
type cutBody struct{ io.Reader }

func (c cutBody) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (cutBody) Close() error { return nil }

func get(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, "https://tracker.example/api/things?secret=hunter2", nil)
}

func ok(*Response) error { return nil }

// script answers the n-th try with the n-th step, the last one for ever.
func script(steps ...func(*http.Request) (*http.Response, error)) (wire, *atomic.Int64) {
	var n atomic.Int64
	return func(r *http.Request) (*http.Response, error) {
		i := int(n.Add(1)) - 1
		return steps[min(i, len(steps)-1)](r)
	}, &n
}

type step = func(*http.Request) (*http.Response, error)

func says(status int, body string, header ...string) step {
	return func(r *http.Request) (*http.Response, error) { return answer(r, status, body, header...), nil }
}

func client(w wire, opts ...func(*Options)) *Client {
	o := Options{HTTP: &http.Client{Transport: w}}
	for _, f := range opts {
		f(&o)
	}
	return New(o)
}

func TestClassification(t *testing.T) {
	good := says(200, `{}`)
	for _, c := range []struct {
		name  string
		first step
		tries int64  // until it ends
		want  string // in the error; "": healed
	}{
		{"fine", good, 1, ""},
		{"not modified", says(304, ""), 1, ""},
		{"no content", says(204, ""), 1, ""},
		{"bad request", says(400, `{"errorMessages":["The value 'X' does not exist","for the field 'project'."]}`), 1, "The value 'X' does not exist; for the field 'project'."},
		{"unauthorized", says(401, `{"message":"Bad credentials"}`), 1, "401 Unauthorized: Bad credentials"},
		{"forbidden", says(403, `{"message":"Resource not accessible"}`), 1, "Resource not accessible"},
		{"forbidden page", says(403, `<html><p>secret internals`), 1, "(an HTML page)"},
		{"not found", says(404, ``), 1, "(no explanation given)"},
		{"gone", says(410, `{"message":"Issues are disabled","errors":{}}`), 1, "Issues are disabled"},
		{"unprocessable", says(422, `{"message":"Validation Failed","errors":[{"field":"since"}]}`), 1, `Validation Failed; [{"field":"since"}]`},
		{"redirect to nowhere", says(301, `{"message":"Moved"}`), 1, "301 Moved Permanently"},
		{"timeout", says(408, ``), 2, ""},
		{"too many", says(429, ``), 2, ""},
		{"server error", says(500, `{"message":"oops"}`), 2, ""},
		{"bad gateway", says(502, `<html>`), 2, ""},
		{"unavailable", says(503, ``), 2, ""},
		{"page with 200", says(200, `  <!doctype html>`), 2, ""},
		{"page by type", says(200, `hello`, "Content-Type", "text/html; charset=utf-8"), 2, ""},
		{"network", func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 2, ""},
		{"cut body", func(r *http.Request) (*http.Response, error) {
			a := answer(r, 200, "")
			a.Body = cutBody{strings.NewReader(`{"a":`)}
			return a, nil
		}, 2, ""},
		{"certificate", func(*http.Request) (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}, 1, "unknown authority"},
		{"no such host", func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "tracker.example", IsNotFound: true}
		}, 1, "no such host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := script(c.first, good)
				err := client(w).Do(t.Context(), get, ok)
				if n.Load() != c.tries {
					t.Errorf("%d tries, want %d", n.Load(), c.tries)
				}
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				if err != nil && strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error shows the query: %v", err)
				}
			})
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := script(says(200, `{}`))
		bad := errors.New("not what was asked for")
		err := client(w, func(o *Options) { o.MaxAttempts = 3 }).Do(t.Context(), get, func(*Response) error { return bad })
		if !errors.Is(err, bad) || n.Load() != 3 || !strings.Contains(err.Error(), "gave up after 3 tries") {
			t.Errorf("%d tries, %v", n.Load(), err)
		}
	})
}

func TestBuildErrorIsFinal(t *testing.T) {
	bad := errors.New("cannot build")
	w, n := script(says(200, `{}`))
	err := client(w).Do(t.Context(), func(context.Context) (*http.Request, error) { return nil, bad }, ok)
	if !errors.Is(err, bad) || n.Load() != 0 {
		t.Errorf("%d sent, %v", n.Load(), err)
	}
}

func TestBodyIsBounded(t *testing.T) {
	w, n := script(says(200, `{"a":"12345678901234567890"}`))
	err := client(w, func(o *Options) { o.MaxBody = 10 }).Do(t.Context(), get, ok)
	if err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") || n.Load() != 1 {
		t.Errorf("%d tries, %v", n.Load(), err)
	}
}

// The delays grow, are jittered within their bounds, and the tries end.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		w := wire(func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			return answer(r, 500, ""), nil
		})
		err := client(w, func(o *Options) {
			o.MinBackoff, o.MaxBackoff, o.MaxAttempts = time.Second, 8*time.Second, 8
		}).Do(t.Context(), get, ok)
		if !IsStatus(err, 500) || len(at) != 8 {
			t.Fatalf("%d tries, %v", len(at), err)
		}
		base := time.Second
		for i := 1; i < len(at); i++ {
			d := at[i].Sub(at[i-1])
			if lo, hi := base/2, base*3/2; d < lo || d > hi+time.Millisecond {
				t.Errorf("delay %d is %v, want %v to %v", i, d, lo, hi)
			}
			base = min(2*base, 8*time.Second)
		}
	})
}

func TestRateLimits(t *testing.T) {
	const server = "Mon, 02 Jan 2006 15:04:05 GMT" // clocks differ: the server's counts
	epoch := "1136214275"                          // 30 s later
	for _, c := range []struct {
		name    string
		first   step
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"seconds", says(429, ``, "Retry-After", "30"), 30 * time.Second, 31 * time.Second},
		{"fraction", says(429, ``, "Retry-After", "1.5"), 1500 * time.Millisecond, 2 * time.Second},
		{"zero", says(429, ``, "Retry-After", "0"), 100 * time.Millisecond, time.Second},
		{"date", says(429, ``, "Retry-After", "Mon, 02 Jan 2006 15:04:45 GMT", "Date", server), 40 * time.Second, 41 * time.Second},
		{"date gone by", says(429, ``, "Retry-After", "Mon, 02 Jan 2006 15:00:00 GMT", "Date", server), 100 * time.Millisecond, time.Second},
		{"absurd", says(429, ``, "Retry-After", "99999999999999999999"), maxWait, maxWait + time.Second},
		{"nonsense", says(429, ``, "Retry-After", "soon"), 200 * time.Millisecond, time.Second},
		{"unavailable with a time", says(503, ``, "Retry-After", "7"), 7 * time.Second, 8 * time.Second},
		{"reset in epoch", says(403, `{"message":"API rate limit exceeded"}`, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", epoch, "Date", server), 30 * time.Second, 31 * time.Second},
		{"reset in ISO", says(429, ``, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2006-01-02T15:04:35Z", "Date", server), 30 * time.Second, 31 * time.Second},
		{"reset in short ISO", says(429, ``, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2006-01-02T15:05Z", "Date", server), 55 * time.Second, 56 * time.Second},
		{"reset far off", says(403, ``, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9999999999", "Date", server), maxWait, maxWait + time.Second},
		{"spent without reset", says(403, ``, "X-RateLimit-Remaining", "0"), time.Minute, time.Minute + time.Second},
		{"secondary with a time", says(403, `{"message":"You have exceeded a secondary rate limit"}`, "Retry-After", "20"), 20 * time.Second, 21 * time.Second},
		{"secondary without", says(403, `{"message":"You have exceeded a secondary rate limit"}`), time.Minute, time.Minute + time.Second},
		{"abuse", says(403, `{"message":"You have triggered an abuse detection mechanism"}`), time.Minute, time.Minute + time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := script(c.first, says(200, `{}`))
				start := time.Now()
				// One attempt: waiting out a limit must not count as a try.
				attempts := 1
				if c.name == "nonsense" {
					attempts = 2
				}
				err := client(w, func(o *Options) { o.MaxAttempts = attempts }).Do(t.Context(), get, ok)
				took := time.Since(start)
				if err != nil || n.Load() != 2 {
					t.Fatalf("%d tries, %v", n.Load(), err)
				}
				if took < c.atLeast || took > c.atMost {
					t.Errorf("waited %v, want %v to %v", took, c.atLeast, c.atMost)
				}
			})
		})
	}
}

// Each secondary limit in a row doubles the wait; a good answer ends the row.
func TestSecondaryDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := says(403, `{"message":"secondary rate limit"}`)
		w, _ := script(refusal, refusal, refusal, says(200, `{}`), refusal, says(200, `{}`))
		c := client(w, func(o *Options) { o.SecondaryWait = 10 * time.Second })
		for _, want := range []time.Duration{70 * time.Second, 10 * time.Second} {
			start := time.Now()
			if err := c.Do(t.Context(), get, ok); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < want || took > want+time.Second {
				t.Errorf("waited %v, want %v", took, want)
			}
		}
	})
}

// A server that refuses for ever ends in an error.
func TestEndlessLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := script(says(429, `{"message":"never"}`, "Retry-After", "1"))
		err := client(w, func(o *Options) { o.MaxAttempts = 2 }).Do(t.Context(), get, ok)
		if err == nil || !strings.Contains(err.Error(), "never") || n.Load() > maxWaits+2 {
			t.Errorf("%d tries, %v", n.Load(), err)
		}
	})
}

// When an answer says that it was the last of the quota, nothing is sent until
// the reset: no refusal has to be provoked.
func TestQuotaIsNotOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const quota = 5
		var mu sync.Mutex
		used, refused := 0, 0
		reset := time.Now()
		w := wire(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if now := time.Now(); !now.Before(reset) {
				used, reset = 0, now.Truncate(time.Second).Add(time.Minute)
			}
			status := 200
			if used++; used > quota {
				status = 403
				refused++
			}
			return answer(r, status, `{}`, "X-RateLimit-Remaining", strconv.Itoa(max(0, quota-used)),
				"X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10)), nil
		})
		c := client(w)
		for range 3 * quota {
			if err := c.Do(t.Context(), get, ok); err != nil {
				t.Fatal(err)
			}
		}
		if refused > 0 {
			t.Errorf("%d refusals", refused)
		}
	})
}

func TestLanes(t *testing.T) {
	bearer := func(tok string) Credential {
		return func(r *http.Request) { r.Header.Set("Authorization", tok) }
	}
	t.Run("spread", func(t *testing.T) {
		used := map[string]int{}
		w := wire(func(r *http.Request) (*http.Response, error) {
			used[r.Header.Get("Authorization")]++
			return answer(r, 200, `{}`), nil
		})
		c := client(w, func(o *Options) { o.Credentials = []Credential{bearer("a"), bearer("b"), bearer("c")} })
		for range 9 {
			if err := c.Do(t.Context(), get, ok); err != nil {
				t.Fatal(err)
			}
		}
		if used["a"] != 3 || used["b"] != 3 || used["c"] != 3 {
			t.Errorf("used %v", used)
		}
	})
	t.Run("one spent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			used := map[string]int{}
			w := wire(func(r *http.Request) (*http.Response, error) {
				tok := r.Header.Get("Authorization")
				used[tok]++
				if tok == "a" && used[tok] == 1 {
					return answer(r, 403, `{"message":"API rate limit exceeded"}`, "Retry-After", "3600"), nil
				}
				return answer(r, 200, `{}`), nil
			})
			c := client(w, func(o *Options) { o.Credentials = []Credential{bearer("a"), bearer("b")} })
			start := time.Now()
			for range 10 {
				if err := c.Do(t.Context(), get, ok); err != nil {
					t.Fatal(err)
				}
			}
			if used["a"] != 1 || used["b"] != 10 || time.Since(start) > time.Second {
				t.Errorf("used %v in %v", used, time.Since(start))
			}
			time.Sleep(time.Hour)
			for range 4 {
				_ = c.Do(t.Context(), get, ok)
			}
			if used["a"] == 1 {
				t.Error("the first is not used again after its reset")
			}
		})
	})
	t.Run("most left", func(t *testing.T) {
		left := map[string]int{"a": 10, "b": 30}
		used := map[string]int{}
		w := wire(func(r *http.Request) (*http.Response, error) {
			tok := r.Header.Get("Authorization")
			used[tok]++
			left[tok]--
			return answer(r, 200, `{}`, "X-RateLimit-Remaining", strconv.Itoa(left[tok])), nil
		})
		c := client(w, func(o *Options) { o.Credentials = []Credential{bearer("a"), bearer("b")} })
		for range 20 {
			if err := c.Do(t.Context(), get, ok); err != nil {
				t.Fatal(err)
			}
		}
		if used["a"] > 2 {
			t.Errorf("used %v, want the fuller one", used)
		}
	})
}

// A refused credential is left out for good while there is another.
func TestRefusedCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := map[string]int{}
		valid := map[string]bool{"b": true, "c": true}
		w := wire(func(r *http.Request) (*http.Response, error) {
			tok := r.Header.Get("Authorization")
			used[tok]++
			if !valid[tok] {
				return answer(r, 401, `{"message":"Bad credentials"}`), nil
			}
			return answer(r, 200, `{}`), nil
		})
		var log bytes.Buffer
		c := client(w, func(o *Options) {
			o.MaxAttempts, o.Log = 1, slog.New(slog.NewTextHandler(&log, nil))
			for _, tok := range []string{"a", "b", "c"} {
				o.Credentials = append(o.Credentials, func(r *http.Request) { r.Header.Set("Authorization", tok) })
			}
		})
		for range 9 {
			if err := c.Do(t.Context(), get, ok); err != nil {
				t.Fatal(err)
			}
		}
		if used["a"] != 1 || used["b"]+used["c"] != 9 {
			t.Errorf("used %v", used)
		}
		if n := strings.Count(log.String(), "credential_refused"); n != 1 || !strings.Contains(log.String(), "credential=1") {
			t.Errorf("log %s", log.String())
		}
		clear(valid)
		clear(used)
		if err := c.Do(t.Context(), get, ok); !IsStatus(err, 401) || used["a"] != 0 || used["b"] != 1 || used["c"] != 1 {
			t.Errorf("used %v, %v", used, err)
		}
		if err := c.Do(t.Context(), get, ok); !IsStatus(err, 401) {
			t.Error(err)
		}
	})
}

func TestAttemptsOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for bound, want := range map[int]int64{0: 1, 2: 2, 99: 5} {
			w, n := script(says(500, ``))
			err := client(w, func(o *Options) { o.MaxAttempts = 5 }).Do(WithAttempts(t.Context(), bound), get, ok)
			if !IsStatus(err, 500) || n.Load() != want {
				t.Errorf("%d tries, want %d: %v", n.Load(), want, err)
			}
		}
	})
}

// After a request has waited in vain for a server that is gone, others do not
// each wait as long; when it is back, all is as before.
func TestServerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}
		tries, up := 0, false
		c := client(func(r *http.Request) (*http.Response, error) {
			if tries++; up {
				return answer(r, 200, `{}`), nil
			}
			return gone(r)
		})
		for i, want := range []int{10, 3, 3, 1, 10, 3} {
			tries, up = 0, i == 3
			if err := c.Do(t.Context(), get, ok); tries != want || (err == nil) != up {
				t.Errorf("request %d: %d tries, want %d: %v", i, tries, want, err)
			}
		}
	})
}

// Inspect sees every answer but failures of the server, and has the last word.
func TestInspect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{200, 404, 500} {
			w, n := script(says(status, `{}`), says(200, `{}`))
			err := client(w, func(o *Options) {
				o.Inspect = func(r *http.Request, _ *http.Response) error {
					return &StatusError{Method: r.Method, Path: r.URL.Path, Status: 401, Message: "no"}
				}
			}).Do(t.Context(), get, ok)
			if want := int64(1 + status/500); !IsStatus(err, 401) || n.Load() != want {
				t.Errorf("%d: %d tries, %v", status, n.Load(), err)
			}
		}
	})
}

func TestStuck(t *testing.T) {
	silent := wire(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	fails := func(err error) wire {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	step := func(s step) wire { return wire(s) }
	for name, c := range map[string]struct {
		w    wire
		want bool
	}{
		"failure":   {step(says(500, ``)), true},
		"gateway":   {step(says(504, `<html>`)), true},
		"silence":   {silent, true},
		"broken":    {fails(io.ErrUnexpectedEOF), true},
		"no server": {fails(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), false},
		"limit":     {step(says(429, ``)), false},
		"full":      {step(says(503, ``, "Retry-After", "1")), false},
		"forbidden": {step(says(403, ``)), false},
		"login":     {step(says(200, `<html>`)), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cl := client(c.w, func(o *Options) { o.MaxAttempts, o.HTTP.Timeout = 2, time.Minute })
				if err := cl.Do(t.Context(), get, ok); err == nil || Stuck(err) != c.want {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// Cancelling ends every kind of wait at once.
func TestCancel(t *testing.T) {
	for name, s := range map[string]step{
		"limit":   says(429, ``, "Retry-After", "3600"),
		"backoff": says(500, ``),
		"request": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := script(s)
				c := client(w, func(o *Options) { o.MinBackoff, o.MaxBackoff, o.MaxInFlight = time.Hour, time.Hour, 1 })
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				var wg sync.WaitGroup
				for range 3 { // one is waiting, two stand at the gate
					wg.Go(func() {
						if err := c.Do(ctx, get, ok); !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("error %v", err)
						}
					})
				}
				wg.Wait()
				if took := time.Since(start); took > time.Minute+time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestGate(t *testing.T) {
	g := newGate(8)
	for range 2 {
		g.shrink()
	}
	if g.width != 2 {
		t.Errorf("width %d after two complaints, want 2", g.width)
	}
	for range 5 {
		g.shrink()
	}
	if g.width != 1 {
		t.Errorf("width %d, want at least 1", g.width)
	}
	for want, n := 2, 1; want <= 8; want, n = want+1, n+1 {
		for range n {
			g.grow()
		}
		if g.width != want {
			t.Fatalf("width %d after %d more good answers, want %d", g.width, n, want)
		}
	}
	for range 50 {
		g.grow()
	}
	if g.width != 8 {
		t.Errorf("width %d, want no more than 8", g.width)
	}
}

func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		limit := int64(3)
		w := wire(func(r *http.Request) (*http.Response, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			if n > limit {
				return answer(r, 403, `{"message":"secondary rate limit"}`, "Retry-After", "1"), nil
			}
			return answer(r, 200, `{}`), nil
		})
		c := client(w, func(o *Options) { o.MaxInFlight = 6 })
		var wg sync.WaitGroup
		for range 60 {
			wg.Go(func() {
				if err := c.Do(t.Context(), get, ok); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most.Load() > 6 {
			t.Errorf("%d in flight", most.Load())
		}
	})
}

func TestRedirects(t *testing.T) {
	hop := func(to string) wire {
		return func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/end" {
				return answer(r, 200, `{}`), nil
			}
			return answer(r, 302, ``, "Location", to), nil
		}
	}
	for to, want := range map[string]string{
		"https://tracker.example/end":  "",
		"http://tracker.example/end":   "from https to http",
		"https://tracker.example/loop": "redirected 10 times",
	} {
		c := New(Options{})
		c.opt.HTTP.Transport = hop(to)
		err := c.Do(t.Context(), get, ok)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", to, err, want)
		}
	}
}

func TestErrorsHideTheQuery(t *testing.T) {
	err := hideURL(&url.Error{Op: "Get", URL: "https://h/p?token=hunter2", Err: io.EOF})
	if strings.Contains(err.Error(), "hunter2") || !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestServerWordsAreShort(t *testing.T) {
	w := serverWords(http.Header{}, []byte(`{"message":"`+strings.Repeat("é\\n ", 1000)+`"}`))
	if len(w) > 510 || strings.ContainsAny(w, "\n\ufffd") {
		t.Errorf("%d bytes: %.40q", len(w), w)
	}
}

// The log tells that a run waits, and never what it read.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var buf bytes.Buffer
		w, _ := script(says(429, `{"message":"slow down"}`, "Retry-After", "60"), says(200, `{"body":"private"}`))
		c := client(w, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&buf, nil)) })
		if err := c.Do(t.Context(), get, ok); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"rate_limited", "waiting_for_quota"} {
			if !strings.Contains(buf.String(), want) {
				t.Errorf("no %s in %s", want, buf.String())
			}
		}
		if strings.Contains(buf.String(), "private") || strings.Contains(buf.String(), "hunter2") {
			t.Errorf("the log shows content: %s", buf.String())
		}
	})
}
