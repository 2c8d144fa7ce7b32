package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// TestSwap: many clients while snapshots swap and old ones are pruned. No query
// fails, none sees two generations, and nothing grows.
func TestSwap(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 20_000)
	beside := t.TempDir() // made before the clients come, who would slow it down
	for generation := 2; generation <= 4; generation++ {
		publishServed(t, beside, generation, 20_000)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	seen := map[string]int{}
	for range 8 {
		conn := s.connect(t)
		group.Go(func() error {
			for n := 0; ctx.Err() == nil; n++ {
				got, err := simpleText(context.Background(), conn, fmt.Sprintf(`SELECT min(g.generation), max(h.generation), %d
					FROM ops.snapshot_no AS g, ops.snapshot_no AS h, (SELECT count(*) FROM marts.ticket WHERE comment_count <> %d) AS c`, n%3, n%50))
				if err != nil {
					return err
				}
				f := strings.Fields(got)
				if len(f) != 3 || f[0] != f[1] {
					return fmt.Errorf("a query saw %q", got)
				}
				mu.Lock()
				seen[f[0]]++
				mu.Unlock()
			}
			return nil
		})
	}
	files := 0
	for generation := 2; generation <= 4; generation++ {
		name := warehouse.Generation(generation)
		if err := os.Rename(filepath.Join(beside, "published", name), filepath.Join(s.home, "published", name)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.home, "published", "CURRENT"), []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := warehouse.Prune(filepath.Join(s.home, "published"), 1); err != nil {
			t.Fatal(err)
		}
		for !func() bool { mu.Lock(); defer mu.Unlock(); return seen[fmt.Sprint(generation)] > 50 }() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		if n := openGenerations(t); generation == 2 {
			files = n
		} else if n > files+1 {
			t.Errorf("%d files of generations are open, %d were", n, files)
		}
	}
	cancel()
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if len(seen) != 4 {
		t.Errorf("seen are %v", seen)
	}
}

// openGenerations counts this process's open snapshots that are deleted.
func openGenerations(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	n := 0
	for _, fd := range fds {
		if target, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.Contains(target, "gen-") && strings.HasSuffix(target, "(deleted)") {
			n++
		}
	}
	return n
}

// TestBombs: what ignores the engine's memory limit meets the process's. The
// server answers on.
func TestBombs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the race detector, with which -short goes, needs address space of its own")
	}
	home := t.TempDir()
	publishServed(t, home, 1, 1000)
	config := filepath.Join(home, "ticketmill.yaml")
	text := "home: .\nserve: {pg: \"127.0.0.1:0\", http: \"127.0.0.1:0\", memory: 300MB, statement_timeout: 5s}\nsources:\n  - {name: a, kind: jira, url: \"https://a.example\", projects: [X], support_model: m}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config", config, "serve")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var generation, word, address string
	if _, err := fmt.Fscanf(out, "serving %s\n%s %s", &generation, &word, &address); err != nil {
		t.Fatal(err)
	}
	s := &served{address: address}
	double := "WITH x0 AS (SELECT 'xxxxxxxx' || ticket_id AS x FROM ticket LIMIT 1)"
	for i := range 30 {
		double += fmt.Sprintf(", x%d AS MATERIALIZED (SELECT x || x AS x FROM x%d)", i+1, i)
	}
	double += " SELECT length(x) FROM x30"
	for _, bomb := range []string{
		double,
		"SELECT repeat(repeat(repeat('x', 10000), 10000), 10000)",
		"SELECT replace(replace(replace(repeat('x', 9999), 'x', repeat('y', 9999)), 'y', repeat('z', 9999)), 'z', 'zz')",
		"SELECT string_agg(repeat(ticket_id, 9999), '') FROM ticket, range(1000)",
		"SELECT lpad(a.ticket_id, 9999, 'x') FROM ticket AS a, ticket AS b",
	} {
		conn := s.connect(t)
		if got, err := simpleText(t.Context(), conn, bomb); err == nil {
			t.Errorf("%.80s gives %d bytes", bomb, len(got))
		} else {
			t.Logf("%.60s: %v", bomb, err)
		}
		if got, err := simpleText(t.Context(), s.connect(t), "SELECT count(*) FROM marts.ticket"); err != nil || got != "1000" {
			t.Fatalf("after %.80s it answers %q (%v)", bomb, got, err)
		}
	}
	// Many at once: Go must not need a thread or memory that is not there.
	var crowd errgroup.Group
	for i := range 40 {
		crowd.Go(func() error {
			conn := s.connect(t)
			if _, err := simpleText(t.Context(), conn, fmt.Sprintf("SELECT repeat(repeat('x', 10000), %d)", 5000+i)); err == nil || conn.IsClosed() {
				return fmt.Errorf("a large value: %w", err)
			}
			_, err := simpleText(t.Context(), conn, fmt.Sprintf("SELECT count(*) + %d FROM marts.ticket", i))
			var refused *pgconn.PgError
			if errors.As(err, &refused) && refused.Code == "53200" { // the others have the memory
				return nil
			}
			return err
		})
	}
	if err := crowd.Wait(); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

