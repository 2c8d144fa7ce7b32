package main

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/models/demand"
	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/models/demand/trend"
	"github.com/ticketmill/ticketmill/models/demand/vectors"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// demandStep is the model step "demand": it works through the night, unless
// nothing has changed since the last one, and shows the result under what
// people decided.
type demandStep struct {
	app         *app
	config      *Config
	memory      *demandMemory
	fingerprint string
	asOf        time.Time

	outcome *nightly.Outcome // to be saved once published; nil: nothing new
}

// demandVersion is part of what a night is computed from: raise it when the
// same tickets would come to another result.
const demandVersion = "1"

// newDemandStep reads what people decided, which is part of what the night is
// computed from.
func (a *app) newDemandStep(c *Config, ms []*landing.Manifest, asOf time.Time) *demandStep {
	h := sha256.New()
	for _, m := range ms {
		if m.File != "" {
			fmt.Fprintln(h, m.Source, m.Stream, m.Seq, m.SHA256)
		}
	}
	fmt.Fprintln(h, demandVersion, c.Demand.K, c.Demand.MinTypes, c.Demand.MaxTypes, c.Demand.Vectors)
	return &demandStep{app: a, config: c, memory: a.demandMemory(c), fingerprint: hex.EncodeToString(h.Sum(nil)), asOf: asOf}
}

func (s *demandStep) model() *transform.Model {
	return &transform.Model{
		Name: "demand", Needs: []string{"core.ticket_text"}, Fills: []string{"models.ticket_demand", "models.demand_type"}, Run: s.run,
	}
}

func (s *demandStep) run(ctx context.Context, db *warehouse.DB) (map[string][][]driver.Value, error) {
	before, known, err := s.memory.load(ctx)
	if err != nil {
		return nil, err
	}
	decisions, err := s.memory.decisions(ctx)
	if err != nil {
		return nil, err
	}
	s.fingerprint = fmt.Sprintf("%s decisions=%d", s.fingerprint, len(decisions))
	state := before
	if before == nil || known != s.fingerprint {
		started := s.app.now()
		words, err := openVectors(s.config.Demand.Vectors)
		if err != nil {
			return nil, err
		}
		s.outcome, err = nightly.Run(nightly.Input{
			Before: before, Decisions: decisions, AsOf: s.asOf,
			Tickets: func() iter.Seq2[nightly.Ticket, error] { return ticketTexts(ctx, db) },
			Options: nightly.Options{
				K: s.config.Demand.K, KMin: s.config.Demand.MinTypes, KMax: s.config.Demand.MaxTypes,
				Threads: s.config.Build.Threads, RetrainAfter: time.Duration(s.config.Demand.RetrainAfter), Seed: 1,
				Words: words, WordsName: s.config.Demand.Vectors,
			},
		})
		if err != nil {
			return nil, err
		}
		state = s.outcome.After
		s.app.log.Info("demand_types", "night", state.Night, "types", len(state.Clusters), "tickets_placed", len(s.outcome.ChangedTickets),
			"retrained", s.outcome.Refitted, "ms", s.app.now().Sub(started).Milliseconds())
	}
	return showDemand(state, decisions), nil
}

// openVectors reads the word vectors that the configuration names, nil for none.
func openVectors(dir string) (demand.WordVectors, error) {
	if dir == "" {
		return nil, nil
	}
	v, err := vectors.Load(os.DirFS(dir))
	if err != nil {
		return nil, environmentError{fmt.Errorf("demand.vectors: %s: %w", dir, err)}
	}
	return v, nil
}

// save remembers the night; it is called when the build is published, so that a
// failed build leaves no trace.
func (s *demandStep) save(ctx context.Context, runID string) error {
	if s.outcome == nil {
		return nil
	}
	if err := s.memory.save(ctx, runID, s.fingerprint, s.asOf, s.outcome); err != nil {
		return fmt.Errorf("remember the demand types: %w", err)
	}
	return nil
}

// ticketTexts streams the texts of all tickets, by id.
func ticketTexts(ctx context.Context, db *warehouse.DB) iter.Seq2[nightly.Ticket, error] {
	return func(yield func(nightly.Ticket, error) bool) {
		stopped := false
		err := db.Each(ctx, "SELECT ticket_id, source, coalesce(title, ''), coalesce(body, ''), coalesce(reporter_id, '') FROM core.ticket_text ORDER BY ticket_id",
			func(row []any) error {
				var t nightly.Ticket
				for i, to := range []*string{&t.ID, &t.Source, &t.Title, &t.Body, &t.Reporter} {
					*to, _ = row[i].(string)
				}
				if !yield(t, nil) {
					stopped = true
					return context.Canceled
				}
				return nil
			})
		if err != nil && !stopped {
			yield(nightly.Ticket{}, err)
		}
	}
}

