package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestMartRows(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r, body := s.get("/v1/marts/marts.ticket?limit=2")
	want := `{"generation":"gen-000017","mart":"marts.ticket","offset":0,"rows":[` +
		`{"ticket_id":"a","is_open":true,"created_at":"2026-07-01T12:00:00Z","on":"2026-07-01","cost":12.50},` +
		`{"ticket_id":"\u003cb\u003e","is_open":null,"created_at":"2026-07-01T12:00:00.0015Z","on":"2026-07-01","cost":0.1}],` +
		`"next":"/v1/marts/marts.ticket?generation=gen-000017&limit=2&offset=2"}` + "\n"
	if r.StatusCode != http.StatusOK || body != want {
		t.Errorf("%d\n%s\nwant\n%s", r.StatusCode, body, want)
	}
	if n := s.seen[len(s.seen)-1].Rows; n != 2 {
		t.Errorf("%d rows were written down, want 2", n)
	}
	if r, body := s.get("/v1/marts/ticket?generation=gen-000016&offset=100"); r.StatusCode != http.StatusConflict {
		t.Errorf("a page of an old generation: %d %s", r.StatusCode, body)
	}
}

// TestLongRows: a page of long rows ends early, and next goes on behind it.
func TestLongRows(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	long := strings.Repeat("x", 3<<20)
	s.engine.results["FROM marts.ticket ORDER BY"] = result{columns("ticket_id"), [][]any{{long}, {long}, {long}, {long}}, nil}
	var got struct {
		Rows []any
		Next string
	}
	r, body := s.get("/v1/marts/ticket?limit=100")
	if err := json.Unmarshal([]byte(body), &got); err != nil || r.StatusCode != http.StatusOK || len(got.Rows) != 3 || !strings.Contains(got.Next, "offset=3") {
		t.Errorf("%d: %d rows, next %q (%v)", r.StatusCode, len(got.Rows), got.Next, err)
	}
}

func ticketTable() martTable {
	return martTable{Name: "marts.ticket", Key: []string{"ticket_id"}, Columns: []martColumn{
		{"ticket_id", "text"}, {"is_open", "boolean"}, {"created_at", "timestamp"}, {`od"d`, "text"},
	}}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, sql string
		params     string
	}{
		{"", `SELECT * FROM marts.ticket ORDER BY "ticket_id" NULLS LAST LIMIT 101 OFFSET 0`, ""},
		{"limit=5&offset=10", `SELECT * FROM marts.ticket ORDER BY "ticket_id" NULLS LAST LIMIT 6 OFFSET 10`, ""},
		{"is_open=true&ticket_id=a%27--", `SELECT * FROM marts.ticket WHERE "is_open" = $1 AND "ticket_id" = $2 ORDER BY "ticket_id" NULLS LAST LIMIT 101 OFFSET 0`, "true|a'--"},
		{"is_open=&ticket_id=a", `SELECT * FROM marts.ticket WHERE "is_open" IS NULL AND "ticket_id" = $1 ORDER BY "ticket_id" NULLS LAST LIMIT 101 OFFSET 0`, "a"},
		{"order=-created_at,is_open", `SELECT * FROM marts.ticket ORDER BY "created_at" DESC NULLS LAST, "is_open" NULLS LAST, "ticket_id" NULLS LAST LIMIT 101 OFFSET 0`, ""},
		{"od%22d=x", `SELECT * FROM marts.ticket WHERE "od""d" = $1 ORDER BY "ticket_id" NULLS LAST LIMIT 101 OFFSET 0`, "x"},
	} {
		p, err := readPage(c.query, ticketTable())
		if err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		if sql, params := p.statement(ticketTable()); sql != c.sql || strings.Join(params, "|") != c.params {
			t.Errorf("%s:\n%s %q\nwant\n%s %q", c.query, sql, params, c.sql, c.params)
		}
	}
	keyless := ticketTable()
	keyless.Key = nil
	if sql, _ := (page{limit: 1}).statement(keyless); !strings.Contains(sql, `ORDER BY "ticket_id" NULLS LAST, "is_open" NULLS LAST, "created_at"`) {
		t.Errorf("without a key: %s", sql)
	}
	for _, bad := range []string{"limit=0", "limit=10001", "limit=x", "offset=-1", "order=nope", "order=", "nope=1", "limit=1&limit=2", "%zz=1", "is_open%20OR%201=1"} {
		if _, err := readPage(bad, ticketTable()); err == nil || asProblem(err).status != http.StatusBadRequest {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzReadPage: whatever is asked, a statement names only the table's columns
// and never holds a value.
func FuzzReadPage(f *testing.F) {
	for _, s := range []string{"", "limit=5&order=-created_at", "is_open=true", "ticket_id=%27;DROP", "order=ticket_id%22--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		table := ticketTable()
		p, err := readPage(query, table)
		if err != nil {
			return
		}
		sql, params := p.statement(table)
		for _, c := range table.Columns {
			sql = strings.ReplaceAll(sql, quoted(c.Name), "")
		}
		rest := strings.NewReplacer("SELECT * FROM marts.ticket", "", "WHERE", "", "AND", "", "ORDER BY", "", "NULLS LAST", "", "DESC", "", "IS NULL", "", "LIMIT", "", "OFFSET", "").Replace(sql)
		if strings.Trim(rest, " ,=$0123456789") != "" || len(params) > strings.Count(sql, "$") {
			t.Errorf("%q became %s", query, sql)
		}
	})
}

func FuzzReadInquiry(f *testing.F) {
	f.Add(`{"text":"x","priority":"high"}`)
	f.Add(`{"text":"x"} {}`)
	f.Fuzz(func(t *testing.T, body string) {
		asked, err := readInquiry(strings.NewReader(body), "application/json")
		if err == nil && (strings.TrimSpace(asked.Text) == "" || !json.Valid([]byte(body))) {
			t.Errorf("%q was taken", body)
		}
	})
}