var (
	serveRows = flag.Int("serve-rows", 100_000, "tickets of BenchmarkServe")
	servePG   = flag.String("serve-pg", "", "a PostgreSQL to measure beside, as a connection string of a superuser; its table marts.ticket is made anew")
)

// dashboardQueries are what panels ask; %d varies them, so that not all are the
// same.
var dashboardQueries = map[string]string{
	"daily by type": `SELECT floor(extract(epoch from created_at)/86400)*86400 AS "time", demand_type_id AS metric, count(*) FROM marts.ticket
		WHERE created_at BETWEEN '2025-07-%02dT00:00:00Z' AND '2026-06-30T00:00:00Z' GROUP BY 1, 2 ORDER BY 1`,
	"weekly quantiles": `SELECT date_trunc('week', created_at) AS "time", percentile_cont(0.5) WITHIN GROUP (ORDER BY resolution_seconds), percentile_cont(0.9) WITHIN GROUP (ORDER BY resolution_seconds)
		FROM marts.ticket WHERE created_at BETWEEN '2026-01-%02dT00:00:00Z' AND '2026-06-30T00:00:00Z' GROUP BY 1 ORDER BY 1`,
	"share by model": `SELECT support_model, count(*), avg(first_response_seconds), avg(CASE WHEN first_response_seconds < 86400 THEN 1.0 ELSE 0.0 END) FROM marts.ticket
		WHERE created_at >= '2024-07-%02dT00:00:00Z' GROUP BY 1 ORDER BY 1`,
	"mart": `SELECT on_day AS "time", sum(backlog) AS backlog FROM marts.backlog_daily WHERE on_day >= '2026-01-%02d' GROUP BY 1 ORDER BY 1`,
}

