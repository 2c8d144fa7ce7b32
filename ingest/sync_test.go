package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/ingest"
)

var stream = ingest.Stream{Name: "issues", Scope: "SUP"}

// pages is a source of given pages, then an error or the end.
type pages struct {
	list []ingest.Page
	err  error
	// each, when set, is called before the n-th page (from 0) is yielded.
	each func(n int)

	from    ingest.Cursor
	asked   ingest.Stream
	yielded int
}

func (s *pages) Streams() []ingest.Stream { return []ingest.Stream{stream} }

func (s *pages) Read(ctx context.Context, st ingest.Stream, from ingest.Cursor) iter.Seq2[ingest.Page, error] {
	s.asked, s.from = st, from
	return func(yield func(ingest.Page, error) bool) {
		for n, p := range s.list {
			if s.each != nil {
				s.each(n)
			}
			if err := ctx.Err(); err != nil {
				yield(ingest.Page{}, err)
				return
			}
			s.yielded++
			if !yield(p, nil) {
				return
			}
		}
		if s.err != nil {
			yield(ingest.Page{}, s.err)
		}
	}
}

// sink keeps what is appended, and apart from that what is durable.
type sink struct {
	cursor            ingest.Cursor
	taken, durable    []ingest.Record
	next              ingest.Cursor
	flushed           int
	appendErr, flush  error
	cancelledAtFlush  bool
	appendsBeforeFail int
}

func (s *sink) Cursor() ingest.Cursor { return s.cursor }

func (s *sink) Append(_ context.Context, p ingest.Page) error {
	if s.appendErr != nil && s.appendsBeforeFail == 0 {
		return s.appendErr
	}
	s.appendsBeforeFail--
	s.taken, s.next = append(s.taken, p.Records...), p.Next
	return nil
}

func (s *sink) Flush(ctx context.Context) error {
	s.flushed++
	s.cancelledAtFlush = ctx.Err() != nil
	if s.flush != nil {
		return s.flush
	}
	s.durable, s.cursor = slices.Clone(s.taken), s.next
	return nil
}

// upper is a border that writes in capitals and cannot read "bad".
type upper struct{ kinds []string }

func (u *upper) Scrub(kind string, payload []byte) ([]byte, error) {
	u.kinds = append(u.kinds, kind)
	if strings.Contains(string(payload), "bad") {
		return nil, errors.New("unreadable: " + string(payload))
	}
	return []byte(strings.ToUpper(string(payload))), nil
}

func rec(key, text string) ingest.Record {
	return ingest.Record{Key: key, Version: "1", Schema: "test/1", Payload: json.RawMessage(fmt.Sprintf(`{"t":%q}`, text))}
}

func pageOf(n int, rs ...ingest.Record) ingest.Page {
	return ingest.Page{Records: rs, Next: fmt.Appendf(nil, `{"v":1,"page":%d}`, n)}
}

func keys(rs []ingest.Record) (ks []string) {
	for _, r := range rs {
		ks = append(ks, r.Key)
	}
	return ks
}

func job(src ingest.Source, k ingest.Sink) ingest.Job {
	return ingest.Job{Kind: "test", Source: src, Stream: stream, Border: &upper{}, Sink: k}
}

