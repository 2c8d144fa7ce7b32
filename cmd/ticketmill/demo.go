package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/ingest/simulate"
	"github.com/ticketmill/ticketmill/ingest/simulate/broker"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newDemo(a *app) *cobra.Command {
	var seed uint64
	var noServe bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole thing on made-up data: simulated Jira, GitHub and Kafka, run, serve",
		Long: `Generates two years of plausible ticket history, serves it on loopback as a
Jira Cloud site, as GitHub and as a Kafka topic (their webhooks, and feeds of
phone, mail and chat), and runs the real connectors, build and checks over it.
It needs no account and no network, prints a summary of the published tables
and then serves them, to a browser and to Grafana, until it is interrupted. The
data stays in --home (default ./ticketmill-demo).`,
		Example: "  ticketmill demo\n  ticketmill demo --no-serve\n  ticketmill demo --seed 7 --home /tmp/demo",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.home == "" {
				a.home = "ticketmill-demo"
			}
			if err := a.demo(cmd.Context(), seed); err != nil || noServe {
				return err
			}
			return a.demoServe(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&noServe, "no-serve", false, "end after the summary")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed makes the same history")
	return cmd
}

//go:embed demo.yaml
var demoConfig string

// demoDay is the day the made-up history ends. It is fixed, so that a second
// demo over the same home finds the same history and nothing new.
var demoDay = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

func (a *app) demo(ctx context.Context, seed uint64) error {
	started := a.now()
	history := simulate.Generate(simulate.Options{Seed: seed, Until: demoDay})
	if err := a.demoHome(); err != nil {
		return err
	}
	url, stop, err := serveLoopback(ctx, simulate.NewServer(history, simulate.ServerOptions{JiraFlavour: "cloud"}))
	if err != nil {
		return err
	}
	defer stop()
	stream, err := a.demoStream(ctx, history, seed)
	if err != nil {
		return environmentError{fmt.Errorf("the demo's Kafka broker: %w", err)}
	}
	defer stream.Close()
	if err := os.WriteFile(a.configPath, fmt.Appendf(nil, demoConfig, url, stream.Addrs()[0]), 0o644); err != nil {
		return err
	}
	return a.journaled(ctx, "demo", func(c *Config, j *journal) error {
		if err := a.runAll(ctx, c, j, pull{}, demoDay); err != nil {
			return err
		}
		if err := a.demoSummary(ctx, c); err != nil {
			return err
		}
		return a.demoNext(c, a.now().Sub(started))
	})
}

// demoHome makes the demo's folder; its configuration will be in it, to be
// loaded like any other.
func (a *app) demoHome() error {
	if err := os.MkdirAll(a.home, 0o755); err != nil {
		return err
	}
	a.configPath = filepath.Join(a.home, "ticketmill.yaml")
	if err := a.ownDemoHome(); err != nil {
		return err
	}
	home, err := filepath.Abs(a.home)
	a.home = home
	return err
}

// demoTopic is where the relay of the webhooks and the feeds send.
const demoTopic = "tickets"

// demoStream starts a broker and lets the simulated company's relay and feeds
// fill it: the last months' webhooks, not without holes, redeliveries and
// broken messages, and what phone, mail, chat, CRM and surveys tell. The broker
// keeps it in the demo's folder, so that a second demo finds the same topic.
func (a *app) demoStream(ctx context.Context, history *simulate.History, seed uint64) (*broker.Broker, error) {
	dir := filepath.Join(a.home, "broker", fmt.Sprint(seed))
	b, err := broker.Start(dir, map[string]int32{demoTopic: 4})
	if err != nil {
		return nil, err
	}
	filled := filepath.Join(dir, "filled")
	if _, err := os.Stat(filled); err == nil {
		return b, nil
	}
	o := simulate.StreamOptions{
		Seed: seed, From: demoDay.AddDate(0, -2, 0), Until: demoDay,
		Holes: 0.03, Duplicates: 0.05, Poison: 0.002, Shuffle: true,
	}
	feed := o
	feed.From = time.Time{}
	for _, messages := range [][]simulate.Message{history.Webhooks(o), history.Feed(feed)} {
		if err := b.Produce(ctx, demoTopic, messages); err != nil {
			b.Close()
			return nil, err
		}
	}
	if err := os.WriteFile(filled, nil, 0o644); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// ownDemoHome refuses a folder that holds somebody's real configuration or
// data: the demo would write over the one and mix with the other.
func (a *app) ownDemoHome() error {
	b, err := os.ReadFile(a.configPath)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(a.home, "landing")); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		b = nil
	} else if err != nil {
		return err
	}
	ours, _, _ := strings.Cut(demoConfig, "\n")
	if theirs, _, _ := strings.Cut(string(b), "\n"); theirs != ours {
		return usagef("%s is not a demo's folder; give the demo another --home", a.home)
	}
	return nil
}

// serveLoopback serves h on a free port of 127.0.0.1 until stop is called.
func serveLoopback(ctx context.Context, h http.Handler) (url string, stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, environmentError{fmt.Errorf("serve the simulated sources: %w", err)}
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }() // ends with ErrServerClosed when stopped
	return "http://" + l.Addr().String(), func() { _ = srv.Close() }, nil
}

