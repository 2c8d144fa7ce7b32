package lineage

import (
	"cmp"
	"slices"
)

// The kinds of Event.
const (
	// Kept: the type goes on under its id.
	Kept = "kept"
	// Born: the type is new and took no notable part of an older one.
	Born = "born"
	// Split: the type is new and took tickets that were in the types From.
	Split = "split"
	// Merged: the type From is gone, and most of its tickets are in type ID.
	Merged = "merged"
	// Died: the type is gone and its tickets are scattered or gone too.
	Died = "died"
	// Revived: a type that had died is back under its id.
	Revived = "revived"
)

// Event says what became of a type. Where From is given, it reads "From went
// into ID".
type Event struct {
	// Kind is one of the constants above.
	Kind string
	// ID is the type it is about; for a merger, the type that is left.
	ID string
	// From are ids of types before tonight, the largest contribution first:
	// for a split all those named as origins, for a merger the one that ended.
	From []string
	// Share is the share, between 0 and 1, of the still known tickets of the
	// older type (the first of From; else ID) that are now in type ID; 0 when
	// none are known.
	Share float64
}

// mergedShare is the share of a vanished type's tickets in one cluster from
// which on it counts as merged into that cluster.
const mergedShare = 0.5

func (t *table) events(heir []int, ids []string) []Event {
	var out []Event
	lives := make([]bool, len(t.old))
	for j, i := range heir {
		if i < 0 {
			out = append(out, t.birth(j, ids[j]))
			continue
		}
		lives[i] = true
		kind := Kept
		if t.old[i].Size == 0 {
			kind = Revived
		}
		out = append(out, Event{Kind: kind, ID: ids[j], Share: t.share(i, j)})
	}
	for i, o := range t.old {
		if !lives[i] && o.Size > 0 {
			out = append(out, t.end(i, ids))
		}
	}
	slices.SortFunc(out, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind), slices.Compare(a.From, b.From))
	})
	return out
}

// birth tells where the new type of cluster j came from. Its size counts, not
// only its known tickets: a few strays in a flood of new tickets are no origin.
func (t *table) birth(j int, id string) Event {
	var from []int
	for i := range t.old {
		n := t.common[i][j]
		whole := max(float64(t.next[j].Size), t.nextKnown[j])
		if n > 0 && (n >= t.options.MinShare*whole || t.share(i, j) >= t.options.MinShare) {
			from = append(from, i)
		}
	}
	if len(from) == 0 {
		return Event{Kind: Born, ID: id}
	}
	slices.SortStableFunc(from, func(a, b int) int { return cmp.Compare(t.common[b][j], t.common[a][j]) })
	e := Event{Kind: Split, ID: id, Share: t.share(from[0], j)}
	for _, i := range from {
		e.From = append(e.From, t.old[i].ID)
	}
	return e
}

// end tells where the tickets of the vanished type i went.
func (t *table) end(i int, ids []string) Event {
	for j := range t.next {
		if s := t.share(i, j); s > 0 && s >= mergedShare {
			return Event{Kind: Merged, ID: ids[j], From: []string{t.old[i].ID}, Share: s}
		}
	}
	return Event{Kind: Died, ID: t.old[i].ID}
}

// share of type i's still known tickets that are in cluster j.
func (t *table) share(i, j int) float64 {
	if t.oldKnown[i] == 0 {
		return 0
	}
	return t.common[i][j] / t.oldKnown[i]
}
