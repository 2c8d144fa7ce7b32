package pgcat

import (
	"encoding/json"
	"slices"
	"strings"
)

// Role is what a user may read.
type Role string

// The roles. An analyst also reads the published texts of demand types.
const (
	Viewer  Role = "viewer"
	Analyst Role = "analyst"
)

// TextSchema holds published texts, for analysts only.
const TextSchema = "texts"

// schemas that the role may name.
func (r Role) schemas() []string {
	s := []string{"", "marts", "ops", "pgcat"}
	if r == Analyst {
		s = append(s, TextSchema)
	}
	return s
}

// Reads is what a checked statement reads.
type Reads struct {
	Tables []string // as named: "schema.table" or "table"
	// Names are what PostgreSQL would call the result's columns; "" leaves it to
	// the engine. Nil: there is a * among them.
	Names []string
}

// Check goes through DuckDB's own parse of a SELECT (json_serialize_sql's
// document) and refuses what a reader must not do. It sees the statement as the
// engine will, so nothing can be hidden from it by spelling.
func Check(document []byte, role Role) (Reads, error) {
	var answer struct {
		Error      bool             `json:"error"`
		Type       string           `json:"error_type"`
		Message    string           `json:"error_message"`
		Statements []map[string]any `json:"statements"`
	}
	if err := json.Unmarshal(document, &answer); err != nil {
		return Reads{}, errorf(CodeTooComplex, "the statement is too complex")
	}
	if answer.Error {
		if answer.Type == "not implemented" {
			return Reads{}, errorf(CodeReadOnly, "this server is read-only and answers SELECT")
		}
		return Reads{}, errorf(CodeSyntax, "%s", answer.Message)
	}
	if len(answer.Statements) != 1 {
		return Reads{}, errorf(CodeSyntax, "one statement is due, not %d", len(answer.Statements))
	}
	c := &checker{role: role}
	c.walk(answer.Statements[0])
	c.reads.Names = columnNames(answer.Statements[0]["node"])
	return c.reads, c.err
}

type checker struct {
	role  Role
	reads Reads
	err   error
}

func (c *checker) walk(v any) {
	switch x := v.(type) {
	case map[string]any:
		if c.err == nil {
			c.err = c.node(x)
		}
		for _, child := range x {
			c.walk(child)
		}
	case []any:
		for _, child := range x {
			c.walk(child)
		}
	}
}

func (c *checker) node(n map[string]any) error {
	field := func(name string) string { s, _ := n[name].(string); return s }
	if name := typeNamed(n); slices.Contains(unsafeTypes(), name) {
		return errorf(CodeDenied, "permission denied for type %s", strings.ToLower(name))
	}
	switch field("type") {
	case "BASE_TABLE":
		return c.table(field("catalog_name"), strings.ToLower(field("schema_name")), strings.ToLower(field("table_name")))
	case "TABLE_FUNCTION":
		call, _ := n["function"].(map[string]any)
		name, _ := call["function_name"].(string)
		if !slices.Contains(tableFunctions(), strings.ToLower(name)) {
			return errorf(CodeDenied, "permission denied for function %s", name)
		}
		call["streams"] = true // rows in FROM, no list
	case "SHOW_REF":
		return errorf(CodeDenied, "this form of SHOW or DESCRIBE is not supported; ask information_schema")
	}
	if name := strings.ToLower(field("function_name")); name != "" {
		return function(name, n)
	}
	return nil
}

func (c *checker) table(catalog, schema, table string) error {
	if catalog != "" || !slices.Contains(c.role.schemas(), schema) {
		return errorf(CodeDenied, "permission denied for schema %s", schema)
	}
	for _, prefix := range []string{"duckdb_", "pragma_", "sqlite_", "which_secret"} {
		if strings.HasPrefix(table, prefix) {
			return errorf(CodeDenied, "permission denied for table %s", table)
		}
	}
	if schema != "" {
		table = schema + "." + table
	}
	c.reads.Tables = append(c.reads.Tables, table)
	return nil
}

// typeNamed is the name of the type that a node is: its own one, an alias, or
// one that is still to be looked up.
func typeNamed(n map[string]any) string {
	keys := []string{"id"}
	if kind, _ := n["type"].(string); strings.HasSuffix(kind, "_TYPE_INFO") {
		keys = []string{"alias", "name"}
	}
	for _, key := range keys {
		if name, _ := n[key].(string); name != "" {
			return strings.ToUpper(name)
		}
	}
	return ""
}

// unsafeTypes are those whose functions crash the engine (1.5.6:
// array_reverse_sort('a'::VARIANT)), which would end the process for all. No
// published column has them.
func unsafeTypes() []string { return []string{"VARIANT", "GEOMETRY"} }

// tableFunctions are the only ones allowed in FROM.
func tableFunctions() []string {
	return []string{
		"unnest", "generate_series", "range", "json_each", "json_tree", "repeat_row",
		"pg_get_keywords", "aclexplode", "pg_options_to_table", "pg_timezone_names",
	}
}

