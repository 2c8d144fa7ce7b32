package transform

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// runSteps runs every node as soon as what it needs is ready, as many at once
// as there are cores.
func (b *builder) runSteps(ctx context.Context) ([]StepResult, error) {
	order, err := b.Plan.Order()
	if err != nil {
		return nil, err
	}
	var (
		mu      sync.Mutex
		results []StepResult
		ready   = map[string]chan struct{}{}
	)
	for _, name := range order {
		ready[name] = make(chan struct{})
	}
	slots := make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range order {
		group.Go(func() error {
			for _, n := range b.Plan.needs(name) {
				select {
				case <-ready[n]:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			defer func() { <-slots }()
			r, err := b.runNode(ctx, name)
			if err != nil {
				return fmt.Errorf("build %s: %w", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			results = append(results, r)
			if b.Progress != nil {
				b.Progress(len(results), len(order), name)
			}
			b.Log.Debug("step_done", "step", name, "ms", r.Duration.Milliseconds(), "rows", r.Rows, "staged_files", r.Staged)
			close(ready[name])
			return nil
		})
	}
	err = group.Wait()
	return results, err
}

func (b *builder) runNode(ctx context.Context, name string) (StepResult, error) {
	r := StepResult{Name: name, Started: b.Now()}
	var err error
	step := b.Plan.Steps[name]
	switch {
	case step == nil:
		err = b.db.Exec(ctx, "CREATE VIEW "+name+" AS "+unionOf(b.Plan.Unions[name]))
	case step.Model != nil:
		err = b.runModel(ctx, step)
	case step.Landed != "":
		r.Staged, err = b.runLanded(ctx, step)
	case step.View:
		err = b.db.Exec(ctx, "CREATE VIEW "+name+" AS "+step.SQL)
	default:
		err = b.db.Exec(ctx, "CREATE TABLE "+name+" AS "+step.SQL)
	}
	if err != nil {
		return r, err
	}
	// A view is not counted: that would run it.
	if step != nil && !step.View {
		if r.Rows, err = b.db.Int(ctx, "SELECT count(*) FROM "+name); err != nil {
			return r, err
		}
	}
	r.Duration = b.Now().Sub(r.Started)
	return r, nil
}

func unionOf(members []string) string {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = "SELECT * FROM " + m
	}
	return strings.Join(parts, " UNION ALL BY NAME ")
}

func (b *builder) runLanded(ctx context.Context, s *Step) (int, error) {
	var files []LandingFile
	for _, f := range b.Files {
		if f.Kind+"_"+f.Stream == s.Landed {
			files = append(files, f)
		}
	}
	paths, made, err := b.stager.stage(ctx, s, files)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	b.paths[s.Name] = paths
	b.mu.Unlock()
	return made, b.db.Exec(ctx, b.stager.view(s, paths))
}
