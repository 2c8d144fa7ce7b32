package nightly

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The verbs of a decision.
const (
	Rename = "rename" // IDs[0] is called Name; an empty Name gives the label back
	Merge  = "merge"  // IDs[0] goes into IDs[1]
	Split  = "split"  // IDs[0] becomes Parts types
	Pin    = "pin"    // IDs[0] is kept whatever the clustering says; without IDs a new type of Examples and Keywords
	Hide   = "hide"   // IDs[0] is left out of lists
	Unhide = "unhide" // IDs[0] is listed again
	Undo   = "undo"   // decision Of is taken back
)

// Decision is something that people decided about the types.
type Decision struct {
	N        int       `json:"n"` // 1, 2, 3 …
	At       time.Time `json:"at"`
	Verb     string    `json:"verb"`
	IDs      []string  `json:"ids,omitempty"`
	Name     string    `json:"name,omitempty"`
	Parts    int       `json:"parts,omitempty"`
	Examples []string  `json:"examples,omitempty"` // ticket ids
	Keywords []string  `json:"keywords,omitempty"`
	Of       int       `json:"of,omitempty"`
}

// String says the decision in words, without the contents of any ticket.
func (d Decision) String() string {
	switch d.Verb {
	case Rename:
		if d.Name == "" {
			return "rename " + d.IDs[0] + " back to its label"
		}
		return fmt.Sprintf("rename %s to %q", d.IDs[0], d.Name)
	case Merge:
		return fmt.Sprintf("merge %s into %s", d.IDs[0], d.IDs[1])
	case Split:
		return fmt.Sprintf("split %s into %d", d.IDs[0], d.Parts)
	case Pin:
		if len(d.IDs) == 0 {
			return fmt.Sprintf("pin a new type %q of %d examples and the keywords %s", d.Name, len(d.Examples), strings.Join(d.Keywords, ", "))
		}
		return "pin " + d.IDs[0]
	case Undo:
		return fmt.Sprintf("undo %d", d.Of)
	default:
		return d.Verb + " " + strings.Join(d.IDs, " ")
	}
}

// InForce leaves out what was taken back, and the undoing itself.
func InForce(all []Decision) []Decision {
	undone := map[int]bool{}
	for _, d := range slices.Backward(all) {
		// an undoing may itself have been undone
		if d.Verb == Undo && !undone[d.N] {
			undone[d.Of] = true
		}
	}
	var kept []Decision
	for _, d := range all {
		if d.Verb != Undo && !undone[d.N] {
			kept = append(kept, d)
		}
	}
	return kept
}

// PinnedID is the id of the type that a decision without IDs pins.
func (d Decision) PinnedID() string { return fmt.Sprintf("p%d", d.N) }

// pinned is the id of the type that a decision pins.
func (d Decision) pinned() string {
	if len(d.IDs) > 0 {
		return d.IDs[0]
	}
	return d.PinnedID()
}
