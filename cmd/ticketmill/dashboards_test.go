package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/ticketmill/ticketmill/dashboards/grafana"
	"github.com/ticketmill/ticketmill/dashboards/grafana/grafanatest"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

const dashboardConfig = `
support_models:
  community: {cost_per_touch: 2,  targets: {first_response: 72h, resolution: 30d}}
  paid:      {cost_per_touch: 18, targets: {first_response: 4h,  resolution: 5d}}
calendars:
  office: {timezone: Europe/Berlin, week: "Mon-Fri 09:00-17:00"}
sla:
  - {name: paid, when: {support_model: paid}, first_response: 4h, resolution: 400h, calendar: office}
`

// TestDashboards: every query of every dashboard and alert rule, with its
// variables at All, runs over the wire as Grafana sends it and has something to
// show; and none fails where there is nothing.
func TestDashboards(t *testing.T) {
	t.Parallel()
	notInShort(t)
	w := newDemandWorld(t)
	b, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.writeConfig(string(b) + dashboardConfig)
	w.run(t)
	d := dashboards{t: t, chosen: map[string]map[string]grafanatest.Choice{}}
	d.period = grafanatest.Range{From: w.until.AddDate(-1, 0, 0), To: w.until}
	if now := time.Now(); now.After(d.period.To) {
		d.period.To = now // the runs are of today
	}
	// before it is served: one process opens a file in one way
	bare := withoutRows(t, filepath.Join(w.home, "published", w.current(t)), w.query(t, "SELECT table_name FROM ops.dictionary"))
	d.conn = serveSnapshot(t, 1, func(c *Config) { c.Home = w.home }).connect(t)
	d.run()

	d.isBare = true
	d.conn = serveSnapshot(t, 1, func(c *Config) { c.Home = bare }).connect(t)
	d.run()
}

