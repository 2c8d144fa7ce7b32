package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/models/text"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// What the models remember, and what people decided about it, lives in landing
// like everything else, under a source name that no configuration can have.
const modelSource = "_models"

var (
	demandStream   = ingest.Stream{Name: "demand"} // one manifest a night that changed something
	decisionStream = ingest.Stream{Name: "topics"} // one manifest a decision
)

// The schemas of the records of both streams; sql/models/MEMORY.md describes them.
const (
	schemaNight    = "demand.night/1"
	schemaModel    = "demand.model/1"
	schemaType     = "demand.type/1"
	schemaTicket   = "demand.ticket/1"
	schemaSplit    = "demand.split/1"
	schemaEvent    = "demand.event/1"
	schemaDecision = "topic.decision/1"
)

// demandMemory is what the landing folder remembers of the demand types.
type demandMemory struct {
	store *landing.Store
	now   func() time.Time
}

// night is the record that a night leaves of itself.
type night struct {
	Night         int       `json:"night"`
	AsOf          time.Time `json:"as_of"`
	Fingerprint   string    `json:"fingerprint"` // of what it was computed from
	FittedNight   int       `json:"fitted_night"`
	FittedAt      time.Time `json:"fitted_at"`
	FittedTickets int       `json:"fitted_tickets"`
	FittedOther   float64   `json:"fitted_other"`
	FittedWith    string    `json:"fitted_with"`
	Decisions     int       `json:"decisions"`
}

// model is the record of a fitted model.
type model struct {
	Clusters    []string                    `json:"clusters"`    // type id of each cluster
	Boilerplate map[string]text.Boilerplate `json:"boilerplate"` // by source
	Blob        []byte                      `json:"blob"`        // base64 in JSON
}

// ticketPlace is the record of where a ticket is.
type ticketPlace struct {
	Type string  `json:"type"`
	Part string  `json:"part,omitempty"`
	P    float64 `json:"p"`
	Lang string  `json:"lang,omitempty"`
	// Since is the night in which the ticket was first placed.
	Since int    `json:"since"`
	Hash  string `json:"hash"`
}

// paths lists the files of one of our streams, in landing order, verified.
func (d *demandMemory) paths(ctx context.Context, st ingest.Stream) ([]string, error) {
	ms, err := d.store.Manifests(modelSource)
	if err != nil {
		return nil, err
	}
	ms = slices.DeleteFunc(ms, func(m *landing.Manifest) bool { return m.File == "" || m.Stream != st.String() })
	if err := verifyBytes(ctx, ms); err != nil {
		return nil, err
	}
	var paths []string
	for _, m := range ms {
		paths = append(paths, m.Path())
	}
	return paths, nil
}

// version changes whenever something is remembered.
func (d *demandMemory) version() (string, error) {
	ms, err := d.store.Manifests(modelSource)
	last := map[string]int{}
	for _, m := range ms {
		last[m.Stream] = m.Seq
	}
	return fmt.Sprint(last), err
}

// load reads the state that the newest night left, nil before the first night,
// and the fingerprint of what that night was computed from.
func (d *demandMemory) load(ctx context.Context) (*nightly.State, string, error) {
	return d.read(ctx, func(s *nightly.State, db *warehouse.DB, newest newestQuery) error {
		return readPlaces(ctx, s, db, newest)
	})
}

// loadTypes is load without the places of the tickets, which are most of it.
func (d *demandMemory) loadTypes(ctx context.Context) (*nightly.State, error) {
	s, _, err := d.read(ctx, func(*nightly.State, *warehouse.DB, newestQuery) error { return nil })
	return s, err
}

// newestQuery is the statement for the newest record of each key of a schema.
type newestQuery func(schema, columns string) string

func (d *demandMemory) read(ctx context.Context, places func(*nightly.State, *warehouse.DB, newestQuery) error) (*nightly.State, string, error) {
	paths, err := d.paths(ctx, demandStream)
	if err != nil || len(paths) == 0 {
		return nil, "", err
	}
	db, err := warehouse.Memory(ctx, warehouse.Options{})
	if err != nil {
		return nil, "", err
	}
	defer db.Close()
	newest := func(schema, columns string) string {
		return fmt.Sprintf("SELECT _key, %s FROM (SELECT _key, arg_max(payload, (file_index, file_row_number)) AS payload FROM read_parquet(%s) WHERE _schema = '%s' GROUP BY _key) ORDER BY _key",
			columns, warehouse.QuoteList(paths), schema)
	}
	var n night
	s := &nightly.State{Types: map[string]*nightly.Type{}, Placed: map[string]nightly.Placed{}, Splits: map[string]*nightly.Division{}}
	if err := each(ctx, db, newest(schemaNight, "payload"), &n, func(string) error { return nil }); err != nil {
		return nil, "", err
	}
	s.Night, s.FittedNight, s.FittedAt = n.Night, n.FittedNight, n.FittedAt
	s.FittedTickets, s.FittedOther, s.FittedWith, s.Decisions = n.FittedTickets, n.FittedOther, n.FittedWith, n.Decisions
	var m model
	if err := each(ctx, db, newest(schemaModel, "payload"), &m, func(string) error {
		s.Clusters, s.Boilerplate, s.Model = m.Clusters, m.Boilerplate, m.Blob
		return nil
	}); err != nil {
		return nil, "", err
	}
	var split nightly.Division
	if err := each(ctx, db, newest(schemaSplit, "payload"), &split, func(key string) error {
		one := split
		s.Splits[key], split = &one, nightly.Division{}
		return nil
	}); err != nil {
		return nil, "", err
	}
	var t nightly.Type
	if err := each(ctx, db, newest(schemaType, "payload"), &t, func(key string) error {
		one := t
		s.Types[key], t = &one, nightly.Type{}
		return nil
	}); err != nil {
		return nil, "", err
	}
	return s, n.Fingerprint, places(s, db, newest)
}

