package main

import (
	"database/sql/driver"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/transform/warehouse"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// inputs are the tables config.* and ledger.* that the statements read: the
// configuration, what landing says of itself, and the journals of past runs.
func (a *app) inputs(c *Config, j *journal, ms []*landing.Manifest, asOf time.Time) ([]warehouse.Table, error) {
	past, err := readJournals(c.journalDir())
	if err != nil {
		return nil, err
	}
	access, err := a.accessTable(c)
	if err != nil {
		return nil, err
	}
	return slices.Concat(configTables(c, asOf), agreementTables(c, later(asOf, newest(ms))), landingTables(ms), runTables(append(past, j)), []warehouse.Table{access}), nil
}

// accessTable shows what was asked of `serve`: statements without their
// literals, clients without their ports.
func (a *app) accessTable(c *Config) (warehouse.Table, error) {
	t := warehouse.Table{Name: "ledger.access", Columns: columns("access_id", "VARCHAR", "accessed_at", "TIMESTAMP",
		"user_name", "VARCHAR", "role", "VARCHAR", "client", "VARCHAR", "via", "VARCHAR", "application", "VARCHAR",
		"statement", "VARCHAR", "row_count", "BIGINT", "duration_ms", "BIGINT", "outcome", "VARCHAR")}
	all, damaged, err := readAccess(c.accessDir(), auditShown)
	if err != nil {
		return t, err
	}
	if damaged > 0 {
		a.log.Warn("access_lines_damaged", "lines", damaged)
	}
	for _, e := range all {
		client := e.Client
		if host, _, err := net.SplitHostPort(client); err == nil {
			client = host
		}
		t.Rows = append(t.Rows, []driver.Value{
			e.id, e.At.UTC(), e.User, e.Role, client, e.Via, orNull(e.Application), shownStatement(e.Via, e.SQL), e.Rows, e.Millis, e.Outcome,
		})
	}
	return t, nil
}

// shownStatement leaves out what somebody looked for: the literals of SQL, the
// query of an HTTP request.
func shownStatement(via, statement string) string {
	if via == "http" {
		path, _, _ := strings.Cut(statement, "?")
		return path
	}
	return pgcat.Mask(statement)
}

func columns(pairs ...string) []warehouse.Column {
	var cs []warehouse.Column
	for i := 0; i < len(pairs); i += 2 {
		cs = append(cs, warehouse.Column{Name: pairs[i], Type: pairs[i+1]})
	}
	return cs
}

func configTables(c *Config, asOf time.Time) []warehouse.Table {
	setting := warehouse.Table{
		Name: "config.setting", Columns: columns("as_of", "TIMESTAMP", "timezone", "VARCHAR", "is_texts_published", "BOOLEAN"),
		Rows: [][]driver.Value{{asOf.UTC(), c.Timezone, c.Privacy.PublishTexts}},
	}
	source := warehouse.Table{Name: "config.source", Columns: columns("source", "VARCHAR", "kind", "VARCHAR",
		"base_url", "VARCHAR", "support_model", "VARCHAR", "include_pull_requests", "BOOLEAN")}
	for _, s := range c.Sources {
		source.Rows = append(source.Rows, []driver.Value{
			s.Name, s.Kind, orNull(strings.TrimRight(s.URL, "/")), orNull(s.SupportModel), s.IncludePulls,
		})
	}
	rule := warehouse.Table{Name: "config.rule", Columns: columns("rule_no", "INTEGER", "support_model", "VARCHAR")}
	condition := warehouse.Table{Name: "config.rule_condition", Columns: columns("rule_no", "INTEGER",
		"field", "VARCHAR", "pattern", "VARCHAR", "condition_count", "INTEGER")}
	for i, r := range c.Rules {
		no := int32(i + 1)
		rule.Rows = append(rule.Rows, []driver.Value{no, r.SupportModel})
		condition.Rows = append(condition.Rows, conditionRows(no, r.When)...)
	}
	model := warehouse.Table{Name: "config.support_model", Columns: columns("support_model", "VARCHAR")}
	for _, name := range slices.Sorted(maps.Keys(c.SupportModels)) {
		model.Rows = append(model.Rows, []driver.Value{name})
	}
	return slices.Concat([]warehouse.Table{setting, source, model, rule, condition}, streamTables(c))
}

// workingTimeFrom is before any ticket; workingTimeYears after the last moment that
// tickets tell of is beyond what any agreement promises.
var workingTimeFrom = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

const workingTimeYears = 10

// later is the later of two moments: a clock set back with --as-of does not undo
// what the tickets have seen since.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// agreementTables are the service agreements and the working time of their
// calendars, for tickets that tell of nothing after last. Both have been validated.
func agreementTables(c *Config, last time.Time) []warehouse.Table {
	policy := warehouse.Table{Name: "config.policy", Columns: columns("policy_no", "INTEGER", "policy", "VARCHAR",
		"calendar", "VARCHAR", "first_response_seconds", "BIGINT", "resolution_seconds", "BIGINT")}
	condition := warehouse.Table{Name: "config.policy_condition", Columns: columns("policy_no", "INTEGER",
		"field", "VARCHAR", "pattern", "VARCHAR", "condition_count", "INTEGER")}
	used := map[string]bool{}
	for i, p := range c.SLA {
		no := int32(i + 1)
		policy.Rows = append(policy.Rows, []driver.Value{
			no, p.Name, orNull(p.Calendar), p.FirstResponse.orNull(), p.Resolution.orNull(),
		})
		condition.Rows = append(condition.Rows, conditionRows(no, p.When)...)
		used[p.Calendar] = true
	}
	working := warehouse.Table{Name: "config.working_time", Columns: columns("calendar", "VARCHAR",
		"starts_at", "TIMESTAMP", "ends_at", "TIMESTAMP", "worked_before", "BIGINT")}
	for _, name := range slices.Sorted(maps.Keys(c.Calendars)) {
		if !used[name] {
			continue
		}
		for _, w := range c.Calendars[name].expand(workingTimeFrom, last.AddDate(workingTimeYears, 0, 0)) {
			working.Rows = append(working.Rows, []driver.Value{name, w.start.UTC(), w.end.UTC(), w.workedBefore})
		}
	}
	return []warehouse.Table{policy, condition, working}
}

// conditionRows are the conditions of a rule or policy.
func conditionRows(no int32, when map[string]Patterns) [][]driver.Value {
	var rows [][]driver.Value
	for field, globs := range when {
		for _, g := range globs {
			rows = append(rows, []driver.Value{no, field, likePattern(g), int32(len(when))})
		}
	}
	return rows
}

// streamTables say how messages are to be understood: what each source reads
// itself, whose webhooks a Kafka source carries, and the columns of databases.
func streamTables(c *Config) []warehouse.Table {
	scope := warehouse.Table{Name: "config.scope", Columns: columns("source", "VARCHAR", "scope", "VARCHAR")}
	tracker := warehouse.Table{Name: "config.tracker", Columns: columns("via", "VARCHAR", "kind", "VARCHAR", "source", "VARCHAR")}
	column := warehouse.Table{Name: "config.table_column", Columns: columns("via", "VARCHAR", "table_name", "VARCHAR",
		"type", "VARCHAR", "field", "VARCHAR", "column_name", "VARCHAR")}
	for _, s := range c.Sources {
		for _, name := range slices.Concat(s.Projects, s.Repositories) {
			scope.Rows = append(scope.Rows, []driver.Value{s.Name, name})
		}
		for kind, name := range s.Kafka.Trackers {
			tracker.Rows = append(tracker.Rows, []driver.Value{s.Name, kind, name})
		}
		for table, t := range s.Kafka.Tables {
			// a table whose columns have the usual names still has a type
			column.Rows = append(column.Rows, []driver.Value{s.Name, strings.ToLower(table), t.Type, "", ""})
			for field, name := range t.Columns {
				column.Rows = append(column.Rows, []driver.Value{s.Name, strings.ToLower(table), t.Type, field, name})
			}
		}
	}
	return []warehouse.Table{scope, tracker, column}
}

// orNull keeps what the configuration does not say from looking like a value.
func orNull(text string) driver.Value {
	if text == "" {
		return nil
	}
	return text
}

// likePattern turns a glob with * and ? into a lower-case LIKE pattern with \
// as its escape.
func likePattern(glob string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, `*`, `%`, `?`, `_`).Replace(strings.ToLower(glob))
}

