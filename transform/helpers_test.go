package transform_test

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// small are statements that count landed words: a warehouse that builds fast.
func small() fstest.MapFS {
	return fstest.MapFS{
		"macros.sql": text("-- Loud.\nCREATE MACRO loud(word) AS upper(word);\n"),
		"staging/a/landed_word.sql": text("-- One row per landed word.\n-- key: _file, _row\n" +
			"SELECT _source AS source, loud(payload ->> '$.word') AS word FROM landing.a_words"),
		"staging/a/ticket.sql": text("-- One row per word.\n-- key: word\nSELECT DISTINCT word FROM staging.a_landed_word"),
		"core/word.sql": text("-- One row per word.\n-- key: word\n" +
			"SELECT t.word, count(*) AS n FROM staging.ticket AS t INNER JOIN staging.a_landed_word AS l USING (word) GROUP BY ALL"),
		"marts/word.sql":     text("-- One row per word.\n-- key: word\nSELECT word, n, c.as_of FROM core.word CROSS JOIN config.setting AS c"),
		"ops/total.sql":      text("-- One row in all.\n-- key: n?\nSELECT sum(n)::BIGINT AS n FROM core.word"),
		"checks/no_bad.sql":  text("-- No word is BAD.\nSELECT word, n FROM marts.word WHERE word = 'BAD'"),
		"checks/no_long.sql": text("-- No word is long.\nSELECT word FROM marts.word WHERE length(word) > 20"),
	}
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// with is small() with some files replaced, or taken out where the text is "".
func with(changes map[string]string) fstest.MapFS {
	files := small()
	for name, s := range changes {
		delete(files, name)
		if s != "" {
			files[name] = text(s)
		}
	}
	return files
}

var (
	epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock = warehouse.Table{
		Name:    "config.setting",
		Columns: []warehouse.Column{{Name: "as_of", Type: "TIMESTAMP"}, {Name: "timezone", Type: "VARCHAR"}, {Name: "is_texts_published", Type: "BOOLEAN"}},
		Rows:    [][]driver.Value{{epoch, "Europe/Berlin", false}},
	}
)

// home is a place to build in.
type home struct {
	t      testing.TB
	dir    string
	files  []transform.LandingFile
	inputs []warehouse.Table
	keep   int

	threads   int
	manifests []manifest
}

// manifest is what landing says of one file.
type manifest struct {
	kind, stream, run string
	rows              int64
}

func newHome(t testing.TB) *home {
	return &home{t: t, dir: t.TempDir(), inputs: []warehouse.Table{clock}, threads: 1}
}

func (h *home) warehouse() string { return filepath.Join(h.dir, "warehouse") }
func (h *home) published() string { return filepath.Join(h.dir, "published") }

// landed is one record to land.
type landed struct {
	stream, run, key, payload string
}

// land writes one landing file of the stream, as Parquet with landing's
// columns, and adds it to the home's files.
func (h *home) land(kind, stream string, records ...landed) {
	h.t.Helper()
	path := filepath.Join(h.dir, fmt.Sprintf("landed-%06d.parquet", len(h.files)+1))
	writeLanding(h.t, path, kind, stream, records)
	content, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	h.files = append(h.files, transform.LandingFile{Kind: kind, Stream: stream, Path: path, SHA256: hex.EncodeToString(sum[:])})
}

func writeLanding(t testing.TB, path, kind, stream string, records []landed) {
	t.Helper()
	db, err := warehouse.Memory(context.Background(), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	columns := []warehouse.Column{
		{Name: "_source", Type: "VARCHAR"},
		{Name: "_kind", Type: "VARCHAR"},
		{Name: "_stream", Type: "VARCHAR"},
		{Name: "_key", Type: "VARCHAR"},
		{Name: "_version", Type: "VARCHAR"},
		{Name: "_observed_at", Type: "TIMESTAMPTZ"},
		{Name: "_landed_at", Type: "TIMESTAMPTZ"},
		{Name: "_run_id", Type: "VARCHAR"},
		{Name: "_deleted", Type: "BOOLEAN"},
		{Name: "_schema", Type: "VARCHAR"},
		{Name: "payload", Type: "VARCHAR"},
	}
	table := warehouse.Table{Name: "main.landed", Columns: columns}
	for _, r := range records {
		full := stream
		if r.stream != "" {
			full = r.stream
		}
		table.Rows = append(table.Rows, []driver.Value{kind, kind, full, r.key, "", epoch, epoch, r.run, false, kind + "." + stream + "/1", r.payload})
	}
	if err := db.CreateTable(context.Background(), table); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(context.Background(), "COPY main.landed TO "+warehouse.Quote(path)+" (FORMAT parquet, COMPRESSION snappy)"); err != nil {
		t.Fatal(err)
	}
}

// words lands one file of words of kind a.
func (h *home) words(words ...string) {
	h.t.Helper()
	records := make([]landed, len(words))
	for i, w := range words {
		records[i] = landed{run: "r1", key: w, payload: fmt.Sprintf(`{"word": %q}`, w)}
	}
	h.land("a", "words", records...)
}

func load(t testing.TB, files fs.FS) *transform.Plan {
	t.Helper()
	p, err := transform.Load(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// build builds with the statements.
func (h *home) build(ctx context.Context, files fs.FS) (transform.Result, error) {
	h.t.Helper()
	return transform.Build(ctx, h.job(load(h.t, files)))
}

func (h *home) job(p *transform.Plan) transform.Job {
	return transform.Job{
		Plan: p, WarehouseDir: h.warehouse(), PublishedDir: h.published(), Keep: h.keep,
		Files: h.files, Inputs: h.inputs, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Options: warehouse.Options{Threads: h.threads, Memory: "1GB"},
	}
}

func (h *home) mustBuild(files fs.FS) transform.Result {
	h.t.Helper()
	res, err := h.build(context.Background(), files)
	if err != nil {
		h.t.Fatal(err)
	}
	return res
}

// query asks the published snapshot; rows come as text, cells between bars.
func (h *home) query(q string) string {
	h.t.Helper()
	path, err := warehouse.Current(h.published())
	if err != nil {
		h.t.Fatal(err)
	}
	return ask(h.t, path, q)
}

func ask(t testing.TB, path, q string) string {
	t.Helper()
	db, err := warehouse.OpenReadOnly(context.Background(), path, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range rows.Values {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
	}
	return strings.Join(lines, "\n")
}

// names lists a folder; empty where there is none.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
