package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newScore(a *app) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Shows the support models' scores, and what they would be under other wishes",
		Long: `Shows how the support models score and what is recommended per demand type, as
published. With --what-if, scores them again with other weights, targets and
costs, or with demand types moved to another model, beside what is published;
nothing published changes. The file holds what differs from the configuration:

  weights: {resolution: 0.5, cost: 0.5}
  support_models:
    paid: {cost_per_touch: 12, targets: {first_response: 2h}}
  moves:
    - {types: [d3kq7w2a, "Login and single sign-on"], to: community}

Weights replace the configured ones as a whole: what is not named counts nothing.
Of a support model, what is not named stays as it is.

With --json: {"models": […], "recommendations": […]}, the rows of
marts.support_model_score over all types and of marts.support_model_recommendation;
and with --what-if:

  models                   support_model, score_now, score_then, score_then_low,
                           score_then_high, probability_best_then
  changed_recommendations  demand_type_id, demand_type, now, then (sentences)
  moves                    demand_type_id, demand_type, from, to, not_counted (models
                           that cannot be compared), tickets_per_month,
                           first_response_change_seconds, resolution_change_seconds,
                           cost_change_per_month (each value, low, high), and
                           not_predictable_because if nothing is predicted

What is not known is null.`,
		Example: "  ticketmill score\n  ticketmill score --what-if cheaper.yaml\n  ticketmill score --what-if cheaper.yaml --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("what-if") {
				return a.showScores(cmd.Context(), asJSON)
			}
			if file == "" { // a variable of the shell that is not set, perhaps
				return usagef("--what-if: name the YAML file with the wishes")
			}
			return a.whatIf(cmd.Context(), file, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "what-if", "", "YAML file with other weights, targets, costs or moves")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// scoreTables are what is published of the scores: as shown, and as JSON, whose
// keys are the marts' column names.
var scoreTables = []struct{ name, title, query, json string }{
	{"models", "Support models over all demand types (score 0 to 1, 95 % interval)", `
		SELECT support_model, tickets, round(score, 3) AS score, round(score_low, 3) AS low,
			round(score_high, 3) AS high, score_basis AS basis, round(score_unadjusted, 3) AS unadjusted, round(100 * probability_best, 1) AS "best %",
			round(100 * coalesce(answered_24h_share_adjusted, answered_24h_share), 1) AS "answered in 24 h %",
			round(coalesce(resolution_mean_seconds_adjusted, resolution_mean_seconds) / 86400, 1) AS "mean resolution d",
			round(cost_per_ticket, 2) AS "cost a ticket"
		FROM marts.support_model_score WHERE demand_type_id = 'all' ORDER BY support_model_score.score DESC, support_model`, `
		SELECT * FROM marts.support_model_score WHERE demand_type_id = 'all' ORDER BY score DESC, support_model`},
	{"recommendations", "What to do with each demand type", `
		SELECT demand_type_id AS id, tickets, action, sentence
		FROM marts.support_model_recommendation ORDER BY tickets DESC, demand_type_id`, `
		SELECT * FROM marts.support_model_recommendation ORDER BY tickets DESC, demand_type_id`},
}

// scoreColumns are those of scoreTables whose tables show three digits.
var scoreColumns = []string{"score", "low", "high", "unadjusted"}

// threeDigits writes the numbers of a column.
func threeDigits(rows warehouse.Rows, column int) {
	for _, row := range rows.Values {
		if x, ok := row[column].(float64); ok {
			row[column] = rounded(&x, 1, 3)
		}
	}
}

func (a *app) showScores(ctx context.Context, asJSON bool) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	db, err := openPublished(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	out := map[string][]map[string]any{}
	for _, t := range scoreTables {
		query := t.query
		if asJSON {
			query = t.json
		}
		rows, err := db.Query(ctx, query)
		if err != nil {
			return err
		}
		if asJSON {
			out[t.name] = objects(rows)
			continue
		}
		for k, name := range rows.Columns {
			if slices.Contains(scoreColumns, name) {
				threeDigits(rows, k)
			}
		}
		if err := printTable(a.stdout, t.title, rows); err != nil {
			return err
		}
	}
	if !asJSON {
		return nil
	}
	return a.printJSON(out)
}

