package transform_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// realHome is a home for the embedded statements: one Jira and one GitHub
// source.
func realHome(t testing.TB) *home {
	h := newHome(t)
	h.inputs = realInputs(h)
	return h
}

// realInputs are the tables that the caller of a build brings along.
func realInputs(h *home) []warehouse.Table {
	table := func(name, columns string, rows ...[]driver.Value) warehouse.Table {
		t := warehouse.Table{Name: name, Rows: rows}
		for _, c := range strings.Split(columns, ", ") {
			column, kind, _ := strings.Cut(c, " ")
			t.Columns = append(t.Columns, warehouse.Column{Name: column, Type: kind})
		}
		return t
	}
	manifest := table("ledger.manifest", "source VARCHAR, kind VARCHAR, stream VARCHAR, run_id VARCHAR, seq INTEGER, rows BIGINT, counted_at_source BIGINT, is_complete BOOLEAN, created_at TIMESTAMP")
	seq := map[string]int32{}
	for _, m := range h.manifests {
		seq[m.stream]++
		manifest.Rows = append(manifest.Rows, []driver.Value{m.kind, m.kind, m.stream, m.run, seq[m.stream], m.rows, nil, true, epoch})
	}
	return []warehouse.Table{
		clock,
		manifest,
		table("config.source", "source VARCHAR, kind VARCHAR, base_url VARCHAR, support_model VARCHAR, include_pull_requests BOOLEAN",
			[]driver.Value{"jira", "jira", "https://example.atlassian.net", "paid", false},
			[]driver.Value{"github", "github", "https://api.github.com", "community", false}),
		table("config.scope", "source VARCHAR, scope VARCHAR"),
		table("config.tracker", "via VARCHAR, kind VARCHAR, source VARCHAR"),
		table("config.table_column", "via VARCHAR, table_name VARCHAR, type VARCHAR, field VARCHAR, column_name VARCHAR"),
		table("config.rule", "rule_no INTEGER, support_model VARCHAR", []driver.Value{int32(1), "hybrid"}),
		table("config.rule_condition", "rule_no INTEGER, field VARCHAR, pattern VARCHAR, condition_count INTEGER",
			[]driver.Value{int32(1), "label", "bug", int32(1)}),
		table("config.support_model", "support_model VARCHAR", []driver.Value{"hybrid"}),
		table("config.policy", "policy_no INTEGER, policy VARCHAR, calendar VARCHAR, first_response_seconds BIGINT, resolution_seconds BIGINT",
			[]driver.Value{int32(1), "all", nil, int64(86400), int64(604800)}),
		table("config.policy_condition", "policy_no INTEGER, field VARCHAR, pattern VARCHAR, condition_count INTEGER"),
		table("config.working_time", "calendar VARCHAR, starts_at TIMESTAMP, ends_at TIMESTAMP, worked_before BIGINT"),
		table("ledger.gap", "source VARCHAR, stream VARCHAR, run_id VARCHAR, native_id VARCHAR, reason VARCHAR, count BIGINT"),
		table("ledger.run", "run_id VARCHAR, verb VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP, outcome VARCHAR, exit_status INTEGER, records_landed BIGINT, bytes_landed BIGINT, message VARCHAR"),
		table("ledger.run_stream", "source VARCHAR, stream VARCHAR, run_id VARCHAR, outcome VARCHAR, ended_at TIMESTAMP"),
		table("ledger.access", "access_id VARCHAR, accessed_at TIMESTAMP, user_name VARCHAR, role VARCHAR, client VARCHAR, via VARCHAR, application VARCHAR, statement VARCHAR, row_count BIGINT, duration_ms BIGINT, outcome VARCHAR"),
	}
}

