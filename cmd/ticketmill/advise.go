package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ticketmill/ticketmill/models/support"
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

// knownProblem is the configured problem that the request names or else is most
// like. Nil if there is none, or several to choose from.
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
	open := false // whether another problem with another solution is as likely
	for _, model := range slices.Sorted(maps.Keys(c.SupportModels)) {
		solutions := c.SupportModels[model].Solutions
		for _, name := range slices.Sorted(maps.Keys(solutions)) {
			p := problem{model, name, solutions[name], naming(asked, stems(analyzer.Analyze("", name)))}
			if strings.EqualFold(strings.TrimSpace(request), name) {
				p.likeness = 1
			}
			switch {
			case p.likeness < leastLikeness || best != nil && p.likeness < best.likeness:
			case best == nil || p.likeness > best.likeness:
				best, open = &p, false
			case p.name != best.name && p.solution != best.solution:
				open = true
			}
		}
	}
	if open {
		return nil, nil
	}
	return best, nil
}

// naming is how likely a request is about a problem, by the stems of both: sure
// if it says the problem's words in a row, however much else it says.
func naming(request, problem []string) float64 {
	for at := range len(request) - len(problem) + 1 {
		if len(problem) > 0 && slices.Equal(request[at:at+len(problem)], problem) {
			return 1
		}
	}
	return support.Likeness(request, problem)
}

func (c *Config) knowsProblems() bool {
	for _, m := range c.SupportModels {
		if len(m.Solutions) > 0 {
			return true
		}
	}
	return false
}

// solve fills in what the configuration knows of a problem.
func (m *matched) solve(c *Config, p *problem) {
	m.choose(c, p.model, fmt.Sprintf("it knows the problem %q", p.name))
	m.Solution = &matchedSolution{p.solution, "configuration"}
	if m.DemandType == nil {
		m.Known, m.DemandType = true, &matchedType{Name: p.name, Probability: p.likeness, Keywords: []string{}}
	}
}

// advise fills in who should handle the request and what solves it, by what is
// published.
func (m *matched) advise(ctx context.Context, d *desk, c *Config, r inquiry) error {
	known, err := publishedAdvice(ctx, d.published, m.DemandType)
	if err != nil {
		return err
	}
	if m.Solution, err = d.closedBy(ctx, known.usual, m.Similar); err != nil {
		return err
	}
	if i := slices.IndexFunc(c.Rules, func(rule Rule) bool { return rule.isOfPriority(r.priority) }); i >= 0 {
		m.choose(c, c.Rules[i].SupportModel, fmt.Sprintf("rule %d gives it every ticket of priority %s", i+1, r.priority))
	} else if known.model != "" {
		m.choose(c, known.model, known.because)
	}
	return nil
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

// advice is what is published for requests of a kind.
type advice struct {
	model, because string // the support model, and why; empty: nothing speaks for one
	usual          string // a ticket that the usual answer closed; empty: there is none
}

// publishedAdvice looks up the advice for a demand type, or over all of them; nil
// is no known type.
func publishedAdvice(ctx context.Context, db *warehouse.DB, of *matchedType) (advice, error) {
	id := ""
	if of != nil {
		id = of.ID
	}
	rows, err := db.Query(ctx, `
		SELECT coalesce(recommended_model, current_model),
			CASE WHEN recommended_model IS NULL THEN 'it has most of these tickets now. ' ELSE '' END || sentence,
			CASE WHEN action = 'self_service' THEN example_ticket_id END
		FROM marts.support_model_recommendation WHERE demand_type_id = ?
		UNION ALL
		(SELECT support_model, 'it has the best score over all demand types', NULL
		FROM marts.support_model_score
		WHERE demand_type_id = 'all' AND score IS NOT NULL ORDER BY support_model_score.score DESC, support_model LIMIT 1)`, id)
	if err != nil || len(rows.Values) == 0 {
		return advice{}, err
	}
	r := rows.Values[0]
	return advice{value[string](r[0]), value[string](r[1]), value[string](r[2])}, nil
}

// closedBy is the usual answer of the demand type if it has one, else the answer
// that closed the most similar ticket (core.closing_text says which that is).
// Answers stand in the warehouse, which a machine that only serves need not have.
func (d *desk) closedBy(ctx context.Context, usual string, similar []similarTicket) (*matchedSolution, error) {
	var ids []string
	if usual != "" {
		ids = append(ids, usual)
	}
	for _, s := range similar {
		ids = append(ids, s.TicketID)
	}
	if len(ids) == 0 || d.warehouse == nil {
		return nil, nil
	}
	rows, err := d.warehouse.Query(ctx, "SELECT ticket_id, body FROM core.closing_text WHERE ticket_id IN "+warehouse.QuoteSet(ids))
	if err != nil {
		return nil, err
	}
	answers := map[string]string{}
	for _, r := range rows.Values {
		answers[value[string](r[0])] = strings.TrimSpace(value[string](r[1]))
	}
	for _, id := range ids {
		if answer := answers[id]; answer != "" {
			return &matchedSolution{answer, id}, nil
		}
	}
	return nil, nil
}
