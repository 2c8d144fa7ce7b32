package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// Request is one statement of a client.
type Request struct {
	Role      pgcat.Role
	Session   pgcat.Session
	Statement pgcat.Statement
	// Params are the values of $1, $2 … as PostgreSQL writes them; nil is null.
	Params []*string
}

// ServedColumn is a column of a result.
type ServedColumn struct {
	Name string
	Type pgcat.Type
}

// Description says what a statement takes and gives.
type Description struct {
	Params  []uint32 // OIDs
	Columns []ServedColumn
}

// plan is what is known about a statement over one generation.
type plan struct {
	sql      string   // to be run
	params   []string // DuckDB's types
	columns  []ServedColumn
	explain  bool
	volatile bool
	heavy    bool
}

// Describe says what a statement takes and gives, without running it.
func (s *Server) Describe(ctx context.Context, r Request) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	snap, err := s.acquire()
	if err != nil {
		return Description{}, err
	}
	defer s.release(snap)
	_, p, err := s.plan(ctx, snap, r)
	if err != nil {
		return Description{}, queryError(err)
	}
	d := Description{Columns: p.columns}
	for i, t := range p.params {
		oid := pgcat.TypeOf(t).OID
		if i < len(r.Session.Params) && r.Session.Params[i] != 0 {
			oid = r.Session.Params[i]
		}
		d.Params = append(d.Params, oid)
	}
	return d, nil
}

// plan rewrites, checks and prepares a statement; key tells it from others over
// the same generation.
func (s *Server) plan(ctx context.Context, snap *snapshot, r Request) (key string, p *plan, err error) {
	tokens, err := pgcat.Rewrite(r.Statement, r.Session)
	if err != nil {
		return "", nil, err
	}
	key = string(r.Role) + "\x00" + pgcat.Render(tokens)
	if p, ok := snap.plans.get(key); ok {
		return key, p, nil
	}
	if len(key) > 4*pgcat.MaxBytes {
		return "", nil, &pgcat.Error{Code: pgcat.CodeTooLarge, Message: "the statement is too long"}
	}
	leave, err := s.lanes.enter(ctx, false) // the planner takes a core, too
	if err != nil {
		return "", nil, err
	}
	defer leave()
	conn, err := snap.db.Conn(ctx)
	if err != nil {
		return "", nil, err
	}
	defer conn.Close()
	pl := &planner{conn: conn, snap: snap, role: r.Role, bounds: bounds{s.o.MaxRows, s.o.MaxBytes}}
	if p, err = pl.plan(ctx, tokens); err != nil {
		return "", nil, err
	}
	snap.plans.put(key, p, int64(len(p.sql)+64*len(p.columns)))
	return key, p, nil
}

// planner makes one plan.
type planner struct {
	conn   *sql.Conn
	snap   *snapshot
	role   pgcat.Role
	bounds bounds
}

func (pl *planner) plan(ctx context.Context, tokens []pgcat.Token) (*plan, error) {
	p := &plan{volatile: pgcat.Volatile(tokens)}
	explain, tokens, err := pgcat.Explained(tokens)
	if err != nil {
		return nil, err
	}
	var document string
	if err := pl.conn.QueryRowContext(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", pgcat.Render(tokens)).Scan(&document); err != nil {
		return nil, err
	}
	reads, err := pgcat.Check([]byte(document), pl.role)
	if err != nil {
		return nil, err
	}
	var rows int64
	for _, t := range reads.Tables {
		rows += pl.snap.size(t)
	}
	p.heavy = rows >= heavyRows
	if tokens, err = pl.inferParams(ctx, p, tokens); err != nil {
		return nil, err
	}
	inner := pgcat.Render(tokens)
	if explain != "" {
		p.explain, p.volatile, p.sql = true, true, explain+" "+inner
		p.columns = []ServedColumn{{Name: "QUERY PLAN", Type: pgcat.TypeOf("VARCHAR")}}
		return p, nil
	}
	if p.columns, err = pl.describe(ctx, inner, len(p.params)); err != nil {
		return nil, err
	}
	if len(reads.Names) == len(p.columns) {
		for i, name := range reads.Names {
			if name != "" {
				p.columns[i].Name = name
			}
		}
	}
	p.sql = pl.bounds.wrap(inner, p.columns)
	return p, nil
}

