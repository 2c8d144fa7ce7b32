package pgcat_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

func session() pgcat.Session {
	return pgcat.Session{User: "vera", PID: 7, Setting: func(name string) (string, bool) {
		return "marts, ops", name == "search_path"
	}}
}

func rewrite(sql string, types ...uint32) (string, error) {
	statements, err := pgcat.Split(sql)
	if err != nil {
		return "", err
	}
	s := session()
	s.Params = types
	var out []string
	for _, st := range statements {
		tokens, err := pgcat.Rewrite(st, s)
		if err != nil {
			return "", err
		}
		out = append(out, pgcat.Render(tokens))
	}
	return strings.Join(out, " ; "), nil
}

func TestRewrite(t *testing.T) {
	for sql, want := range map[string]string{
		"-- ping": "", " ; ;": "", "SELECT 1;SELECT 2": "SELECT 1 ; SELECT 2", "SELECT/* a /* b */ c */1": "SELECT 1",
		`SELECT 'it''s', "A""b", E'a\n\x41\u00e9', $$x'y$$, $t$ $$ $t$`:                         "SELECT 'it''s' , \"A\"\"b\" , 'a\nAé' , 'x''y' , ' $$ '",
		"SELECT a-1, -1, a--x\n+2":                                                              "SELECT a - 1 , - 1 , a + 2",
		"SELECT 1.5e3, .5, 0x1f, 1e":                                                            "SELECT 1.5e3 , .5 , 0x1f , 1 e",
		"SELECT * FROM pg_catalog.pg_type":                                                      "SELECT * FROM pgcat . pg_type",
		"SELECT (information_schema._pg_expandarray(i.indkey)).n AS k":                          "SELECT ( _pg_expandarray ( i . indkey ) ) . n AS k",
		"SELECT pg_catalog.format_type(1, 2)":                                                   "SELECT format_type ( 1 , 2 )",
		"SELECT x::pg_catalog.text":                                                             "SELECT x :: VARCHAR",
		"SELECT * FROM information_schema.tables WHERE tables.table_name = 'x'":                 `SELECT * FROM pgcat . "is_tables" AS "tables" WHERE tables . table_name = 'x'`,
		"SELECT * FROM information_schema.columns AS c":                                         `SELECT * FROM pgcat . "is_columns" AS c`,
		"SELECT 'pg_class'::regclass, 'x'::pg_catalog.regtype":                                  "SELECT to_regclass ( 'pg_class' ) , to_regtype ( 'x' )",
		"SELECT c.oid::pg_catalog.regclass::text":                                               "SELECT regclass_name ( c . oid ) :: VARCHAR",
		"SELECT f(a, (b))::regclass":                                                            "SELECT regclass_name ( f ( a , ( b ) ) )",
		"SELECT a[1]::numeric, CAST(b AS numeric), c::numeric(5,2)":                             "SELECT a [ 1 ] :: DOUBLE , CAST ( b AS DOUBLE ) , c :: numeric ( 5 , 2 )",
		"SELECT a AS numeric":                                                                   "SELECT a AS numeric",
		"SELECT x ~ 'a', x !~* 'b', x OPERATOR(pg_catalog.~) 'c'":                               "SELECT x @~ 'a' , x @!~* 'b' , x @~ 'c'",
		`SELECT x COLLATE pg_catalog.default, y COLLATE "C"`:                                    "SELECT x , y",
		"SELECT current_user, t.user, current_schema()":                                         "SELECT 'vera' , t . user , 'marts'",
		"SELECT pg_backend_pid(), current_database()":                                           "SELECT 7 , 'ticketmill'",
		"SELECT current_setting('search_path'), current_setting('x', true), current_setting(y)": "SELECT 'marts, ops' , NULL , pg_setting ( y )",
		"SELECT i FROM generate_series(1, 3) AS i":                                              "SELECT i FROM generate_series ( 1 , 3 ) AS i ( i )",
		"SELECT i FROM unnest(x) i, string_to_array(a, b) s WHERE 1":                            "SELECT i FROM unnest ( x ) AS i ( i ) , ( SELECT string_to_array ( a , b ) ) AS s ( s ) WHERE 1",
		"SELECT unnest(x) AS i":                                                                 "SELECT unnest ( x ) AS i",
		"SELECT extract(epoch FROM unnest(x)) AS i":                                             "SELECT extract ( epoch FROM unnest ( x ) ) AS i",
		"SELECT a = ANY('{1,2}'), '{a,\"b c\"}'::text[]":                                        "SELECT a = ANY ( [ 1 , 2 ] ) , [ 'a' , 'b c' ] :: VARCHAR [ ]",
		"SELECT to_char(a, 'YYYY-MM')":                                                          "SELECT strftime ( a , '%Y-%m' )",
		"SELECT ticketmill.marts.ticket.a FROM ticketmill.marts.ticket":                         "SELECT marts . ticket . a FROM marts . ticket",
	} {
		if got, err := rewrite(sql); err != nil || got != want {
			t.Errorf("%s\ngives %s (%v)\nwant  %s", sql, got, err, want)
		}
	}
	if got, err := rewrite("SELECT $1, $2, $3::regclass, $4::int", 23, 0, 25); err != nil ||
		got != "SELECT CAST ( $1 AS INTEGER ) , $2 , to_regclass ( CAST ( $3 AS VARCHAR ) ) , $4 :: int" {
		t.Errorf("got %s (%v)", got, err)
	}
	if _, err := rewrite("SELECT $1", 99999); err == nil {
		t.Error("an unknown type is taken")
	}
}

