package nightly

import (
	"fmt"

	"github.com/ticketmill/ticketmill/models/demand"
)

// divide tells the parts of the types apart that people split: a model of its
// own over the type's tickets, made when the decision is first seen, places
// them tonight and later.
func (n *night) divide() error {
	for _, d := range n.inForce {
		if d.Verb != Split || n.after.Types[d.IDs[0]] == nil {
			continue
		}
		if err := n.divideOne(d); err != nil {
			return fmt.Errorf("split %s: %w", d.IDs[0], err)
		}
	}
	return nil
}

func (n *night) divideOne(d Decision) error {
	id := d.IDs[0]
	r, err := newReader(n.after.Boilerplate, n.Options.Threads)
	if err != nil {
		return err
	}
	div := n.after.Splits[id]
	isNew := div == nil || div.Decision != d.N
	c := newCorpus(r)
	var ids []string
	for t, err := range n.Tickets() {
		if err != nil {
			return err
		}
		p := n.after.Placed[t.ID]
		if p.Type == id && (isNew || p.Part == "") {
			ids = append(ids, t.ID)
			c.add(t)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	c.flush()
	m := new(demand.Model)
	var assigned []demand.Assignment
	if isNew {
		if m, assigned, err = demand.Fit(c.Corpus, demand.Options{K: d.Parts, Seed: n.Options.Seed, Threads: r.threads}); err != nil {
			return err
		}
		if div, err = n.newDivision(d, m); err != nil {
			return err
		}
	} else {
		if err := m.UnmarshalBinary(div.Model); err != nil {
			return err
		}
		assigned = m.Assign(c.Corpus, r.threads)
	}
	if len(div.Parts) == 0 {
		return nil // its tickets do not differ enough to be told apart
	}
	for i, ticket := range ids {
		// what is in none of the parts goes to the largest
		assigned[i].Cluster = max(assigned[i].Cluster, 0)
		p := n.after.Placed[ticket]
		p.Part = div.Parts[assigned[i].Cluster]
		n.after.Placed[ticket] = p
		n.changed[ticket] = true
	}
	if isNew {
		n.describeParts(div, m, c, ids, assigned)
	}
	return nil
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
