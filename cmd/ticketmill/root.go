package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is what the verbs share: the global flags and the surroundings.
type app struct {
	configPath string
	home       string // --home; empty: the config's
	logFormat  string
	quiet      bool
	verbose    bool

	env            func(string) (string, bool)
	stdout, stderr io.Writer
	now            func() time.Time
	log            *slog.Logger

	desks desks
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "ticketmill",
		Short: "Grinds ticket history into support analytics",
		Long: `ticketmill pulls ticket history from Jira, GitHub and Kafka, keeps it as it
came, and builds checked tables from it: what customers ask for, how fast they are
answered, and what stands open. Start with:

  ticketmill demo     the whole thing on made-up data, no account needed
  ticketmill init     writes a configuration to start from
  ticketmill run      pulls what is new and publishes; what cron calls

Exit status: 0 done · 1 failed · 2 usage or configuration · 3 environment
(credentials, network, another run holds the lock) · 4 data checks failed,
nothing published, the last good snapshot still serves · 5 done and published,
but a source failed and its data is stale.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no verb %q; `ticketmill --help` lists them", args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.prepareLog() },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.configPath, "config", "ticketmill.yaml", "configuration file")
	f.StringVar(&a.home, "home", "", "data folder (default: the configuration's home)")
	f.StringVar(&a.logFormat, "log-format", "text", "log format: text or json")
	f.BoolVar(&a.quiet, "quiet", false, "only warnings and errors")
	f.BoolVar(&a.verbose, "verbose", false, "also every step and retry")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(
		newInit(a), newCheck(a), newIngest(a), newBuild(a), newRun(a), newServe(a), newReport(a), newExport(a), newTopics(a), newMatch(a), newScore(a), newGrafana(a), newSchema(a), newDemo(a), newVersion(a),
	)
	return root
}

func (a *app) prepareLog() error {
	level := slog.LevelInfo
	switch {
	case a.quiet:
		level = slog.LevelWarn
	case a.verbose:
		level = slog.LevelDebug
	case a.onTerminal():
		level = slog.LevelWarn // progress bars say the rest
	}
	o := &slog.HandlerOptions{Level: level}
	switch a.logFormat {
	case "text":
		a.log = slog.New(slog.NewTextHandler(a.stderr, o))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.stderr, o))
	default:
		return usagef("--log-format is text or json, not %q", a.logFormat)
	}
	return nil
}

// onTerminal tells whether a person watches: only then progress is drawn.
func (a *app) onTerminal() bool {
	f, ok := a.stderr.(*os.File)
	return ok && !a.quiet && term.IsTerminal(int(f.Fd()))
}

// report prints the one line that says what went wrong.
func (a *app) report(ctx context.Context, err error) {
	if err == nil {
		return
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted; what was read so far is kept, the next run goes on from there")
	}
	line := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
	fmt.Fprintf(a.stderr, "ticketmill: %s\n", strings.Join(strings.Fields(line), " "))
}

// loadConfig reads the configuration and applies --home.
func (a *app) loadConfig() (*Config, error) {
	c, err := loadConfig(a.configPath, a.env)
	if err != nil {
		return nil, err
	}
	if a.home != "" {
		c.Home = a.home
	} else if !filepath.IsAbs(c.Home) {
		c.Home = filepath.Join(filepath.Dir(a.configPath), c.Home)
	}
	if strings.ContainsAny(c.Home, "%?*[") {
		return nil, usagef("%s: home: %q holds one of %% ? * [, which DuckDB does not take in a path", a.configPath, c.Home)
	}
	return c, nil
}
