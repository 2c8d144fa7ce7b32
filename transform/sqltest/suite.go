package sqltest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// commonFile is the case file whose tables hold for every file of its folder.
const commonFile = "common.txt"

// Suite runs case files against one set of statements.
type Suite struct {
	plan   *transform.Plan
	common *File
	// columns are the columns of every table that the plan makes.
	columns map[string][]warehouse.Column
}

// NewSuite loads the statements and learns every table's columns by running
// all of them once over nothing but the common tables.
func NewSuite(ctx context.Context, statements fs.FS, common *File) (*Suite, error) {
	plan, err := transform.Load(ctx, statements)
	if err != nil {
		return nil, err
	}
	if common != nil && len(common.Cases) > 0 {
		return nil, common.errorf(common.Cases[0].Line, "%s holds tables for all files and no cases", commonFile)
	}
	s := &Suite{plan: plan, common: common}
	order, err := plan.Order()
	if err != nil {
		return nil, err
	}
	w, err := s.open(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	defer w.db.Close()
	for _, name := range order {
		if err := w.make(ctx, name); err != nil {
			return nil, err
		}
	}
	s.columns, err = w.allColumns(ctx)
	return s, err
}

// Run runs every case file (*.txt) of a folder as a subtest of t, and every
// case as a subtest of that. With update it rewrites what the cases want
// instead of failing.
func Run(t *testing.T, statements fs.FS, dir string, update bool) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var common *File
	if i := slices.Index(paths, filepath.Join(dir, commonFile)); i >= 0 {
		common = parsePath(t, paths[i])
		paths = slices.Delete(paths, i, i+1)
	}
	if len(paths) == 0 {
		t.Fatalf("%s has no case files", dir)
	}
	s, err := NewSuite(t.Context(), statements, common)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			f := parsePath(t, path)
			if update {
				updatePath(t, s, f)
				return
			}
			for _, c := range f.Cases {
				t.Run(c.Title, func(t *testing.T) {
					if err := s.Check(t.Context(), f, c); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func parsePath(t *testing.T, path string) *File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(filepath.ToSlash(path), string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func updatePath(t *testing.T, s *Suite, f *File) {
	t.Helper()
	text, err := s.Update(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.FromSlash(f.Path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Check runs one case of a file. The error shows every wanted table that
// differs.
func (s *Suite) Check(ctx context.Context, f *File, c *Case) error {
	var bad []error
	err := s.each(ctx, f, c, func(w *Want, got *Table) {
		if w.Table == nil {
			bad = append(bad, f.errorf(w.Line, "want %s has no header; run with -update to have it written", w.Name.Name))
		} else if d := diff(w.Table, got); d != "" {
			bad = append(bad, f.errorf(w.Line, "case %q: %s is not as wanted (- wanted, + got)\n%s", c.Title, w.Name.Name, d))
		}
	})
	return errors.Join(append(bad, err)...)
}

// Update is the file's text with every wanted table as it really is.
func (s *Suite) Update(ctx context.Context, f *File) (string, error) {
	blocks := map[int]*Table{} // by the line of want
	last := map[int]int{}
	for _, c := range f.Cases {
		err := s.each(ctx, f, c, func(w *Want, got *Table) {
			last[w.Line] = w.last
			if w.Table == nil || diff(w.Table, got) != "" {
				blocks[w.Line] = got
			}
		})
		if err != nil {
			return "", err
		}
	}
	var out []string
	for no := 1; no <= len(f.lines); no++ {
		out = append(out, f.lines[no-1])
		if t := blocks[no]; t != nil {
			out = append(out, t.format()...)
			no = last[no]
		}
	}
	return strings.Join(out, "\n"), nil
}

// each makes the case's tables and shows what is in the wanted ones.
func (s *Suite) each(ctx context.Context, f *File, c *Case, see func(*Want, *Table)) error {
	w, err := s.open(ctx, f, c)
	if err != nil {
		return err
	}
	defer w.db.Close()
	for _, name := range c.Make {
		if g, ok := w.given[name.Name]; ok {
			return f.errorf(name.Line, "%s is given on %s:%d, so there is nothing to run", name.Name, g.file.Path, g.Line)
		}
		if err := w.make(ctx, name.Name); err != nil {
			return f.errorf(name.Line, "case %q: %w", c.Title, err)
		}
	}
	for _, want := range c.Want {
		if !w.made[want.Name.Name] {
			return f.errorf(want.Line, "case %q: %s is neither given nor run", c.Title, want.Name.Name)
		}
		got, err := w.read(ctx, want)
		if err != nil {
			return f.errorf(want.Line, "case %q: %w", c.Title, err)
		}
		see(want, got)
	}
	return nil
}

// open begins a world with the tables that hold for the case, the nearest one
// of each name: the case's own, the file's, the common ones.
func (s *Suite) open(ctx context.Context, f *File, c *Case) (*world, error) {
	db, err := warehouse.Memory(ctx, warehouse.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	w := &world{db: db, plan: s.plan, columns: s.columns, given: map[string]place{}, made: map[string]bool{}}
	if s.common != nil {
		w.bring(s.common, s.common.Given)
	}
	if c != nil {
		w.bring(f, f.Given)
		w.bring(f, c.Given)
	}
	if err := w.begin(ctx); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	return w, nil
}
