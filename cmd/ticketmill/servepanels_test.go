package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ticketmill/ticketmill/dashboards/grafana"
	"github.com/ticketmill/ticketmill/dashboards/grafana/grafanatest"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

//go:embed testdata/large.sql
var largeMarts string

// largeUntil is the clock of the snapshot that largeMarts fills.
var largeUntil = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// BenchmarkPanels asks every query of every dashboard, variable and alert rule by
// itself over the wire, of marts with -serve-rows tickets, for the year that the
// dashboards show at first with all variables at All. No answer is a remembered
// one: each run has a period of its own. It prints the slowest panels, with the
// CPU time of client and server, which other work on the machine disturbs less
// (BENCH_HOME keeps the marts for a second look).
func BenchmarkPanels(b *testing.B) {
	home := os.Getenv("BENCH_HOME")
	if home == "" {
		home = filepath.Join(b.TempDir(), "home")
	}
	if _, err := warehouse.Current(filepath.Join(home, "published")); err != nil {
		publishLarge(b, home, *serveRows)
	}
	s := serveSnapshot(b, 1, func(c *Config) { c.Home = home })
	p := &panelClock{conn: s.connect(b), chosen: map[string]map[string]grafanatest.Choice{}, took: map[string][]spent{}}
	for b.Loop() {
		p.all(b)
	}
	slowest, slow := time.Duration(0), 0
	for i, name := range p.ranked() {
		wall, cpu := p.median(name)
		if i == 0 {
			slowest = wall
		}
		if wall > 100*time.Millisecond {
			slow++
		}
		if i < 40 { // printed, because a benchmark's log is cut after ten lines
			fmt.Printf("%4d ms, %4d ms of CPU  %s\n", wall.Milliseconds(), cpu.Milliseconds(), name)
		}
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "ms-slowest")
	b.ReportMetric(float64(slow), "panels-over-100ms")
	b.ReportMetric(float64(len(p.took)), "queries")
}

// publishLarge publishes a snapshot of the real tables, filled by largeMarts.
func publishLarge(b *testing.B, home string, rows int) {
	b.Helper()
	small := b.TempDir()
	a, c := newScale(small)
	landScale(b, c, "20260101T000000.000Z-full", 0, 100)
	if err := a.build(b.Context(), c, a.startJournal("bench"), largeUntil); err != nil {
		b.Fatal(err)
	}
	db, err := warehouse.Create(b.Context(), filepath.Join(b.TempDir(), "large.duckdb"), warehouse.Options{Threads: 2, Memory: "4GB"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	tables := emptyTables(b, db, filepath.Join(small, "published", warehouse.Generation(1)))
	for _, statement := range strings.Split(strings.ReplaceAll(largeMarts, "{n}", fmt.Sprint(rows)), ";\n") {
		if err := db.Exec(b.Context(), statement); err != nil {
			b.Fatalf("%v in %s", err, statement)
		}
	}
	if err := db.Publish(b.Context(), filepath.Join(home, "published"), warehouse.Generation(1), tables); err != nil {
		b.Fatal(err)
	}
}

// emptyTables makes the tables of a snapshot anew, without their rows but for
// those that describe them, and says how they are published.
func emptyTables(b *testing.B, db *warehouse.DB, snapshot string) []warehouse.PublishTable {
	b.Helper()
	exec := func(statement string) {
		if err := db.Exec(b.Context(), statement); err != nil {
			b.Fatalf("%v in %s", err, statement)
		}
	}
	for _, s := range []string{"ATTACH " + warehouse.Quote(snapshot) + " AS filled (READ_ONLY)", "CREATE SCHEMA marts", "CREATE SCHEMA ops", "CREATE SCHEMA texts"} {
		exec(s)
	}
	rows, err := db.Query(b.Context(), "SELECT table_name, key FROM filled.ops.dictionary")
	if err != nil {
		b.Fatal(err)
	}
	var tables []warehouse.PublishTable
	for _, row := range rows.Values {
		name, key := row[0].(string), row[1].(string)
		exec("CREATE TABLE " + name + " AS FROM filled." + name + fmt.Sprintf(" WHERE %v", name == "ops.dictionary"))
		if key == "check" {
			key = `"check"`
		}
		tables = append(tables, warehouse.PublishTable{Name: name, OrderBy: strings.Split(key, ", ")})
	}
	exec("DETACH filled")
	return tables
}

// panelClock takes the time of dashboards' queries, by "dashboard: panel".
type panelClock struct {
	conn   *pgx.Conn
	run    int
	chosen map[string]map[string]grafanatest.Choice
	took   map[string][]spent
}

// all asks everything five times, each time for another period.
func (p *panelClock) all(b *testing.B) {
	b.Helper()
	for range 5 {
		p.run++
		for _, v := range grafana.Variables() {
			p.choose(b, v)
		}
		for _, q := range grafana.Queries() {
			p.ask(b, q.Dashboard, q.Panel+" "+q.RefID, q.SQL)
		}
	}
}

func (p *panelClock) choose(b *testing.B, v grafana.Variable) {
	b.Helper()
	c := grafanatest.Choice{Values: v.Values, IsMulti: v.IsMulti}
	if v.SQL != "" {
		c.Values = p.ask(b, v.Dashboard, "$"+v.Name, v.SQL)
	}
	if !v.IsMulti && len(c.Values) > 1 {
		c.Values = c.Values[:1]
	}
	if p.chosen[v.Dashboard] == nil {
		p.chosen[v.Dashboard] = map[string]grafanatest.Choice{}
	}
	p.chosen[v.Dashboard][v.Name] = c
}

// ask sends a query as Grafana does and gives the last column.
func (p *panelClock) ask(b *testing.B, dashboard, name, sql string) (last []string) {
	b.Helper()
	period := grafanatest.Range{From: largeUntil.AddDate(-1, 0, -p.run), To: largeUntil.Add(-time.Duration(p.run) * time.Minute)}
	text, err := grafanatest.Expand(sql, p.chosen[dashboard], period)
	if err != nil {
		b.Fatal(err)
	}
	text = fmt.Sprintf("SELECT * FROM (\n%s\n) AS run_%d", text, p.run) // some have no period
	began, used := time.Now(), cpuTime(b)
	results, err := p.conn.PgConn().Exec(context.Background(), text).ReadAll()
	if err != nil {
		b.Fatalf("%s: %s: %v\n%s", dashboard, name, err, text)
	}
	key := strings.TrimPrefix(dashboard, "ticketmill-") + ": " + name
	p.took[key] = append(p.took[key], spent{time.Since(began), cpuTime(b) - used})
	for _, row := range results[0].Rows {
		last = append(last, string(row[len(row)-1]))
	}
	return last
}

// spent is what one answer took.
type spent struct{ wall, cpu time.Duration }

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ranked are the names of the queries, the slowest first.
func (p *panelClock) ranked() []string {
	return slices.SortedFunc(maps.Keys(p.took), func(x, y string) int {
		wallX, _ := p.median(x)
		wallY, _ := p.median(y)
		return cmp.Or(cmp.Compare(wallY, wallX), strings.Compare(x, y))
	})
}

func (p *panelClock) median(name string) (wall, cpu time.Duration) {
	var walls, cpus []time.Duration
	for _, s := range p.took[name] {
		walls, cpus = append(walls, s.wall), append(cpus, s.cpu)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	return walls[len(walls)/2], cpus[len(cpus)/2]
}
