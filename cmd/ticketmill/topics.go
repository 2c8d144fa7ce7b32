package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newTopics(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Lists demand types; renames, merges, splits, pins and hides them",
		Long: `Lists the demand types of the newest published snapshot. The verbs below decide
about them. Decisions are kept with the data, survive retraining, take effect
with the next build and can be undone.`,
		Example: `  ticketmill topics
  ticketmill topics show d3kq7w2a
  ticketmill topics rename d3kq7w2a "Login and single sign-on"
  ticketmill topics merge d3kq7w2a d9xm4c1e
  ticketmill topics split d9xm4c1e --into 3
  ticketmill topics pin --name Invoices --keyword invoice --keyword billing --example helpdesk:10012
  ticketmill topics undo`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listTopics(cmd.Context(), all) },
	}
	var hidden bool
	list := &cobra.Command{
		Use: "list", Short: "Lists the demand types, largest first", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			which := all
			if hidden {
				which = "true"
			}
			return a.listTopics(cmd.Context(), which)
		},
	}
	list.Flags().BoolVar(&hidden, "hidden", false, "also those that are hidden")
	cmd.AddCommand(list, a.topicShow(), a.topicRename(), a.topicMerge(), a.topicSplit(), a.topicPin(),
		a.topicOne(nightly.Hide, "Leaves a type out of the list"), a.topicOne(nightly.Unhide, "Lists a hidden type again"),
		a.topicUndo(), a.topicLog())
	return cmd
}

// all lists what is not hidden.
const all = "NOT coalesce(is_hidden, false)"

func (a *app) listTopics(ctx context.Context, where string) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	return a.printPublished(ctx, c, "", `
		SELECT demand_type_id AS id, name, size, open, round(100 * share, 1) AS "share %", coalesce(trend, '–') AS trend,
			CASE WHEN is_emerging THEN 'new' ELSE '' END AS emerging, CASE WHEN is_pinned THEN 'pinned' ELSE '' END AS pinned,
			array_to_string(keywords[1:5], ', ') AS keywords
		FROM marts.demand_type WHERE `+where+`
		ORDER BY demand_type_id = 'other', size DESC, demand_type_id`)
}

// printPublished prints a query over the newest snapshot.
func (a *app) printPublished(ctx context.Context, c *Config, title, query string) error {
	db, err := openPublished(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(ctx, query)
	if err != nil {
		return err
	}
	return printTable(a.stdout, title, rows)
}

func (a *app) topicShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Shows one demand type: keywords, history, typical tickets, the last weeks",
		Args: exactArgs(1, "name one demand type by its id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			if err := a.knownType(cmd.Context(), c, args[0]); err != nil {
				return err
			}
			id := warehouse.Quote(args[0])
			for _, part := range []struct{ title, query string }{
				{"", `SELECT unnest(['id', 'name', 'group', 'tickets', 'open', 'share', 'trend', 'first seen', 'last seen', 'coherence', 'keywords', 'lineage']) AS what,
					unnest([demand_type_id, name, group_name, size::VARCHAR, open::VARCHAR, round(100 * share, 1) || ' %', trend,
						first_seen_on::VARCHAR, last_seen_on::VARCHAR, round(coherence, 2)::VARCHAR, array_to_string(keywords, ', '), lineage]) AS value
					FROM marts.demand_type WHERE demand_type_id = ` + id},
				{"Typical tickets", `SELECT t.ticket_key AS ticket, t.status, t.title_redacted AS title
					FROM (SELECT unnest(example_ticket_ids) AS ticket_id, generate_subscripts(example_ticket_ids, 1) AS n
						FROM marts.demand_type WHERE demand_type_id = ` + id + `) AS e
					INNER JOIN marts.ticket AS t ON e.ticket_id = t.ticket_id ORDER BY e.n`},
				{"The last weeks", `SELECT week_on AS week, tickets, round(expected, 1) AS expected, round(band_low) || ' – ' || round(band_high) AS "95 % band",
					CASE WHEN is_alarm THEN 'beyond chance' ELSE '' END AS alarm
					FROM marts.demand_type_weekly WHERE demand_type_id = ` + id + ` ORDER BY week_on DESC LIMIT 8`},
			} {
				if err := a.printPublished(cmd.Context(), c, part.title, part.query); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// exactArgs wants n arguments.
func exactArgs(n int, otherwise string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s; see `%s --help`", otherwise, cmd.CommandPath())
		}
		return nil
	}
}

// knownType looks whether the newest snapshot has a type of that id.
func (a *app) knownType(ctx context.Context, c *Config, id string) error {
	db, err := openPublished(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(ctx, "SELECT 1 FROM marts.demand_type WHERE demand_type_id = "+warehouse.Quote(id))
	if err != nil {
		return err
	}
	if len(rows.Values) == 0 {
		return usagef("there is no demand type %q; `ticketmill topics` lists them", id)
	}
	return nil
}

// decide lands a decision about the named types, after a look whether they
// exist.
func (a *app) decide(ctx context.Context, d nightly.Decision) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	for _, id := range d.IDs {
		if id == nightly.Other {
			return usagef("%q is what is in no demand type; nothing can be decided about it", id)
		}
		if err := a.knownType(ctx, c, id); err != nil {
			return err
		}
	}
	made, err := a.demandMemory(c).decide(ctx, newRunID(a.now()), d)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "decision %d: %s; it takes effect with the next `ticketmill build`\n", made.N, made)
	return err
}

