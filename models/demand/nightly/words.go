package nightly

import (
	"hash/fnv"
	"runtime"
	"sync"

	"github.com/ticketmill/ticketmill/models/demand"
	"github.com/ticketmill/ticketmill/models/text"
)

// hash tells a ticket's texts apart.
func (t Ticket) hash() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Title)) // never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(t.Body))
	return h.Sum64()
}

// reader turns tickets into words, each source without its own templates.
type reader struct {
	analyzers map[string]*text.Analyzer
	plain     *text.Analyzer
	threads   int
}

func newReader(boilerplate map[string]text.Boilerplate, threads int) (*reader, error) {
	plain, err := text.New(text.Options{})
	if err != nil {
		return nil, err
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	r := &reader{analyzers: map[string]*text.Analyzer{}, plain: plain, threads: threads}
	for source, b := range boilerplate {
		if r.analyzers[source], err = text.New(text.Options{Boilerplate: b}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *reader) of(source string) *text.Analyzer {
	if a := r.analyzers[source]; a != nil {
		return a
	}
	return r.plain
}

// read analyses tickets, as many at once as there are threads.
func (r *reader) read(tickets []Ticket) []text.Doc {
	docs := make([]text.Doc, len(tickets))
	var group sync.WaitGroup
	for w := range r.threads {
		group.Go(func() {
			for i := w; i < len(docs); i += r.threads {
				docs[i] = r.of(tickets[i].Source).Analyze(tickets[i].Title, tickets[i].Body)
			}
		})
	}
	group.Wait()
	return docs
}

// together is how many tickets are analysed between two additions to a corpus,
// which come in order.
const together = 4096

// corpus collects tickets.
type corpus struct {
	*demand.Corpus
	reader    *reader
	waiting   []Ticket
	languages []string // by ticket of the corpus
}

func newCorpus(r *reader) *corpus { return &corpus{Corpus: demand.NewCorpus(), reader: r} }

func (c *corpus) add(t Ticket) {
	if c.waiting = append(c.waiting, t); len(c.waiting) == together {
		c.flush()
	}
}

// flush adds what waits, in order.
func (c *corpus) flush() {
	for i, d := range c.reader.read(c.waiting) {
		c.Add(d.Tokens, c.waiting[i].Reporter)
		c.languages = append(c.languages, d.Language)
	}
	c.waiting = c.waiting[:0]
}
