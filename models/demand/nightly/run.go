package nightly

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ticketmill/ticketmill/models/demand"
	"github.com/ticketmill/ticketmill/models/text"
)

// Options of a night; zero fields mean the default.
type Options struct {
	K, KMin, KMax int // of types; K 0: chosen from the tickets, see demand.Options
	Seed          uint64
	Threads       int
	// Words replaces the word vectors that are learnt from the tickets; WordsName
	// tells them from others.
	Words     demand.WordVectors
	WordsName string
	// RetrainAfter is how old a model may get; default 28 days. It is made anew
	// earlier when the tickets have grown by half, when clearly more of the new
	// ones are in no type than of those it was made from, or when several new
	// ones share words that are new.
	RetrainAfter time.Duration
	Retrain      bool // make it anew whatever its age
}

// settings are those that ask for another model.
func (o Options) settings() string {
	return fmt.Sprintf("types=%d min=%d max=%d vectors=%s", o.K, o.KMin, o.KMax, o.WordsName)
}

// Input is what a night works on.
type Input struct {
	Before *State // nil: the first night
	// Tickets gives all tickets, in the order of their ids. It is asked more
	// than once.
	Tickets   func() iter.Seq2[Ticket, error]
	Decisions []Decision
	AsOf      time.Time
	Options   Options
}

// Run works through one night.
func Run(in Input) (*Outcome, error) {
	if in.Options.RetrainAfter == 0 {
		in.Options.RetrainAfter = 28 * 24 * time.Hour
	}
	n := &night{Input: in, after: next(in.Before), changed: map[string]bool{}, types: map[string]bool{}, splits: map[string]bool{}}
	n.inForce = InForce(in.Decisions)
	if err := n.work(); err != nil {
		return nil, fmt.Errorf("demand types: %w", err)
	}
	if len(in.Decisions) > 0 {
		n.after.Decisions = in.Decisions[len(in.Decisions)-1].N
	}
	return &Outcome{
		After: n.after, Events: n.events, Refitted: n.refitted,
		ChangedTickets: slices.Sorted(maps.Keys(n.changed)), ChangedTypes: slices.Sorted(maps.Keys(n.types)),
		ChangedSplits: slices.Sorted(maps.Keys(n.splits)),
	}, nil
}

func (n *night) work() error {
	todo, err := n.survey()
	if err != nil {
		return err
	}
	n.forget()
	if n.isDue(len(todo)) {
		err = n.fit()
	} else if err = n.place(todo); err == nil && len(todo) > 0 {
		err = n.fitIfDrifted(todo)
	}
	if err != nil {
		return err
	}
	return n.divide()
}

// fitIfDrifted makes the model anew when tickets are in no type or about
// something new.
func (n *night) fitIfDrifted(todo []string) error {
	news, err := n.emerging()
	if err != nil {
		return err
	}
	n.news = news
	if len(news) == 0 && !n.hasDrifted(todo) {
		return nil
	}
	return n.fit()
}

// night is a night at work.
type night struct {
	Input
	inForce  []Decision
	after    *State
	hashes   map[string]uint64 // of all tickets there are
	events   []Event
	changed  map[string]bool // tickets
	types    map[string]bool // changed ones
	news     []string        // tickets about something new
	splits   map[string]bool // new ones, by type
	refitted bool
}

// next is the state that a night begins with.
func next(before *State) *State {
	if before == nil {
		return &State{Night: 1, Types: map[string]*Type{}, Placed: map[string]Placed{}, Splits: map[string]*Division{}}
	}
	s := *before
	s.Night++
	s.Placed, s.Splits = maps.Clone(before.Placed), maps.Clone(before.Splits)
	s.Types = map[string]*Type{}
	for id, t := range before.Types {
		one := *t
		s.Types[id] = &one
	}
	if s.Placed == nil {
		s.Placed = map[string]Placed{}
	}
	if s.Splits == nil {
		s.Splits = map[string]*Division{}
	}
	return &s
}

// survey finds the tickets that are new or say something else than before.
func (n *night) survey() (todo []string, err error) {
	n.hashes = map[string]uint64{}
	for t, err := range n.Tickets() {
		if err != nil {
			return nil, err
		}
		h := t.hash()
		n.hashes[t.ID] = h
		if p, ok := n.after.Placed[t.ID]; !ok || p.Hash != h {
			todo = append(todo, t.ID)
		}
	}
	return todo, nil
}

const (
	grownBy = 0.5 // a model is made anew when the tickets have grown by this share …
	// … or when this much more of the new tickets are in no type, judged from
	// enough of them.
	driftShare  = 0.15
	driftEnough = 200
)

