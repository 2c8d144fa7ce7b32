package nightly

import (
	"fmt"
	"strings"
	"testing"
)

// shownState has the types a to d, of which d was split off a by the clustering,
// and the parts of a, which people split by decision 1.
func shownState() *State {
	s := &State{Types: map[string]*Type{}, Splits: map[string]*Division{}}
	for _, id := range []string{"a", "b", "c", "d"} {
		s.Types[id] = &Type{ID: id, Label: "label " + id, Status: Active}
	}
	s.Types["d"].SplitFrom = "a"
	for _, id := range []string{"a.1.1", "a.1.2"} {
		s.Types[id] = &Type{ID: id, Label: "label " + id, Status: Active, PartOf: "a"}
	}
	s.Splits["a"] = &Division{Decision: 1, Parts: []string{"a.1.1", "a.1.2"}}
	s.Types["e"] = &Type{ID: "e", Label: "label e", Status: Active}
	s.Splits["e"] = &Division{Decision: 2} // could not be told apart
	return s
}

func TestShow(t *testing.T) {
	split := Decision{N: 1, Verb: Split, IDs: []string{"a"}, Parts: 2}
	do := func(n int, verb string, ids ...string) Decision { return Decision{N: n, Verb: verb, IDs: ids} }
	named := func(n int, name string, id string) Decision {
		return Decision{N: n, Verb: Rename, IDs: []string{id}, Name: name}
	}
	for _, c := range []struct {
		name      string
		decisions []Decision
		// what is listed, and where a ticket of each of a, a's first part, b, c, d,
		// e is shown
		list, of string
	}{
		{"nothing decided", nil, "a b c d e", "a a b c d e"},
		{"rename", []Decision{named(3, "Bees", "b")}, "a b=Bees c d e", "a a b c d e"},
		{"renamed back", []Decision{named(3, "Bees", "b"), named(4, "", "b")}, "a b c d e", "a a b c d e"},
		{"renamed twice, one undone", []Decision{named(3, "Bees", "b"), named(4, "Wasps", "b"), {N: 5, Verb: Undo, Of: 4}}, "a b=Bees c d e", "a a b c d e"},
		{"merge", []Decision{do(3, Merge, "b", "c")}, "a c d e", "a a c c d e"},
		{"merge chain", []Decision{do(3, Merge, "b", "c"), do(4, Merge, "c", "e")}, "a d e", "a a e e d e"},
		{"merge circle", []Decision{do(3, Merge, "b", "c"), do(4, Merge, "c", "b")}, "a b c d e", "a a b c d e"},
		{"merge into itself", []Decision{do(3, Merge, "b", "b")}, "a b c d e", "a a b c d e"},
		{"merge into nothing", []Decision{do(3, Merge, "b", "zz")}, "a b c d e", "a a b c d e"},
		{"merge undone", []Decision{do(3, Merge, "b", "c"), {N: 4, Verb: Undo, Of: 3}}, "a b c d e", "a a b c d e"},
		{"what splits off a merged type follows", []Decision{do(3, Merge, "a", "b")}, "b c e", "b b b c b e"},
		{"unless it was merged elsewhere", []Decision{do(3, Merge, "a", "b"), do(4, Merge, "d", "c")}, "b c e", "b b b c c e"},
		{"hide", []Decision{do(3, Hide, "b")}, "a b(hidden) c d e", "a a b c d e"},
		{"hide and unhide", []Decision{do(3, Hide, "b"), do(4, Unhide, "b")}, "a b c d e", "a a b c d e"},
		{"split", []Decision{split}, "a.1.1 a.1.2 b c d e", "a a.1.1 b c d e"},
		{"split undone", []Decision{split, {N: 3, Verb: Undo, Of: 1}}, "a b c d e", "a a b c d e"},
		{"split by another decision", []Decision{do(9, Split, "a")}, "a b c d e", "a a b c d e"},
		{"split without parts", []Decision{do(2, Split, "e")}, "a b c d e", "a a b c d e"},
		{"part merged", []Decision{split, do(3, Merge, "a.1.1", "b")}, "a.1.2 b c d e", "a b b c d e"},
		{"merged into a split type", []Decision{split, do(3, Merge, "b", "a")}, "a a.1.1 a.1.2 c d e", "a a.1.1 a c d e"},
		{"pin", []Decision{do(3, Pin, "c")}, "a b c(pinned) d e", "a a b c d e"},
		{"pin of a new type that has no tickets", []Decision{{N: 3, Verb: Pin, Name: "New"}}, "a b c d e", "a a b c d e"},
		{"unknown ids", []Decision{do(3, Hide, "zz"), named(4, "x", "zz"), do(5, Pin, "zz"), do(6, Split, "zz"), do(7, Hide)}, "a b c d e", "a a b c d e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Show(shownState(), c.decisions)
			var list, of []string
			for _, s := range v.Types() {
				one := s.ID
				if s.Name != "label "+s.ID {
					one += "=" + s.Name
				}
				if s.Hidden {
					one += "(hidden)"
				}
				if s.Pinned {
					one += "(pinned)"
				}
				list = append(list, one)
			}
			for _, p := range []Placed{{Type: "a"}, {Type: "a", Part: "a.1.1"}, {Type: "b"}, {Type: "c"}, {Type: "d"}, {Type: "e"}} {
				of = append(of, v.Of(p))
			}
			if got := strings.Join(list, " "); got != c.list {
				t.Errorf("listed: %s\nwant:   %s", got, c.list)
			}
			if got := strings.Join(of, " "); got != c.of {
				t.Errorf("shown in: %s\nwant:     %s", got, c.of)
			}
			if got := v.Of(Placed{Type: Other}); got != Other {
				t.Errorf("what is in no type is shown in %s", got)
			}
		})
	}
}

func TestShowFollowsClustering(t *testing.T) {
	s := shownState()
	s.Types["b"].Status, s.Types["b"].Into = Merged, "c"
	v := Show(s, []Decision{{N: 3, Verb: Merge, IDs: []string{"e", "b"}}})
	if got := v.Of(Placed{Type: "e"}); got != "c" {
		t.Errorf("merged into b, which has gone into c, and shown in %s", got)
	}
}

func TestShowNamesPinnedType(t *testing.T) {
	s := shownState()
	s.Types["p3"] = &Type{ID: "p3", Label: "label p3", Status: Active}
	v := Show(s, []Decision{{N: 3, Verb: Pin, Name: "Cards", Keywords: []string{"card"}}})
	if got := fmt.Sprint(v.types["p3"].Name, v.types["p3"].Pinned); got != "Cardstrue" {
		t.Errorf("name and pin are %s", got)
	}
}