func readPlaces(ctx context.Context, s *nightly.State, db *warehouse.DB, newest newestQuery) error {
	return db.Each(ctx, newest(schemaTicket, "payload ->> 'type', (payload ->> 'p')::DOUBLE, payload ->> 'lang', payload ->> 'hash', payload ->> 'part', (payload ->> 'since')::BIGINT"), func(row []any) (err error) {
		p := nightly.Placed{}
		key, _ := row[0].(string)
		p.Type, _ = row[1].(string)
		p.Probability, _ = row[2].(float64)
		p.Language, _ = row[3].(string)
		p.Part, _ = row[5].(string)
		since, _ := row[6].(int64)
		p.Since = int(since)
		hash, _ := row[4].(string)
		if p.Hash, err = strconv.ParseUint(hash, 16, 64); err != nil {
			return fmt.Errorf("what is remembered of a ticket is not readable: %w", err)
		}
		s.Placed[key] = p
		return nil
	})
}

// each reads rows of key and JSON; into is filled anew for each.
func each(ctx context.Context, db *warehouse.DB, query string, into any, row func(key string) error) error {
	return db.Each(ctx, query, func(values []any) error {
		key, _ := values[0].(string)
		payload, _ := values[1].(string)
		if err := json.Unmarshal([]byte(payload), into); err != nil {
			return fmt.Errorf("what the models remember is not readable: %w", err)
		}
		return row(key)
	})
}

// save lands what a night changed, in one file and one manifest.
func (d *demandMemory) save(ctx context.Context, runID, fingerprint string, asOf time.Time, out *nightly.Outcome) error {
	s := out.After
	var records []ingest.Record
	add := func(schema, key string, payload any) error {
		b, err := json.Marshal(payload)
		records = append(records, ingest.Record{
			Key: key, Version: fmt.Sprintf("%010d", s.Night), ObservedAt: asOf, Schema: schema, Payload: b,
		})
		return err
	}
	err := add(schemaNight, "night", night{
		Night: s.Night, AsOf: asOf, Fingerprint: fingerprint, FittedNight: s.FittedNight, FittedAt: s.FittedAt,
		FittedTickets: s.FittedTickets, FittedOther: s.FittedOther, FittedWith: s.FittedWith, Decisions: s.Decisions,
	})
	if out.Refitted {
		err = errors.Join(err, add(schemaModel, "model", model{Clusters: s.Clusters, Boilerplate: s.Boilerplate, Blob: s.Model}))
	}
	for _, id := range out.ChangedSplits {
		err = errors.Join(err, add(schemaSplit, id, s.Splits[id]))
	}
	for _, id := range out.ChangedTypes {
		err = errors.Join(err, add(schemaType, id, s.Types[id]))
	}
	for _, id := range out.ChangedTickets {
		p := s.Placed[id]
		err = errors.Join(err, add(schemaTicket, id, ticketPlace{Type: p.Type, Part: p.Part, P: p.Probability, Lang: p.Language, Since: p.Since, Hash: strconv.FormatUint(p.Hash, 16)}))
	}
	for i, e := range out.Events {
		err = errors.Join(err, add(schemaEvent, fmt.Sprintf("%d:%d", s.Night, i), e))
	}
	if err != nil {
		return err
	}
	return d.append(ctx, demandStream, runID, fmt.Sprintf(`{"v":1,"night":%d}`, s.Night), records)
}

// append lands records as one manifest.
func (d *demandMemory) append(ctx context.Context, st ingest.Stream, runID, cursor string, records []ingest.Record) error {
	unlock, err := d.store.Lock(modelSource, st, false)
	if err != nil {
		return err
	}
	defer unlock()
	whole := landing.Limits{Rows: math.MaxInt, Bytes: math.MaxInt64, Age: math.MaxInt64}
	w, err := d.store.Writer(modelSource, "models", st, runID, whole)
	if err != nil {
		return err
	}
	if err := w.Append(ctx, ingest.Page{Records: records, Next: ingest.Cursor(cursor), Complete: true}); err != nil {
		return err
	}
	return w.Flush(ctx)
}

// decisions reads what people decided, in order, taken back or not.
func (d *demandMemory) decisions(ctx context.Context) ([]nightly.Decision, error) {
	paths, err := d.paths(ctx, decisionStream)
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	db, err := warehouse.Memory(ctx, warehouse.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var all []nightly.Decision
	err = db.Each(ctx, "SELECT payload FROM read_parquet("+warehouse.QuoteList(paths)+") ORDER BY file_index, file_row_number", func(row []any) error {
		var one nightly.Decision
		payload, _ := row[0].(string)
		if err := json.Unmarshal([]byte(payload), &one); err != nil {
			return fmt.Errorf("a decision in landing is not readable: %w", err)
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

// decide lands a decision and gives it its number.
func (d *demandMemory) decide(ctx context.Context, runID string, one nightly.Decision) (nightly.Decision, error) {
	all, err := d.decisions(ctx)
	if err != nil {
		return one, err
	}
	one.N, one.At = len(all)+1, d.now().UTC()
	b, err := json.Marshal(one)
	if err != nil {
		return one, err
	}
	return one, d.append(ctx, decisionStream, runID, fmt.Sprintf(`{"v":1,"decisions":%d}`, one.N), []ingest.Record{{
		Key: strconv.Itoa(one.N), Version: fmt.Sprintf("%010d", one.N), ObservedAt: one.At, Schema: schemaDecision, Payload: b,
	}})
}
