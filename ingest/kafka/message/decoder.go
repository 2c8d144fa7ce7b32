package message

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The formats that a topic can be fixed to. FormatAuto looks at each message.
const (
	FormatAuto        = "auto"
	FormatJira        = "jira-webhook"
	FormatGitHub      = "github-webhook"
	FormatTicketmill  = "ticketmill"
	FormatDebezium    = "debezium"
	FormatCloudEvents = "cloudevents"
)

const defaultMaxBytes = 64 << 20

// Options say what messages are to be taken for.
type Options struct {
	// Format is one of the Format constants; empty means FormatAuto.
	Format string
	// Formats overrides Format by topic.
	Formats map[string]string
	// Registry is the schema registry; nil when there is none.
	Registry *RegistryOptions
	// Log hears of registry troubles; nil drops them.
	Log *slog.Logger
	// MaxBytes bounds what a message unpacks to, whether by compression or by
	// its schema; 0 means 64 MiB.
	MaxBytes int64
}

// Decoder reads messages. It is safe for concurrent use.
type Decoder struct {
	format   string
	formats  map[string]string
	registry *registry // nil when there is none
	maxBytes int64
	scanners sync.Pool // of *scanner
	zstd     sync.Pool // of *zstd.Decoder
}

// New makes a decoder. It fails on a format it does not know and on a registry
// address that is none; it does not call the registry.
func New(o Options) (*Decoder, error) {
	d := &Decoder{format: o.Format, formats: o.Formats, maxBytes: o.MaxBytes}
	if d.format == "" {
		d.format = FormatAuto
	}
	if d.maxBytes <= 0 {
		d.maxBytes = defaultMaxBytes
	}
	if err := checkFormat(d.format); err != nil {
		return nil, err
	}
	for topic, format := range d.formats {
		if err := checkFormat(format); err != nil {
			return nil, fmt.Errorf("topic %s: %w", topic, err)
		}
	}
	d.scanners.New = func() any { return newScanner() }
	d.zstd.New = func() any { return newZstd() }
	if o.Registry == nil {
		return d, nil
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	var err error
	d.registry, err = newRegistry(*o.Registry, log)
	return d, err
}

func newZstd() *zstd.Decoder {
	// One goroutine: the message at hand is small and a pooled decoder must
	// not leave workers behind when the pool drops it.
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // only wrong options fail, and these are constants
	}
	return z
}

func checkFormat(f string) error {
	switch f {
	case FormatAuto, FormatJira, FormatGitHub, FormatTicketmill, FormatDebezium, FormatCloudEvents:
		return nil
	}
	return fmt.Errorf("message format %q is not known: want %s", f, strings.Join([]string{
		FormatAuto, FormatJira, FormatGitHub, FormatTicketmill, FormatDebezium, FormatCloudEvents,
	}, ", "))
}

// Decode gives what a message tells of, in its order; at least one item. An
// error is a *Poison, or means that a later try may succeed, such as when the
// registry cannot be reached.
func (d *Decoder) Decode(ctx context.Context, m Message) ([]Item, error) {
	r := &reading{d: d, m: &m, left: d.maxBytes}
	r.found = r.one[:0]
	l := layer{format: d.format, outer: true}
	if f, ok := d.formats[m.Topic]; ok {
		l.format = f
	}
	if m.Value == nil {
		r.found = append(r.found, found{schema: schemaTombstone, body: []byte("{}"), deleted: true})
		return r.items()
	}
	if ev := binaryEvent(m.Headers); ev != nil {
		l = l.inside(ev)
	}
	if err := r.value(ctx, m.Value, l); err != nil {
		return nil, err
	}
	return r.items()
}

// The schemas of what lands.
const (
	schemaTombstone  = "tombstone/1"
	schemaIgnored    = "ignored/1"
	schemaJira       = "jira.webhook/1"
	schemaGitHub     = "github.webhook/1"
	schemaDebezium   = "debezium.row/1"
	schemaTicketmill = "ticketmill/1"
)

// reading is the state of one Decode call.
type reading struct {
	d     *Decoder
	m     *Message
	found []found
	left  int64    // bytes that may still be unpacked
	one   [1]found // where found begins: most messages tell of one thing
}

// found is an item before it is known whether the message has several.
type found struct {
	schema  string
	body    []byte // a JSON object from brace to brace
	hook    string // GitHub's event name; empty for the rest
	event   *event // the CloudEvents envelope it came in; may be nil
	at      time.Time
	deleted bool
}

// layer is where in its wrappings a value stands.
type layer struct {
	format string
	event  *event
	nest   int  // wrappings already taken off
	outer  bool // the message's own value, which headers speak of
}

// maxNest bounds wrappings in wrappings: base64 of gzip of an envelope of text
// is met in the wild, more than that is an attack.
const maxNest = 8

// down is the layer inside one more wrapping.
func (l layer) down() layer {
	l.nest++
	l.outer = false
	return l
}

// inside is the layer of a CloudEvents envelope's data, whose format the
// envelope leaves open. Binary mode wraps nothing, so it keeps the rest.
func (l layer) inside(ev *event) layer {
	l.event = ev
	if l.format == FormatCloudEvents {
		l.format = FormatAuto
	}
	return l
}

func poison(reason string) *Poison { return &Poison{Reason: reason} }
