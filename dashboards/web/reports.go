package web

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/report"
)

// engineQueries lets the report ask the engine as a user, of one generation only.
type engineQueries struct {
	engine     Engine
	user       User
	generation string // that has answered
}

// errSwapped says that another generation was published between two queries.
var errSwapped = errors.New("another snapshot was published meanwhile")

// Query implements report.Querier.
func (e *engineQueries) Query(ctx context.Context, sql string) ([]string, [][]any, error) {
	rows, err := e.engine.Query(ctx, Query{User: e.user, SQL: sql})
	if err != nil {
		return nil, nil, err
	}
	if e.generation == "" {
		e.generation = rows.Generation
	}
	if e.generation != rows.Generation {
		rows.Close()
		return nil, nil, errSwapped
	}
	columns := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		columns[i] = c.Name
	}
	all, err := rows.all()
	return columns, all, err
}

// all reads the rest of a result and closes it.
func (r *Rows) all() (all [][]any, err error) {
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
}

// build makes a report of one generation; after a swap it begins anew.
func (h *Handler) build(ctx context.Context, user User, choice report.Choice) (*report.Report, error) {
	for {
		rep, err := report.Build(ctx, &engineQueries{engine: h.c.Engine, user: user}, choice)
		if !errors.Is(err, errSwapped) {
			return rep, reportProblem(err)
		}
	}
}

// reportForms are the forms of a report by the ending of its name.
func reportForms() map[string]struct {
	contentType string
	write       func(*report.Report, io.Writer, report.Lang) error
} {
	return map[string]struct {
		contentType string
		write       func(*report.Report, io.Writer, report.Lang) error
	}{
		"":      {"text/html; charset=utf-8", (*report.Report).HTML},
		".html": {"text/html; charset=utf-8", (*report.Report).HTML},
		".md":   {"text/markdown; charset=utf-8", (*report.Report).Markdown},
		".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (*report.Report).XLSX},
	}
}

// report serves /reports/latest and its downloads latest.html, .md and .xlsx.
func (h *Handler) report(w http.ResponseWriter, q *http.Request) error {
	name := q.PathValue("name")
	form, known := reportForms()[path.Ext(name)]
	if !known || strings.TrimSuffix(name, path.Ext(name)) != "latest" {
		return &problem{http.StatusNotFound, "there are latest, latest.html, latest.md and latest.xlsx"}
	}
	choice, language, err := reportChoice(q)
	if err != nil {
		return err
	}
	generation, _ := h.c.Engine.Generation()
	if fresh(w, q, generation) {
		return nil
	}
	user := visitOf(q.Context()).user
	body, err := h.reports.get(strings.Join([]string{generation, user.Role, name, q.URL.RawQuery}, "\x00"), func() ([]byte, error) {
		rep, err := h.build(q.Context(), user, choice)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = form.write(rep, &b, language)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", form.contentType)
	w.Header().Set("Content-Security-Policy", pagePolicy(report.Style()))
	if path.Ext(name) != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="ticketmill-`+generation+path.Ext(name)+`"`)
	}
	_, err = w.Write(body)
	return err
}

// reportChoice reads from, to, period and lang of a request.
func reportChoice(q *http.Request) (c report.Choice, l report.Lang, err error) {
	l = report.English
	for name, values := range q.URL.Query() {
		value := values[0]
		switch name {
		case "from":
			c.From, err = time.Parse(time.DateOnly, value)
		case "to":
			c.To, err = time.Parse(time.DateOnly, value)
		case "period":
			c.Unit = report.Unit(value)
		case "lang":
			l, err = report.Language(value)
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			return c, l, &problem{http.StatusBadRequest, "from and to are dates such as 2026-06-30, period is week, month or quarter, lang is en or zh; there is nothing else"}
		}
	}
	return c, l, nil
}

func reportProblem(err error) error {
	var period *report.PeriodError
	if errors.As(err, &period) {
		return &problem{http.StatusBadRequest, err.Error()}
	}
	if errors.Is(err, report.ErrTooOld) {
		return &problem{http.StatusServiceUnavailable, err.Error()}
	}
	return err
}

// pagePolicy allows a page its own style and nothing else.
func pagePolicy(style template.CSS) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}

// pageCache keeps the last pages that were written. A page is for good: its key
// holds the generation.
type pageCache struct {
	mu    sync.Mutex
	pages map[string]*list.Element
	order *list.List // the newest first
}

type cachedPage struct {
	key  string
	body []byte
}

// cachedPages is how many pages are kept, of some hundred kilobytes at most each.
const cachedPages = 32

func newPageCache() *pageCache {
	return &pageCache{pages: map[string]*list.Element{}, order: list.New()}
}

// get gives a page, made if need be. Two who ask for the same at once may both
// make it; the engine shares their queries.
func (c *pageCache) get(key string, write func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if e := c.pages[key]; e != nil {
		c.order.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(cachedPage).body, nil
	}
	c.mu.Unlock()
	body, err := write()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages[key] == nil {
		c.pages[key] = c.order.PushFront(cachedPage{key, body})
	}
	if last := c.order.Back(); c.order.Len() > cachedPages {
		delete(c.pages, last.Value.(cachedPage).key)
		c.order.Remove(last)
	}
	return body, nil
}