// demoTables is what the summary shows, each a query over the published marts.
var demoTables = []struct{ title, query string }{
	{"Tickets by source and support model", `
		SELECT source, support_model, count(*) AS tickets, count(*) FILTER (WHERE is_open) AS open,
			round(100.0 * count(first_response_at) / count(*), 1) AS "answered %",
			round(100.0 * count(*) FILTER (WHERE is_reopened) / count(*), 1) AS "reopened %",
			round(avg(comment_count), 1) AS "comments each"
		FROM marts.ticket GROUP BY ALL ORDER BY source, support_model`},
	{"Responsiveness of the last full weeks (Kaplan-Meier, unanswered tickets censored)", `
		SELECT week_on, source, support_model, opened, round(100 * answered_24h_share, 1) AS "answered in 24 h %",
			round(first_response_p50_seconds / 3600.0, 1) AS "median first response h",
			round(resolution_p50_seconds / 86400.0, 1) AS "median resolution d"
		FROM marts.response_weekly
		WHERE week_on >= (SELECT max(week_on) FROM marts.response_weekly) - 28
			AND week_on < (SELECT max(week_on) FROM marts.response_weekly)
		ORDER BY week_on, source, support_model`},
	{"Backlog by project", `
		SELECT source, project, sum(backlog)::BIGINT AS open,
			round(max(backlog_age_p50_seconds) / 86400.0, 1) AS "median age d"
		FROM marts.backlog_daily
		WHERE on_day = (SELECT max(on_day) FROM marts.backlog_daily)
		GROUP BY ALL ORDER BY source, project`},
	{"Top contributors of the community", `
		SELECT source, actor_id AS contributor, reply_count AS replies, ticket_answered_count AS "tickets answered",
			first_response_count AS "first to answer", last_contribution_at AS "last seen"
		FROM marts.contributor WHERE role = 'community' ORDER BY reply_count DESC, actor_id LIMIT 5`},
	{"Channels and customers, as the feeds tell", `
		SELECT channel, customer_tier, count(*) AS tickets, count(*) FILTER (WHERE is_open) AS open,
			count(satisfaction_score) AS surveys, round(avg(satisfaction_score), 2) AS "satisfaction 1-5"
		FROM marts.ticket WHERE customer_id IS NOT NULL GROUP BY ALL ORDER BY channel, customer_tier`},
	{"What customers ask for: the largest demand types", `
		SELECT name, size, open, round(100 * share, 1) AS "share %", trend, array_to_string(keywords[1:5], ', ') AS keywords
		FROM marts.demand_type ORDER BY demand_type_id = 'other', size DESC, demand_type_id LIMIT 10`},
	{"Support models compared on the same tickets (score 0 to 1)", `
		SELECT support_model, tickets, printf('%.2f', score) AS score, printf('%.2f to %.2f', score_low, score_high) AS "95 % interval",
			round(100 * probability_best, 1) AS "best %",
			round(100 * answered_24h_share, 1) AS "answered in 24 h %", round(100 * answered_24h_share_adjusted, 1) AS "the same, adjusted %",
			round(cost_per_ticket, 2) AS "cost a ticket"
		FROM marts.support_model_score AS s WHERE demand_type_id = 'all' ORDER BY s.score DESC, support_model`},
	{"What to change", `
		SELECT action, sentence FROM marts.support_model_recommendation
		WHERE action IN ('move', 'self_service') ORDER BY action, tickets DESC, demand_type_id LIMIT 6`},
	{"Completeness: every landed record has a place", `
		SELECT source, regexp_replace(stream, '/[0-9]+$', '') AS stream, sum(landed)::BIGINT AS landed,
			sum(in_core)::BIGINT AS "in core", sum(excluded)::BIGINT AS "not tickets", sum(superseded)::BIGINT AS superseded,
			sum(rejected)::BIGINT AS rejected, sum(orphaned)::BIGINT AS orphaned, sum(unexplained)::BIGINT AS unexplained,
			sum(filled_holes)::BIGINT AS "holes in webhooks filled"
		FROM ops.completeness GROUP BY ALL ORDER BY source, stream`},
}

func (a *app) demoSummary(ctx context.Context, c *Config) error {
	db, err := openPublished(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, t := range demoTables {
		rows, err := db.Query(ctx, t.query)
		if err != nil {
			return err
		}
		if err := printTable(a.stdout, t.title, rows); err != nil {
			return err
		}
	}
	return nil
}

// demoServe serves the demo's snapshot at the usual addresses, or at free ones
// where something else listens already.
func (a *app) demoServe(ctx context.Context) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	c.Serve.PG, c.Serve.HTTP = c.Serve.addresses()
	for _, address := range []*string{&c.Serve.PG, &c.Serve.HTTP} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *address)
		if err != nil {
			*address = "127.0.0.1:0"
			continue
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.stdout, "\nNow serving; Ctrl-C ends it.")
	return a.serve(ctx, c, limitAddressSpace)
}

func (a *app) demoNext(c *Config, took time.Duration) error {
	published, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, program); err == nil {
			program = rel
		}
		if rel, err := filepath.Rel(wd, a.configPath); err == nil {
			a.configPath = rel
		}
	}
	_, err = fmt.Fprintf(a.stdout, `
Done in %s. The published tables are in
  %s
Try next, in another terminal:
  %[3]s --config %[4]s export                                   lists the tables
  %[3]s --config %[4]s export ticket --out tickets.csv
  %[3]s --config %[4]s export ticket --format json --where "priority = 'urgent' AND is_open"
  %[3]s --config %[4]s topics                                   what customers ask for
  %[3]s --config %[4]s score                                    which support model suits what
  %[3]s --config %[4]s match "SAML login fails after the upgrade"
  %[3]s --config %[4]s report --format xlsx --out report.xlsx
  %[3]s grafana                                                 the dashboards, and how to attach Grafana to them
  %[3]s init                                                    a configuration for your own Jira and GitHub
`, took.Round(100*time.Millisecond), published, program, a.configPath)
	return err
}