func landingTables(ms []*landing.Manifest) []warehouse.Table {
	manifest := warehouse.Table{Name: "ledger.manifest", Columns: columns("source", "VARCHAR", "kind", "VARCHAR",
		"stream", "VARCHAR", "run_id", "VARCHAR", "seq", "INTEGER", "rows", "BIGINT", "counted_at_source", "BIGINT",
		"is_complete", "BOOLEAN", "created_at", "TIMESTAMP")}
	gap := warehouse.Table{Name: "ledger.gap", Columns: columns("source", "VARCHAR", "stream", "VARCHAR",
		"run_id", "VARCHAR", "native_id", "VARCHAR", "reason", "VARCHAR", "count", "BIGINT")}
	for _, m := range ms {
		var counted driver.Value
		if m.SourceCount != nil {
			counted = *m.SourceCount
		}
		manifest.Rows = append(manifest.Rows, []driver.Value{
			m.Source, m.Kind, m.Stream, m.RunID, int32(m.Seq), m.Rows, counted, m.Complete, m.CreatedAt.UTC(),
		})
		for _, g := range m.Gaps {
			gap.Rows = append(gap.Rows, []driver.Value{m.Source, m.Stream, m.RunID, g.Key, g.Reason, g.Count})
		}
	}
	return []warehouse.Table{manifest, gap}
}

// runTables shows the journals; the last one is of the run that is building
// and has no end yet.
func runTables(journals []*journal) []warehouse.Table {
	run := warehouse.Table{Name: "ledger.run", Columns: columns("run_id", "VARCHAR", "verb", "VARCHAR",
		"started_at", "TIMESTAMP", "ended_at", "TIMESTAMP", "outcome", "VARCHAR", "exit_status", "INTEGER",
		"records_landed", "BIGINT", "bytes_landed", "BIGINT", "message", "VARCHAR")}
	stream := warehouse.Table{Name: "ledger.run_stream", Columns: columns("source", "VARCHAR", "stream", "VARCHAR",
		"run_id", "VARCHAR", "outcome", "VARCHAR", "ended_at", "TIMESTAMP")}
	for _, j := range journals {
		var ended, status driver.Value
		outcome := j.Outcome
		if j.EndedAt.IsZero() {
			outcome = "running"
			if slices.ContainsFunc(j.Streams, func(o streamOutcome) bool { return o.Outcome == "failed" }) {
				outcome = "stale"
			}
		} else {
			ended, status = j.EndedAt.UTC(), int32(j.ExitStatus)
		}
		var records, bytes int64
		for _, s := range j.Streams {
			records, bytes = records+s.Records, bytes+s.Bytes
			stream.Rows = append(stream.Rows, []driver.Value{s.Source, s.Stream, j.RunID, s.Outcome, s.EndedAt.UTC()})
		}
		run.Rows = append(run.Rows, []driver.Value{
			j.RunID, j.Verb, j.StartedAt.UTC(), ended, outcome, status, records, bytes, j.Message,
		})
	}
	return []warehouse.Table{run, stream}
}
