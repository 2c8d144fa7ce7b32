package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/landing"
)

var scale = flag.Int("scale", 20_000, "tickets in BenchmarkBuild; make bench-scale uses 1,000,000")

// BenchmarkBuild measures a full build, a build after 1 % new data and a build
// after nothing new, over -scale tickets: half Jira issues with three comments
// and two changes inside, half GitHub issues with three comments and two
// events each, with a service agreement on the first half. DuckDB gets 4 GB (BENCH_HOME keeps the data for a second look).
func BenchmarkBuild(b *testing.B) {
	home := os.Getenv("BENCH_HOME")
	if home == "" {
		home = b.TempDir()
	}
	a, c := newScale(home)
	asOf := scaleStart.AddDate(3, 0, 0)
	landScale(b, c, "20260101T000000.000Z-full", 0, *scale)
	build := func(b *testing.B, forget bool) {
		for b.Loop() {
			if forget {
				b.StopTimer()
				if err := os.RemoveAll(filepath.Join(c.warehouseDir(), "staged")); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			if err := a.build(context.Background(), c, a.startJournal("bench"), asOf); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(*scale)*float64(b.N)/b.Elapsed().Seconds(), "tickets/s")
	}
	b.Run("full", func(b *testing.B) { build(b, true) })
	b.Run("unchanged", func(b *testing.B) { build(b, false) })
	landScale(b, c, "20260102T000000.000Z-delta", *scale, *scale/100)
	b.Run("nightly_1pct_new", func(b *testing.B) { build(b, false) })
}

// newScale is a configuration for generated tickets: two sources, a service
// agreement on one of them, 4 GB for DuckDB.
func newScale(home string) (*app, *Config) {
	a := &app{env: os.LookupEnv, stdout: io.Discard, stderr: io.Discard, now: time.Now, log: slog.New(slog.DiscardHandler)}
	c := &Config{
		Home: home, Timezone: "Europe/Berlin", Build: BuildConfig{Memory: "4GB", Threads: 2},
		Sources: []SourceConfig{
			{Name: "helpdesk", Kind: "jira", URL: "https://example.atlassian.net", SupportModel: "paid"},
			{Name: "oss", Kind: "github", URL: "https://api.github.com", SupportModel: "community"},
		},
		Demand:    DemandConfig{Off: true}, // all texts are alike; models/demand has its own benchmark
		Calendars: map[string]Calendar{"office": {Timezone: "Europe/Berlin", Week: "Mon-Fri 09:00-17:00"}},
		SLA: []SLAPolicy{{
			Name: "paid", When: map[string]Patterns{"support_model": {"paid"}}, Calendar: "office",
			FirstResponse: Seconds(4 * time.Hour), Resolution: Seconds(40 * time.Hour),
		}},
	}
	return a, c
}

var scaleStart = time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)

