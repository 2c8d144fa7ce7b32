package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// martTable is a published table as a user's role sees it.
type martTable struct {
	Name    string       `json:"name"`
	Grain   string       `json:"grain,omitempty"`
	Key     []string     `json:"key"`
	Columns []martColumn `json:"columns"`
}

type martColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// columnsSQL lists the columns of what may be published, in their order.
const columnsSQL = `SELECT table_schema || '.' || table_name AS mart, column_name, data_type
FROM information_schema.columns
WHERE table_schema IN ('marts', 'ops', 'texts')
ORDER BY mart, ordinal_position`

const dictionarySQL = `SELECT table_name, grain, key FROM ops.dictionary ORDER BY table_name`

// tables lists the published tables that the user's role may read.
func (h *Handler) tables(ctx context.Context, user User) (tables []martTable, generation string, err error) {
	columns, generation, err := h.all(ctx, Query{User: user, SQL: columnsSQL})
	if err != nil {
		return nil, "", err
	}
	told, _, err := h.all(ctx, Query{User: user, SQL: dictionarySQL})
	if err != nil {
		return nil, "", err
	}
	dictionary := map[string][]any{}
	for _, row := range told {
		dictionary[text(row[0])] = row
	}
	for _, row := range columns {
		name := text(row[0])
		if strings.HasPrefix(name, "texts.") && user.Role != "analyst" {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != name {
			t := martTable{Name: name, Key: []string{}}
			if d := dictionary[name]; d != nil {
				t.Grain, t.Key = text(d[1]), keyColumns(text(d[2]))
			}
			tables = append(tables, t)
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, martColumn{text(row[1]), text(row[2])})
	}
	return tables, generation, nil
}

func keyColumns(list string) []string {
	key := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '?' })
	if key == nil {
		key = []string{}
	}
	return key
}

// all reads a small result.
func (h *Handler) all(ctx context.Context, q Query) (rows [][]any, generation string, err error) {
	found, err := h.c.Engine.Query(ctx, q)
	if err != nil {
		return nil, "", err
	}
	rows, err = found.all()
	return rows, found.Generation, err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// marts serves the list of published tables.
func (h *Handler) marts(w http.ResponseWriter, q *http.Request) error {
	generation, _ := h.c.Engine.Generation()
	if fresh(w, q, generation) {
		return nil
	}
	tables, generation, err := h.tables(q.Context(), visitOf(q.Context()).user)
	if err != nil {
		return err
	}
	w.Header().Set("Etag", `W/"`+generation+`"`)
	return writeJSON(w, map[string]any{"generation": generation, "marts": tables})
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is no HTML
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// findMart finds a table by its name, with or without "marts.".
func (h *Handler) findMart(ctx context.Context, name string) (martTable, error) {
	tables, _, err := h.tables(ctx, visitOf(ctx).user)
	if err != nil {
		return martTable{}, err
	}
	if !strings.Contains(name, ".") {
		name = "marts." + name
	}
	i := slices.IndexFunc(tables, func(t martTable) bool { return t.Name == name })
	if i < 0 {
		return martTable{}, &problem{http.StatusNotFound, "there is no such mart; /v1/marts lists them"}
	}
	return tables[i], nil
}

// mart serves a page of a mart's rows.
func (h *Handler) mart(w http.ResponseWriter, q *http.Request) error {
	visit := visitOf(q.Context())
	table, err := h.findMart(q.Context(), q.PathValue("mart"))
	if err != nil {
		return err
	}
	page, err := readPage(q.URL.RawQuery, table)
	if err != nil {
		return err
	}
	generation, _ := h.c.Engine.Generation()
	if page.generation != "" && page.generation != generation {
		return &problem{http.StatusConflict, "another snapshot is published since; begin anew without generation and offset"}
	}
	if fresh(w, q, generation) {
		return nil
	}
	statement, params := page.statement(table)
	rows, err := h.c.Engine.Query(q.Context(), Query{User: visit.user, SQL: statement, Params: params})
	if err != nil {
		return err
	}
	defer rows.Close()
	if page.generation != "" && page.generation != rows.Generation {
		return &problem{http.StatusConflict, "another snapshot was published just now; begin anew without generation and offset"}
	}
	w.Header().Set("Etag", `W/"`+rows.Generation+`"`)
	out := martPage{Generation: rows.Generation, Mart: table.Name, Offset: page.offset}
	var more bool
	if out.Rows, more, err = pageRows(rows, page.limit); err != nil {
		return err
	}
	if more {
		next := page.next(q.URL, rows.Generation, len(out.Rows))
		out.Next = &next
	}
	visit.rows = int64(len(out.Rows))
	return writeJSON(w, out)
}

// pageBytes is about how long a page may be. It is in memory as a whole.
const pageBytes = 8 << 20

// pageRows reads up to limit rows, fewer where they are long, and tells whether
// there are more.
func pageRows(rows *Rows, limit int) (page []json.RawMessage, more bool, err error) {
	page = []json.RawMessage{}
	for bytes := 0; ; {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return page, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if len(page) == limit || bytes >= pageBytes {
			return page, true, nil
		}
		object, err := jsonRow(rows.Columns, row)
		if err != nil {
			return nil, false, err
		}
		page, bytes = append(page, object), bytes+len(object)
	}
}

// martPage is a page of rows; Next is the address of the next one, null at the
// end.
type martPage struct {
	Generation string            `json:"generation"`
	Mart       string            `json:"mart"`
	Offset     int               `json:"offset"`
	Rows       []json.RawMessage `json:"rows"`
	Next       *string           `json:"next"`
}

// OIDs that are written in their own way.
const (
	oidDate    = 1082
	oidNumeric = 1700
)

// jsonRow writes a row as an object with the columns in their order. Times are
// RFC 3339 in UTC, days 2026-06-30.
func jsonRow(columns []Column, row []any) (json.RawMessage, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(jsonValue(c.OID, row[i]))
		if err != nil {
			value = []byte("null") // such as a float that is no number
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return json.RawMessage(b.String()), nil
}

func jsonValue(oid uint32, v any) any {
	switch x := v.(type) {
	case time.Time:
		if oid == oidDate {
			return x.Format(time.DateOnly)
		}
		return x.UTC().Format("2006-01-02T15:04:05.999999Z")
	case string:
		if oid == oidNumeric {
			return json.Number(x)
		}
	case nil, bool, int16, int32, int64, float32, float64, []any:
	default:
		return fmt.Sprint(x)
	}
	return v
}

// page is what a request asks of a mart.
type page struct {
	limit, offset int
	generation    string
	order         []string // columns, "-" before one that goes down
	filter        [][2]string
}

// next is the address of the page after this one, which has so many rows.
func (p page) next(u *url.URL, generation string, rows int) string {
	values := u.Query()
	values.Set("limit", fmt.Sprint(p.limit))
	values.Set("offset", fmt.Sprint(p.offset+rows))
	values.Set("generation", generation)
	return u.Path + "?" + values.Encode()
}