// inferParams asks the engine for the types of parameters and makes each a cast
// from text, so that all values can be bound as text.
func (pl *planner) inferParams(ctx context.Context, p *plan, tokens []pgcat.Token) ([]pgcat.Token, error) {
	n := pgcat.CountParams(tokens)
	if n == 0 {
		return tokens, nil
	}
	p.params = make([]string, n)
	err := pl.prepare(ctx, pgcat.Render(tokens), func(stmt *duckdb.Stmt) error {
		for i := range stmt.NumInput() {
			name, err := stmt.ParamName(i + 1)
			if err != nil {
				return err
			}
			t, err := stmt.ParamType(i + 1)
			if err != nil {
				return err
			}
			var number int
			if _, err := fmt.Sscan(name, &number); err == nil && number >= 1 && number <= n {
				p.params[number-1] = paramType(t)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	pgcat.CastArrays(tokens, p.params)
	return pgcat.CastParams(tokens, p.params), nil
}

// paramType names the type in which a parameter is taken.
func paramType(t duckdb.Type) string {
	switch t {
	case duckdb.TYPE_INVALID, duckdb.TYPE_ANY, duckdb.TYPE_SQLNULL, duckdb.TYPE_ENUM, duckdb.TYPE_VARCHAR, duckdb.TYPE_STRUCT, duckdb.TYPE_MAP, duckdb.TYPE_UNION:
		return "VARCHAR"
	case duckdb.TYPE_DECIMAL:
		return "DOUBLE"
	case duckdb.TYPE_LIST, duckdb.TYPE_ARRAY:
		return "VARCHAR[]"
	}
	return engineName(t)
}

// describe gives the columns of a query. The engine only binds it: planning it
// to the end takes ten times as long, and may compute what is constant in it.
// Its grammar has nothing but SELECT behind DESCRIBE, so that anything else that
// got so far ends here.
func (pl *planner) describe(ctx context.Context, statement string, params int) ([]ServedColumn, error) {
	nulls := make([]driver.NamedValue, params)
	for i := range nulls {
		nulls[i] = driver.NamedValue{Name: fmt.Sprint(i + 1), Ordinal: i + 1}
	}
	rows, err := query(ctx, pl.conn, "DESCRIBE "+statement, nulls)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []ServedColumn
	row := make([]driver.Value, len(rows.Columns()))
	for err = rows.Next(row); err == nil; err = rows.Next(row) {
		name, _ := row[0].(string)
		kind, _ := row[1].(string)
		columns = append(columns, ServedColumn{name, pgcat.TypeOf(kind)})
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return columns, nil
}

// prepare prepares a statement for as long as f runs.
func (pl *planner) prepare(ctx context.Context, query string, f func(*duckdb.Stmt) error) error {
	return pl.conn.Raw(func(dc any) error {
		s, err := dc.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		stmt := s.(*duckdb.Stmt)
		defer func() { _ = stmt.Close() }() // never fails
		return f(stmt)
	})
}

// engineName is DuckDB's name of a plain type.
func engineName(t duckdb.Type) string {
	names := []struct {
		t    duckdb.Type
		name string
	}{
		{duckdb.TYPE_BOOLEAN, "BOOLEAN"},
		{duckdb.TYPE_TINYINT, "TINYINT"},
		{duckdb.TYPE_SMALLINT, "SMALLINT"},
		{duckdb.TYPE_INTEGER, "INTEGER"},
		{duckdb.TYPE_BIGINT, "BIGINT"},
		{duckdb.TYPE_UTINYINT, "UTINYINT"},
		{duckdb.TYPE_USMALLINT, "USMALLINT"},
		{duckdb.TYPE_UINTEGER, "UINTEGER"},
		{duckdb.TYPE_UBIGINT, "UBIGINT"},
		{duckdb.TYPE_FLOAT, "FLOAT"},
		{duckdb.TYPE_DOUBLE, "DOUBLE"},
		{duckdb.TYPE_TIMESTAMP, "TIMESTAMP"},
		{duckdb.TYPE_DATE, "DATE"},
		{duckdb.TYPE_TIME, "TIME"},
		{duckdb.TYPE_INTERVAL, "INTERVAL"},
		{duckdb.TYPE_HUGEINT, "HUGEINT"},
		{duckdb.TYPE_UHUGEINT, "UHUGEINT"},
		{duckdb.TYPE_VARCHAR, "VARCHAR"},
		{duckdb.TYPE_BLOB, "BLOB"},
		{duckdb.TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
		{duckdb.TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
		{duckdb.TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
		{duckdb.TYPE_ENUM, "ENUM"},
		{duckdb.TYPE_UUID, "UUID"},
		{duckdb.TYPE_BIT, "BIT"},
		{duckdb.TYPE_TIME_TZ, "TIMETZ"},
		{duckdb.TYPE_TIMESTAMP_TZ, "TIMESTAMPTZ"},
		{duckdb.TYPE_BIGNUM, "BIGNUM"},
		{duckdb.TYPE_SQLNULL, "NULL"},
	}
	if i := slices.IndexFunc(names, func(n struct {
		t    duckdb.Type
		name string
	},
	) bool {
		return n.t == t
	}); i >= 0 {
		return names[i].name
	}
	return "STRUCT" // or a map or union
}
