package github

import (
	"testing"
)

func TestParseLinks(t *testing.T) {
	for _, c := range []struct {
		header, next string
		last         int64
		bad          bool
	}{
		{header: ""},
		{header: `<https://api.github.com/repositories/1/issues?page=2>; rel="next", <https://api.github.com/repositories/1/issues?page=515>; rel="last"`, next: "page=2", last: 515},
		{header: `<https://x/y?after=Y3Vyc29y%3D&per_page=100>; rel="next"`, next: "after=Y3Vyc29y%3D&per_page=100"},
		{header: `<https://x/y?a=1,2;3>; title="a, b; \"c\""; REL="Prev Next" , <https://x/y?page=9>;rel=last`, next: "a=1,2;3", last: 9},
		{header: `<https://x/y?page=2>; rel=prev`},
		{header: `,<https://x/y?page=2>; rel="next",`, next: "page=2"},
		{header: `https://x/y?page=2; rel="next"`, bad: true},
		{header: `<https://x/y?page=2; rel="next"`, bad: true},
		{header: `<https://x/y>; rel="next"`, bad: true},
		{header: `<https://x/y?page=2> rel="next"`, bad: true},
	} {
		ls, err := parseLinks(c.header)
		var next string
		if err == nil {
			next, err = ls.query("next")
		}
		last, _ := ls.lastPage()
		if (err != nil) != c.bad || next != c.next || last != c.last {
			t.Errorf("%q: next %q, last %d, error %v", c.header, next, last, err)
		}
	}
}

func FuzzLinks(f *testing.F) {
	f.Add(`<https://x/y?page=2>; rel="next", <https://x/y?page=9>; rel="last"`)
	f.Add(`<https://x/y?a=1>; title="a, b; \"c\""; REL="Prev Next"`)
	f.Add(`<<>>;;=",`)
	f.Fuzz(func(t *testing.T, h string) {
		ls, err := parseLinks(h)
		if err != nil {
			return
		}
		for rel := range ls {
			_, _ = ls.query(rel)
		}
		if n, ok := ls.lastPage(); ok && n < 1 {
			t.Fatalf("last page %d", n)
		}
	})
}
