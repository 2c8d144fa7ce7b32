package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// hostileStatements must all be refused with one of their codes, whoever sends
// them. FILE stands for a file that exists.
var hostileStatements = map[string][]string{
	"42501": {
		// files
		"SELECT * FROM read_csv('FILE')", "SELECT * FROM read_text('FILE')", "SELECT * FROM read_blob('FILE')", "SELECT * FROM read_parquet('FILE')",
		"SELECT * FROM read_json_auto('FILE')", "SELECT * FROM glob('/etc/*')", "SELECT * FROM sniff_csv('FILE')", "SELECT * FROM parquet_metadata('FILE')",
		"SELECT * FROM parquet_schema('FILE')", "SELECT * FROM READ_TEXT('FILE')", `SELECT * FROM "read_text"('FILE')`, "SELECT * FROM main.read_text('FILE')",
		"SELECT * FROM system.main.read_text('FILE')", "SELECT (SELECT content FROM read_text('FILE'))", "WITH x AS (SELECT * FROM read_text('FILE')) SELECT * FROM x",
		"SELECT * FROM marts.ticket WHERE EXISTS (FROM read_text('FILE'))", "SELECT * FROM read_text/**/('FILE')", "SELECT 1; SELECT * FROM read_text('FILE')",
		"EXPLAIN ANALYZE SELECT * FROM read_text('FILE')", "FROM read_text('FILE')", "SELECT getenv('HOME')", "SELECT main.getenv('HOME')", "SELECT ('HOME').getenv()", "SELECT source.getenv() FROM marts.ticket",
		"COPY marts.ticket TO '/tmp/x'", "COPY (SELECT 1) TO STDOUT", "COPY marts.ticket FROM 'FILE'", "EXPORT DATABASE '/tmp/x'", "IMPORT DATABASE '/tmp/x'",
		"ATTACH 'FILE' AS x", "DETACH ticketmill", "INSTALL httpfs", "LOAD httpfs", "FORCE CHECKPOINT", "CHECKPOINT", "USE ops",
		// settings and the engine's inside
		"PRAGMA database_list", "PRAGMA version", "CALL pragma_version()", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_databases()", "SELECT * FROM duckdb_databases",
		"SELECT * FROM duckdb_secrets()", "SELECT * FROM duckdb_logs()", "SELECT * FROM duckdb_logs", "SELECT * FROM pragma_database_list", "SELECT * FROM pragma_database_list()",
		"SELECT * FROM sqlite_master", "SELECT * FROM pragma_table_info('marts.ticket')", "SELECT * FROM enable_logging()", "SELECT * FROM enable_profiling()",
		"SELECT * FROM duckdb_approx_database_count()", "SELECT * FROM main.duckdb_tables", "SELECT * FROM system.information_schema.tables",
		"SELECT * FROM query('SELECT 1; DROP TABLE marts.ticket')", "SELECT * FROM query_table('marts.ticket')", "SELECT json_execute_serialized_sql('x')",
		"SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", "SELECT current_query()", "SELECT getvariable('x')", "SELECT setseed(0.5)",
		"SELECT nextval('x')", "SELECT pg_read_file('FILE')", "SELECT pg_ls_dir('/')", "SELECT pg_sleep(100)", "SELECT lo_import('FILE')", "SELECT * FROM dblink('x', 'y')",
		"SELECT * FROM texts.example", "SELECT * FROM core.private", "SELECT * FROM main.x", "SELECT * FROM \"gen-000001\".texts.example", "SELECT texts.example.body FROM texts.example",
		"SELECT * FROM information_schema.tables, texts.example", "SELECT 1 UNION ALL SELECT 1 FROM texts.example", "SET ROLE anna", "SET SESSION AUTHORIZATION anna",
		"SELECT pg_terminate_backend(1)", "DO $$ BEGIN END $$", "SELECT * FROM (DESCRIBE marts.ticket)", "SELECT * FROM (SHOW DATABASES)", "SELECT write_log('x')",
		// what crashes the engine
		"SELECT array_reverse_sort('a'::VARIANT)", "SELECT grade_up(CAST('a' AS VARIANT))", "SELECT TRY_CAST(1 AS \"variant\"[])", "SELECT VARIANT 'a'", "SELECT 'a'::STRUCT(a VARIANT)",
		"SELECT variant_bytes_to_variant('x'::BLOB)", "SELECT 'POINT(1 1)'::GEOMETRY", "SELECT 'POINT(1 1)'::GEOMETRY('EPSG:4326')", "SELECT st_geomfromwkb('x'::BLOB)", "SELECT make_type('VARIANT')",
		// amplifiers
		"SELECT repeat('x', 100000000)", "SELECT repeat('x', i) FROM range(1000000000) AS t(i)", "SELECT lpad('x', 2000000000, 'y')", "SELECT rpad('x', 2000000000, 'y')",
		"SELECT printf('%2000000000d', 1)", "SELECT format('{:2000000000}', 1)", "SELECT format('{:{}}', 1, 2000000000)", "SELECT printf('%*d', 2000000000, 1)",
		"SELECT ('x').repeat(100000000)", "SELECT list_resize([1], 1000000000000)", "SELECT from_json('[[[[', '\"JSON\"')", "SELECT bar(1, 0, 1, 1000000000)",
	},
	"25006": {
		"INSERT INTO marts.ticket SELECT * FROM marts.ticket", "UPDATE marts.ticket SET source = 'x'", "DELETE FROM marts.ticket", "TRUNCATE marts.ticket", "DROP TABLE marts.ticket",
		"DROP SCHEMA marts CASCADE", "CREATE TABLE x (a int)", "CREATE TEMP TABLE x AS SELECT 1", "CREATE VIEW x AS SELECT 1", "CREATE OR REPLACE MACRO f() AS 1", "CREATE FUNCTION f() AS 1",
		"CREATE SECRET s (TYPE s3)", "ALTER TABLE marts.ticket ADD COLUMN x int", "ALTER USER vera PASSWORD 'secret'", "GRANT ALL ON marts.ticket TO vera", "VACUUM", "ANALYZE", "COMMENT ON TABLE marts.ticket IS 'x'",
		"WITH x AS (SELECT 1) INSERT INTO marts.ticket SELECT 1", "EXPLAIN ANALYZE DELETE FROM marts.ticket", "EXPLAIN ANALYZE CREATE TEMP TABLE x AS SELECT 1", "EXPLAIN ANALYZE SET threads = 1",
		"EXPLAIN CREATE TABLE x (a int)", "EXPLAIN (ANALYZE) DROP TABLE marts.ticket", "EXPLAIN EXPLAIN SELECT 1", "MERGE INTO marts.ticket USING marts.ticket ON true WHEN MATCHED THEN DELETE",
		"EXPLAIN COPY (SELECT 1) TO '/tmp/x'", "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x'", "EXPLAIN ANALYZE PRAGMA version", "LOCK TABLE marts.ticket",
	},
	"0A000": {"PREPARE x AS SELECT 1", "EXECUTE x", "DECLARE c CURSOR FOR SELECT 1", "FETCH ALL FROM c", "LISTEN x", "NOTIFY x", "SUMMARIZE marts.ticket", "DESCRIBE marts.ticket", "SET client_encoding TO 'LATIN1'", "SET datestyle TO 'German'", "PIVOT marts.ticket ON source"},
	"42704": {"SET threads TO 100", "SET memory_limit = '1TB'", "SET enable_external_access = true", "SET GLOBAL lock_configuration TO false", "SHOW memory_limit"},
	"42601": {
		"SELECT 'open", "SELECT \"open", "SELECT /* open", "SELECT $$open", "SELECT E'open\\", "(", ")", "SELECT ((((1)", "EXPLAIN", "FROBNICATE", "SELECT ? ", "SELECT $x", "SET", "SET x",
		"SELECT 1 \\; DROP TABLE x", "RESET", "SELECT 1 AS a INTO x", "SELECT 'HOME'.getenv()",
	},
	"42P01 42501": {"SELECT * FROM '/etc/passwd'", "SELECT * FROM 'FILE'", "SELECT * FROM \"FILE\"", "SELECT * FROM 'https://example.com/x.csv'", "SELECT * FROM nope", "SELECT * FROM read_/**/text('FILE')"},
	"42P02":       {"SELECT $0", "SELECT $99999999999999999999", "SELECT $5000"},
	"54000": {
		"SELECT '" + strings.Repeat("x", 200_000) + "'",
		// lists that the planner would compute, which nothing interrupts
		"SELECT len(range(30000000))", "SELECT len(generate_series(1, 40000000, 2))", "SELECT x FROM unnest(range(20000000)) AS t(x)", "SELECT unnest(main.range(1, 1e9))",
	},
	// too much of a result, or on a slow machine too much time for it
	"54000 57014": {"SELECT * FROM generate_series(1, 3000000)", "SELECT repeat(repeat('x', 10000), 2000)", "SELECT range(1000000 + i) FROM range(1) AS t(i)"},
	"54001":       {"SELECT " + strings.Repeat("1+", 20_000) + "1", "SELECT " + strings.Repeat("a,", 20_000) + "1"},
	"54001 42601 XX000 54000 42P02 53200": {
		"SELECT " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000),
		"SELECT " + strings.Repeat("abs(", 4_000) + "1" + strings.Repeat(")", 4_000), "SELECT " + strings.Repeat("CASE WHEN true THEN ", 2_000) + "1" + strings.Repeat(" END", 2_000),
		strings.Repeat("SELECT * FROM (", 3_000) + "SELECT 1" + strings.Repeat(") AS x", 3_000), "SELECT " + strings.Repeat("NOT ", 11_000) + "true", "SELECT 1" + strings.Repeat("::int", 5_000),
	},
	"57014 53200": {
		"SELECT count(*) FROM range(100000000) AS a, range(100000000) AS b WHERE a.range + b.range = -1",
		"WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
		"SELECT sum(a.comment_count) FROM marts.ticket AS a, marts.ticket AS b, marts.ticket AS c, marts.ticket AS d",
		"SELECT list(i) FROM range(10000000000) AS t(i)", "SELECT i FROM range(3000000000) AS t(i) ORDER BY hash(i) LIMIT 1 OFFSET 100000",
		"SELECT count(DISTINCT hash(i)) FROM range(10000000000) AS t(i)", "SELECT string_agg(i::text, ',') FROM range(10000000000) AS t(i)",
	},
	"22021": {"SELECT '\xff'", "SELECT E'\\xff'", "SELECT E'\\x00'"},
}