func objects(rows warehouse.Rows) []map[string]any {
	list := make([]map[string]any, len(rows.Values))
	for i, row := range rows.Values {
		list[i] = map[string]any{}
		for k, name := range rows.Columns {
			list[i][name] = row[k]
		}
	}
	return list
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// wishes is a what-if file.
type wishes struct {
	Weights       map[string]float64     `yaml:"weights"`
	SupportModels map[string]wishedModel `yaml:"support_models"`
	Moves         []struct {
		Types Patterns `yaml:"types"` // ids or names
		To    string   `yaml:"to"`
	} `yaml:"moves"`
}

// wishedModel is what a wish may change of a support model; nil stays as it is.
type wishedModel struct {
	CostPerTouch *float64           `yaml:"cost_per_touch"`
	Targets      map[string]Seconds `yaml:"targets"`
}

func readWishes(path string, c *Config) (*wishes, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	w := &wishes{}
	if err := yaml.UnmarshalWithOptions(b, w, yaml.Strict()); err != nil {
		return nil, usagef("%s: %s", path, plainYAML(err))
	}
	if err := w.validate(c); err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	return w, nil
}

func (w *wishes) validate(c *Config) error {
	if len(w.Weights)+len(w.SupportModels)+len(w.Moves) == 0 {
		return errors.New("it wishes for nothing; give weights, support_models or moves")
	}
	for _, name := range slices.Sorted(maps.Keys(w.SupportModels)) {
		if !slices.Contains(c.modelNames(), name) {
			return fmt.Errorf("support_models: %q is none of %s", name, strings.Join(c.modelNames(), ", "))
		}
		if w.SupportModels[name].CostPerTouch == nil && len(w.SupportModels[name].Targets) == 0 {
			return fmt.Errorf("support_models.%s: it wishes for nothing; give cost_per_touch or targets", name)
		}
		m := SupportModel{CostPerTouch: w.SupportModels[name].CostPerTouch, Targets: w.SupportModels[name].Targets}
		if err := m.validate(); err != nil {
			return fmt.Errorf("support_models.%s: %w", name, err)
		}
	}
	for i, m := range w.Moves {
		if !slices.Contains(c.modelNames(), m.To) {
			return fmt.Errorf("moves[%d]: to: %q is none of %s", i, m.To, strings.Join(c.modelNames(), ", "))
		}
		if len(m.Types) == 0 {
			return fmt.Errorf("moves[%d]: types: name the demand types that move", i)
		}
	}
	return validateWeights(w.Weights)
}

// with is the configuration with the wishes in it.
func (w *wishes) with(c *Config) *Config {
	wished := *c
	if len(w.Weights) > 0 {
		wished.Weights = w.Weights
	}
	wished.SupportModels = maps.Clone(c.SupportModels)
	if wished.SupportModels == nil {
		wished.SupportModels = map[string]SupportModel{}
	}
	for name, m := range w.SupportModels {
		was := wished.SupportModels[name]
		if m.CostPerTouch != nil {
			was.CostPerTouch = m.CostPerTouch
		}
		was.Targets = maps.Clone(was.Targets)
		for target, d := range m.Targets {
			if was.Targets == nil {
				was.Targets = map[string]Seconds{}
			}
			was.Targets[target] = d
		}
		wished.SupportModels[name] = was
	}
	return &wished
}

// moves finds the demand types that are to move. A type can go to one model only.
func (w *wishes) moves(t *supportTickets) ([]support.Move, error) {
	var out []support.Move
	taken := map[int]bool{}
	for i, m := range w.Moves {
		move := support.Move{To: slices.IndexFunc(t.judged.Models, func(x support.Model) bool { return x.Name == m.To })}
		for _, wanted := range m.Types {
			d, err := t.findType(wanted)
			if err == nil && taken[d] {
				err = fmt.Errorf("%q moves already; name each demand type once", wanted)
			}
			if err != nil {
				return nil, fmt.Errorf("moves[%d]: types: %w", i, err)
			}
			taken[d], move.Types = true, append(move.Types, d)
		}
		out = append(out, move)
	}
	return out, nil
}

// findType is the place of the demand type with an id or else a name.
func (t *supportTickets) findType(wanted string) (int, error) {
	if wanted == nightly.Other {
		return 0, fmt.Errorf("%q is no demand type but what is in none, and cannot move", wanted)
	}
	if d := slices.Index(t.types, wanted); d >= 0 {
		return d, nil
	}
	var found []int
	for d, name := range t.judged.Types {
		if strings.EqualFold(name, wanted) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("no demand type with tickets has the id or name %q; `ticketmill topics` lists them", wanted)
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("%d demand types have the name %q; use the id of one, such as %s", len(found), wanted, t.types[found[0]])
}

func (a *app) whatIf(ctx context.Context, file string, asJSON bool) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	w, err := readWishes(file, c)
	if err != nil {
		return err
	}
	t, err := a.supportOfNow(ctx, c)
	if err != nil {
		return err
	}
	moves, err := w.moves(t)
	if err != nil {
		return usagef("%s: %w", file, err)
	}
	estimates, err := t.estimate()
	if err != nil {
		return err
	}
	now, err := estimates.Score()
	if err != nil {
		return err
	}
	wished := w.with(c)
	then, err := estimates.Rescore(support.WhatIf{Models: wished.judgedModels(), Weights: wished.judgedWeights(), Moves: moves})
	if err != nil {
		return err
	}
	answer := t.compare(now, then)
	if asJSON {
		return a.printJSON(answer)
	}
	return answer.print(a.stdout)
}

// openTexts opens the warehouse of the newest snapshot with the texts, which are
// views of what was staged. The error is os.ErrNotExist also where the home was
// moved since: the views know the folder by its path.
func (c *Config) openTexts(ctx context.Context) (*warehouse.DB, error) {
	db, err := c.openWarehouse(ctx, filepath.Join(c.warehouseDir(), "staged"))
	if err != nil {
		return nil, err
	}
	if err := db.Exec(ctx, "SELECT 1 FROM core.ticket_text LIMIT 0"); err != nil {
		return nil, errors.Join(fmt.Errorf("it was built for another folder: %w", os.ErrNotExist), db.Close())
	}
	return db, nil
}

// supportOfNow reads the tickets of the warehouse behind the newest snapshot.
func (a *app) supportOfNow(ctx context.Context, c *Config) (*supportTickets, error) {
	db, err := c.openTexts(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return nil, environmentError{fmt.Errorf("the warehouse of the published snapshot is gone or was moved (%w); `ticketmill build` makes it again", err)}
	}
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var asOf time.Time
	err = db.Each(ctx, "SELECT as_of FROM config.setting", func(row []any) error {
		asOf = value[time.Time](row[0])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return readSupport(ctx, db, c, asOf)
}