// landReal lands the tickets from one number to another, as of the given run:
// half Jira issues, half GitHub issues with comments and events of their own.
func (h *home) landReal(from, to int, run string) {
	h.t.Helper()
	add := func(kind, stream, full string, record func(n int) []string) {
		var records []landed
		for n := from; n < to; n++ {
			for _, payload := range record(n) {
				records = append(records, landed{stream: full, run: run, payload: payload})
			}
		}
		h.land(kind, stream, records...)
		h.manifests = append(h.manifests, manifest{kind, full, run, int64(len(records))})
	}
	add("jira", "issues", "issues@SUP", func(n int) []string { return []string{jiraIssue(n, run)} })
	add("github", "issues", "issues@acme/engine", func(n int) []string { return []string{githubIssue(n, run)} })
	add("github", "comments", "comments@acme/engine", func(n int) []string { return githubComments(n, run) })
	add("github", "events", "events@acme/engine", func(n int) []string { return githubEvents(n, run) })
	h.inputs = realInputs(h)
}

type object = map[string]any

func marshal(v object) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers always marshal
	}
	return string(b)
}

const jiraTime = "2006-01-02T15:04:05.000-0700"

// created spreads tickets over the weeks before the build's clock.
func created(n int) time.Time { return epoch.Add(-time.Duration(1+n*7919%1500) * time.Hour) }

// updated grows with the run, so that a later run has the later version.
func updated(n int, run string) time.Time {
	return created(n).Add(40*time.Minute + time.Duration(run[len(run)-1])*time.Second)
}

var prose = strings.Repeat("The service stops answering after the upgrade; the log says nothing useful. ", 8)

func person(n int) object { return object{"_actor": fmt.Sprintf("p_%020x", n%50)} }

func jiraIssue(n int, run string) string {
	at := created(n)
	status := object{"id": "1", "name": "Open", "statusCategory": object{"key": "new"}}
	var histories []object
	if n%3 > 0 {
		status = object{"id": "5", "name": "Resolved", "statusCategory": object{"key": "done"}}
		histories = []object{{"id": fmt.Sprint(100 + n), "created": at.Add(30 * time.Minute).Format(jiraTime), "author": person(n + 1), "items": []object{
			{"field": "assignee", "fieldId": "assignee", "to": fmt.Sprintf("p_%020x", (n+1)%50)},
			{"field": "status", "fieldId": "status", "from": "1", "fromString": "Open", "to": "5", "toString": "Resolved"},
		}}}
	}
	var comments []object
	for k := range n % 4 {
		stamp := at.Add(time.Duration(k+1) * 5 * time.Minute).Format(jiraTime)
		comments = append(comments, object{"id": fmt.Sprint(10*n + k), "created": stamp, "updated": stamp, "author": person(n + k), "body": prose})
	}
	return marshal(object{"id": fmt.Sprint(10_000 + n), "key": fmt.Sprintf("SUP-%d", n), "fields": object{
		"summary": fmt.Sprintf("Request %d, see https://github.com/acme/engine/issues/%d", n, n+1), "description": prose,
		"created": at.Format(jiraTime), "updated": updated(n, run).Format(jiraTime),
		"project": object{"key": "SUP"}, "issuetype": object{"name": "Request"}, "priority": object{"name": []string{"High", "Low", "Blocker"}[n%3]},
		"status": status, "labels": []string{[]string{"bug", "question"}[n%2]}, "components": []object{{"name": "engine"}},
		"reporter": person(n), "assignee": person(n + 1), "comment": object{"comments": comments},
	}, "changelog": object{"histories": histories}})
}

func githubIssue(n int, run string) string {
	url := fmt.Sprintf("https://api.github.com/repos/acme/engine/issues/%d", n)
	state, closed := "open", any(nil)
	if n%3 > 0 {
		state, closed = "closed", created(n).Add(30*time.Minute).Format(time.RFC3339)
	}
	issue := object{
		"id": 50_000 + n, "number": n, "title": fmt.Sprintf("Issue %d", n), "body": prose, "state": state,
		"url": url, "html_url": strings.Replace(url, "api.github.com/repos", "github.com", 1),
		"created_at": created(n).Format(time.RFC3339), "updated_at": updated(n, run).Format(time.RFC3339), "closed_at": closed,
		"labels": []object{{"name": "bug"}, {"name": "P-high"}}, "user": person(n), "author_association": "NONE",
	}
	if n%7 == 0 {
		issue["pull_request"] = object{"url": url}
	}
	return marshal(issue)
}

