package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func write(t *testing.T, rep *Report, l Lang, f func(*Report, io.Writer, Lang) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(rep, &b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, rep := range map[string]*Report{"full": fixture(), "bare": bare()} {
		for _, l := range []Lang{English, Chinese} {
			golden(t, name+"."+string(l)+".html", write(t, rep, l, (*Report).HTML))
			golden(t, name+"."+string(l)+".md", write(t, rep, l, (*Report).Markdown))
		}
	}
}

// TestSameBytes: whatever is written twice is the same twice.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*Report, io.Writer, Lang) error{"html": (*Report).HTML, "md": (*Report).Markdown, "xlsx": (*Report).XLSX} {
		first := write(t, fixture(), Chinese, f)
		for range 5 {
			if !bytes.Equal(first, write(t, fixture(), Chinese, f)) {
				t.Errorf("%s: two writings differ", name)
			}
		}
	}
}

// TestHTMLIsSelfContained: no script, nothing from elsewhere, no text of a ticket
// read as markup, and each name on its own in case it runs from right to left.
func TestHTMLIsSelfContained(t *testing.T) {
	t.Parallel()
	page := string(write(t, fixture(), English, (*Report).HTML))
	for _, bad := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", " src=", "javascript:", " href="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	if !strings.Contains(page, "<bdi>"+hostile.rtl+"</bdi>") {
		t.Error("a name from right to left is not kept apart")
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two elements have the id %s", m[1])
		}
		ids[m[1]] = true
	}
}

// TestCharts: each chart is well-formed and says in words what it shows.
func TestCharts(t *testing.T) {
	t.Parallel()
	charts := 0
	for _, s := range fixture().document(English).sections {
		for _, c := range s.charts {
			charts++
			svg := c.svg(English)
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", c.id, err)
				}
			}
			if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Errorf("%s has a coordinate that is no number", c.id)
			}
			if !strings.Contains(svg, "<title id=") || c.text == "" {
				t.Errorf("%s has no text alternative", c.id)
			}
		}
	}
	if charts != 5 {
		t.Errorf("%d charts, want 5", charts)
	}
}

func TestBeyondChance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, then int64
		want      bool
	}{
		{0, 0, false},
		{3, 0, false},
		{6, 0, true},
		{0, 6, true},
		{110, 100, false},
		{160, 100, true},
		{1040, 1000, false},
	} {
		if got := beyondChance(c.now, c.then); got != c.want {
			t.Errorf("%d after %d: %v, want %v", c.now, c.then, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		kind  kind
		en    string
		zh    string
	}{
		{nil, kindCount, "–", "–"},
		{int64(1234567), kindCount, "1,234,567", "1,234,567"},
		{int64(-3), kindSigned, "−3", "−3"},
		{int64(0), kindSigned, "±0", "±0"},
		{0.1234, kindShare, "12.3%", "12.3%"},
		{-0.0004, kindPoints, "±0 pp", "±0 个百分点"},
		{0.051, kindPoints, "+5.1 pp", "+5.1 个百分点"},
		{40.0, kindSeconds, "40 s", "40 秒"},
		{3599.0, kindSeconds, "60 min", "60 分钟"},
		{3600.0, kindSeconds, "1.0 h", "1.0 小时"},
		{172800.0, kindSeconds, "2.0 d", "2.0 天"},
		{-3600.0, kindLater, "−1.0 h", "−1.0 小时"},
		{0.9999, kindChance, "> 99%", "> 99%"},
		{true, kindFlag, "yes", "是"},
		{day("2026-06-01"), kindDay, "1 Jun 2026", "2026年6月1日"},
		{day("2026-06-01"), kindMoment, "1 Jun 2026 00:00 UTC", "2026年6月1日 00:00 UTC"},
	} {
		if got := English.write(c.value, c.kind); got != c.en {
			t.Errorf("%v: %q, want %q", c.value, got, c.en)
		}
		if got := Chinese.write(c.value, c.kind); got != c.zh {
			t.Errorf("%v: %q, want %q", c.value, got, c.zh)
		}
	}
}

// FuzzEscape: no text ends a table's cell or begins a tag.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{hostile.markup, hostile.rtl, "a\n| b |\r\n# c", "\\|", "`|`"} {
		f.Add(s)
	}
	plain := regexp.MustCompile(`(^|[^\\])(\\\\)*[|<>#*_\[\]` + "`" + `~&]`)
	f.Fuzz(func(t *testing.T, s string) {
		if out := escape(s); strings.ContainsAny(out, "\r\n") || plain.MatchString(out) {
			t.Errorf("%q became %q", s, out)
		}
	})
}

func FuzzAddReasons(f *testing.F) {
	f.Add("not_json=3, empty_value=1; not_json=4")
	f.Add("=,=;;a=-9223372036854775808")
	f.Fuzz(func(_ *testing.T, s string) { addReasons(s) })
}

func TestAddReasons(t *testing.T) {
	t.Parallel()
	if got, want := addReasons("not_json=3, empty_value=1; not_json=4"), "empty_value 1, not_json 7"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
