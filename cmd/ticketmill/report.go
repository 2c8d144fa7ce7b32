package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ticketmill/ticketmill/dashboards/report"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

func newReport(a *app) *cobra.Command {
	var r reportRequest
	var unit, language string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Writes the report of a period as HTML, Markdown or XLSX",
		Long: `Writes the report of a period: headline figures beside those of the period
before, demand types that grew and shrank, response, service agreements, support
models and recommendations, data quality. Without --from and --to it is the last
full month (--period: week, quarter) before the snapshot's clock; with one of them
the period begins or ends there.

A report of an older generation can be written as long as it is kept; the same
generation, period and language give the same bytes.`,
		Example: `  ticketmill report --out june.html
  ticketmill report --format xlsx --from 2026-04-01 --to 2026-06-30 --out q2.xlsx
  ticketmill report --format md --period week --lang zh
  ticketmill report --generation gen-000017 --out june-as-it-was.html`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			r.choice.Unit = report.Unit(unit)
			if r.language, err = report.Language(language); err != nil {
				return usagef("--lang: %w", err)
			}
			return a.writeReport(cmd.Context(), r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.format, "format", "html", "html, md or xlsx")
	f.Var((*dayFlag)(&r.choice.From), "from", "first day of the period")
	f.Var((*dayFlag)(&r.choice.To), "to", "last day of the period")
	f.StringVar(&unit, "period", "month", "week, month or quarter")
	f.StringVar(&language, "lang", "en", "language of the labels: en or zh")
	f.StringVar(&r.generation, "generation", "", "published generation, such as gen-000017 (default: the newest)")
	f.StringVar(&r.out, "out", "", "file to write, whole or not at all (default: standard output)")
	return cmd
}

type reportRequest struct {
	format, generation, out string
	language                report.Lang
	choice                  report.Choice
}

// dayFlag is a date on the command line, as a midnight in UTC.
type dayFlag time.Time

// String implements pflag.Value.
func (f *dayFlag) String() string {
	if t := time.Time(*f); !t.IsZero() {
		return t.Format(time.DateOnly)
	}
	return ""
}

// Type implements pflag.Value.
func (f *dayFlag) Type() string { return "DATE" }

// Set implements pflag.Value.
func (f *dayFlag) Set(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return errors.New("write a date such as 2026-06-30")
	}
	*f = dayFlag(t)
	return nil
}

func (a *app) writeReport(ctx context.Context, r reportRequest) error {
	write, err := reportWriter(r.format)
	if err != nil {
		return err
	}
	if f, ok := a.stdout.(*os.File); ok && r.format == "xlsx" && r.out == "" && term.IsTerminal(int(f.Fd())) {
		return usagef("a workbook is nothing to read on a terminal; name a file with --out")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	rep, err := a.buildReport(ctx, c, r.generation, r.choice)
	if err != nil {
		return err
	}
	w, finish, err := a.exportTarget(r.out)
	if err != nil {
		return err
	}
	return finish(write(rep, w, r.language))
}

func reportWriter(format string) (func(*report.Report, io.Writer, report.Lang) error, error) {
	switch format {
	case "html":
		return (*report.Report).HTML, nil
	case "md":
		return (*report.Report).Markdown, nil
	case "xlsx":
		return (*report.Report).XLSX, nil
	}
	return nil, usagef("--format is html, md or xlsx, not %q", format)
}

// buildReport reads the report of a period from a published generation.
func (a *app) buildReport(ctx context.Context, c *Config, generation string, choice report.Choice) (*report.Report, error) {
	path, err := publishedGeneration(c.publishedDir(), generation)
	if err != nil {
		return nil, err
	}
	db, err := openSnapshot(ctx, path, warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rep, err := report.Build(ctx, reportQueries{db}, choice)
	var period *report.PeriodError
	if errors.As(err, &period) {
		return nil, usageError{err}
	}
	return rep, err
}

// reportQueries lets the report read a snapshot.
type reportQueries struct{ db *warehouse.DB }

// Query implements report.Querier.
func (q reportQueries) Query(ctx context.Context, sql string) ([]string, [][]any, error) {
	rows, err := q.db.Query(ctx, sql)
	return rows.Columns, rows.Values, err
}

var generationName = regexp.MustCompile(`^gen-\d{6,}$`)

// publishedGeneration is the file of a generation, the newest without a name.
func publishedGeneration(dir, name string) (string, error) {
	if name == "" {
		return warehouse.Current(dir)
	}
	name = strings.TrimSuffix(name, ".duckdb")
	if !generationName.MatchString(name) {
		return "", usagef("--generation: %q is no generation such as gen-000017", name)
	}
	path := filepath.Join(dir, name+".duckdb")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		kept, err := filepath.Glob(filepath.Join(dir, "gen-*.duckdb"))
		if err != nil || len(kept) == 0 {
			return "", warehouse.ErrNothingPublished
		}
		for i, k := range kept {
			kept[i] = strings.TrimSuffix(filepath.Base(k), ".duckdb")
		}
		return "", usagef("generation %s is not kept; there are %s", name, strings.Join(kept, ", "))
	} else if err != nil {
		return "", fmt.Errorf("--generation: %w", err)
	}
	return path, nil
}
