package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// auditAt opens an access log whose clock is at.
func auditAt(t *testing.T, dir string, at *time.Time) *auditLog {
	t.Helper()
	l, err := openAudit(dir, func() time.Time { return *at }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.close() })
	return l
}

func TestAuditRotates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := filepath.Join(dir, "2025-01-01.jsonl")
	if err := os.WriteFile(old, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	l := auditAt(t, dir, &at)
	entry := func(sql string) { l.write(auditEntry{At: at, User: "vera", Via: "pg", SQL: sql, Outcome: "ok"}) }
	entry("SELECT 1")
	at = at.Add(2 * time.Minute)
	entry("SELECT 2")
	if err := os.Truncate(l.file.Name(), auditFileBytes); err != nil { // a long day
		t.Fatal(err)
	}
	l.size = auditFileBytes
	entry("SELECT 3")
	entry("ALTER USER vera PASSWORD 'hunter2'")
	entry(strings.Repeat("x", 20_000))
	paths, err := accessFiles(dir)
	if err != nil || len(paths) != 3 || filepath.Base(paths[2]) != "2026-11-24.001.jsonl" {
		t.Fatalf("the files are %v (%v)", paths, err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("a file of long ago is still there")
	}
	if b := readFile(t, paths[2]); strings.Contains(b, "hunter2") || !strings.Contains(b, "PASSWORD ?") || len(b) > 10_000 {
		t.Errorf("written is %.300s", b)
	}
}

func TestReadAccess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	l := auditAt(t, dir, &at)
	for i := range 10 {
		l.write(auditEntry{At: at, User: "vera", SQL: fmt.Sprintf("SELECT %d", i), Outcome: "ok"})
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "2026-11-23.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("not json\n\n{\"at\":1}\n" + strings.Repeat("y", 3<<20) + "\n{\"at\": \"2026-11-23T12:00:00Z\", \"user\": \"half")
	_ = f.Close()
	l = auditAt(t, dir, &at) // ends the half line
	l.write(auditEntry{At: at, User: "anna", SQL: "SELECT 'x'", Outcome: "42601"})
	for _, c := range []struct{ most, want int }{{100, 11}, {3, 3}, {1, 1}} {
		all, damaged, err := readAccess(dir, c.most)
		if err != nil || len(all) != c.want || damaged != 5 {
			t.Fatalf("%d of %d, %d damaged (%v)", len(all), c.want, damaged, err)
		}
		if last := all[len(all)-1]; last.User != "anna" || last.id != "2026-11-23:16" {
			t.Errorf("the last is %+v", last)
		}
	}
	if all, _, err := readAccess(filepath.Join(dir, "none"), 10); err != nil || len(all) != 0 {
		t.Errorf("without a folder: %v (%v)", all, err)
	}
}

// TestAccessTable: what is shown has no literals and no ports.
func TestAccessTable(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 1)
	conn := s.connect(t, "application_name=tests")
	if _, err := simpleText(t.Context(), conn, "SELECT source FROM marts.ticket WHERE ticket_id = 'it''s secret' AND comment_count > 17 -- remark"); err != nil {
		t.Fatal(err)
	}
	if _, err := simpleText(t.Context(), conn, "SELECT 'open"); err == nil {
		t.Error("an open literal is taken")
	}
	_ = conn.Close(t.Context())
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	table, err := s.app.accessTable(&Config{Home: s.home})
	if err != nil || len(table.Rows) != 2 {
		t.Fatalf("%v (%v)", table.Rows, err)
	}
	for i, want := range []string{
		"ticketmill viewer 127.0.0.1 pg tests SELECT source FROM marts . ticket WHERE ticket_id = ? AND comment_count > ? 0 ok",
		"ticketmill viewer 127.0.0.1 pg tests (unreadable) 0 42601",
	} {
		r := table.Rows[i]
		if got := fmt.Sprint(r[2], " ", r[3], " ", r[4], " ", r[5], " ", r[6], " ", r[7], " ", r[8], " ", r[10]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
