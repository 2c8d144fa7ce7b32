package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

var exportFormats = []string{"csv", "json", "parquet", "arrow", "xlsx"}

func newExport(a *app) *cobra.Command {
	var format, where, out string
	cmd := &cobra.Command{
		Use:   "export MART",
		Short: "Writes one mart as CSV, JSON lines, Parquet, Arrow IPC or XLSX",
		Long: `Writes one mart of the newest published snapshot. Rows come in the order of
the mart's key, page by page, so that size does not matter. Without a name it
lists the marts.`,
		Example: `  ticketmill export ticket --out tickets.csv
  ticketmill export ticket --format json --where "priority = 'urgent' AND is_open"
  ticketmill export response_weekly --format parquet --out weekly.parquet
  ticketmill export ops.completeness`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("name one mart, not %d", len(args))
			}
			if !slices.Contains(exportFormats, format) {
				return usagef("--format is one of %s, not %q", strings.Join(exportFormats, ", "), format)
			}
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.listMarts(cmd.Context(), c)
			}
			return a.export(cmd.Context(), c, exportRequest{mart: args[0], format: format, where: where, out: out})
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "csv", strings.Join(exportFormats, ", "))
	f.StringVar(&where, "where", "", "SQL condition on the mart's columns")
	f.StringVar(&out, "out", "", "file to write, whole or not at all (default: standard output)")
	return cmd
}

type exportRequest struct{ mart, format, where, out string }

func (a *app) export(ctx context.Context, c *Config, r exportRequest) error {
	path, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return err
	}
	o := warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads}
	return a.withMart(ctx, path, o, r.mart, r.where, func(m *warehouse.Mart, temp string) error {
		w, finish, err := a.exportTarget(r.out)
		if err != nil {
			return err
		}
		p := newProgress(a)
		bar := p.counter("export "+r.mart, m.Rows(), "rows")
		if r.format == "xlsx" {
			err = writeXLSX(ctx, m, w, r, temp, bar.SetCurrent)
		} else {
			err = writeMart(ctx, m, w, r.format, bar.SetCurrent)
		}
		p.end(bar, err)
		return finish(err)
	})
}

// withMart opens a mart of a published generation to be written. The engine may
// write into the folder temp and nowhere else.
func (a *app) withMart(ctx context.Context, path string, o warehouse.Options, mart, where string, write func(m *warehouse.Mart, temp string) error) (err error) {
	temp, err := exportFolder(filepath.Dir(path), a.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	db, err := openSnapshot(ctx, path, o, temp)
	if err != nil {
		return err
	}
	defer db.Close()
	m, err := db.OpenMart(ctx, mart, where, temp)
	if err != nil {
		return usageError{err}
	}
	return write(m, temp)
}

// exportFolder makes a folder for one export, and removes those that killed
// exports left behind long ago.
func exportFolder(dir string, now time.Time) (string, error) {
	old, err := filepath.Glob(filepath.Join(dir, "export-*.tmp"))
	if err != nil {
		return "", err
	}
	for _, o := range old {
		if st, err := os.Stat(o); err == nil && now.Sub(st.ModTime()) > 24*time.Hour {
			if err := os.RemoveAll(o); err != nil {
				return "", err
			}
		}
	}
	return os.MkdirTemp(dir, "export-*.tmp")
}

func openPublished(ctx context.Context, c *Config) (*warehouse.DB, error) {
	path, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return nil, err
	}
	return openSnapshot(ctx, path, warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads})
}

// openSnapshot opens a published generation by a name of its own: `serve` has the
// file open already, and DuckDB takes a path only once in a process. Where the
// folder cannot be written, its usual name serves.
func openSnapshot(ctx context.Context, path string, o warehouse.Options, writable ...string) (*warehouse.DB, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "export-*.tmp")
	if err != nil {
		return warehouse.OpenReadOnly(ctx, path, o, writable...)
	}
	own := f.Name()
	if err := errors.Join(f.Close(), os.Remove(own)); err != nil {
		return nil, err
	}
	if err := os.Link(path, own); err != nil {
		return warehouse.OpenReadOnly(ctx, path, o, writable...)
	}
	db, err := warehouse.OpenReadOnly(ctx, own, o, writable...)
	return db, errors.Join(err, os.Remove(own)) // it stays open
}

func writeMart(ctx context.Context, m *warehouse.Mart, w io.Writer, format string, progress func(int64)) error {
	switch format {
	case "parquet":
		return m.WriteParquet(ctx, w)
	case "arrow":
		return writeArrow(ctx, m, w, progress)
	default:
		return m.WriteText(ctx, w, format, progress)
	}
}

func writeArrow(ctx context.Context, m *warehouse.Mart, w io.Writer, progress func(int64)) error {
	var out *landing.ArrowWriter
	err := m.Each(ctx, func(rows warehouse.Rows) (err error) {
		if out == nil {
			if out, err = landing.NewArrowWriter(w, rows.Columns, rows.Types); err != nil {
				return err
			}
		}
		return out.Write(rows.Values)
	}, progress)
	if out == nil {
		return err
	}
	return errors.Join(err, out.Close())
}

// exportTarget opens standard output or a file. A file is written beside and
// renamed, so that it is whole or not there.
func (a *app) exportTarget(out string) (io.Writer, func(error) error, error) {
	if out == "" || out == "-" {
		w := bufio.NewWriterSize(a.stdout, 1<<16)
		return w, func(err error) error { return errors.Join(err, w.Flush()) }, nil
	}
	f, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*.tmp")
	if err != nil {
		return nil, nil, environmentError{fmt.Errorf("--out: %w", err)}
	}
	return f, func(err error) error {
		err = errors.Join(err, f.Chmod(0o644), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), out)
		}
		if err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		return nil
	}, nil
}

func (a *app) listMarts(ctx context.Context, c *Config) error {
	db, err := openPublished(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(ctx, "SELECT table_name, grain FROM ops.dictionary ORDER BY table_name LIKE 'ops.%', table_name")
	if err != nil {
		return err
	}
	return printTable(a.stdout, "", rows)
}