func TestMask(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 'a', 1.5, $1 -- x": "SELECT ? , ? , $1", "ALTER USER x PASSWORD 'y'; SELECT $$z$$": "ALTER USER x PASSWORD ?; SELECT ?", "SELECT 'open": "(unreadable)",
	} {
		if got := pgcat.Mask(sql); got != want {
			t.Errorf("%s is masked as %s", sql, got)
		}
	}
}

func TestTypes(t *testing.T) {
	for name, want := range map[string]pgcat.Type{
		"HUGEINT":                  {OID: 1700, Typmod: -1, Len: -1, Name: "numeric"},
		"DECIMAL(12,3)":            {OID: 1700, Typmod: 12<<16 | 3 + 4, Len: -1, Name: "numeric"},
		"VARCHAR[]":                {OID: 1009, Typmod: -1, Len: -1, Name: "_text"},
		"INTEGER[3]":               {OID: 1007, Typmod: -1, Len: -1, Name: "_int4"},
		"BIGINT[][]":               {OID: 114, Typmod: -1, Len: -1, Name: "json", Text: "to_json(%s)::VARCHAR"},
		"STRUCT(a INTEGER)":        {OID: 114, Typmod: -1, Len: -1, Name: "json", Text: "to_json(%s)::VARCHAR"},
		"JSON":                     {OID: 114, Typmod: -1, Len: -1, Name: "json", Text: "%s::VARCHAR"},
		"ENUM('a', 'b')":           {OID: 25, Typmod: -1, Len: -1, Name: "text"},
		"TIMESTAMP WITH TIME ZONE": {OID: 1184, Typmod: -1, Len: 8, Name: "timestamptz"},
	} {
		if got := pgcat.TypeOf(name); got != want {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
	rows, err := pgcat.Types()
	if err != nil || len(rows) < 60 || rows[0][0] != "oid" {
		t.Errorf("%d types (%v)", len(rows), err)
	}
}

func TestListLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"{}": "[]", "{a,b}": `["a", "b"]`, `{"a,b","c\"d",NULL,"NULL", e f }`: `["a,b", "c\"d", NULL, "NULL", "e f"]`,
		"": "", "{": "", "a": "", "{{1}}": "", `{"a}`: "", "{a,}": "",
	} {
		got, err := pgcat.ListLiteral(text)
		if got != want || (want == "") != (err != nil) {
			t.Errorf("%s gives %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestVolatile(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT now()": true, "SELECT CURRENT_DATE": true, "SELECT random()": true, "SELECT 'now'::timestamp": true, "SELECT a FROM t TABLESAMPLE 10%": true,
		"SELECT 1": false, "SELECT 'it is now'": false,
	} {
		statements, err := pgcat.Split(sql)
		if err != nil || pgcat.Volatile(statements[0].Tokens) != want {
			t.Errorf("%s (%v)", sql, err)
		}
	}
}

// FuzzRewrite: whatever is read renders to something that reads as the same
// tokens, and rewriting neither fails without a code nor makes literals of words.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		"SELECT 'a'::regclass, x::text FROM generate_series(1,2) AS i", "SELECT $1::int[], '{a}'::text[]", "E'\\x41' $$a$$ \"b\" 1e5 <-> --x\n/* y */",
		"SELECT ((a))::regtype[1]::regclass)", "CAST(x AS pg_catalog.numeric)", "to_char(a,'YY')", "COLLATE \"C\" OPERATOR(pg_catalog.~)", "EXPLAIN (ANALYZE) SELECT 1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		statements, err := pgcat.Split(sql)
		var coded *pgcat.Error
		if err != nil {
			if !errors.As(err, &coded) || len(coded.Code) != 5 {
				t.Errorf("%q fails with %v", sql, err)
			}
			return
		}
		for _, s := range statements {
			again, err := pgcat.Lex(s.SQL())
			if err != nil || pgcat.Render(again) != s.SQL() || len(again) != len(s.Tokens) {
				t.Errorf("%q reads differently when rendered: %v", s.SQL(), err)
			}
			_ = s.Masked()
			_, rest, err := pgcat.Explained(s.Tokens)
			if err != nil {
				continue
			}
			if tokens, err := pgcat.Rewrite(pgcat.Statement{Tokens: rest}, session()); err == nil {
				if _, err := pgcat.Lex(pgcat.Render(tokens)); err != nil && len(tokens) < pgcat.MaxTokens {
					t.Errorf("%q becomes %q, which does not read: %v", sql, pgcat.Render(tokens), err)
				}
			}
		}
	})
}
