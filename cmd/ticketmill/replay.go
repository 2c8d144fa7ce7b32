package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// replayQuarantine tries the messages in quarantine again, with the program and
// the configuration as they are now. What can be read lands in the partition's
// stream under the key that it would have had; what cannot stays.
func (a *app) replayQuarantine(ctx context.Context, c *Config, j *journal, names []string) error {
	chosen, err := c.choose(names)
	if err != nil {
		return err
	}
	border, err := a.border(c)
	if err != nil {
		return err
	}
	in := &ingestion{app: a, store: landing.Open(c.landingDir(), a.now), border: border, journal: j}
	db, err := warehouse.Memory(ctx, warehouse.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	var read, left int
	for _, s := range chosen {
		if s.Kind != "kafka" {
			continue
		}
		r, l, err := in.replaySource(ctx, db, s)
		read, left = read+r, left+l
		if err != nil {
			return fmt.Errorf("source %s: %w", s.Name, err)
		}
	}
	_, err = fmt.Fprintf(a.stdout, "%d messages of the quarantine could be read now and have landed, %d still cannot\n", read, left)
	return err
}

func (in *ingestion) replaySource(ctx context.Context, db *warehouse.DB, s *SourceConfig) (read, left int, err error) {
	decoder, err := openDecoder(s, opening{secret: in.app.secrets(s), log: in.app.log.With("source", s.Name)})
	if err != nil {
		return 0, 0, environmentError{err}
	}
	ms, err := in.store.Manifests(s.Name)
	if err != nil {
		return 0, 0, err
	}
	scopes := map[string]*replay{}
	var order []string
	for _, m := range ms {
		st := ingest.ParseStream(m.Stream)
		if m.File == "" || st.Name != quarantineStream && st.Name != kafka.StreamName {
			continue
		}
		if scopes[st.Scope] == nil {
			scopes[st.Scope] = &replay{ingestion: in, db: db, source: s, decoder: decoder}
			order = append(order, st.Scope)
		}
		r := scopes[st.Scope]
		if st.Name == quarantineStream {
			r.quarantined = append(r.quarantined, m.Path())
		} else {
			r.landed = append(r.landed, m.Path())
		}
	}
	for _, scope := range order {
		if len(scopes[scope].quarantined) == 0 {
			continue
		}
		n, l, err := scopes[scope].run(ctx, ingest.Stream{Name: kafka.StreamName, Scope: scope})
		read, left = read+n, left+l
		if err != nil {
			return read, left, fmt.Errorf("%s: %w", scope, err)
		}
	}
	return read, left, nil
}

// replay is the quarantine of one partition.
type replay struct {
	*ingestion
	db          *warehouse.DB
	source      *SourceConfig
	decoder     *message.Decoder
	quarantined []string // files of the quarantine
	landed      []string // files of the partition's stream
}

// replayPage is how many messages are tried before what could be read lands.
const replayPage = 1000

func (r *replay) run(ctx context.Context, st ingest.Stream) (read, left int, err error) {
	unlock, err := r.lock(ctx, r.source, st)
	if errors.Is(err, landing.ErrBusy) {
		return 0, 0, environmentError{fmt.Errorf("%w; end the follower for the time of the replay", err)}
	}
	if err != nil {
		return 0, 0, err
	}
	defer unlock()
	w, err := r.writer(r.source, st, landing.Limits{})
	if err != nil {
		return 0, 0, err
	}
	// A replay moves no offset and ends no walk.
	at := &replaySource{replay: r, next: w.Cursor(), complete: w.Complete()}
	stats, err := ingest.Sync(ctx, ingest.Job{Kind: r.source.Kind, Source: at, Stream: st, Border: r.border, Sink: w})
	o := streamOutcome{Source: r.source.Name, Stream: st.String(), Outcome: outcomeDone, Records: stats.Records, Bytes: stats.Bytes}
	if err != nil {
		o.Outcome, o.Message = outcomeFailed, err.Error()
	}
	r.outcome(o)
	return at.read, at.left, err
}

// replaySource is the quarantine of a partition, as a source.
type replaySource struct {
	*replay
	next       ingest.Cursor
	complete   bool
	read, left int // messages
}

// Streams implements ingest.Source; the caller knows the one there is.
func (q *replaySource) Streams() []ingest.Stream { return nil }

// Read implements ingest.Source.
func (q *replaySource) Read(ctx context.Context, _ ingest.Stream, _ ingest.Cursor) iter.Seq2[ingest.Page, error] {
	return func(yield func(ingest.Page, error) bool) {
		payloads, err := q.waiting(ctx)
		if err != nil {
			yield(ingest.Page{}, err)
			return
		}
		p := ingest.Page{Next: q.next, Complete: q.complete}
		for i, payload := range payloads {
			records, err := q.decode(ctx, payload)
			if err != nil {
				yield(ingest.Page{}, err)
				return
			}
			p.Records = append(p.Records, records...)
			if len(p.Records) >= replayPage || i == len(payloads)-1 && len(p.Records) > 0 {
				if !yield(p, nil) {
					return
				}
				p.Records = nil
			}
		}
	}
}

// decode tries one quarantined message again.
func (q *replaySource) decode(ctx context.Context, payload string) ([]ingest.Record, error) {
	m, key, err := kafka.OpenPoison([]byte(payload), q.border.Unseal)
	if err != nil {
		return nil, err
	}
	items, err := q.decoder.Decode(ctx, m)
	var poison *message.Poison
	if errors.As(err, &poison) {
		q.left++
		return nil, nil
	}
	if err != nil {
		return nil, environmentError{err}
	}
	q.read++
	return kafka.Records(m, key, items), nil
}

// waiting lists the payloads in quarantine that no replay has read yet, once
// each, in the order of their landing.
func (q *replaySource) waiting(ctx context.Context) ([]string, error) {
	done := "SELECT NULL::VARCHAR AS _key LIMIT 0"
	if len(q.landed) > 0 {
		// a message that held several records has their index behind its key
		done = "SELECT DISTINCT regexp_extract(_key, '^[^:]*:[^:]*') AS _key FROM read_parquet(" + warehouse.QuoteList(q.landed) + ")"
	}
	rows, err := q.db.Query(ctx, "SELECT min_by(payload, (file_index, file_row_number)) FROM read_parquet("+
		warehouse.QuoteList(q.quarantined)+") WHERE _key NOT IN ("+done+") GROUP BY _key ORDER BY min((file_index, file_row_number))")
	if err != nil {
		return nil, err
	}
	payloads := make([]string, 0, len(rows.Values))
	for _, v := range rows.Values {
		text, _ := v[0].(string)
		payloads = append(payloads, text)
	}
	return payloads, nil
}
