package warehouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// queryError gives an engine's error the code and the words that PostgreSQL's
// clients know. Its position and hints speak of the rewritten text, so they go.
func queryError(err error) error {
	var coded interface{ SQLState() string }
	var engine *duckdb.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &pgcat.Error{Code: "57014", Message: "canceling statement due to statement timeout"}
	case errors.Is(err, context.Canceled):
		return &pgcat.Error{Code: "57014", Message: "canceling statement due to user request"}
	case !errors.As(err, &engine):
		return &pgcat.Error{Code: "XX000", Message: firstLines(err.Error())}
	}
	message := firstLines(engine.Msg)
	if _, rest, ok := strings.Cut(message, "Error: "); ok {
		message = rest
	}
	return translate(engine.Type, message)
}

func firstLines(s string) string {
	for _, mark := range []string{"\n\nLINE ", "\nLINE ", "\n\nStack Trace:", "\n\nCandidate", "\nDid you mean", "\n\nPossible solutions"} {
		if i := strings.Index(s, mark); i >= 0 {
			s = s[:i]
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(s, "\n", " "))
}

func translate(t duckdb.ErrorType, message string) error {
	code := "XX000"
	switch message {
	case rowTooLarge, resultTooLarge:
		return &pgcat.Error{Code: pgcat.CodeTooLarge, Message: message}
	}
	switch t {
	case duckdb.ErrorTypeCatalog:
		return missing(message)
	case duckdb.ErrorTypeBinder:
		switch {
		case strings.Contains(message, "Referenced column"), strings.Contains(message, "does not have a column"), strings.Contains(message, "Referenced table"):
			code = "42703"
		case strings.Contains(message, "must appear in the GROUP BY"):
			code = "42803"
		case strings.Contains(message, "Ambiguous reference"):
			code = "42702"
		case strings.Contains(message, "function"):
			code = "42883"
		default:
			code = "42804"
		}
	case duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax:
		code = "42601"
	case duckdb.ErrorTypeConversion, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeMismatchType:
		if code = "22P02"; strings.Contains(message, "out of range") {
			code = "22003"
		}
	case duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeDecimal:
		code = "22003"
	case duckdb.ErrorTypeDivideByZero:
		code = "22012"
	case duckdb.ErrorTypeOutOfMemory, duckdb.ErrorTypeObjectSize:
		code, message = "53200", "out of memory: the query needs more than this server allows"
	case duckdb.ErrorTypeInterrupt:
		code, message = "57014", "canceling statement due to user request"
	case duckdb.ErrorTypePermission, duckdb.ErrorTypeInvalidConfiguration, duckdb.ErrorTypeMissingExtension, duckdb.ErrorTypeAutoLoad:
		code, message = "42501", "permission denied"
	case duckdb.ErrorTypeNotImplemented:
		code = "0A000"
	case duckdb.ErrorTypeParameterNotResolved, duckdb.ErrorTypeParameterNotAllowed:
		code = "42P18"
	case duckdb.ErrorTypeExpression:
		code = "54001"
	case duckdb.ErrorTypeInternal, duckdb.ErrorTypeFatal:
		message = "internal error of the engine"
	case duckdb.ErrorTypeInvalid:
		if strings.Contains(message, "bad_alloc") {
			code, message = "53200", "out of memory: the query needs more than this server allows"
		}
	}
	return &pgcat.Error{Code: code, Message: message}
}

// missing words the absence of a table or function as PostgreSQL does: clients
// look for it.
func missing(message string) error {
	for prefix, as := range map[string]struct{ code, format string }{
		"Table with name ":           {"42P01", "relation %q does not exist"},
		"Scalar Function with name ": {"42883", "function %s does not exist"},
		"Table Function with name ":  {"42883", "function %s does not exist"},
		"Type with name ":            {"42704", "type %q does not exist"},
		"Schema with name ":          {"3F000", "schema %q does not exist"},
	} {
		if rest, ok := strings.CutPrefix(message, prefix); ok {
			name, _, _ := strings.Cut(rest, " ")
			return &pgcat.Error{Code: as.code, Message: fmt.Sprintf(as.format, strings.Trim(name, `"`))}
		}
	}
	return &pgcat.Error{Code: "42704", Message: message}
}