// isDue tells whether the model is to be made anew before anything is placed.
func (n *night) isDue(todo int) bool {
	s := n.after
	switch {
	case len(s.Model) == 0 || n.Options.Retrain:
		return true
	case n.pinsAreNew() || s.FittedWith != n.Options.settings():
		return true
	case todo == 0:
		return false
	}
	return n.AsOf.Sub(s.FittedAt) >= n.Options.RetrainAfter || float64(len(n.hashes)) >= float64(s.FittedTickets)*(1+grownBy)
}

// pinsAreNew tells whether somebody has lately pinned a type of examples that
// the model does not know. It is tried once: no ticket may be like it yet.
func (n *night) pinsAreNew() bool {
	if len(n.Decisions) == 0 || n.Decisions[len(n.Decisions)-1].N <= n.after.Decisions {
		return false
	}
	return slices.ContainsFunc(n.inForce, func(d Decision) bool {
		return d.Verb == Pin && len(d.IDs) == 0 && n.after.Types[d.PinnedID()] == nil
	})
}

// hasDrifted tells whether clearly more of the tickets since the model was made
// are in no type.
func (n *night) hasDrifted(todo []string) bool {
	if len(todo) < driftEnough {
		return false
	}
	other := 0
	for _, id := range todo {
		if n.after.Placed[id].Type == Other {
			other++
		}
	}
	return float64(other)/float64(len(todo)) > n.after.FittedOther+driftShare
}

// place puts the tickets of todo into the types there are.
func (n *night) place(todo []string) error {
	if len(todo) == 0 {
		return nil
	}
	m := new(demand.Model)
	if err := m.UnmarshalBinary(n.after.Model); err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, id := range todo {
		wanted[id] = true
	}
	c, ids, err := n.read(wanted)
	if err != nil {
		return err
	}
	examples := n.examples()
	for i, a := range m.Assign(c.Corpus, c.reader.threads) {
		in, p := n.after.clusterType(a.Cluster), a.Probability
		if pinned := examples[ids[i]]; slices.Contains(n.after.Clusters, pinned) {
			in, p = pinned, 1
		}
		n.put(ids[i], in, p, c.languages[i])
	}
	return nil
}

// read turns tickets into words.
func (n *night) read(wanted map[string]bool) (c *corpus, ids []string, err error) {
	r, err := newReader(n.after.Boilerplate, n.Options.Threads)
	if err != nil {
		return nil, nil, err
	}
	c = newCorpus(r)
	for t, err := range n.Tickets() {
		if err != nil {
			return nil, nil, err
		}
		if wanted[t.ID] {
			ids = append(ids, t.ID)
			c.add(t)
		}
	}
	c.flush()
	return c, ids, nil
}

// clusterType is the id of the type of a cluster.
func (s *State) clusterType(cluster int) string {
	if cluster < 0 || cluster >= len(s.Clusters) {
		return Other
	}
	return s.Clusters[cluster]
}

// put places a ticket; one that stays as it was has not changed.
func (n *night) put(id, typeID string, probability float64, language string) {
	p := Placed{Type: typeID, Probability: round(probability), Language: language, Hash: n.hashes[id], Since: n.after.Night}
	before, ok := n.after.Placed[id]
	if ok {
		p.Since = before.Since
	}
	if before.Type == p.Type && before.Hash == p.Hash {
		p.Part = before.Part
	}
	if before != p || !ok {
		n.after.Placed[id] = p
		n.changed[id] = true
	}
}

// round keeps three digits: what a model is sure of does not need more, and a
// ticket does not change for less.
func round(p float64) float64 { return float64(int(p*1000+0.5)) / 1000 }

// forget drops tickets that are no longer there. Their records stay in landing.
func (n *night) forget() {
	for id := range n.after.Placed {
		if _, ok := n.hashes[id]; !ok {
			delete(n.after.Placed, id)
		}
	}
}

// boilerplateSample is how many tickets of a source tell its templates.
const boilerplateSample = 2000

// learnBoilerplate finds the templates of each source.
func (n *night) learnBoilerplate() error {
	bodies := map[string][]string{}
	for t, err := range n.Tickets() {
		if err != nil {
			return err
		}
		if len(bodies[t.Source]) < boilerplateSample {
			bodies[t.Source] = append(bodies[t.Source], t.Body)
		}
	}
	n.after.Boilerplate = map[string]text.Boilerplate{}
	for source, b := range bodies {
		n.after.Boilerplate[source] = text.LearnBoilerplate(b)
	}
	return nil
}