// denied functions reach files, settings, other sessions or the engine's inside,
// leave something behind, or take any amount of memory without regard to limits.
func denied(name string) bool {
	for _, prefix := range []string{"duckdb_", "pragma_", "read_", "parquet_", "sniff_", "enable_", "disable_", "json_serialize", "json_deserialize", "json_execute", "from_json", "create_sort_key", "write_", "storage_", "icu_", "arrow_", "seq_scan", "index_scan", "test_", "sql_auto_complete", "force_", "checkpoint", "truncate_", "variant_", "st_", "__internal_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"getenv", "getvariable", "current_setting", "current_query", "glob", "query", "query_table", "summary", "error", "sleep_ms",
		"add_parquet_key", "which_secret", "in_search_path", "nextval", "currval", "setseed", "txid_current_snapshot", "stats",
		"vector_type", "write_log", "parse_duckdb_log_message", "current_connection_id", "current_transaction_id",
		"current_query_id", "json_transform", "json_transform_strict", "json_structure", "bar", "invoke", "from_json_strict",
		"pg_sleep", "pg_read_file", "pg_ls_dir", "lo_import", "lo_export", "dblink", "pg_terminate_backend", "pg_cancel_backend",
		"pg_reload_conf", "set_config", "database_size", "metadata_info", "user_agent", "combine", "finalize", "make_type", "cast_to_type", "get_type", "replace_type", "remap_struct",
	}, name)
}

// function refuses denied functions, and those that make long texts of short
// ones unless they say by a literal how long: DuckDB's memory limit and its
// interrupt do not reach into them.
func function(name string, node map[string]any) error {
	if denied(name) {
		return errorf(CodeDenied, "permission denied for function %s", name)
	}
	args, _ := node["children"].([]any)
	switch name {
	case "repeat", "lpad", "rpad", "list_resize", "array_resize":
		if len(args) > 1 && smallNumber(args[1], 10_000) {
			return nil
		}
		return errorf(CodeDenied, "%s needs a number up to 10000 as its second argument", name)
	case "range", "generate_series":
		if node["streams"] == nil && constantLength(args) > longestList {
			return errorf(CodeTooLarge, "too long a list; write it into FROM: SELECT … FROM %s(…)", name)
		}
	case "printf", "format", "format_bytes_wide":
		if len(args) > 0 && plainFormat(args[0]) {
			return nil
		}
		return errorf(CodeDenied, "%s needs a literal format without widths above 999", name)
	}
	return nil
}

// constant reads a VALUE_CONSTANT node.
func constant(node any) (any, bool) {
	n, _ := node.(map[string]any)
	if n["type"] != "VALUE_CONSTANT" {
		return nil, false
	}
	v, _ := n["value"].(map[string]any)
	return v["value"], true
}

// longestList is how long a list of constants may be. The planner computes it
// outside the memory limit, slowly (30 million numbers: 20 s), and is not to be
// interrupted.
const longestList = 1_000_000

// constantLength is how many numbers range or generate_series makes of literals; 0
// where an argument is none.
func constantLength(args []any) float64 {
	bounds := []float64{0, 0, 1}
	for i, arg := range args {
		v, _ := constant(arg)
		number, ok := v.(float64)
		if !ok || i == len(bounds) {
			return 0
		}
		bounds[i] = number
	}
	if len(args) == 1 {
		bounds[0], bounds[1] = 0, bounds[0]
	}
	if bounds[2] == 0 {
		return 0
	}
	return (bounds[1] - bounds[0]) / bounds[2]
}

func smallNumber(node any, most float64) bool {
	v, ok := constant(node)
	n, isNumber := v.(float64)
	return ok && isNumber && n <= most
}

func plainFormat(node any) bool {
	v, _ := constant(node)
	s, ok := v.(string)
	if !ok || strings.ContainsRune(s, '*') || strings.Count(s, "{") > 20 {
		return false
	}
	digits, depth := 0, 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 3 {
				return false
			}
			continue
		case c == '{':
			if depth++; depth > 1 {
				return false
			}
		case c == '}':
			depth--
		}
		digits = 0
	}
	return true
}

// Volatile tells whether a statement may answer differently over the same data:
// it asks for the time or for chance.
func Volatile(tokens []Token) bool {
	for _, t := range tokens {
		switch strings.ToLower(t.name()) { // functions' names fold even in quotes
		case "now", "today", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "age",
			"transaction_timestamp", "statement_timestamp", "clock_timestamp", "get_current_time", "get_current_timestamp",
			"current_localtime", "current_localtimestamp", "timeofday",
			"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "gen_random_bytes", "sample", "tablesample":
			return true
		}
		if t.Kind == String && isMoment(t.Text) { // 'now'::timestamp
			return true
		}
	}
	return false
}

func isMoment(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "now", "today", "yesterday", "tomorrow":
		return true
	}
	return false
}
