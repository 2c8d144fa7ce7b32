package simulate

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// Message is what a relay puts into a Kafka topic, to be produced in the order
// given. Key is the ticket's; a nil Value never occurs.
type Message struct {
	Key     string
	Headers map[string]string
	At      time.Time
	Value   []byte
}

// StreamOptions say which part of a history is streamed and how badly.
type StreamOptions struct {
	// Seed decides what goes wrong; what is told follows from the history.
	Seed uint64
	// From and Until choose the messages after From and up to Until; zero
	// means no bound. The messages of two adjoining spans are those of the
	// whole. Until also is the moment as of which FeedTruth tells.
	From, Until time.Time
	// Duplicates is the share of messages that come twice, Poison that of
	// broken ones put between.
	Duplicates, Poison float64
	// Holes is the share of hours in which the relay of the webhooks was down.
	// What happened then is never told.
	Holes float64
	// Shuffle puts all messages in a random order.
	Shuffle bool
	// JiraFlavour is cloud (the default) or server.
	JiraFlavour string
	// Helpdesk is what the feed calls the Jira tickets' source; default
	// "helpdesk".
	Helpdesk string
	// Contacts is how many tickets come by phone, mail and chat; zero means
	// 600, a negative number none.
	Contacts int
}

func (h *History) streamed(o StreamOptions) StreamOptions {
	if o.Until.IsZero() {
		o.Until = h.opts.Until
	}
	o.JiraFlavour = cmp.Or(o.JiraFlavour, "cloud")
	o.Helpdesk = cmp.Or(o.Helpdesk, "helpdesk")
	o.Contacts = max(0, cmp.Or(o.Contacts, 600))
	return o
}

// until is the end of what is told, and the moment as of which.
func (o StreamOptions) until() horizon { return horizon(o.Until) }

// late is how late a message comes again at most.
const late = time.Hour

// tells reports whether something that happened then may have a message within
// the bounds.
func (o StreamOptions) tells(at time.Time) bool {
	return o.until().sees(at) && (o.From.IsZero() || at.Add(late).After(o.From))
}

// told is a message with an id that no other has, which decides its fate.
type told struct {
	Message
	id string
}

// rng is the dice of one thing.
func (o StreamOptions) rng(what string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what)) // never fails
	return rand.New(rand.NewPCG(o.Seed, h.Sum64()))
}

// holed reports whether the relay was down at the time.
func (o StreamOptions) holed(at time.Time) bool {
	return o.Holes > 0 && o.rng(fmt.Sprint("hole ", at.Unix()/3600)).Float64() < o.Holes
}

// stream does to the messages what happens on the way: some come twice, broken
// ones come between, and at worst nothing is in order.
func (o StreamOptions) stream(all []told) []Message {
	slices.SortStableFunc(all, func(a, b told) int { return a.At.Compare(b.At) })
	var out []Message
	for _, m := range all {
		r := o.rng(m.id)
		out = append(out, m.Message)
		if r.Float64() < o.Duplicates {
			out = append(out, again(r, m.Message))
		}
		if r.Float64() < o.Poison {
			out = append(out, broken(r, m.Message))
		}
	}
	slices.SortStableFunc(out, func(a, b Message) int { return a.At.Compare(b.At) })
	out = slices.DeleteFunc(out, func(m Message) bool {
		return !o.From.IsZero() && !m.At.After(o.From) || !o.until().sees(m.At)
	})
	if o.Shuffle {
		o.rng("shuffle").Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// again is the message as it is delivered once more, at once or some
// time later. Half of GitHub's redeliveries have a new id.
func again(r *rand.Rand, m Message) Message {
	m.At = m.At.Add(time.Duration(r.Int64N(int64(late))).Truncate(time.Second))
	if m.Headers[deliveryHeader] != "" && r.Float64() < 0.5 {
		m.Headers = maps.Clone(m.Headers)
		m.Headers[deliveryHeader] = uuid(fmt.Sprint(r.Uint64()))
	}
	return m
}

// broken is a message that nobody can read, made of one that is whole.
func broken(r *rand.Rand, m Message) Message {
	switch r.IntN(5) {
	case 0: // cut off
		m.Value = slices.Clone(m.Value[:1+r.IntN(len(m.Value)-1)])
	case 1: // another character set
		m.Value = slices.Concat(m.Value[:len(m.Value)/2], []byte("Gr\xfc\xdfe"), m.Value[len(m.Value)/2:])
	case 2:
		m.Value = []byte{}
	case 3: // of another system
		m.Value = fmt.Appendf(nil, `{"invoice":%d,"lines":[{"sku":"QRY-%d","amount":"%d.00"}]}`, r.IntN(1e6), r.IntN(1e4), r.IntN(1e4))
		m.Headers = nil
	default:
		m.Value = []byte("<html><body><h1>502 Bad Gateway</h1></body></html>")
	}
	return m
}

// uuid makes an id in the shape of a UUID out of a text.
func uuid(of string) string {
	r := StreamOptions{}.rng(of)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff)
}