// BenchmarkServe: 50 clients on dashboard queries over the wire, while snapshots
// swap every second. It reports queries a second, failures and percentiles.
func BenchmarkServe(b *testing.B) {
	s := serveSnapshot(b, *serveRows)
	ctx, cancel := context.WithCancel(b.Context())
	swapping := make(chan struct{})
	paths := []string{filepath.Join(s.home, "published", warehouse.Generation(1))}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		defer close(swapping)
		for g := 2; ctx.Err() == nil; g++ { // the same rows under a new name
			name := warehouse.Generation(g)
			if os.WriteFile(filepath.Join(s.home, "published", name), data, 0o600) == nil {
				_ = os.WriteFile(filepath.Join(s.home, "published", "CURRENT"), []byte(name+"\n"), 0o600)
				_ = warehouse.Prune(filepath.Join(s.home, "published"), 1)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	b.Run("ticketmill", func(b *testing.B) { measure(b, s.dsn(localUser, "", "sslmode=disable")) })
	cancel()
	<-swapping
	if *servePG != "" {
		fillPostgres(b, *servePG, *serveRows)
		b.Run("PostgreSQL", func(b *testing.B) { measure(b, *servePG) })
	}
}

// measure runs a closed loop of 50 clients for ten seconds an iteration.
func measure(b *testing.B, dsn string) {
	const clients, length = 50, 10 * time.Second
	type sample struct {
		name string
		took time.Duration
	}
	var mu sync.Mutex
	var samples []sample
	failed := 0
	names := slices.Sorted(func(yield func(string) bool) {
		for n := range dashboardQueries {
			if !yield(n) {
				return
			}
		}
	})
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), length)
		var group errgroup.Group
		for i := range clients {
			conn, err := pgx.Connect(b.Context(), dsn)
			if err != nil {
				b.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			group.Go(func() error {
				defer conn.Close(context.Background())
				for n := i; ctx.Err() == nil; n++ {
					name := names[n%len(names)]
					began := time.Now()
					_, err := simpleText(b.Context(), conn, fmt.Sprintf(dashboardQueries[name], 1+rng.IntN(28)))
					mu.Lock()
					if samples = append(samples, sample{name, time.Since(began)}); err != nil {
						failed++
						b.Log(err)
					}
					mu.Unlock()
				}
				return nil
			})
		}
		_ = group.Wait() // never fails
		cancel()
	}
	b.ReportMetric(float64(failed), "failed")
	b.ReportMetric(float64(len(samples))/b.Elapsed().Seconds(), "queries/s")
	for _, name := range append(names, "") {
		var took []time.Duration
		for _, x := range samples {
			if name == "" || x.name == name {
				took = append(took, x.took)
			}
		}
		slices.Sort(took)
		if len(took) > 0 {
			b.Logf("%-18s n=%5d p50=%8s p95=%8s p99=%8s", name, len(took), took[len(took)/2].Round(time.Millisecond),
				took[len(took)*95/100].Round(time.Millisecond), took[len(took)*99/100].Round(time.Millisecond))
		}
	}
}

// fillPostgres makes the same shape of rows in a PostgreSQL, with the indexes
// that its operator would make.
func fillPostgres(b *testing.B, dsn string, rows int) {
	conn, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	for _, s := range []string{
		"CREATE SCHEMA IF NOT EXISTS marts", "DROP TABLE IF EXISTS marts.ticket, marts.backlog_daily",
		fmt.Sprintf(`CREATE TABLE marts.ticket AS SELECT 'demo:' || i AS ticket_id, (ARRAY['jira', 'github'])[1 + i %% 2] AS source,
			(ARRAY['community', 'paid', 'hybrid'])[1 + abs(hashint4(i)) %% 3] AS support_model, 'type-' || (abs(hashint4(i * 7)) %% 40) AS demand_type_id,
			TIMESTAMP '2024-07-01' + (i * 63072000.0 / %[1]d) * interval '1 second' AS created_at, DATE '2024-07-01' + (i::bigint * 730 / %[1]d)::int AS created_on,
			(abs(hashint4(i * 3)) %% 900000)::bigint AS first_response_seconds, (abs(hashint4(i * 5)) %% 9000000)::bigint AS resolution_seconds, i %% 9 = 0 AS is_open
			FROM generate_series(0, %[1]d - 1) AS t(i)`, rows),
		`CREATE TABLE marts.backlog_daily AS SELECT created_on AS on_day, source, support_model, count(*) AS opened, count(*) FILTER (WHERE is_open) AS backlog
			FROM marts.ticket GROUP BY 1, 2, 3`,
		"CREATE INDEX ON marts.ticket (created_at)", "CREATE INDEX ON marts.backlog_daily (on_day)", "VACUUM ANALYZE marts.ticket", "VACUUM ANALYZE marts.backlog_daily",
	} {
		if _, err := conn.Exec(b.Context(), strings.ReplaceAll(s, "i * 7", "(i % 250000) * 7"), pgx.QueryExecModeSimpleProtocol); err != nil {
			b.Fatalf("%v in %s", err, s)
		}
	}
}