// TestHostileStatements: each ends in a clean error, and the server serves on.
func TestHostileStatements(t *testing.T) {
	t.Parallel()
	s := serveSnapshot(t, 2_000, func(c *Config) { c.Serve.StatementTimeout = Seconds(2 * time.Second); c.Serve.Memory = "300MB" })
	file := filepath.Join(s.home, "secret.csv")
	if err := os.WriteFile(file, []byte("nobody sees this\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conn := s.connect(t)
	n := 0
	for codes, statements := range hostileStatements {
		for _, sql := range statements {
			n++
			sql = strings.ReplaceAll(sql, "FILE", file)
			got, err := simpleText(t.Context(), conn, sql)
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || !strings.Contains(codes, refused.Code) {
				t.Errorf("%.120s\ngives %.200q (%v), want %s", sql, got, err, codes)
			}
			if strings.Contains(fmt.Sprint(got, err), "nobody sees") || strings.Contains(fmt.Sprint(err), "Stack Trace") || strings.Contains(fmt.Sprint(err), s.home+"/published") {
				t.Errorf("%.120s\nshows too much: %v", sql, err)
			}
			if conn.IsClosed() {
				conn = s.connect(t)
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d statements", n)
	}
	if got, err := simpleText(t.Context(), s.connect(t), "SELECT count(*) FROM marts.ticket"); err != nil || got != "2000" {
		t.Errorf("afterwards it answers %q (%v)", got, err)
	}
}