// showDemand makes the rows of the demand tables.
func showDemand(s *nightly.State, decisions []nightly.Decision) map[string][][]driver.Value {
	view := nightly.Show(s, decisions)
	rows := map[string][][]driver.Value{}
	for id, p := range s.Placed {
		rows["models.ticket_demand"] = append(rows["models.ticket_demand"], []driver.Value{id, view.Of(p), p.Probability, orNull(p.Language)})
	}
	for _, t := range view.Types() {
		rows["models.demand_type"] = append(rows["models.demand_type"], []driver.Value{
			t.ID, t.Name, t.Keywords, fmt.Sprintf("g%d", t.Group), orNull(t.GroupName), t.Coherence, t.Examples, orNull(t.Lineage),
			t.Pinned, t.Hidden, t.Status,
		})
	}
	rows["models.demand_type"] = append(rows["models.demand_type"], []driver.Value{
		nightly.Other, "other", []string{}, nil, nil, nil, []string{}, nil, false, false, nightly.Active,
	})
	return rows
}

// trendStep is the model step "demand_trend": what was to be expected of each
// type each week, and where it is heading.
func trendStep() *transform.Model {
	return &transform.Model{
		Name: "demand_trend", Needs: []string{"core.ticket", "models.ticket_demand", "models.demand_type"},
		Fills: []string{"models.demand_type_week", "models.demand_type_trend"}, Run: runTrend,
	}
}

// weeklyDemand counts each type's tickets, but for deleted ones, by week of
// creation in the configured time zone, weeks without any included; the week of
// the build's clock is not whole yet.
const weeklyDemand = `
WITH made AS (
	SELECT d.demand_type_id, date_trunc('week', local_day(t.created_at, c.timezone))::DATE AS week_on
	FROM core.ticket AS t
	INNER JOIN models.ticket_demand AS d ON t.ticket_id = d.ticket_id
	CROSS JOIN config.setting AS c
	WHERE t.is_deleted IS NOT TRUE
),
week AS (
	SELECT unnest(generate_series((SELECT min(week_on) FROM made)::TIMESTAMP,
		date_trunc('week', local_day(as_of, timezone))::TIMESTAMP - INTERVAL 7 DAY, INTERVAL 7 DAY))::DATE AS week_on
	FROM config.setting
),
type AS (SELECT DISTINCT demand_type_id FROM made)
SELECT y.demand_type_id, w.week_on, count(m.week_on) AS tickets
FROM type AS y
CROSS JOIN week AS w
LEFT JOIN made AS m ON y.demand_type_id = m.demand_type_id AND w.week_on = m.week_on
GROUP BY ALL
ORDER BY y.demand_type_id, w.week_on`

func runTrend(ctx context.Context, db *warehouse.DB) (map[string][][]driver.Value, error) {
	var series []trend.Series
	var weeks []time.Time
	err := db.Each(ctx, weeklyDemand, func(row []any) error {
		id, _ := row[0].(string)
		week, _ := row[1].(time.Time)
		count, _ := row[2].(int64)
		if len(series) == 0 || series[len(series)-1].ID != id {
			series = append(series, trend.Series{ID: id})
		}
		s := &series[len(series)-1]
		if len(series) == 1 {
			weeks = append(weeks, week)
		}
		if s.Counts = append(s.Counts, int(count)); count == 0 && s.FirstWeek == len(s.Counts)-1 {
			s.FirstWeek = len(s.Counts)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return showTrend(series, weeks), nil
}

func showTrend(series []trend.Series, weeks []time.Time) map[string][][]driver.Value {
	rows := map[string][][]driver.Value{}
	points := trend.Weekly(series, trend.Options{})
	for i, s := range series {
		for _, p := range points[i] {
			var expected, low, high, chance driver.Value
			if p.Scored {
				expected, low, high, chance = p.Expected, p.Lower, p.Upper, p.PValue
			}
			rows["models.demand_type_week"] = append(rows["models.demand_type_week"], []driver.Value{
				s.ID, weeks[p.Week], int64(p.Count), expected, low, high, chance, p.Alarm,
			})
		}
		change, low, high, word := trend.Direction(s, trend.Options{})
		rows["models.demand_type_trend"] = append(rows["models.demand_type_trend"], []driver.Value{
			s.ID, word, change, low, high, s.ID != nightly.Other && trend.Emerging(s, trend.Options{}),
		})
	}
	return rows
}