// withoutRows publishes a snapshot of the same tables with nothing in them, but
// for the row that says which snapshot it is, and returns its home.
func withoutRows(t *testing.T, snapshot string, names [][]any) string {
	t.Helper()
	home := t.TempDir()
	db, err := warehouse.Create(t.Context(), filepath.Join(t.TempDir(), "bare.duckdb"), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	statements := []string{"ATTACH " + warehouse.Quote(snapshot) + " AS filled (READ_ONLY)", "CREATE SCHEMA marts", "CREATE SCHEMA ops", "CREATE SCHEMA texts"}
	var tables []warehouse.PublishTable
	for _, row := range names {
		name := row[0].(string)
		statements = append(statements, "CREATE TABLE "+name+" AS FROM filled."+name+" WHERE "+strconv.FormatBool(name == "ops.snapshot"))
		tables = append(tables, warehouse.PublishTable{Name: name})
	}
	for _, s := range append(statements, "DETACH filled") {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Publish(t.Context(), filepath.Join(home, "published"), warehouse.Generation(1), tables); err != nil {
		t.Fatal(err)
	}
	return home
}

// dashboards are tried on one connection, with what is chosen by dashboard.
type dashboards struct {
	t      *testing.T
	conn   *pgx.Conn
	period grafanatest.Range
	chosen map[string]map[string]grafanatest.Choice
	isBare bool // there is nothing to show
}

func (d *dashboards) run() {
	d.t.Helper()
	for _, v := range grafana.Variables() {
		d.choose(v)
	}
	for _, q := range grafana.Queries() {
		d.check(q)
	}
}

func (d *dashboards) query(dashboard, name, sql string) *pgconn.Result {
	d.t.Helper()
	text, err := grafanatest.Expand(sql, d.chosen[dashboard], d.period)
	if err != nil {
		d.t.Fatalf("%s: %s: %v", dashboard, name, err)
	}
	results, err := d.conn.PgConn().Exec(d.t.Context(), text).ReadAll()
	if err != nil {
		d.t.Errorf("%s: %s: %v\n%s", dashboard, name, err, text)
		return nil
	}
	if len(results) != 1 || !results[0].CommandTag.Select() {
		d.t.Errorf("%s: %s answers with %d results, the first %v", dashboard, name, len(results), results[0].CommandTag)
		return nil
	}
	return results[0]
}

// choose takes all options of a variable, or the first where only one can be.
func (d *dashboards) choose(v grafana.Variable) {
	d.t.Helper()
	c := grafanatest.Choice{Values: v.Values, IsMulti: v.IsMulti}
	if v.SQL != "" {
		r := d.query(v.Dashboard, "$"+v.Name, v.SQL)
		if r == nil {
			return
		}
		for _, row := range r.Rows {
			c.Values = append(c.Values, string(row[len(row)-1]))
		}
	}
	if len(c.Values) == 0 {
		d.t.Errorf("%s: $%s has no options", v.Dashboard, v.Name)
		return
	}
	if !v.IsMulti {
		c.Values = c.Values[:1]
	}
	if d.chosen[v.Dashboard] == nil {
		d.chosen[v.Dashboard] = map[string]grafanatest.Choice{}
	}
	d.chosen[v.Dashboard][v.Name] = c
}

func (d *dashboards) check(q grafana.Query) {
	d.t.Helper()
	r := d.query(q.Dashboard, q.Panel, q.SQL)
	if r == nil {
		return
	}
	if !q.MayBeEmpty && !d.isBare && isBlank(r.Rows) {
		d.t.Errorf("%s: %s shows nothing", q.Dashboard, q.Panel)
	}
	if len(r.Rows) == 0 {
		return // pgx gives no columns then
	}
	var names []string
	numbers := 0
	for _, f := range r.FieldDescriptions {
		names = append(names, f.Name)
		if f.DataTypeOID != pgtype.TextOID {
			numbers++
		}
		if !slices.Contains([]uint32{
			pgtype.BoolOID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float8OID, pgtype.NumericOID,
			pgtype.TextOID, pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID,
		}, f.DataTypeOID) {
			d.t.Errorf("%s: %s: Grafana shows a column of type %d (%s) as text at best", q.Dashboard, q.Panel, f.DataTypeOID, f.Name)
		}
	}
	if q.Dashboard == "alerting" && numbers != 1 {
		d.t.Errorf("%s: %s has %d numbers; an alert's row has one, and texts that are its labels", q.Dashboard, q.Panel, numbers)
	}
	d.checkColumns(q, r.FieldDescriptions)
	if q.Format == "time_series" {
		d.checkSeries(q, names, r.Rows)
	}
}

// checkColumns: a table panel knows its query's columns, and every number has a
// unit.
func (d *dashboards) checkColumns(q grafana.Query, fields []pgconn.FieldDescription) {
	d.t.Helper()
	if q.Columns == nil {
		return
	}
	if len(fields) != len(q.Columns) {
		d.t.Errorf("%s: %s has %d columns, its panel knows %d", q.Dashboard, q.Panel, len(fields), len(q.Columns))
		return
	}
	for i, f := range fields {
		isNumber := slices.Contains([]uint32{pgtype.Int4OID, pgtype.Int8OID, pgtype.Float8OID, pgtype.NumericOID}, f.DataTypeOID)
		if c := q.Columns[i]; f.Name != c.Name || isNumber && c.Unit == "" {
			d.t.Errorf("%s: %s has the column %s, of type %d; its panel knows %s in %q", q.Dashboard, q.Panel, f.Name, f.DataTypeOID, c.Name, c.Unit)
		}
	}
}

// checkSeries: Grafana turns rows into series only if they are in the order of
// their time, and no time is missing.
func (d *dashboards) checkSeries(q grafana.Query, names []string, rows [][][]byte) {
	d.t.Helper()
	if names[0] != "time" {
		d.t.Errorf("%s: %s begins with the column %s", q.Dashboard, q.Panel, names[0])
	}
	if !slices.IsSortedFunc(rows, func(a, b [][]byte) int { return strings.Compare(string(a[0]), string(b[0])) }) {
		d.t.Errorf("%s: %s is not in the order of time", q.Dashboard, q.Panel)
	}
	for _, row := range rows {
		if row[0] == nil {
			d.t.Errorf("%s: %s has a point without a time", q.Dashboard, q.Panel)
		}
	}
}

// isBlank says that there is no value at all.
func isBlank(rows [][][]byte) bool {
	return !slices.ContainsFunc(rows, func(row [][]byte) bool {
		return slices.ContainsFunc(row, func(value []byte) bool { return value != nil })
	})
}

// TestGrafana: the verb writes what Grafana is to read, twice the same, and says
// how.
func TestGrafana(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "grafana")
	for range 2 {
		r := must(t, call(t, nil, "grafana", "--out", dir))
		if !strings.Contains(r.stdout, "GF_PATHS_PROVISIONING="+dir+"/provisioning") {
			t.Error(r.stdout)
		}
	}
	for _, f := range []string{
		"dashboards/ticketmill-overview.json", "provisioning/datasources/ticketmill.yaml",
		"provisioning/dashboards/ticketmill.yaml", "provisioning/alerting/ticketmill.yaml",
	} {
		if st, err := os.Stat(filepath.Join(dir, f)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	if r := call(t, nil, "grafana", "--out", "/proc/none"); r.status != exitEnvironment {
		t.Errorf("no such place: exit %d, %s", r.status, r.stderr)
	}
}
