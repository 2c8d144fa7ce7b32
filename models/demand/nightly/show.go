package nightly

import (
	"slices"
	"strings"
)

// Shown is a type as people see it, under their decisions.
type Shown struct {
	Type
	Name           string
	Pinned, Hidden bool
	// Gone says that its tickets are shown under other types.
	Gone bool
}

// View is the types as people see them.
type View struct {
	types map[string]*Shown
	to    map[string]string // type id → the id that it is shown as
	split map[string]bool   // types whose parts are shown, and those parts
}

// Show applies the decisions in force to a state. Undoing a decision is showing
// the same state without it.
func Show(s *State, decisions []Decision) *View {
	v := &View{types: map[string]*Shown{}, to: map[string]string{}, split: map[string]bool{}}
	for id, t := range s.Types {
		v.types[id] = &Shown{Type: *t, Name: t.Label}
	}
	merged := map[string]string{}
	for _, d := range InForce(decisions) {
		v.apply(s, d, merged)
	}
	shown := map[string]bool{} // with the tickets of another type
	for id := range v.types {
		v.to[id] = v.resolve(id, merged)
		shown[v.to[id]] = shown[v.to[id]] || v.to[id] != id
	}
	for id, t := range v.types {
		isWhole := v.split[id] && t.PartOf == ""
		t.Gone = v.to[id] != id || isWhole && !shown[id]
	}
	return v
}

func (v *View) apply(s *State, d Decision, merged map[string]string) {
	switch d.Verb {
	case Merge:
		merged[d.IDs[0]] = d.IDs[1]
		return
	case Split:
		if div := s.Splits[d.IDs[0]]; div != nil && div.Decision == d.N && len(div.Parts) > 0 {
			v.split[d.IDs[0]] = true
			for _, part := range div.Parts {
				v.split[part] = true
			}
		}
		return
	case Pin:
		if t := v.types[d.pinned()]; t != nil {
			t.Pinned = true
			if len(d.IDs) == 0 && d.Name != "" {
				t.Name = d.Name
			}
		}
		return
	}
	if len(d.IDs) == 0 || v.types[d.IDs[0]] == nil {
		return
	}
	t := v.types[d.IDs[0]]
	switch d.Verb {
	case Rename:
		if t.Name = d.Name; d.Name == "" {
			t.Name = t.Label
		}
	case Hide:
		t.Hidden = true
	case Unhide:
		t.Hidden = false
	}
}

// resolve follows what people merged, and what the clustering split off a type
// that they had merged, to the type that is shown. A circle of decisions ends
// where it began.
func (v *View) resolve(id string, merged map[string]string) string {
	seen := map[string]bool{}
	for at := id; ; {
		if seen[at] || v.types[at] == nil {
			return id
		}
		seen[at] = true
		next, ok := merged[at]
		if from := v.types[at].SplitFrom; !ok && from != "" {
			if _, ok = merged[from]; ok {
				next = merged[from]
			}
		}
		if into := v.types[at].Into; !ok && at != id && into != "" {
			next, ok = into, true // what people merged into it goes where it went
		}
		if !ok {
			return at
		}
		at = next
	}
}

// Of is the id of the type that a ticket is shown in.
func (v *View) Of(p Placed) string {
	id := p.Type
	if v.split[id] && v.split[p.Part] {
		id = p.Part
	}
	if to, ok := v.to[id]; ok {
		return to
	}
	return id
}

// Types lists the types that are shown, by id; the parts of a split type only
// where the split is in force.
func (v *View) Types() []*Shown {
	var list []*Shown
	for _, t := range v.types {
		if t.Gone || t.PartOf != "" && !v.split[t.ID] {
			continue
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *Shown) int { return strings.Compare(a.ID, b.ID) })
	return list
}
