package nightly

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/models/demand"
	"github.com/ticketmill/ticketmill/models/demand/lineage"
)

// fit makes the model anew and matches its clusters to the types there are.
func (n *night) fit() error {
	if err := n.learnBoilerplate(); err != nil {
		return err
	}
	r, err := newReader(n.after.Boilerplate, n.Options.Threads)
	if err != nil {
		return err
	}
	c := newCorpus(r)
	var ids []string
	seeds := n.newSeeds()
	for t, err := range n.Tickets() {
		if err != nil {
			return err
		}
		seeds.look(len(ids), t, n.after.Placed[t.ID])
		ids = append(ids, t.ID)
		c.add(t)
	}
	c.flush()
	o := demand.Options{
		K: n.Options.K, KMin: n.Options.KMin, KMax: n.Options.KMax, Seed: n.Options.Seed, Threads: r.threads, Seeds: seeds.tickets(),
	}
	o.Words = n.Options.Words
	if o.Start, o.Started = n.start(ids, seeds); o.Start != nil && o.K == 0 {
		o.K = n.mostTypes(o.Started, len(ids))
	}
	m, assigned, err := demand.Fit(c.Corpus, o)
	if err != nil {
		return err
	}
	f := &fitted{night: n, ids: ids, corpus: c, model: m, assigned: assigned, isWarm: o.Start != nil}
	f.match(seeds)
	f.settle()
	f.describe(r.threads)
	s := n.after
	if s.Model, err = m.MarshalBinary(); err != nil {
		return err
	}
	s.FittedNight, s.FittedAt, s.FittedTickets, s.FittedWith = s.Night, n.AsOf, len(ids), n.Options.settings()
	other := 0
	for _, p := range s.Placed {
		if p.Type == Other {
			other++
		}
	}
	s.FittedOther = float64(other) / float64(max(len(ids), 1))
	n.refitted = true
	return nil
}

// fitted is a new model that is being matched to the types there are.
type fitted struct {
	*night
	ids      []string
	corpus   *corpus
	model    *demand.Model
	assigned []demand.Assignment
	isWarm   bool // it began in the types there are
}

// match gives each cluster the id of a type, and records what became of the
// types before.
func (f *fitted) match(seeds *seeds) {
	s := f.after
	ids := s.active()
	at := map[string]int{}
	old := make([]lineage.Old, len(ids))
	for i, id := range ids {
		at[id] = i
		old[i] = lineage.Old{ID: id}
	}
	clusters := make([]lineage.New, f.model.Clusters())
	type pair struct{ old, next int }
	both := map[pair]int{}
	for i, id := range f.ids {
		c := f.assigned[i].Cluster
		if c >= 0 && (clusters[c].Seed == "" || id < clusters[c].Seed) {
			clusters[c].Seed = id
		}
		if c >= 0 {
			clusters[c].Size++
		}
		before, ok := s.Placed[id]
		// where the model before put tickets that it had not seen says little
		if k, known := at[before.Type]; ok && known && before.Since <= s.FittedNight {
			old[k].Size++
			if c >= 0 {
				both[pair{k, c}]++
			}
		}
	}
	for c, seeded := range f.model.Seeded() {
		if seeded >= 0 {
			clusters[c].FixedID = seeds.ids[seeded]
		}
	}
	overlaps := make([]lineage.Overlap, 0, len(both))
	for p, tickets := range both {
		overlaps = append(overlaps, lineage.Overlap{Old: p.old, New: p.next, Tickets: tickets})
	}
	slices.SortFunc(overlaps, func(a, b lineage.Overlap) int {
		if a.Old != b.Old {
			return a.Old - b.Old
		}
		return a.New - b.New
	})
	taken := func(id string) bool { return s.Types[id] != nil }
	var events []lineage.Event
	s.Clusters, events = lineage.Match(old, clusters, overlaps, taken, lineage.Options{})
	f.record(events)
	for c, id := range s.Clusters {
		t := s.Types[id]
		if seeded := f.model.Seeded()[c]; seeded >= 0 && seeds.ids[seeded] == "" {
			t.Emerging = true
		}
		// half as large as the types are on the mean is grown up
		t.Emerging = t.Emerging && 2*clusters[c].Size*len(clusters) < len(f.ids)
	}
}