func (a *app) demandMemory(c *Config) *demandMemory {
	return &demandMemory{store: landing.Open(c.landingDir(), a.now), now: a.now}
}

func (a *app) topicRename() *cobra.Command {
	return &cobra.Command{
		Use: "rename ID NAME", Short: "Calls a type by another name; an empty name gives its label back",
		Args: exactArgs(2, "name one demand type and what to call it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd.Context(), nightly.Decision{Verb: nightly.Rename, IDs: args[:1], Name: strings.TrimSpace(args[1])})
		},
	}
}

func (a *app) topicMerge() *cobra.Command {
	return &cobra.Command{
		Use: "merge ID INTO", Short: "Makes one type of two: the tickets of the first go into the second",
		Args: exactArgs(2, "name two demand types"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == args[1] {
				return usagef("a type cannot be merged into itself")
			}
			return a.decide(cmd.Context(), nightly.Decision{Verb: nightly.Merge, IDs: args})
		},
	}
}

func (a *app) topicSplit() *cobra.Command {
	var parts int
	cmd := &cobra.Command{
		Use: "split ID", Short: "Makes several types of one",
		Args: exactArgs(1, "name one demand type"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if parts < 2 || parts > 20 {
				return usagef("--into: %d is no number of parts from 2 to 20", parts)
			}
			return a.decide(cmd.Context(), nightly.Decision{Verb: nightly.Split, IDs: args, Parts: parts})
		},
	}
	cmd.Flags().IntVar(&parts, "into", 2, "into how many")
	return cmd
}

func (a *app) topicPin() *cobra.Command {
	var d nightly.Decision
	cmd := &cobra.Command{
		Use: "pin [ID]", Short: "Keeps a type whatever the clustering says, or makes one of examples and keywords",
		Long: `Keeps a type whatever the clustering says. Without an id it makes a type of its
own from tickets that are typical of it (--example) and words (--keyword).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Verb, d.IDs = nightly.Pin, args
			switch {
			case len(args) > 1:
				return usagef("name one demand type, or none")
			case len(args) == 0 && (d.Name == "" || len(d.Examples)+len(d.Keywords) == 0):
				return usagef("a new type needs a --name and at least one --example or --keyword")
			}
			return a.decide(cmd.Context(), d)
		},
	}
	cmd.Flags().StringVar(&d.Name, "name", "", "what the new type is called")
	cmd.Flags().StringArrayVar(&d.Examples, "example", nil, "id of a typical ticket, such as helpdesk:10012; may be repeated")
	cmd.Flags().StringArrayVar(&d.Keywords, "keyword", nil, "a typical word; may be repeated")
	return cmd
}

func (a *app) topicOne(verb, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ID", Short: short, Args: exactArgs(1, "name one demand type"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd.Context(), nightly.Decision{Verb: verb, IDs: args})
		},
	}
}

func (a *app) topicUndo() *cobra.Command {
	return &cobra.Command{
		Use: "undo [N]", Short: "Takes a decision back: the newest that is in force, or the one of that number",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			decisions, err := a.demandMemory(c).decisions(cmd.Context())
			if err != nil {
				return err
			}
			of, err := whichToUndo(decisions, args)
			if err != nil {
				return err
			}
			return a.decide(cmd.Context(), nightly.Decision{Verb: nightly.Undo, Of: of})
		},
	}
}

func whichToUndo(all []nightly.Decision, args []string) (int, error) {
	inForce := nightly.InForce(all)
	switch {
	case len(args) > 1:
		return 0, usagef("name one decision")
	case len(inForce) == 0:
		return 0, usagef("there is no decision to take back")
	case len(args) == 0:
		return inForce[len(inForce)-1].N, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || !slices.ContainsFunc(inForce, func(d nightly.Decision) bool { return d.N == n }) {
		return 0, usagef("%q is not the number of a decision in force; `ticketmill topics log` lists them", args[0])
	}
	return n, nil
}

func (a *app) topicLog() *cobra.Command {
	return &cobra.Command{
		Use: "log", Short: "Lists what was decided", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			decisions, err := a.demandMemory(c).decisions(cmd.Context())
			if err != nil {
				return err
			}
			inForce := nightly.InForce(decisions)
			rows := warehouse.Rows{Columns: []string{"number", "at", "decision", "state"}, Types: []string{"INTEGER", "TIMESTAMP", "VARCHAR", "VARCHAR"}}
			for _, d := range decisions {
				state := "in force"
				if d.Verb == nightly.Undo {
					state = ""
				} else if !slices.ContainsFunc(inForce, func(o nightly.Decision) bool { return o.N == d.N }) {
					state = "taken back"
				}
				rows.Values = append(rows.Values, []any{d.N, d.At, d.String(), state})
			}
			return printTable(a.stdout, "", rows)
		},
	}
}
