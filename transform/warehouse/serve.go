package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// ServerOptions bounds what serving may use.
type ServerOptions struct {
	Dir     string // of the published generations
	Memory  string // DuckDB's limit, such as "2GB"; empty: its default
	Threads int    // 0: one per core
	// Timeout ends a query, its wait included; 0: 30 s.
	Timeout time.Duration
	// MaxRows is the most rows of one result; 0: 1,000,000, Grafana's own limit.
	MaxRows int64
	// MaxBytes is the most that one result may have, as the engine holds it; 0:
	// 1 GiB.
	MaxBytes int64
	// CacheBytes bounds the remembered results; 0: 64 MiB.
	CacheBytes int64
	// Poll is how often CURRENT is looked at; 0: every second.
	Poll time.Duration
	Now  func() time.Time // nil: the machine's clock
	Log  *slog.Logger
}

// Server answers queries over the newest published generation. A query runs on
// the generation that counted when it began; when CURRENT names another one, new
// queries see that, and the old file is closed when its last query has ended.
type Server struct {
	o     ServerOptions
	lanes lanes
	cache *resultCache

	mu      sync.Mutex
	current *snapshot
	closed  bool
	open    sync.WaitGroup // snapshots
	flights map[string]*flight

	cached, joined, run atomic.Int64
}

// ServerStats counts how queries have been answered since the start.
type ServerStats struct {
	Cached int64 // from a remembered result
	Joined int64 // with the run of an identical one
	Run    int64
}

// Stats gives the counts so far.
func (s *Server) Stats() ServerStats {
	return ServerStats{Cached: s.cached.Load(), Joined: s.joined.Load(), Run: s.run.Load()}
}

// OpenServer opens the published generation that counts, or gives
// ErrNothingPublished.
func OpenServer(ctx context.Context, o ServerOptions) (*Server, error) {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 1_000_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = 64 << 20
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, lanes: newLanes(o.Threads), cache: newResultCache(o.CacheBytes), flights: map[string]*flight{}}
	return s, s.refresh(ctx)
}

// Follow watches CURRENT until the context ends. A generation that cannot be
// opened is logged and tried again; the old one serves on.
func (s *Server) Follow(ctx context.Context) {
	tick := time.NewTicker(s.o.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
				s.o.Log.Warn("snapshot_not_opened", "error", err)
			}
		}
	}
}

// refresh opens the generation that CURRENT names, if it is not open yet.
func (s *Server) refresh(ctx context.Context) error {
	path, err := Current(s.o.Dir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	same := s.current != nil && s.current.path == path
	s.mu.Unlock()
	if same {
		return nil
	}
	next, err := s.openSnapshot(ctx, path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := s.current
	if s.closed {
		old, next = next, nil
	}
	s.current = next
	s.mu.Unlock()
	s.cache.clear()
	if old != nil {
		s.release(old)
		s.o.Log.Info("snapshot_swapped", "generation", filepath.Base(path))
	}
	return nil
}

// Generation names the generation that new queries see, such as
// "gen-000017.duckdb", and says since when they do.
func (s *Server) Generation() (name string, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return "", time.Time{}
	}
	return filepath.Base(s.current.path), s.current.opened
}

// Close ends serving: no new queries, and it waits for those that run.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	old := s.current
	s.current = nil
	s.mu.Unlock()
	if old != nil {
		s.release(old)
	}
	s.open.Wait()
}

// snapshot is one open generation.
type snapshot struct {
	path   string
	opened time.Time
	db     *sql.DB
	plans  *planCache
	rows   map[string]int64 // by "schema.table"
	refs   int              // under Server.mu; the server itself holds one
}

// acquire takes the current generation for one query.
func (s *Server) acquire() (*snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil, &pgcat.Error{Code: "57P01", Message: "the server is shutting down"}
	}
	s.current.refs++
	return s.current, nil
}

// retain takes a generation that the caller holds already once more.
func (s *Server) retain(snap *snapshot) {
	s.mu.Lock()
	snap.refs++
	s.mu.Unlock()
}

func (s *Server) release(snap *snapshot) {
	s.mu.Lock()
	snap.refs--
	last := snap.refs == 0
	s.mu.Unlock()
	if last {
		if err := snap.db.Close(); err != nil {
			s.o.Log.Warn("snapshot_not_closed", "error", clean(err))
		}
		s.open.Done()
	}
}

func (s *Server) openSnapshot(ctx context.Context, path string) (*snapshot, error) {
	db, err := openLocked(ctx, path, s.o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, clean(err))
	}
	snap := &snapshot{path: path, opened: s.o.Now(), db: db, plans: newPlanCache(), refs: 1}
	if snap.rows, err = tableSizes(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, clean(err)), db.Close())
	}
	s.open.Add(1)
	return snap, nil
}

// openLocked opens a file so that its sessions can read it and nothing else.
func openLocked(ctx context.Context, path string, o ServerOptions) (*sql.DB, error) {
	q := url.Values{"access_mode": {"READ_ONLY"}, "threads": {strconv.Itoa(o.Threads)}}
	if o.Memory != "" {
		q.Set("memory_limit", o.Memory)
	}
	search := "SET search_path=" + Quote(strings.Join(append(pgcat.SearchPath(), "pgcat"), ","))
	connector, err := duckdb.NewConnector(path+"?"+q.Encode(), func(ex driver.ExecerContext) error {
		_, err := ex.ExecContext(ctx, search, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(2 * lightSlots(o.Threads))
	for _, statement := range lockDown() {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			if strings.Contains(err.Error(), "pgcat") {
				err = errors.New("it was published by an older ticketmill; run `ticketmill build` to publish it anew")
			}
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// lockDown are the statements that close a database off, in the order that
// DuckDB needs: temp_directory before external access, the lock last. Nothing
// spills, since a reader must not fill the disk.
func lockDown() []string {
	return []string{
		"SET temp_directory=''",
		"SET enable_external_access=false",
		"SET autoinstall_known_extensions=false",
		"SET autoload_known_extensions=false",
		"SET allow_community_extensions=false",
		"SET GLOBAL TimeZone='UTC'",
		"SET GLOBAL integer_division=true",
		"SET GLOBAL default_null_order='postgres'",
		"SET max_expression_depth=250",
		"SET lock_configuration=true",
	}
}

// tableSizes counts the rows of each table, which tells light queries from
// heavy ones.
func tableSizes(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	rows, err := db.QueryContext(ctx, "SELECT schema_name, table_name, estimated_size FROM duckdb_tables()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sizes := map[string]int64{}
	for rows.Next() {
		var schema, table string
		var n sql.NullInt64
		if err := rows.Scan(&schema, &table, &n); err != nil {
			return nil, err
		}
		sizes[schema+"."+table] = n.Int64
	}
	return sizes, rows.Err()
}

// size is how many rows a statement's table has, with or without its schema.
func (snap *snapshot) size(table string) int64 {
	if n, ok := snap.rows[table]; ok {
		return n
	}
	for _, schema := range pgcat.SearchPath() {
		if n, ok := snap.rows[schema+"."+table]; ok {
			return n
		}
	}
	return 0
}