// record writes the history down, in the types and for the lineage.
func (f *fitted) record(events []lineage.Event) {
	s := f.after
	for _, id := range s.Clusters {
		if s.Types[id] == nil {
			s.Types[id] = &Type{ID: id, BornNight: s.Night}
		}
		s.Types[id].Status, s.Types[id].Into = Active, ""
	}
	day := f.AsOf.UTC().Format("2006-01-02")
	for _, e := range events {
		if e.Kind == lineage.Kept {
			continue
		}
		t := s.Types[e.ID]
		if t == nil {
			continue
		}
		switch e.Kind {
		case lineage.Born, lineage.Split:
			if s.FittedNight == 0 {
				continue // everything is born in the first night
			}
			t.Lineage = "new since " + day
			if len(e.From) > 0 {
				t.SplitFrom = e.From[0]
				t.Lineage = fmt.Sprintf("split from %s on %s", f.names(e.From), day)
			}
		case lineage.Merged:
			if len(e.From) > 0 { // e.ID took the others in
				t.Lineage = fmt.Sprintf("took in %s on %s", f.names(e.From), day)
				for _, from := range e.From {
					if o := s.Types[from]; o != nil && from != e.ID && !slices.Contains(s.Clusters, from) {
						o.Status, o.Into = Merged, e.ID
						f.types[from] = true
					}
				}
			}
		case lineage.Died:
			if t.Status == Active && !slices.Contains(s.Clusters, e.ID) {
				t.Status = Died
			}
		case lineage.Revived:
			t.Lineage = "back since " + day
		}
		f.types[e.ID] = true
		f.events = append(f.events, Event{Night: s.Night, Kind: e.Kind, ID: e.ID, From: e.From, Share: e.Share})
	}
	f.bury()
}

// bury ends the types without a cluster, of which no ticket is left to tell.
func (f *fitted) bury() {
	s := f.after
	for _, id := range s.active() {
		if !slices.Contains(s.Clusters, id) {
			s.Types[id].Status = Died
			f.types[id] = true
			f.events = append(f.events, Event{Night: s.Night, Kind: lineage.Died, ID: id})
		}
	}
}

// names writes types as people know them.
func (f *fitted) names(ids []string) string {
	var out []string
	for _, id := range ids {
		if t := f.after.Types[id]; t != nil && t.Label != "" {
			out = append(out, fmt.Sprintf("%s (%s)", t.Label, id))
		} else {
			out = append(out, id)
		}
	}
	return strings.Join(out, ", ")
}

// describe gives every type its words. A label stays as it was as long as its
// words still are among the type's.
func (f *fitted) describe(threads int) {
	s := f.after
	at := map[string]int{}
	for c, id := range s.Clusters {
		at[id] = c
	}
	settled := make([]demand.Assignment, len(f.ids))
	for i, id := range f.ids {
		settled[i].Cluster = demand.Other
		p := s.Placed[id]
		if c, ok := at[p.Type]; ok {
			settled[i].Candidate = demand.Candidate{Cluster: c, Probability: p.Probability}
		}
	}
	groups := demand.Tree(f.model, 0)
	for c, d := range demand.Describe(f.corpus.Corpus, f.model, settled, threads) {
		t := s.Types[s.Clusters[c]]
		if t.Label == "" || !stillFits(t.Label, d) {
			t.Label = labelOf(d, t.ID)
		}
		t.Keywords, t.Coherence, t.Group = d.Keywords, d.Coherence, groups[c]
		t.Examples = nil
		for _, i := range d.Representatives {
			t.Examples = append(t.Examples, f.ids[i])
		}
		f.types[t.ID] = true
	}
	f.nameGroups()
}

// labelOf is a type's label: where its tickets share too few words to be named
// without telling of one of them, its id.
func labelOf(d demand.Type, id string) string {
	if d.Label == "" {
		return id
	}
	return d.Label
}

// stillFits tells whether at least half of a label's words are among the
// type's present ones.
func stillFits(label string, d demand.Type) bool {
	words := strings.Fields(label)
	present := strings.Join(d.Keywords, " ") + " " + d.Label
	found := 0
	for _, w := range words {
		if slices.Contains(strings.Fields(present), w) {
			found++
		}
	}
	return 2*found >= len(words)
}

// nameGroups calls a group by its two largest types.
func (f *fitted) nameGroups() {
	s := f.after
	names := map[int][]string{}
	for _, id := range s.Clusters { // largest first
		t := s.Types[id]
		if len(names[t.Group]) < 2 {
			names[t.Group] = append(names[t.Group], t.Label)
		}
	}
	for _, id := range s.Clusters {
		t := s.Types[id]
		t.GroupName = strings.Join(names[t.Group], " · ")
	}
	for id, part := range s.Types {
		whole := s.Types[part.PartOf]
		if whole != nil && (part.Group != whole.Group || part.GroupName != whole.GroupName) {
			part.Group, part.GroupName = whole.Group, whole.GroupName
			f.types[id] = true
		}
	}
}
