package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newMatch(a *app) *cobra.Command {
	var asJSON bool
	var priority string
	cmd := &cobra.Command{
		Use:   "match TEXT",
		Short: "Tells which demand type a new request is, who should handle it, and what solved such before",
		Long: `Tells which demand type a new request is, with its probability, the next
likely ones and keywords; which support model suits it, with its tool and steps;
what is known to solve it; and the most similar solved tickets. It rather says
that no type is known than to guess. The text is the argument, or standard input
for "-"; it is not kept.

The support model is the one whose configured solutions know the problem, else
the one that a rule gives to every ticket of this priority, else what is
recommended for the demand type, else the one with the best score. The solution
is the configured one, else the answer that closed the most similar ticket.`,
		Example: `  ticketmill match "SAML login fails after the upgrade to 3.2"
  ticketmill match "restore takes hours" --priority high --json
  ticketmill match --json - < request.txt`,
		Args: exactArgs(1, "give the request's text as one argument, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := args[0]
			if text == "-" {
				b, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 10<<20))
				if err != nil {
					return err
				}
				text = string(b)
			}
			if strings.TrimSpace(text) == "" {
				return usagef("the request has no text")
			}
			if !slices.Contains(priorities, priority) {
				return usagef("--priority is one of %s, not %q", strings.Join(priorities, ", "), priority)
			}
			m, err := a.match(cmd.Context(), inquiry{text, priority})
			if err := errors.Join(err, a.desks.close()); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(m)
			}
			return m.print(a.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&priority, "priority", "none", "the request's priority: "+strings.Join(priorities, ", "))
	return cmd
}

// priorities are what tickets have.
var priorities = []string{"urgent", "high", "normal", "low", "none"}

// inquiry is what somebody asks for.
type inquiry struct {
	text, priority string
}

// matched is what is known of a request.
type matched struct {
	Known        bool             `json:"known"`
	Language     string           `json:"language,omitempty"`
	DemandType   *matchedType     `json:"demand_type"` // null: no known type
	Next         []matchedType    `json:"next"`
	SupportModel *matchedModel    `json:"support_model"` // null: nothing speaks for one
	Solution     *matchedSolution `json:"solution"`      // null: none is known
	Similar      []similarTicket  `json:"similar"`
}

type matchedType struct {
	ID          string   `json:"demand_type_id,omitempty"` // none: known by the configuration alone
	Name        string   `json:"name"`
	Probability float64  `json:"probability"`
	Keywords    []string `json:"keywords"`
}

type similarTicket struct {
	TicketID   string  `json:"ticket_id"`
	TicketKey  string  `json:"ticket_key"`
	URL        string  `json:"url,omitempty"`
	Title      string  `json:"title"`
	Similarity float64 `json:"similarity"` // cosine
}

func (a *app) match(ctx context.Context, r inquiry) (*matched, error) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	out := &matched{Next: []matchedType{}, Similar: []similarTicket{}}
	known, err := c.knownProblem(r.text)
	if err != nil {
		return nil, err
	}
	d, leave, err := a.desks.enter(ctx, a, c)
	if errors.Is(err, warehouse.ErrNothingPublished) && known != nil {
		out.solve(c, known)
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer leave()
	if d.matcher == nil && known == nil {
		return nil, environmentError{errors.New("there are no demand types yet; `ticketmill build` makes them")}
	}
	var likely []string
	if d.matcher != nil {
		likely = out.guess(d.matcher, r.text)
	}
	if len(likely) > 0 {
		if out.Similar, err = similar(ctx, d, r.text, likely); err != nil {
			return nil, err
		}
	}
	if known != nil {
		out.solve(c, known)
		return out, nil
	}
	return out, out.advise(ctx, d, c, r)
}

// guess fills in the demand types and returns the ids of the likely ones.
func (m *matched) guess(matcher *nightly.Matcher, text string) []string {
	guesses, language, known := matcher.Match(text)
	m.Known, m.Language = known, language
	var ids []string
	for i, g := range guesses {
		ids = append(ids, g.Type.ID)
		t := matchedType{ID: g.Type.ID, Name: g.Type.Name, Probability: g.Probability, Keywords: g.Type.Keywords}
		if i == 0 && known {
			m.DemandType = &t
		} else {
			m.Next = append(m.Next, t)
		}
	}
	return ids
}

// How many solved tickets of the likely types are looked at and shown, and how
// alike they must at least be.
const (
	similarAmong = 5000
	similarShown = 5
	similarLeast = 0.3
)

func similar(ctx context.Context, d *desk, text string, types []string) ([]similarTicket, error) {
	rows, err := d.published.Query(ctx, fmt.Sprintf(`SELECT ticket_id, ticket_key, coalesce(url, ''), title_redacted FROM marts.ticket
		WHERE demand_type_id IN %s AND status_category = 'resolved' AND NOT is_deleted AND title_redacted IS NOT NULL
		ORDER BY updated_at DESC, ticket_id LIMIT %d`, warehouse.QuoteSet(types), similarAmong))
	if err != nil {
		return nil, err
	}
	found := make([]similarTicket, len(rows.Values))
	titles := make([]string, len(rows.Values))
	for i, r := range rows.Values {
		for k, to := range []*string{&found[i].TicketID, &found[i].TicketKey, &found[i].URL, &found[i].Title} {
			*to, _ = r[k].(string)
		}
		titles[i] = found[i].Title
	}
	for i, s := range d.matcher.Similar(text, titles) {
		found[i].Similarity = s
	}
	found = slices.DeleteFunc(found, func(s similarTicket) bool { return s.Similarity < similarLeast })
	slices.SortStableFunc(found, func(a, b similarTicket) int { return cmp.Compare(b.Similarity, a.Similarity) })
	return found[:min(len(found), similarShown)], nil
}

func (m *matched) print(w io.Writer) error {
	var b strings.Builder
	if m.DemandType == nil {
		b.WriteString("no known type\n")
	} else {
		fmt.Fprintf(&b, "%s (%s), %.0f %%\n", m.DemandType.Name, cmp.Or(m.DemandType.ID, "configured"), 100*m.DemandType.Probability)
		if len(m.DemandType.Keywords) > 0 {
			fmt.Fprintf(&b, "  %s\n", strings.Join(m.DemandType.Keywords, ", "))
		}
	}
	for i, t := range m.Next {
		if i == 0 {
			b.WriteString("closest others\n")
		}
		fmt.Fprintf(&b, "  %s (%s), %.0f %%\n", t.Name, t.ID, 100*t.Probability)
	}
	if s := m.SupportModel; s != nil {
		fmt.Fprintf(&b, "support model %s: %s\n", s.Name, s.Because)
		if s.Tool != "" {
			fmt.Fprintf(&b, "  tool   %s\n", s.Tool)
		}
		if len(s.Steps) > 0 {
			fmt.Fprintf(&b, "  steps  %s\n", strings.Join(s.Steps, " → "))
		}
	}
	if s := m.Solution; s != nil {
		fmt.Fprintf(&b, "solution (%s)\n  %s\n", s.From, strings.ReplaceAll(s.Text, "\n", "\n  "))
	}
	for i, s := range m.Similar {
		if i == 0 {
			b.WriteString("similar solved tickets\n")
		}
		fmt.Fprintf(&b, "  %.2f  %s  %s  %s\n", s.Similarity, s.TicketKey, s.Title, s.URL)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
