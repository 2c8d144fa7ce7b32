package transform

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// CheckResult is the outcome of one check.
type CheckResult struct {
	Name     string
	What     string
	Offenses int64
	Sample   string // the first offending row, "" where there is none
}

// ChecksFailedError says which checks a generation failed. It was not
// published.
type ChecksFailedError struct {
	Failed []CheckResult
	Kept   string // the file of the generation that failed, to look into
}

func (e *ChecksFailedError) Error() string {
	parts := make([]string, len(e.Failed))
	for i, c := range e.Failed {
		parts[i] = fmt.Sprintf("%s: %d rows (first: %s) against: %s", c.Name, c.Offenses, c.Sample, c.What)
	}
	return fmt.Sprintf("%d data checks failed, nothing was published (%s shows the tables): %s",
		len(e.Failed), e.Kept, strings.Join(parts, "; "))
}

func failed(results []CheckResult) error {
	var bad []CheckResult
	for _, r := range results {
		if r.Offenses > 0 {
			bad = append(bad, r)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &ChecksFailedError{Failed: bad}
}

// runChecks runs the written checks and, for every table that later layers
// rely on, that its declared key is unique and not null. A double in staging
// would show in core, so those large tables are not counted twice.
func (b *builder) runChecks(ctx context.Context) ([]CheckResult, error) {
	checks := slices.Clone(b.Plan.Checks)
	for _, name := range slices.Sorted(maps.Keys(b.Plan.Steps)) {
		if s := b.Plan.Steps[name]; !strings.HasPrefix(name, "staging.") {
			checks = append(checks, keyCheck(s))
		}
	}
	results := make([]CheckResult, len(checks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	for i, c := range checks {
		group.Go(func() error {
			r, err := b.runCheck(ctx, c)
			results[i] = r
			return err
		})
	}
	return results, group.Wait()
}

func keyCheck(s *Step) Check {
	names := keyNames(s.Key)
	var nulls []string
	for _, k := range s.Key {
		if !k.Nullable {
			nulls = append(nulls, k.Name+" IS NULL")
		}
	}
	if len(nulls) == 0 {
		nulls = []string{"false"}
	}
	list := strings.Join(names, ", ")
	return Check{
		Name: "key of " + s.Name,
		What: "The key of " + s.Name + " is unique and not null.",
		SQL: "SELECT " + list + ", count(*) AS row_count FROM " + s.Name + " GROUP BY " + list +
			" HAVING count(*) > 1 OR " + strings.Join(nulls, " OR "),
	}
}

func (b *builder) runCheck(ctx context.Context, c Check) (CheckResult, error) {
	r := CheckResult{Name: c.Name, What: c.What}
	rows, err := b.db.Query(ctx, "SELECT *, count(*) OVER () AS offenses FROM (\n"+c.SQL+"\n) LIMIT 1")
	if err != nil {
		return r, fmt.Errorf("check %s: %w", c.Name, err)
	}
	if len(rows.Values) == 0 {
		return r, nil
	}
	row := rows.Values[0]
	last := len(row) - 1
	n, ok := row[last].(int64)
	if !ok {
		return r, fmt.Errorf("check %s: count is %T", c.Name, row[last])
	}
	r.Offenses = n
	parts := make([]string, last)
	for i := range last {
		parts[i] = fmt.Sprintf("%s=%v", rows.Columns[i], row[i])
	}
	r.Sample = strings.Join(parts, " ")
	return r, nil
}

func checkTable(checks []CheckResult) warehouse.Table {
	t := warehouse.Table{Name: "ops.check", Columns: []warehouse.Column{
		{Name: "check", Type: "VARCHAR"}, {Name: "what", Type: "VARCHAR"}, {Name: "offenses", Type: "BIGINT"},
	}}
	for _, c := range checks {
		t.Rows = append(t.Rows, []driver.Value{c.Name, c.What, c.Offenses})
	}
	return t
}
