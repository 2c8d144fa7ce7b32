package nightly

import (
	"fmt"
	"sync"
	"testing"
)

func TestMatch(t *testing.T) {
	w, s := first(t, 1000, stay)
	m, err := NewMatcher(s, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, theme string }{
		{"I forgot my password and the login says it is locked", "login"},
		{"The printer has a paper jam, toner everywhere", "printer"},
		{"vpn tunnel disconnects", "vpn"},
		{"Where is my parcel? The tracking says the courier is delayed", "delivery"},
		{"webhook", "api"},
		{"", ""},
		{"!!! ??? 123456", ""},
		{"quokka wombat numbat", ""},
		{"我的银行卡丢了", ""},
	} {
		guesses, _, known := m.Match(c.text)
		if known != (c.theme != "") {
			t.Errorf("%q known: %v; %+v", c.text, known, guesses)
			continue
		}
		for i, g := range guesses {
			if g.Probability <= 0 || g.Probability > 1+1e-9 || i > 0 && g.Probability > guesses[i-1].Probability {
				t.Errorf("%q is of type %s with %v", c.text, g.Type.ID, g.Probability)
			}
		}
		if home, _, _ := w.home(s, c.theme); known && guesses[0].Type.ID != home {
			t.Errorf("%q is of type %q, not of %s", c.text, guesses[0].Type.Name, c.theme)
		}
		if len(guesses) > 3 {
			t.Errorf("%q has %d guesses", c.text, len(guesses))
		}
	}
}

func TestMatchUnderDecisions(t *testing.T) {
	w, s := first(t, 1000, stay)
	login, _, _ := w.home(s, "login")
	printer, _, _ := w.home(s, "printer")
	invoice, _, _ := w.home(s, "invoice")
	decisions := []Decision{
		{N: 1, Verb: Merge, IDs: []string{login, printer}},
		{N: 2, Verb: Rename, IDs: []string{printer}, Name: "Old machines"},
		{N: 3, Verb: Split, IDs: []string{invoice}, Parts: 2},
	}
	s = w.decided(t, s, 1, false, decisions...).After
	s.Splits["empty"] = &Division{Decision: 9} // of a type that could not be told apart
	m, err := NewMatcher(s, decisions, 1)
	if err != nil {
		t.Fatal(err)
	}
	guesses, _, known := m.Match("password forgotten, login locked")
	if !known || guesses[0].Type.ID != printer || guesses[0].Type.Name != "Old machines" {
		t.Errorf("a merged type is matched as %+v", guesses)
	}
	guesses, _, known = m.Match("refund of the invoice that was charged")
	if !known || guesses[0].Type.PartOf != invoice {
		t.Errorf("a split type is matched as %+v", guesses)
	}
	for i, g := range guesses {
		for _, h := range guesses[:i] {
			if g.Type == h.Type {
				t.Errorf("%s is there twice", g.Type.ID)
			}
		}
	}
}

func TestMatcherIsConcurrent(t *testing.T) {
	_, s := first(t, 400, stay)
	m, err := NewMatcher(s, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := m.Match("printer toner jam")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, _, _ := m.Match("printer toner jam"); fmt.Sprint(got[0]) != fmt.Sprint(want[0]) {
				t.Errorf("%v, and %v at the same time", got[0], want[0])
			}
		})
	}
	group.Wait()
}

func TestSimilar(t *testing.T) {
	_, s := first(t, 600, stay)
	m, err := NewMatcher(s, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	near := m.Similar("the printer has a toner jam", []string{"toner jam in the printer", "vpn tunnel disconnects", "", "quokka"})
	if near[0] < 0.7 || near[1] > 0.5 || near[2] != 0 || near[3] != 0 {
		t.Errorf("similarities %v", near)
	}
	if got := m.Similar("", nil); len(got) != 0 {
		t.Errorf("of no titles %v", got)
	}
}

func TestMatcherOfDamagedState(t *testing.T) {
	_, s := first(t, 400, stay)
	s.Model = s.Model[:len(s.Model)/2]
	if _, err := NewMatcher(s, nil, 1); err == nil {
		t.Error("half a model is loaded")
	}
}

func FuzzMatch(f *testing.F) {
	_, s := first(f, 200, stay)
	m, err := NewMatcher(s, nil, 1)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "printer jam", "\xff\xfe", "打印机 🖨️", "> quoted\n-- \nsignature"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		guesses, _, known := m.Match(text)
		if known && len(guesses) == 0 {
			t.Error("known, but no guess")
		}
		for _, g := range guesses {
			if g.Type == nil || !(g.Probability > 0 && g.Probability < 1.001) {
				t.Errorf("guess %+v", g)
			}
		}
	})
}
