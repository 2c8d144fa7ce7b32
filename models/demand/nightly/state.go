// Package nightly keeps demand types the same from night to night: it places
// new tickets with the model of an earlier night, or clusters anew and matches
// the clusters to the types there were, under the decisions that people made.
//
// Everything here is pure: the same state, tickets, decisions and options give
// the same result, whatever the number of threads.
package nightly

import (
	"slices"
	"time"

	"github.com/ticketmill/ticketmill/models/text"
)

// Other is the id of what is in no demand type.
const Other = "other"

// Ticket is what is known of a ticket, scrubbed.
type Ticket struct {
	ID, Source  string
	Title, Body string
	Reporter    string // "" unknown
}

// Placed is where a ticket is, and on which text that rests. It knows nothing of
// what people merged: that is a matter of showing (see Show).
type Placed struct {
	Type        string // type id, or Other
	Part        string // id of the part of a type that people split, "" none
	Probability float64
	Language    string // ISO 639-1, "" unknown
	Hash        uint64 // of the text; another one is placed anew
	Since       int    // night in which it was first placed
}

// Status of a type.
const (
	Active = "active"
	Merged = "merged" // the clustering put its tickets into another type
	Died   = "died"   // nothing is like it any more
)

// Type is a demand type as the clustering knows it.
type Type struct {
	ID string `json:"id"`
	// Label is made from the words of the type's tickets.
	Label     string   `json:"label"`
	Keywords  []string `json:"keywords,omitempty"`
	Coherence float64  `json:"coherence"`
	Examples  []string `json:"examples,omitempty"` // ids of typical tickets
	Group     int      `json:"group"`              // number of its group at the last fit
	GroupName string   `json:"group_name,omitempty"`
	Lineage   string   `json:"lineage,omitempty"` // in words; "" from the beginning
	Status    string   `json:"status"`
	Into      string   `json:"into,omitempty"`       // of a merged type: where to
	SplitFrom string   `json:"split_from,omitempty"` // the type that it was a part of before
	BornNight int      `json:"born_night"`
	// Emerging types were found by their new words and are still small.
	Emerging bool `json:"emerging,omitempty"`
	// PartOf is the type that people split into this and others.
	PartOf string `json:"part_of,omitempty"`
}

// Event is a change in the history of the types.
type Event struct {
	Night int      `json:"night"`
	Kind  string   `json:"kind"` // born, split, merged, died, revived
	ID    string   `json:"id"`
	From  []string `json:"from,omitempty"`
	Share float64  `json:"share,omitempty"` // of the tickets of From that are now in ID
}

// State is what a night leaves to the next.
type State struct {
	Night         int // counted from 1
	FittedNight   int // when the model was made
	FittedAt      time.Time
	FittedTickets int      // how many tickets there were then
	FittedOther   float64  // share of them in no type
	FittedWith    string   // the settings of the model
	Model         []byte   // demand.Model, as it marshals itself
	Clusters      []string // type id of each of the model's clusters
	// Boilerplate is what most tickets of a source share, by source.
	Boilerplate map[string]text.Boilerplate
	// Splits are the models of the types that people split, by type id.
	Splits    map[string]*Division
	Decisions int // number of the last decision that was taken into account
	Types     map[string]*Type
	Placed    map[string]Placed // by ticket id
}

// Division tells the parts of a type apart.
type Division struct {
	Decision int      `json:"decision"` // the decision that asked for it
	Model    []byte   `json:"model"`
	Parts    []string `json:"parts"` // type id of each of the model's clusters
}

// active lists the ids of the types that are in use, sorted; the parts of a type
// that people split belong to it.
func (s *State) active() []string {
	var ids []string
	for id, t := range s.Types {
		if t.Status == Active && t.PartOf == "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
