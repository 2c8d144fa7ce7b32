package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// auditEntry is one statement as it is written down.
type auditEntry struct {
	At          time.Time `json:"at"`
	User        string    `json:"user"`
	Role        string    `json:"role"`
	Client      string    `json:"client"`
	Via         string    `json:"via"` // pg or http
	Application string    `json:"application,omitempty"`
	SQL         string    `json:"sql"`
	Rows        int64     `json:"rows"`
	Millis      int64     `json:"ms"`
	Outcome     string    `json:"outcome"` // ok or an SQLSTATE
}

// Bounds of what is written down.
const (
	auditDays      = 30
	auditFileBytes = 64 << 20  // then the day goes on in another file
	auditAllBytes  = 512 << 20 // the oldest files go first
	auditSQLBytes  = 8 << 10
	auditShown     = 100_000 // rows of ops.access
)

// auditLog appends entries to a file a day, 2026-11-23.jsonl, and if that grows
// too large 2026-11-23.001.jsonl and so on.
type auditLog struct {
	dir string
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	file  *os.File
	day   string
	size  int64
	dirty bool
	lost  int64 // entries that could not be written
}

func openAudit(dir string, now func() time.Time, log *slog.Logger) (*auditLog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	l := &auditLog{dir: dir, now: now, log: log}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l, l.rotate()
}

// write appends an entry. It reaches the disk within a second; one that cannot
// be written is counted and told in the log.
func (l *auditLog) write(e auditEntry) {
	if strings.Contains(strings.ToLower(e.SQL), "password") {
		e.SQL = pgcat.Mask(e.SQL) // such as ALTER USER x PASSWORD 'secret'
	}
	if len(e.SQL) > auditSQLBytes {
		e.SQL = strings.ToValidUTF8(e.SQL[:auditSQLBytes], "") + "…"
	}
	b, err := json.Marshal(e)
	if err != nil {
		return // no such value can be in it
	}
	b = append(b, '\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.day != l.today() || l.size+int64(len(b)) > auditFileBytes {
		err = l.rotate()
	}
	if err == nil {
		_, err = l.file.Write(b)
	}
	if err != nil {
		l.lost++
		return
	}
	l.size += int64(len(b))
	l.dirty = true
}

func (l *auditLog) today() string { return l.now().UTC().Format(time.DateOnly) }

// rotate goes on in the file of the day that still has room.
func (l *auditLog) rotate() error {
	if l.file != nil {
		if err := errors.Join(l.file.Sync(), l.file.Close()); err != nil {
			l.log.Warn("access_log_not_closed", "error", err)
		}
		l.file = nil
	}
	day := l.today()
	for n := 0; ; n++ {
		name := day + ".jsonl"
		if n > 0 {
			name = fmt.Sprintf("%s.%03d.jsonl", day, n)
		}
		f, size, err := openAppend(filepath.Join(l.dir, name))
		if err != nil {
			return err
		}
		if size < auditFileBytes {
			l.file, l.day, l.size = f, day, size
			return l.prune()
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
}

// openAppend opens a file to go on writing whole lines: half a line that a crash
// left is ended first.
func openAppend(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("access log: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	size := st.Size()
	var last [1]byte
	if size > 0 {
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return nil, 0, errors.Join(err, f.Close())
		}
		if last[0] != '\n' {
			if _, err := f.WriteString("\n"); err != nil {
				return nil, 0, errors.Join(err, f.Close())
			}
			size++
		}
	}
	return f, size, nil
}

// prune removes files that are too old, or more than are kept.
func (l *auditLog) prune() error {
	paths, err := accessFiles(l.dir)
	if err != nil {
		return err
	}
	oldest := l.now().UTC().AddDate(0, 0, -auditDays).Format(time.DateOnly)
	var total int64
	for _, p := range slices.Backward(paths) {
		st, err := os.Stat(p)
		if err != nil {
			return err
		}
		total += st.Size()
		if p == l.file.Name() || filepath.Base(p) >= oldest && total <= auditAllBytes {
			continue
		}
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	return nil
}

func accessFiles(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	slices.SortFunc(paths, func(a, b string) int {
		return strings.Compare(strings.TrimSuffix(a, ".jsonl"), strings.TrimSuffix(b, ".jsonl"))
	})
	return paths, err
}

// keep makes entries durable every second until the context ends.
func (l *auditLog) keep(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.sync()
		}
	}
}

func (l *auditLog) sync() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dirty {
		if err := l.file.Sync(); err != nil {
			l.log.Warn("access_log_not_synced", "error", err)
		}
		l.dirty = false
	}
	if l.lost > 0 {
		l.log.Error("access_not_written", "statements", l.lost)
		l.lost = 0
	}
}

func (l *auditLog) close() error {
	l.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// access is an entry with its place, which identifies it.
type access struct {
	id string // 2026-11-23:17
	auditEntry
}

// readAccess reads the newest entries, the oldest first, and counts the lines
// that are damaged.
func readAccess(dir string, most int) (all []access, damaged int, err error) {
	paths, err := accessFiles(dir)
	if err != nil {
		return nil, 0, err
	}
	var files [][]access
	found := 0
	for _, p := range slices.Backward(paths) {
		if found >= most {
			break
		}
		entries, bad, err := readAccessFile(p, most)
		if err != nil {
			return nil, 0, err
		}
		files, found, damaged = append(files, entries), found+len(entries), damaged+bad
	}
	slices.Reverse(files)
	all = slices.Concat(files...)
	return all[max(0, len(all)-most):], damaged, nil
}

// readAccessFile reads the last entries of one file.
func readAccessFile(path string, most int) (entries []access, damaged int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
	r := bufio.NewReaderSize(f, 1<<20) // longer lines are not ours
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			line = nil
			_, err = r.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return entries, damaged, nil // what is not ended is being written
		}
		if err != nil {
			return nil, 0, err
		}
		var e auditEntry
		if json.Unmarshal(line, &e) != nil || e.At.IsZero() || e.Outcome == "" {
			damaged++
			continue
		}
		if entries = append(entries, access{fmt.Sprintf("%s:%d", name, n), e}); len(entries) >= 2*most {
			entries = slices.Clone(entries[len(entries)-most:])
		}
	}
}