// landScale lands n generated tickets from the given number on, through the
// landing writer as a source would. A run that has landed before is kept.
func landScale(b *testing.B, c *Config, runID string, from, n int) {
	b.Helper()
	store := landing.Open(c.landingDir(), func() time.Time { return scaleStart.AddDate(3, 0, 0) })
	each := func(source, kind, stream string, perTicket int, record func(ticket, k int) ingest.Record) {
		w, err := store.Writer(source, kind, ingest.ParseStream(stream), runID, landing.Limits{Age: time.Hour})
		if err != nil {
			b.Fatal(err)
		}
		cursor := ingest.Cursor(fmt.Sprintf(`{"v":1,"run":%q}`, runID))
		if string(w.Cursor()) != "" && strings.Contains(string(w.Cursor()), runID) {
			return
		}
		const page = 1000
		for t := from; t < from+n/2; t += page {
			p := ingest.Page{Next: cursor}
			for i := t; i < min(t+page, from+n/2); i++ {
				for k := range perTicket {
					p.Records = append(p.Records, record(i, k))
				}
			}
			p.Complete = t+page >= from+n/2
			if err := w.Append(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Flush(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	each("helpdesk", "jira", "issues@SUP", 1, scaleJiraIssue)
	each("oss", "github", "issues@acme/engine", 1, scaleGitHubIssue)
	each("oss", "github", "comments@acme/engine", 3, scaleGitHubComment)
	each("oss", "github", "events@acme/engine", 2, scaleGitHubEvent)
}

// scaleCreated spreads tickets over three years; one in eight stays open.
func scaleCreated(t int) time.Time {
	return scaleStart.Add(time.Duration(uint64(t)*2_654_435_761%94_000_000) * time.Second)
}

func scaleOpen(t int) bool { return t%8 == 0 }

func scaleLife(t int) time.Duration { return time.Duration(1+t*7919%900) * time.Hour }

var scaleText = strings.Repeat("The service stops answering after the upgrade; the log says nothing useful. ", 8)

type object = map[string]any

func scaleActor(n int) object { return object{"_actor": fmt.Sprintf("p_%020x", n%5000)} }

func scaleRecord(key string, version time.Time, schema string, payload object) ingest.Record {
	b, err := json.Marshal(payload)
	if err != nil {
		panic(err) // maps of texts and numbers always marshal
	}
	return ingest.Record{Key: key, Version: version.Format(time.RFC3339), ObservedAt: version, Schema: schema, Payload: b}
}

func scaleJiraIssue(t, _ int) ingest.Record {
	const layout = "2006-01-02T15:04:05.000-0700"
	created, id := scaleCreated(t), fmt.Sprint(10_000+t)
	end := created.Add(scaleLife(t))
	status := object{"id": "5", "name": "Resolved", "statusCategory": object{"key": "done"}}
	histories := []object{{
		"id": fmt.Sprint(2 * t), "created": created.Add(time.Hour).Format(layout), "author": scaleActor(t + 1),
		"items": []object{{"field": "status", "fieldId": "status", "from": "1", "fromString": "Open", "to": "3", "toString": "In Progress"}},
	}}
	var resolved any
	if scaleOpen(t) {
		status = object{"id": "3", "name": "In Progress", "statusCategory": object{"key": "indeterminate"}}
	} else {
		resolved = end.Format(layout)
		histories = append(histories, object{
			"id": fmt.Sprint(2*t + 1), "created": end.Format(layout), "author": scaleActor(t + 1),
			"items": []object{{"field": "status", "fieldId": "status", "from": "3", "fromString": "In Progress", "to": "5", "toString": "Resolved"}},
		})
	}
	var comments []object
	for k := range 3 {
		at := created.Add(time.Duration(k+1) * 20 * time.Minute).Format(layout)
		comments = append(comments, object{"id": fmt.Sprint(3*t + k), "author": scaleActor(t + k), "body": scaleText, "created": at, "updated": at})
	}
	return scaleRecord(id, end, "jira.issue/1", object{
		"id": id, "key": fmt.Sprintf("SUP-%d", t),
		"fields": object{
			"summary": fmt.Sprintf("Request %d about the service", t), "description": scaleText,
			"created": created.Format(layout), "updated": end.Format(layout), "resolutiondate": resolved,
			"project": object{"key": "SUP"}, "issuetype": object{"name": "Request"}, "priority": object{"name": "High"},
			"status": status, "labels": []string{"customer"}, "components": []object{{"name": "engine"}},
			"reporter": scaleActor(t), "assignee": scaleActor(t + 1), "issuelinks": []object{},
			"comment": object{"total": 3, "comments": comments},
		},
		"changelog": object{"total": len(histories), "histories": histories},
	})
}

func scaleGitHubIssue(t, _ int) ingest.Record {
	created := scaleCreated(t)
	end := created.Add(scaleLife(t))
	state, closed := "open", any(nil)
	if !scaleOpen(t) {
		state, closed = "closed", end.Format(time.RFC3339)
	}
	url := fmt.Sprintf("https://api.github.com/repos/acme/engine/issues/%d", t)
	return scaleRecord(fmt.Sprint(50_000+t), end, "github.issue/1", object{
		"id": 50_000 + t, "number": t, "title": fmt.Sprintf("Issue %d with the engine", t), "body": scaleText,
		"state": state, "url": url, "html_url": strings.Replace(url, "api.github.com/repos", "github.com", 1),
		"repository_url": "https://api.github.com/repos/acme/engine",
		"created_at":     created.Format(time.RFC3339), "updated_at": end.Format(time.RFC3339), "closed_at": closed,
		"labels": []object{{"name": "bug"}, {"name": "P-high"}}, "user": scaleActor(t), "author_association": "NONE",
		"assignees": []object{}, "comments": 3,
	})
}

func scaleGitHubComment(t, k int) ingest.Record {
	at := scaleCreated(t).Add(time.Duration(k+1) * 20 * time.Minute)
	association := "NONE"
	if k == 1 {
		association = "MEMBER"
	}
	return scaleRecord(fmt.Sprint(3*t+k), at, "github.comment/1", object{
		"id": 3*t + k, "issue_url": fmt.Sprintf("https://api.github.com/repos/acme/engine/issues/%d", t), "body": scaleText,
		"created_at": at.Format(time.RFC3339), "updated_at": at.Format(time.RFC3339),
		"user": scaleActor(t + k), "author_association": association,
	})
}

func scaleGitHubEvent(t, k int) ingest.Record {
	at, event := scaleCreated(t).Add(time.Hour), "labeled"
	if k == 1 && !scaleOpen(t) {
		at, event = scaleCreated(t).Add(scaleLife(t)), "closed"
	}
	return scaleRecord(fmt.Sprint(2*t+k), at, "github.event/1", object{
		"id": 2*t + k, "event": event, "created_at": at.Format(time.RFC3339), "actor": scaleActor(t + 1),
		"label": object{"name": "bug"}, "issue": object{"id": 50_000 + t, "number": t},
	})
}