func TestSync(t *testing.T) {
	t.Parallel()
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a"), rec("2", "bb")), pageOf(2), pageOf(3, rec("3", "c"))}}
	k := &sink{cursor: ingest.Cursor(`{"v":1,"page":0}`)}
	j := job(src, k)
	st, err := ingest.Sync(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	if string(src.from) != `{"v":1,"page":0}` || src.asked != stream {
		t.Errorf("the source was asked for %v from %s", src.asked, src.from)
	}
	if want := (ingest.SyncStats{Pages: 3, Records: 3, Bytes: 9 + 10 + 9}); st != want {
		t.Errorf("counted %+v, want %+v", st, want)
	}
	if !slices.Equal(keys(k.durable), []string{"1", "2", "3"}) || string(k.cursor) != `{"v":1,"page":3}` || k.flushed != 1 {
		t.Errorf("durable %v at %s after %d flushes", keys(k.durable), k.cursor, k.flushed)
	}
	if string(k.durable[1].Payload) != `{"T":"BB"}` {
		t.Errorf("landed %s: not what the border let through", k.durable[1].Payload)
	}
	if kinds := j.Border.(*upper).kinds; !slices.Equal(kinds, []string{"test", "test", "test"}) {
		t.Errorf("the border was told the kinds %v", kinds)
	}
}

func TestSyncFromStart(t *testing.T) {
	t.Parallel()
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a"))}}
	k := &sink{cursor: ingest.Cursor(`{"v":1,"page":7}`)}
	j := job(src, k)
	j.FromStart = true
	if _, err := ingest.Sync(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	if src.from != nil || string(k.cursor) != `{"v":1,"page":1}` {
		t.Errorf("read from %s, went on to %s", src.from, k.cursor)
	}
}

// TestSyncErrorKeepsPages: what came before an error is durable, at every
// place the error can come.
func TestSyncErrorKeepsPages(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for n := range 4 {
		src := &pages{err: boom}
		var want []string
		for i := range n {
			src.list = append(src.list, pageOf(i+1, rec(fmt.Sprint(i+1), "x")))
			want = append(want, fmt.Sprint(i+1))
		}
		k := &sink{}
		st, err := ingest.Sync(context.Background(), job(src, k))
		if !errors.Is(err, boom) || !strings.Contains(err.Error(), "read issues@SUP: ") {
			t.Errorf("after %d pages: %v", n, err)
		}
		if st.Pages != n || !slices.Equal(keys(k.durable), want) {
			t.Errorf("after %d pages: counted %d, durable %v", n, st.Pages, keys(k.durable))
		}
		if n > 0 && string(k.cursor) != string(src.list[n-1].Next) {
			t.Errorf("the cursor is %s", k.cursor)
		}
	}
}

// TestSyncCancelled: a cancelled run flushes, and with a context that still
// lets it.
func TestSyncCancelled(t *testing.T) {
	t.Parallel()
	stop := errors.New("somebody pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(context.Background())
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a")), pageOf(2, rec("2", "b")), pageOf(3, rec("3", "c"))}}
	src.each = func(n int) {
		if n == 2 {
			cancel(stop)
		}
	}
	k := &sink{}
	st, err := ingest.Sync(ctx, job(src, k))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if st.Pages != 2 || !slices.Equal(keys(k.durable), []string{"1", "2"}) || k.cancelledAtFlush {
		t.Errorf("counted %+v, durable %v; the flush was cancelled: %v", st, keys(k.durable), k.cancelledAtFlush)
	}
}

// TestSyncQuarantine: a payload that the border cannot read lands without its
// content, and neither stops the run nor shows up in an error.
func TestSyncQuarantine(t *testing.T) {
	t.Parallel()
	bad := rec("2", "bad secret")
	bad.Version, bad.Deleted = "7", true
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a"), bad), pageOf(2, rec("3", "bad too"), rec("4", "d"))}}
	k := &sink{}
	st, err := ingest.Sync(context.Background(), job(src, k))
	if err != nil {
		t.Fatal(err)
	}
	if st.Quarantined != 2 || st.Records != 4 {
		t.Errorf("counted %+v", st)
	}
	want := ingest.Record{Key: "2", Version: "7", Deleted: true, Schema: ingest.QuarantineSchema, Payload: json.RawMessage(`{"_quarantined":"unreadable_payload"}`)}
	if !reflect.DeepEqual(k.durable[1], want) {
		t.Errorf("landed %+v, want %+v", k.durable[1], want)
	}
	for _, r := range k.durable {
		if strings.Contains(strings.ToLower(string(r.Payload)), "bad") {
			t.Errorf("landed %s", r.Payload)
		}
	}
}

func TestSyncProgress(t *testing.T) {
	t.Parallel()
	count := int64(40)
	counted := pageOf(2, rec("2", "b"))
	counted.SourceCount = &count
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a")), counted, pageOf(3)}}
	var got []string
	j := job(src, &sink{})
	j.Progress = func(st ingest.SyncStats, total *int64) {
		said := "?"
		if total != nil {
			said = fmt.Sprint(*total)
		}
		got = append(got, fmt.Sprintf("%d pages, %d of %s", st.Pages, st.Records, said))
	}
	if _, err := ingest.Sync(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	if want := []string{"1 pages, 1 of ?", "2 pages, 2 of 40", "3 pages, 2 of 40"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestSyncPageWithoutCursor: such a page is refused, what came before is kept.
func TestSyncPageWithoutCursor(t *testing.T) {
	t.Parallel()
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a")), {Records: []ingest.Record{rec("2", "b")}}, pageOf(3, rec("3", "c"))}}
	k := &sink{}
	st, err := ingest.Sync(context.Background(), job(src, k))
	if err == nil || !strings.Contains(err.Error(), "without a cursor") {
		t.Errorf("error %v", err)
	}
	if st.Pages != 1 || !slices.Equal(keys(k.durable), []string{"1"}) || src.yielded != 2 {
		t.Errorf("counted %+v, durable %v, %d pages yielded", st, keys(k.durable), src.yielded)
	}
}

// TestSyncSinkFails: nothing more is read once landing fails, and the error
// says that it was landing.
func TestSyncSinkFails(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	src := &pages{list: []ingest.Page{pageOf(1, rec("1", "a")), pageOf(2, rec("2", "b")), pageOf(3, rec("3", "c"))}}
	_, err := ingest.Sync(context.Background(), job(src, &sink{appendErr: full, appendsBeforeFail: 1}))
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "land issues@SUP: ") || src.yielded != 2 {
		t.Errorf("append: %v after %d pages", err, src.yielded)
	}
	_, err = ingest.Sync(context.Background(), job(&pages{list: src.list}, &sink{flush: full}))
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "land issues@SUP: ") {
		t.Errorf("flush: %v", err)
	}
}

func TestStreamNames(t *testing.T) {
	t.Parallel()
	for _, s := range []ingest.Stream{{Name: "issues"}, {Name: "issues", Scope: "acme/engine"}, {Name: "issues", Scope: "a@b"}} {
		if got := ingest.ParseStream(s.String()); got != s {
			t.Errorf("%q came back as %+v", s, got)
		}
	}
}

func TestCursorJSON(t *testing.T) {
	t.Parallel()
	type holder struct {
		C ingest.Cursor `json:"c"`
	}
	for _, text := range []string{`{"c":null}`, `{"c":{"v":1,"x":[1,2]}}`, `{"c":"text"}`} {
		var h holder
		if err := json.Unmarshal([]byte(text), &h); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(h)
		if err != nil || string(b) != text {
			t.Errorf("%s came back as %s, %v", text, b, err)
		}
	}
	if h := (holder{}); h.C != nil {
		t.Error("an unset cursor is not nil")
	}
}
