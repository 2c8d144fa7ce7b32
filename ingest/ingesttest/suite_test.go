package ingesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

func record(key string, version int) ingest.Record {
	return ingest.Record{
		Key: key, Version: fmt.Sprintf("%08d", version), ObservedAt: time.Unix(int64(version), 0),
		Schema: "memory.thing/1", Payload: json.RawMessage(fmt.Sprintf(`{"key":%q,"version":%d}`, key, version)),
	}
}

func TestMemory(t *testing.T) {
	st := ingest.Stream{Name: "things", Scope: "here"}
	m := &Memory{PageSize: 3}
	for i := range 10 {
		m.Put(st, record(strconv.Itoa(i%7), i+1))
	}
	pages := mustRead(t, m, st, nil)
	got := state{}
	for _, p := range pages {
		if err := versioned(p.Next); err != nil {
			t.Error(err)
		}
		for _, r := range p.Records {
			if err := sound(r, false); err != nil {
				t.Error(err)
			}
		}
		got.add(p.Records)
	}
	if len(pages) != 4 || len(got) != 7 || *pages[3].SourceCount != 7 || got["2"].Version != "00000010" {
		t.Errorf("%d pages, %d keys, count %d", len(pages), len(got), *pages[3].SourceCount)
	}
	last := stored(t, pages[3].Next)
	if again := mustRead(t, m, st, last); len(again) != 1 || len(again[0].Records) != 0 {
		t.Errorf("nothing new gives %d pages", len(again))
	}
	m.Put(st, ingest.Record{Key: "1", Version: "00000011", Deleted: true})
	more := mustRead(t, m, st, last)
	if len(more[0].Records) != 1 || *more[0].SourceCount != 6 {
		t.Errorf("after a deletion: %+v", more)
	}
	oops := errors.New("oops")
	m.FailAfter(2, oops)
	if pages, err := readStream(t.Context(), m, st, nil); !errors.Is(err, oops) || len(pages) != 2 {
		t.Errorf("%d pages, then %v", len(pages), err)
	}
	m.FailAfter(0, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readStream(ctx, m, st, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, bad := range []string{`{"v":2}`, `{}`, `[]`} {
		if _, err := readStream(t.Context(), m, st, ingest.Cursor(bad)); err == nil {
			t.Errorf("cursor %s is accepted", bad)
		}
	}
}

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	failures int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failures++ }

func TestSameStateTellsDifferences(t *testing.T) {
	st := ingest.Stream{Name: "things"}
	things := func(change func(*ingest.Record)) state {
		s := state{}
		for i := range 3 {
			r := record(strconv.Itoa(i), 5)
			if i == 1 && change != nil {
				change(&r)
			}
			s.add([]ingest.Record{r})
		}
		return s
	}
	for what, c := range map[string]struct {
		change func(*ingest.Record)
		want   int
	}{
		"same":    {nil, 0},
		"key":     {func(r *ingest.Record) { r.Key = "x" }, 2},
		"version": {func(r *ingest.Record) { r.Version = "1" }, 1},
		"deleted": {func(r *ingest.Record) { r.Deleted = true }, 1},
		"schema":  {func(r *ingest.Record) { r.Schema = "other/1" }, 1},
		"payload": {func(r *ingest.Record) { r.Payload = json.RawMessage(`{}`) }, 1},
	} {
		rec := &recorder{TB: t}
		(&suite{}).sameState(rec, what, st, things(c.change), things(nil))
		if rec.failures != c.want {
			t.Errorf("%s: %d failures, want %d", what, rec.failures, c.want)
		}
	}
	// The latest version wins, whatever the order of arrival.
	s := state{}
	s.add([]ingest.Record{record("k", 9), record("k", 3)})
	if s["k"].Version != "00000009" {
		t.Errorf("version %s wins", s["k"].Version)
	}
}

func TestSoundAndVersioned(t *testing.T) {
	good := record("k", 1)
	for what, change := range map[string]func(*ingest.Record){
		"key":        func(r *ingest.Record) { r.Key = "" },
		"version":    func(r *ingest.Record) { r.Version = "" },
		"time":       func(r *ingest.Record) { r.ObservedAt = time.Time{} },
		"schema":     func(r *ingest.Record) { r.Schema = "thing" },
		"quarantine": func(r *ingest.Record) { r.Schema = ingest.QuarantineSchema },
		"array":      func(r *ingest.Record) { r.Payload = json.RawMessage(`[]`) },
		"null":       func(r *ingest.Record) { r.Payload = json.RawMessage(`null`) },
	} {
		r := good
		if change(&r); sound(r, false) == nil {
			t.Errorf("%s: passes", what)
		}
	}
	if err := sound(good, false); err != nil {
		t.Error(err)
	}
	for c, want := range map[string]bool{`{"v":1}`: true, `{"version":"a"}`: true, `{}`: false, `1`: false, ``: false} {
		if (versioned(ingest.Cursor(c)) == nil) != want {
			t.Errorf("cursor %q: %v", c, versioned(ingest.Cursor(c)))
		}
	}
}
