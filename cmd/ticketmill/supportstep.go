package main

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// supportStep is the model step "support": what each support model delivers on
// each demand type, what it would deliver on the same tickets, and which one
// should have them.
type supportStep struct {
	config *Config
	asOf   time.Time
}

// allTypes is the demand type id of what holds over all demand types; noType is
// the one that every ticket has where demand types are off.
const (
	allTypes = "all"
	noType   = "none"
)

func (s supportStep) model() *transform.Model {
	return &transform.Model{
		Name: "support",
		Needs: []string{
			"marts.ticket", "marts.sla", "models.demand_type", "core.ticket_text", "core.closing_answer", "core.closing_text",
		},
		Fills: []string{"models.support_model", "models.support_model_metric", "models.support_model_advice"},
		Run:   s.run,
	}
}

func (s supportStep) run(ctx context.Context, db *warehouse.DB) (map[string][][]driver.Value, error) {
	t, err := readSupport(ctx, db, s.config, s.asOf)
	if err != nil {
		return nil, err
	}
	estimates, err := t.estimate()
	if err != nil {
		return nil, err
	}
	result, err := estimates.Score()
	if err != nil {
		return nil, err
	}
	return t.show(result), nil
}

func (t *supportTickets) estimate() (*support.Estimates, error) {
	return support.Estimate(t.table, t.judged)
}

// show makes the rows of the support tables.
func (t *supportTickets) show(r *support.Result) map[string][][]driver.Value {
	of := map[int]int{} // tickets by demand type
	for _, row := range r.Rows {
		of[row.Type] += row.Tickets
	}
	rows := map[string][][]driver.Value{}
	for _, row := range r.Rows {
		id, model := t.typeID(row.Type), t.judged.Models[row.Model].Name
		if id == noType {
			continue // the same as all
		}
		rows["models.support_model"] = append(rows["models.support_model"], append(
			[]driver.Value{id, model, int64(row.Tickets), int64(row.Resolved), float64(row.Tickets) / float64(of[row.Type])},
			slices.Concat(scoreCells(row), []driver.Value{t.adjusted}, yardstickCells(row.Yardstick))...))
		for m := range support.MetricCount {
			f := row.Metrics[m]
			rows["models.support_model_metric"] = append(rows["models.support_model_metric"], slices.Concat(
				[]driver.Value{id, model, m.String(), int64(f.N)}, interval(f.Raw), interval(f.Shrunk), interval(f.Adjusted)))
		}
	}
	for _, rec := range r.Recommendations {
		if id := t.typeID(rec.Type); advised(id) {
			rows["models.support_model_advice"] = append(rows["models.support_model_advice"], t.advice(id, rec, of[rec.Type]))
		}
	}
	return rows
}

// advised tells whether a type is a kind of request that could be moved.
func advised(id string) bool { return id != noType && id != nightly.Other }

func (t *supportTickets) typeID(d int) string {
	if d == support.AllTypes {
		return allTypes
	}
	return t.types[d]
}

// scoreCells are the columns from effective_sample_size on.
func scoreCells(r support.Row) []driver.Value {
	var effective, trimmed driver.Value
	if r.Type != support.AllTypes {
		effective, trimmed = r.Effective, r.Trimmed
	}
	return slices.Concat([]driver.Value{effective, trimmed, r.Comparable(), orNull(r.Reason)},
		interval(r.Score), []driver.Value{orNull(r.ScoreBasis), orNothing(r.ScoreUnadjusted), orNothing(r.ProbabilityBest)})
}

// yardstickCells are null for all types, each of which has its own.
func yardstickCells(y support.Yardstick) []driver.Value {
	cells := make([]driver.Value, 4)
	for i, v := range []float64{y.Resolution, y.ResolutionHorizon, y.FirstResponse, y.FirstResponseHorizon} {
		if v > 0 {
			cells[i] = v
		}
	}
	return cells
}

func (t *supportTickets) advice(id string, r support.Recommendation, tickets int) []driver.Value {
	var recommended, from, moved, share, example driver.Value
	if len(r.MovedFrom) > 0 {
		from, moved = strings.Join(t.modelNames(r.MovedFrom), ", "), r.MovedPerMonth
	}
	if r.Recommended >= 0 {
		recommended = t.judged.Models[r.Recommended].Name
	}
	if r.Answer.Sampled > 0 {
		share = float64(r.Answer.Same) / float64(r.Answer.Sampled)
	}
	if e := t.examples[r.Type]; r.Answer.Same >= 2 && e != "" {
		example = e
	}
	return slices.Concat(
		[]driver.Value{
			id, int64(tickets), r.TicketsPerMonth, t.judged.Models[r.Current].Name, t.mix(r.Shares), recommended, r.Action, orNothing(r.Confidence), from, moved,
		},
		interval(r.FirstResponseChange), interval(r.ResolutionChange), interval(r.Cost),
		[]driver.Value{r.Sentence, share, example})
}

// modelNames are the names of models; never nil, so that JSON has a list.
func (t *supportTickets) modelNames(models []int) []string {
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = t.judged.Models[m].Name
	}
	return names
}

// mix says which models have a type's tickets, the largest share first.
func (t *supportTickets) mix(shares []float64) string {
	order := make([]int, len(shares))
	for m := range order {
		order[m] = m
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(shares[b], shares[a]) })
	var parts []string
	for _, m := range order {
		if shares[m] > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", t.judged.Models[m].Name, 100*shares[m]))
		}
	}
	return strings.Join(parts, ", ")
}

func interval(e support.Estimated) []driver.Value {
	return []driver.Value{orNothing(e.Value), orNothing(e.Low), orNothing(e.High)}
}

func orNothing(x *float64) driver.Value {
	if x == nil {
		return nil
	}
	return *x
}
