package nightly

import (
	"fmt"

	"github.com/ticketmill/ticketmill/models/demand"
)

// divide tells the parts of the types apart that people split: a model of its
// own over the type's tickets, made when the decision is first seen, places
// them tonight and later.
func (n *night) divide() error {
	last := map[string]int{}
	for _, d := range n.inForce {
		if d.Verb == Split {
			last[d.IDs[0]] = d.N
		}
	}
	for _, d := range n.inForce {
		if d.Verb != Split || last[d.IDs[0]] != d.N || n.after.Types[d.IDs[0]] == nil {
			continue
		}
		if err := n.divideOne(d); err != nil {
			return fmt.Errorf("split %s: %w", d.IDs[0], err)
		}
	}
	return nil
}

func (n *night) divideOne(d Decision) error {
	div := n.after.Splits[d.IDs[0]]
	isNew := div == nil || div.Decision != d.N
	todo := n.undivided(d.IDs[0], isNew)
	if len(todo) == 0 || !isNew && len(div.Parts) == 0 {
		return nil // the second: its tickets did not differ enough to be told apart
	}
	c, ids, err := n.read(todo)
	if err != nil {
		return err
	}
	m := new(demand.Model)
	var assigned []demand.Assignment
	if isNew {
		if m, assigned, err = demand.Fit(c.Corpus, demand.Options{K: d.Parts, Seed: n.Options.Seed, Threads: c.reader.threads}); err != nil {
			return err
		}
		if div, err = n.newDivision(d, m); err != nil {
			return err
		}
	} else {
		if err := m.UnmarshalBinary(div.Model); err != nil {
			return err
		}
		assigned = m.Assign(c.Corpus, c.reader.threads)
	}
	for i, ticket := range ids {
		p := n.after.Placed[ticket]
		if p.Part = ""; len(div.Parts) > 0 {
			p.Part = div.part(assigned[i])
		}
		n.after.Placed[ticket] = p
		n.changed[ticket] = true
	}
	if isNew {
		n.describeParts(div, m, c, ids, assigned)
	}
	return nil
}

// undivided lists the tickets of a type that are to be told apart: all of them
// at first, later those in no part yet.
func (n *night) undivided(id string, isNew bool) map[string]bool {
	todo := map[string]bool{}
	for ticket, p := range n.after.Placed {
		if p.Type == id && (isNew || p.Part == "") {
			todo[ticket] = true
		}
	}
	return todo
}

// part is the part that a ticket belongs to: of those in none, the one that comes
// closest, else the largest.
func (d *Division) part(a demand.Assignment) string {
	if a.Cluster == demand.Other {
		return d.Parts[max(a.Next[0].Cluster, 0)]
	}
	return d.Parts[a.Cluster]
}

func (n *night) newDivision(d Decision, m *demand.Model) (*Division, error) {
	blob, err := m.MarshalBinary()
	if err != nil {
		return nil, err
	}
	div := &Division{Decision: d.N, Model: blob}
	parent := n.after.Types[d.IDs[0]]
	for c := range m.Clusters() {
		id := fmt.Sprintf("%s.%d.%d", parent.ID, d.N, c+1)
		div.Parts = append(div.Parts, id)
		n.after.Types[id] = &Type{
			ID: id, Status: Active, PartOf: parent.ID, BornNight: n.after.Night, Group: parent.Group, GroupName: parent.GroupName,
			Lineage: fmt.Sprintf("split from %s (%s) by decision %d", parent.Label, parent.ID, d.N),
		}
		n.types[id] = true
	}
	n.after.Splits[parent.ID] = div
	n.splits[parent.ID] = true
	return div, nil
}

func (n *night) describeParts(div *Division, m *demand.Model, c *corpus, ids []string, assigned []demand.Assignment) {
	for k, d := range demand.Describe(c.Corpus, m, assigned, c.reader.threads) {
		t := n.after.Types[div.Parts[k]]
		t.Label, t.Keywords, t.Coherence = labelOf(d, t.ID), d.Keywords, d.Coherence
		for _, i := range d.Representatives {
			t.Examples = append(t.Examples, ids[i])
		}
	}
}
