package message

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// registryFake speaks the part of the registry's protocol that is used.
type registryFake struct {
	*httptest.Server
	answers map[string]string // by path
	asked   atomic.Int64
	fail    func(n int64, w http.ResponseWriter) bool // nil: never
	hold    chan struct{}                             // nil: answer at once
	arrived chan struct{}                             // nil: nobody waits for the first request
	user    string
}

func newRegistryFake(t *testing.T) *registryFake {
	t.Helper()
	f := &registryFake{answers: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *registryFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.asked.Add(1)
	if f.arrived != nil && n == 1 {
		close(f.arrived)
	}
	if f.hold != nil {
		<-f.hold
	}
	if f.fail != nil && f.fail(n, w) {
		return
	}
	if user, password, _ := r.BasicAuth(); f.user != "" && user+":"+password != f.user {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	a, ok := f.answers[r.URL.EscapedPath()]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		a = `{"error_code":40403,"message":"Schema not found"}`
	}
	fmt.Fprint(w, a)
}

// add registers a schema; references are "name=subject" at version 1.
func (f *registryFake) add(path, kind, schema string, references ...string) {
	type reference struct {
		Name    string `json:"name"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
	}
	body := struct {
		Type       string      `json:"schemaType,omitempty"`
		Schema     string      `json:"schema"`
		References []reference `json:"references,omitempty"`
	}{Type: kind, Schema: schema}
	for _, r := range references {
		name, subject, _ := strings.Cut(r, "=")
		body.References = append(body.References, reference{name, subject, 1})
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	f.answers[path] = string(b)
}

// decoder asks the fake and does not wait between tries.
func (f *registryFake) decoder(t *testing.T, o RegistryOptions) *Decoder {
	t.Helper()
	if o.URL == "" {
		o.URL = f.URL
	}
	d := decoder(t, Options{Registry: &o})
	d.registry.retry = func() []backoff.RetryOption {
		return []backoff.RetryOption{backoff.WithBackOff(&backoff.ZeroBackOff{}), backoff.WithMaxTries(5)}
	}
	return d
}

// framed puts Confluent's prefix before a body.
func framed(id uint32, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, id), body...)
}

const jsonSchemaText = `{"type":"object"}`

func TestRegistryCaches(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/7", "JSON", jsonSchemaText)
	d := f.decoder(t, RegistryOptions{})
	for range 3 {
		items, err := d.Decode(t.Context(), msg(framed(7, []byte(ticketText))))
		if got := verdictOf(t, items, err); got != "ticketmill/1" {
			t.Fatal(got)
		}
	}
	if n := f.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestRegistryMergesLookups(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/7", "JSON", jsonSchemaText)
	f.hold = make(chan struct{})
	d := f.decoder(t, RegistryOptions{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			items, err := d.Decode(t.Context(), msg(framed(7, []byte(ticketText))))
			if err != nil || len(items) != 1 {
				t.Errorf("got %d items, %v", len(items), err)
			}
		})
	}
	close(f.hold)
	wg.Wait()
	if n := f.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A caller that gives up takes nobody else's lookup with it.
func TestRegistryLeaderGone(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/7", "JSON", jsonSchemaText)
	f.hold, f.arrived = make(chan struct{}), make(chan struct{})
	d := f.decoder(t, RegistryOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	leader := make(chan error, 1)
	go func() {
		_, err := d.Decode(ctx, msg(framed(7, []byte(ticketText))))
		leader <- err
	}()
	follower := make(chan error, 1)
	go func() {
		_, err := d.Decode(t.Context(), msg(framed(7, []byte(ticketText))))
		follower <- err
	}()
	<-f.arrived
	cancel()
	if err := <-leader; !errors.Is(err, context.Canceled) {
		t.Errorf("leader: %v", err)
	}
	close(f.hold)
	if err := <-follower; err != nil {
		t.Errorf("follower: %v", err)
	}
}

func TestRegistryOutage(t *testing.T) {
	for name, fail := range map[string]func(w http.ResponseWriter){
		"5xx":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
		"429":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"cut":     func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"cut off": func(w http.ResponseWriter) { w.Header().Set("Content-Length", "99"); fmt.Fprint(w, "{") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newRegistryFake(t)
			f.add("/schemas/ids/7", "JSON", jsonSchemaText)
			var down atomic.Int64
			down.Store(3)
			f.fail = func(n int64, w http.ResponseWriter) bool {
				if n > down.Load() {
					return false
				}
				fail(w)
				return true
			}
			var log bytes.Buffer
			d := f.decoder(t, RegistryOptions{User: "reader", Password: "hunter2"})
			d.registry.log = slog.New(slog.NewTextHandler(&log, nil))
			items, err := d.Decode(t.Context(), msg(framed(7, []byte(ticketText))))
			if got := verdictOf(t, items, err); got != "ticketmill/1" {
				t.Errorf("short outage: %s", got)
			}
			if strings.Count(log.String(), "level=WARN") != 3 || strings.Contains(log.String(), "hunter2") {
				t.Errorf("log:\n%s", log.String())
			}

			down.Store(1 << 40)
			_, err = d.Decode(t.Context(), msg(framed(8, nil)))
			var p *Poison
			if err == nil || errors.As(err, &p) || !strings.Contains(err.Error(), "schema registry: unreachable") {
				t.Errorf("long outage: %v", err)
			}
			down.Store(0)
			if _, err = d.Decode(t.Context(), msg(framed(8, nil))); !errors.As(err, &p) || p.Reason != "schema_not_found" {
				t.Errorf("after the outage: %v", err)
			}
		})
	}
}

func TestRegistryMissing(t *testing.T) {
	f := newRegistryFake(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	d := f.decoder(t, RegistryOptions{Now: func() time.Time { return now }})
	decode := func() string {
		items, err := d.Decode(t.Context(), msg(framed(9, []byte(ticketText))))
		return verdictOf(t, items, err)
	}
	for range 2 {
		if got := decode(); got != "schema_not_found" {
			t.Fatal(got)
		}
	}
	if n := f.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	f.add("/schemas/ids/9", "JSON", jsonSchemaText)
	now = now.Add(missingFor)
	if got := decode(); got != "ticketmill/1" {
		t.Error(got)
	}
}

// Garbage that looks framed must not fill the memory with what is missing.
func TestRegistryForgetsMissing(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	g := &registry{known: map[string]verdict{}, now: func() time.Time { return now }}
	for i := range 3 * sweepAt {
		now = now.Add(missingFor / sweepAt)
		g.remember(fmt.Sprint(i), verdict{poison: poison("schema_not_found"), until: now.Add(missingFor)})
	}
	if len(g.known) > sweepAt+1 {
		t.Errorf("remembers %d", len(g.known))
	}
}

func TestRegistryCredentials(t *testing.T) {
	f := newRegistryFake(t)
	f.user = "reader:hunter2"
	f.add("/schemas/ids/7", "JSON", jsonSchemaText)
	withUser := strings.Replace(f.URL, "http://", "http://reader:hunter2@", 1)
	for name, o := range map[string]RegistryOptions{
		"options": {User: "reader", Password: "hunter2"},
		"address": {URL: withUser},
		"second":  {URL: "http://127.0.0.1:1, " + withUser},
	} {
		items, err := f.decoder(t, o).Decode(t.Context(), msg(framed(7, []byte(ticketText))))
		if got := verdictOf(t, items, err); got != "ticketmill/1" {
			t.Errorf("%s: %s", name, got)
		}
	}
	before := f.asked.Load()
	_, err := f.decoder(t, RegistryOptions{User: "reader", Password: "hunter3"}).Decode(t.Context(), msg(framed(7, nil)))
	var p *Poison
	if err == nil || errors.As(err, &p) || !strings.Contains(err.Error(), "credentials") || strings.Contains(err.Error(), "hunter3") {
		t.Errorf("got %v", err)
	}
	if n := f.asked.Load() - before; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestRegistryIsNone(t *testing.T) {
	f := newRegistryFake(t)
	f.answers["/schemas/ids/7"] = "<html>Please log in</html>"
	_, err := f.decoder(t, RegistryOptions{}).Decode(t.Context(), msg(framed(7, nil)))
	var p *Poison
	if err == nil || errors.As(err, &p) || !strings.Contains(err.Error(), "not that of a schema registry") || f.asked.Load() != 1 {
		t.Errorf("got %v after %d requests", err, f.asked.Load())
	}
	f.fail = func(_ int64, w http.ResponseWriter) bool { w.WriteHeader(http.StatusUnprocessableEntity); return true }
	if _, err = f.decoder(t, RegistryOptions{}).Decode(t.Context(), msg(framed(7, nil))); err == nil || errors.As(err, &p) {
		t.Errorf("got %v", err)
	}
}

func TestRegistryReferencesBounded(t *testing.T) {
	f := newRegistryFake(t)
	f.add("/schemas/ids/7", "AVRO", `"string"`, "a=s0")
	for i := range 2 * maxReferences {
		f.add(fmt.Sprintf("/subjects/s%d/versions/1", i), "AVRO", `"string"`, fmt.Sprintf("a=s%d", i+1))
	}
	f.add("/schemas/ids/8", "AVRO", `"string"`, "a=circle")
	f.add("/subjects/circle/versions/1", "AVRO", `"string"`, "a=circle")
	d := f.decoder(t, RegistryOptions{})
	for id, want := range map[uint32]string{7: "schema_unreadable", 8: "unknown_format"} {
		items, err := d.Decode(t.Context(), msg(framed(id, []byte("\x02x"))))
		if got := verdictOf(t, items, err); got != want {
			t.Errorf("%d: got %s, want %s", id, got, want)
		}
	}
}
