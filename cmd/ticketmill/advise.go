package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/models/text"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// matchedModel is the support model that suits a request.
type matchedModel struct {
	Name    string   `json:"name"`
	Because string   `json:"because"`
	Tool    string   `json:"tool,omitempty"`
	Steps   []string `json:"steps,omitempty"`
}

// matchedSolution is what is known to solve a request.
type matchedSolution struct {
	Text string `json:"text"`
	From string `json:"from"` // "configuration", or the ticket that it closed
}

// problem is one that a support model knows by the configuration.
type problem struct {
	model, name, solution string
	likeness              float64 // 0 to 1
}

// leastLikeness is the least Jaccard similarity of the stems of a request and of
// a configured problem that are taken for the same.
const leastLikeness = 0.5

// knownProblem is the configured problem that the request is most like, nil if
// there is none.
func (c *Config) knownProblem(request string) (*problem, error) {
	if !c.knowsProblems() {
		return nil, nil // the analyzer takes its time to open
	}
	analyzer, err := text.New(text.Options{})
	if err != nil {
		return nil, err
	}
	asked := stems(analyzer.Analyze("", request))
	var best *problem
	for _, model := range slices.Sorted(maps.Keys(c.SupportModels)) {
		solutions := c.SupportModels[model].Solutions
		for _, name := range slices.Sorted(maps.Keys(solutions)) {
			p := problem{model, name, solutions[name], jaccard(asked, stems(analyzer.Analyze("", name)))}
			if strings.EqualFold(strings.TrimSpace(request), name) {
				p.likeness = 1
			}
			if p.likeness >= leastLikeness && (best == nil || p.likeness > best.likeness) {
				best = &p
			}
		}
	}
	return best, nil
}

func (c *Config) knowsProblems() bool {
	for _, m := range c.SupportModels {
		if len(m.Solutions) > 0 {
			return true
		}
	}
	return false
}

// jaccard is the share of the distinct words of both that both have.
func jaccard(a, b []string) float64 {
	first, both := map[string]bool{}, map[string]bool{}
	for _, w := range a {
		first[w] = true
	}
	all := len(first)
	seen := map[string]bool{}
	for _, w := range b {
		switch {
		case first[w]:
			both[w] = true
		case !seen[w]:
			all++
		}
		seen[w] = true
	}
	return float64(len(both)) / float64(max(all, 1))
}

// advise fills in who should handle the request and what solves it.
func (a *app) advise(ctx context.Context, c *Config, m *matched, r inquiry, known *problem) error {
	var err error
	if known != nil {
		m.choose(c, known.model, fmt.Sprintf("it knows the problem %q", known.name))
		m.Solution = &matchedSolution{known.solution, "configuration"}
		if m.DemandType == nil {
			m.Known, m.DemandType = true, &matchedType{Name: known.name, Probability: known.likeness, Keywords: []string{}}
		}
		return nil
	}
	if m.Solution, err = a.closedBy(ctx, c, m.Similar); err != nil {
		return err
	}
	if i := slices.IndexFunc(c.Rules, func(rule Rule) bool { return rule.isOfPriority(r.priority) }); i >= 0 {
		m.choose(c, c.Rules[i].SupportModel, fmt.Sprintf("rule %d gives it every ticket of priority %s", i+1, r.priority))
		return nil
	}
	return a.recommended(ctx, c, m)
}

func (m *matched) choose(c *Config, model, because string) {
	s := c.SupportModels[model]
	m.SupportModel = &matchedModel{model, because, s.Tool, s.Steps}
}

// isOfPriority tells whether the rule asks for nothing but this priority.
func (r Rule) isOfPriority(priority string) bool {
	globs := r.When["priority"]
	return len(r.When) == 1 && slices.ContainsFunc(globs, func(g string) bool {
		same, err := filepath.Match(strings.ToLower(g), priority)
		return err == nil && same
	})
}

// recommended takes the support model from what is published of the scores.
func (a *app) recommended(ctx context.Context, c *Config, m *matched) error {
	db, err := openPublished(ctx, c)
	if errors.Is(err, warehouse.ErrNothingPublished) {
		return nil
	}
	if err != nil {
		return err
	}
	defer db.Close()
	if m.DemandType != nil {
		rows, err := db.Query(ctx, `SELECT coalesce(recommended_model, current_model),
				CASE WHEN recommended_model IS NULL THEN 'it has most of these tickets now. ' ELSE '' END || sentence
			FROM marts.support_model_recommendation WHERE demand_type_id = ?`, m.DemandType.ID)
		if err != nil {
			return err
		}
		for _, r := range rows.Values {
			m.choose(c, value[string](r[0]), value[string](r[1]))
			return nil
		}
	}
	rows, err := db.Query(ctx, `SELECT support_model FROM marts.support_model_score
		WHERE demand_type_id = 'all' AND score IS NOT NULL ORDER BY score DESC, support_model LIMIT 1`)
	if err != nil {
		return err
	}
	for _, r := range rows.Values {
		m.choose(c, value[string](r[0]), "it has the best score over all demand types")
	}
	return nil
}

// closedBy is the answer that closed the most similar ticket that has one. It
// stands in the warehouse, which a machine that only serves need not have.
func (a *app) closedBy(ctx context.Context, c *Config, similar []similarTicket) (*matchedSolution, error) {
	if len(similar) == 0 {
		return nil, nil
	}
	db, err := c.openWarehouse(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer db.Close()
	ids := make([]string, len(similar))
	for i, s := range similar {
		ids[i] = warehouse.Quote(s.TicketID)
	}
	rows, err := db.Query(ctx, "SELECT ticket_id, body FROM core.closing_text WHERE ticket_id IN ("+strings.Join(ids, ", ")+")")
	if err != nil {
		return nil, err
	}
	for _, s := range similar {
		for _, r := range rows.Values {
			if value[string](r[0]) == s.TicketID {
				return &matchedSolution{value[string](r[1]), s.TicketID}, nil
			}
		}
	}
	return nil, nil
}

// openWarehouse opens the warehouse of the newest snapshot, texts included. The
// error is os.ErrNotExist where it is gone.
func (c *Config) openWarehouse(ctx context.Context) (*warehouse.DB, error) {
	published, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.warehouseDir(), filepath.Base(published))
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	// texts are views of what was staged
	staged := filepath.Join(c.warehouseDir(), "staged")
	return warehouse.OpenReadOnly(ctx, path, warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads}, staged)
}
