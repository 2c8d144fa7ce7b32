package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// whatIf is what other wishes would come to.
type whatIf struct {
	Models  []whatIfModel  `json:"models"`
	Changed []whatIfAdvice `json:"changed_recommendations"`
	Moves   []whatIfMove   `json:"moves"`
}

type whatIfModel struct {
	SupportModel string   `json:"support_model"`
	ScoreNow     *float64 `json:"score_now"`
	ScoreThen    *float64 `json:"score_then"`
	Low          *float64 `json:"score_then_low"`
	High         *float64 `json:"score_then_high"`
	Best         *float64 `json:"probability_best_then"`
}

type whatIfAdvice struct {
	ID   string `json:"demand_type_id"`
	Name string `json:"demand_type"`
	Now  string `json:"now"`
	Then string `json:"then"`
}

type whatIfMove struct {
	ID              string         `json:"demand_type_id"`
	Name            string         `json:"demand_type"`
	From            []string       `json:"from"` // the models whose tickets the figures are about
	To              string         `json:"to"`
	NotCounted      []string       `json:"not_counted"`       // models that have some of the tickets but cannot be compared
	TicketsPerMonth float64        `json:"tickets_per_month"` // that would move, of those in from
	Unknown         string         `json:"not_predictable_because,omitempty"`
	FirstResponse   whatIfInterval `json:"first_response_change_seconds"`
	Resolution      whatIfInterval `json:"resolution_change_seconds"`
	Cost            whatIfInterval `json:"cost_change_per_month"`
}

type whatIfInterval struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// compare puts the scores under other wishes beside those of now.
func (t *supportTickets) compare(now, then *support.Result) *whatIf {
	w := &whatIf{Models: []whatIfModel{}, Changed: []whatIfAdvice{}, Moves: []whatIfMove{}}
	for i, r := range then.Rows {
		if r.Type != support.AllTypes {
			continue
		}
		w.Models = append(w.Models, whatIfModel{
			t.judged.Models[r.Model].Name, now.Rows[i].Score.Value, r.Score.Value, r.Score.Low, r.Score.High, r.ProbabilityBest,
		})
	}
	for i, r := range then.Recommendations {
		if was, id := now.Recommendations[i], t.typeID(r.Type); advised(id) && !sameAdvice(was, r) {
			w.Changed = append(w.Changed, whatIfAdvice{id, t.judged.Types[r.Type], was.Sentence, r.Sentence})
		}
	}
	for _, m := range then.Moved {
		w.Moves = append(w.Moves, whatIfMove{
			t.typeID(m.Type), t.judged.Types[m.Type], t.modelNames(m.From), t.judged.Models[m.To].Name, t.modelNames(m.Left), m.TicketsPerMonth, m.Reason,
			whatIfInterval(m.Metrics[support.FirstResponseMean].Difference), whatIfInterval(m.Metrics[support.ResolutionMean].Difference),
			whatIfInterval(m.CostPerMonth),
		})
	}
	return w
}

// sameAdvice tells whether nothing changes but how sure the advice is.
func sameAdvice(a, b support.Recommendation) bool {
	costs := a.Cost.Value == b.Cost.Value
	if a.Cost.Value != nil && b.Cost.Value != nil {
		costs = *a.Cost.Value == *b.Cost.Value
	}
	return a.Action == b.Action && a.Recommended == b.Recommended && costs
}

func (w *whatIf) print(out io.Writer) error {
	models := warehouse.Rows{
		Columns: []string{"support_model", "score now", "score then", "low", "high", "best %"},
		Types:   []string{"VARCHAR", "DOUBLE", "DOUBLE", "DOUBLE", "DOUBLE", "DOUBLE"},
	}
	for _, m := range w.Models {
		models.Values = append(models.Values, []any{
			m.SupportModel, rounded(m.ScoreNow, 1, 3), rounded(m.ScoreThen, 1, 3), rounded(m.Low, 1, 3), rounded(m.High, 1, 3), rounded(m.Best, 100, 1),
		})
	}
	if err := printTable(out, "Support models over all demand types, now and then", models); err != nil {
		return err
	}
	if len(w.Moves) > 0 {
		moves := warehouse.Rows{
			Columns: []string{"id", "demand_type", "from", "to", "tickets a month", "first response h", "resolution d", "cost a month", "not counted", "why not"},
			Types:   []string{"VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR"},
		}
		for _, m := range w.Moves {
			moves.Values = append(moves.Values, []any{
				m.ID, m.Name, strings.Join(m.From, ", "), m.To, rounded(&m.TicketsPerMonth, 1, 1), m.FirstResponse.text(1.0/3600, 1),
				m.Resolution.text(1.0/86400, 1), m.Cost.text(1, 0), strings.Join(m.NotCounted, ", "), m.Unknown,
			})
		}
		if err := printTable(out, "What the moves would change (95 % interval)", moves); err != nil {
			return err
		}
	}
	if len(w.Changed) == 0 {
		_, err := fmt.Fprintln(out, "\nNo recommendation changes.")
		return err
	}
	fmt.Fprintln(out, "\nRecommendations that change")
	for _, c := range w.Changed {
		if _, err := fmt.Fprintf(out, "  %s  now   %s\n  %*s  then  %s\n", c.ID, c.Now, len(c.ID), "", c.Then); err != nil {
			return err
		}
	}
	return nil
}

func rounded(x *float64, factor float64, digits int) any {
	if x == nil {
		return nil
	}
	return fmt.Sprintf("%.*f", digits, *x*factor)
}

func (i whatIfInterval) text(factor float64, digits int) any {
	if i.Value == nil || i.Low == nil || i.High == nil {
		return nil
	}
	return fmt.Sprintf("%+.*f (%+.*f to %+.*f)", digits, *i.Value*factor, digits, *i.Low*factor, digits, *i.High*factor)
}
