package pgcat

import (
	"slices"
	"strconv"
	"strings"
)

// Explained takes EXPLAIN off a statement: what to put back before it, ""
// without one. Its options other than ANALYZE are PostgreSQL's and dropped.
func Explained(tokens []Token) (explain string, rest []Token, err error) {
	if len(tokens) == 0 || !tokens[0].is("EXPLAIN") {
		return "", tokens, nil
	}
	explain, rest = "EXPLAIN", tokens[1:]
	if len(rest) > 0 && rest[0].is("(") {
		end := slices.IndexFunc(rest, func(t Token) bool { return t.is(")") })
		options := rest[:max(end, 0)]
		if end < 0 || slices.ContainsFunc(options, func(t Token) bool { return t.is("SELECT") }) {
			return "", nil, errorf(CodeSyntax, "EXPLAIN needs a SELECT without parentheses around it")
		}
		if slices.ContainsFunc(options, func(t Token) bool { return t.is("ANALYZE") }) {
			explain = "EXPLAIN ANALYZE"
		}
		rest = rest[end+1:]
	}
	for len(rest) > 0 && rest[0].oneOf("ANALYZE", "VERBOSE") {
		if rest[0].is("ANALYZE") {
			explain = "EXPLAIN ANALYZE"
		}
		rest = rest[1:]
	}
	return explain, rest, nil
}

// CountParams is the highest number of a parameter.
func CountParams(tokens []Token) int {
	highest := 0
	for _, t := range tokens {
		if n, err := strconv.Atoi(t.Text); t.Kind == Param && err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

// CastArrays corrects the types of parameters that the statement itself casts
// to arrays: the engine says that they are lists, but not of what.
func CastArrays(tokens []Token, types []string) {
	for i, t := range tokens {
		n, err := strconv.Atoi(t.Text)
		if t.Kind != Param || err != nil || n > len(types) || i+4 >= len(tokens) || !tokens[i+1].is("::") || !tokens[i+3].is("[") || !tokens[i+4].is("]") {
			continue
		}
		if element := castName(tokens[i+2].name()); element != "" {
			types[n-1] = element + "[]"
		}
	}
}

// castName is DuckDB's name of a type that has several.
func castName(name string) string {
	switch name {
	case "int", "int4", "integer", "int32":
		return "INTEGER"
	case "bigint", "int8", "int64":
		return "BIGINT"
	case "smallint", "int2":
		return "SMALLINT"
	case "float8", "double":
		return "DOUBLE"
	case "real", "float4":
		return "FLOAT"
	case "bool", "boolean":
		return "BOOLEAN"
	case "date", "timestamp", "timestamptz", "uuid":
		return strings.ToUpper(name)
	}
	return ""
}

// CastParams casts each parameter to its DuckDB type; "" is text.
func CastParams(tokens []Token, types []string) []Token {
	out := make([]Token, 0, len(tokens))
	for _, t := range tokens {
		n, err := strconv.Atoi(t.Text)
		if t.Kind != Param || err != nil || n < 1 || n > len(types) {
			out = append(out, t)
			continue
		}
		name := types[n-1]
		if name == "" {
			name = "VARCHAR"
		}
		out = append(out, word("CAST"), symbol("("))
		// Text first: the engine would take the value in the type of the cast.
		out = append(out, word("CAST"), symbol("("), t, word("AS"), word("VARCHAR"), symbol(")"))
		out = append(out, word("AS"), word(name), symbol(")"))
	}
	return out
}