func githubComments(n int, run string) []string {
	var all []string
	for k := range n % 4 {
		all = append(all, marshal(object{
			"id": 10*n + k, "issue_url": fmt.Sprintf("https://api.github.com/repos/acme/engine/issues/%d", n), "body": prose,
			"created_at": created(n).Add(time.Duration(k+1) * 5 * time.Minute).Format(time.RFC3339), "updated_at": updated(n, run).Format(time.RFC3339),
			"user": person(n + k), "author_association": []string{"NONE", "MEMBER"}[k%2],
		}))
	}
	return all
}

func githubEvents(n int, _ string) []string {
	if n%3 == 0 {
		return nil
	}
	return []string{marshal(object{
		"id": n, "event": "closed", "created_at": created(n).Add(30 * time.Minute).Format(time.RFC3339), "actor": person(n + 1),
		"issue": object{"number": n, "url": fmt.Sprintf("https://api.github.com/repos/acme/engine/issues/%d", n)},
	})}
}

// The embedded statements build over nothing at all, and pass their checks.
func TestEmbeddedStatementsOverNothing(t *testing.T) {
	h := realHome(t)
	h.mustBuild(sql.Files)
	if got := h.query("SELECT count(*) FROM marts.ticket"); got != "0" {
		t.Errorf("%s tickets of nothing", got)
	}
}

// BenchmarkStaging stages generated payloads with one worker, a statement at a
// time, as a build does with files that are new; MB/s are of payload. Jira Cloud
// has its bodies as documents, a server as text.
func BenchmarkStaging(b *testing.B) {
	streams := []struct {
		name, landed string
		record       func(n int) []string
	}{
		{"server", "jira_issues", func(n int) []string { return []string{jiraIssue(n, "r1")} }},
		{"cloud", "jira_issues", func(n int) []string {
			return []string{strings.ReplaceAll(jiraIssue(n, "r1"), strconv.Quote(prose), document)}
		}},
		{"github", "github_issues", func(n int) []string { return []string{githubIssue(n, "r1")} }},
		{"github", "github_comments", func(n int) []string { return githubComments(4*n+3, "r1") }},
		{"github", "github_events", func(n int) []string { return githubEvents(3*n+1, "r1") }},
	}
	all := load(b, sql.Files)
	for _, s := range streams {
		kind, stream, _ := strings.Cut(s.landed, "_")
		h := newHome(b)
		bytes := h.landMegabytes(kind, stream, 16, s.record)
		for _, name := range slices.Sorted(maps.Keys(all.Steps)) {
			if all.Steps[name].Landed != s.landed {
				continue
			}
			b.Run(s.name+"/"+strings.TrimPrefix(name, "staging."), func(b *testing.B) {
				// A build of one statement is its staging.
				plan := &transform.Plan{Steps: map[string]*transform.Step{name: all.Steps[name]}, Macros: all.Macros}
				b.SetBytes(bytes)
				for b.Loop() {
					job := h.job(plan)
					job.WarehouseDir = b.TempDir() // nothing is remembered there
					if _, err := transform.Build(context.Background(), job); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// document is the prose as Jira Cloud has it.
var document = marshal(object{"type": "doc", "version": 1, "content": []object{
	{"type": "paragraph", "content": []object{{"type": "text", "text": prose[:len(prose)/2]}, {"type": "hardBreak"}}},
	{"type": "paragraph", "content": []object{{"type": "text", "text": prose[len(prose)/2:]}}},
}})

// landMegabytes lands that many megabytes of payload, and says how many bytes
// that is.
func (h *home) landMegabytes(kind, stream string, megabytes int64, record func(n int) []string) (bytes int64) {
	var records []landed
	for n := 0; bytes < megabytes<<20; n++ {
		for _, payload := range record(n) {
			records = append(records, landed{run: "r1", key: fmt.Sprint(n), payload: payload})
			bytes += int64(len(payload))
		}
	}
	h.land(kind, stream, records...)
	return bytes
}
