package main

import (
	"cmp"
	"context"
	"encoding/json"
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
	cmd := &cobra.Command{
		Use:   "match TEXT",
		Short: "Tells which demand type a new request is, and which solved tickets resemble it",
		Long: `Tells which demand type a new request is, with its probability, the next
likely ones, keywords, and the most similar solved tickets. It rather says that
no type is known than to guess. The text is the argument, or standard input
for "-"; it is not kept.`,
		Example: `  ticketmill match "SAML login fails after the upgrade to 3.2"
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
			m, err := a.match(cmd.Context(), text)
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				return e.Encode(m)
			}
			return m.print(a.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// matched is what is known of a request.
type matched struct {
	Known      bool            `json:"known"`
	Language   string          `json:"language,omitempty"`
	DemandType *matchedType    `json:"demand_type"` // null: no known type
	Next       []matchedType   `json:"next"`
	Similar    []similarTicket `json:"similar"`
}

type matchedType struct {
	ID          string   `json:"demand_type_id"`
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

func (a *app) match(ctx context.Context, text string) (*matched, error) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	memory := a.demandMemory(c)
	state, _, err := memory.load(ctx)
	if err != nil {
		return nil, err
	}
	if state == nil || len(state.Model) == 0 {
		return nil, environmentError{errors.New("there are no demand types yet; `ticketmill build` makes them")}
	}
	decisions, err := memory.decisions(ctx)
	if err != nil {
		return nil, err
	}
	m, err := nightly.NewMatcher(state, decisions, c.Build.Threads)
	if err != nil {
		return nil, err
	}
	out := &matched{Next: []matchedType{}, Similar: []similarTicket{}}
	guesses, language, known := m.Match(text)
	out.Known, out.Language = known, language
	var ids []string
	for i, g := range guesses {
		ids = append(ids, warehouse.Quote(g.Type.ID))
		t := matchedType{ID: g.Type.ID, Name: g.Type.Name, Probability: g.Probability, Keywords: g.Type.Keywords}
		if i == 0 && known {
			out.DemandType = &t
		} else {
			out.Next = append(out.Next, t)
		}
	}
	if len(ids) > 0 {
		out.Similar, err = a.similar(ctx, c, m, text, ids)
	}
	return out, err
}

// How many solved tickets of the likely types are looked at and shown, and how
// alike they must at least be.
const (
	similarAmong = 5000
	similarShown = 5
	similarLeast = 0.3
)

func (a *app) similar(ctx context.Context, c *Config, m *nightly.Matcher, text string, types []string) ([]similarTicket, error) {
	db, err := openPublished(ctx, c)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(ctx, fmt.Sprintf(`SELECT ticket_id, ticket_key, coalesce(url, ''), title_redacted FROM marts.ticket
		WHERE demand_type_id IN (%s) AND status_category = 'resolved' AND title_redacted IS NOT NULL
		ORDER BY updated_at DESC, ticket_id LIMIT %d`, strings.Join(types, ", "), similarAmong))
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
	for i, s := range m.Similar(text, titles) {
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
		fmt.Fprintf(&b, "%s (%s), %.0f %%\n  %s\n", m.DemandType.Name, m.DemandType.ID, 100*m.DemandType.Probability, strings.Join(m.DemandType.Keywords, ", "))
	}
	for i, t := range m.Next {
		if i == 0 {
			b.WriteString("closest others\n")
		}
		fmt.Fprintf(&b, "  %s (%s), %.0f %%\n", t.Name, t.ID, 100*t.Probability)
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
