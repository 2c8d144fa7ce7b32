package nightly

import (
	"strings"
	"testing"
)

func TestInForce(t *testing.T) {
	undo := func(n, of int) Decision { return Decision{N: n, Verb: Undo, Of: of} }
	hide := func(n int) Decision { return Decision{N: n, Verb: Hide, IDs: []string{"a"}} }
	for _, c := range []struct {
		name string
		all  []Decision
		want string
	}{
		{"nothing", nil, ""},
		{"all", []Decision{hide(1), hide(2)}, "1 2"},
		{"one undone", []Decision{hide(1), hide(2), undo(3, 1)}, "2"},
		{"undo of undo", []Decision{hide(1), undo(2, 1), undo(3, 2)}, "1"},
		{"undo of undo of undo", []Decision{hide(1), undo(2, 1), undo(3, 2), undo(4, 3)}, ""},
		{"undone twice", []Decision{hide(1), undo(2, 1), undo(3, 1), undo(4, 3)}, ""},
		{"undo of what never was", []Decision{hide(1), undo(2, 9)}, "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range InForce(c.all) {
				got = append(got, string(rune('0'+d.N)))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("in force: %q, want %q", s, c.want)
			}
		})
	}
}

func TestDecisionString(t *testing.T) {
	for _, c := range []struct {
		d    Decision
		want string
	}{
		{Decision{Verb: Rename, IDs: []string{"a"}, Name: "Cards"}, `rename a to "Cards"`},
		{Decision{Verb: Rename, IDs: []string{"a"}}, "rename a back to its label"},
		{Decision{Verb: Merge, IDs: []string{"a", "b"}}, "merge a into b"},
		{Decision{Verb: Split, IDs: []string{"a"}, Parts: 3}, "split a into 3"},
		{Decision{Verb: Pin, IDs: []string{"a"}}, "pin a"},
		{Decision{Verb: Pin, Name: "Cards", Examples: []string{"1", "2"}, Keywords: []string{"card", "visa"}}, `pin a new type "Cards" of 2 examples and the keywords card, visa`},
		{Decision{Verb: Undo, Of: 4}, "undo 4"},
		{Decision{Verb: Hide, IDs: []string{"a"}}, "hide a"},
	} {
		if got := c.d.String(); got != c.want {
			t.Errorf("%+v says %q, want %q", c.d, got, c.want)
		}
	}
}

func TestHasWord(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       bool
	}{
		{"two cards", "card", true},
		{"discards", "card", false},
		{"discards the card", "card", true},
		{"a gift-card", "card", true},
		{"shipping", "pin", false},
		{"我的银行卡丢了", "银行卡", true},
		{"c++ fails", "++", true},
		{"", "card", false},
	} {
		if got := hasWord(c.text, c.word); got != c.want {
			t.Errorf("%q has %q: %v, want %v", c.text, c.word, got, c.want)
		}
	}
}
