package pgcat

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
)

// Type is a column's type as PostgreSQL names it.
type Type struct {
	OID    uint32
	Typmod int32  // -1: none; numeric(p,s): (p<<16|s)+4
	Len    int16  // bytes, -1: varies
	Name   string // pg_type.typname
	// Text is how the engine must give the value as a VARCHAR, where its driver
	// would change it or a PostgreSQL client does not know it: a format for the
	// expression. "": as it is.
	Text string
}

// scalar types by DuckDB's name. HUGEINT, which sums of integers are, is
// numeric: PostgreSQL's sums are too.
func scalar(name string) (Type, bool) {
	t := Type{Typmod: -1}
	switch name {
	case "BOOLEAN":
		t.OID, t.Len, t.Name = 16, 1, "bool"
	case "TINYINT", "SMALLINT", "UTINYINT":
		t.OID, t.Len, t.Name = 21, 2, "int2"
	case "INTEGER", "USMALLINT":
		t.OID, t.Len, t.Name = 23, 4, "int4"
	case "BIGINT", "UINTEGER":
		t.OID, t.Len, t.Name = 20, 8, "int8"
	case "UBIGINT", "HUGEINT", "UHUGEINT":
		t.OID, t.Len, t.Name = 1700, -1, "numeric"
	case "BIGNUM", "VARINT": // any number of digits
		t.OID, t.Len, t.Name, t.Text = 1700, -1, "numeric", "%s::VARCHAR"
	case "FLOAT":
		t.OID, t.Len, t.Name = 700, 4, "float4"
	case "DOUBLE":
		t.OID, t.Len, t.Name = 701, 8, "float8"
	case "DATE":
		t.OID, t.Len, t.Name = 1082, 4, "date"
	case "TIME", "TIME_NS":
		t.OID, t.Len, t.Name = 1083, 8, "time"
	case "TIME WITH TIME ZONE", "TIMETZ":
		t.OID, t.Len, t.Name = 1266, 12, "timetz"
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		t.OID, t.Len, t.Name = 1114, 8, "timestamp"
	case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ":
		t.OID, t.Len, t.Name = 1184, 8, "timestamptz"
	case "INTERVAL":
		t.OID, t.Len, t.Name = 1186, 16, "interval"
	case "UUID":
		t.OID, t.Len, t.Name = 2950, 16, "uuid"
	case "BLOB":
		t.OID, t.Len, t.Name = 17, -1, "bytea"
	case "VARCHAR", "BIT", "SQLNULL", "\"NULL\"", "NULL":
		t.OID, t.Len, t.Name = 25, -1, "text"
	default:
		return t, false
	}
	return t, true
}

// arrays of the types above: one level, as most clients know them.
func arrayOID(element uint32) uint32 {
	switch element {
	case 16:
		return 1000
	case 17:
		return 1001
	case 20:
		return 1016
	case 21:
		return 1005
	case 23:
		return 1007
	case 25:
		return 1009
	case 700:
		return 1021
	case 701:
		return 1022
	case 1082:
		return 1182
	case 1083:
		return 1183
	case 1114:
		return 1115
	case 1184:
		return 1185
	case 1186:
		return 1187
	case 1266:
		return 1270
	case 1700:
		return 1231
	case 2950:
		return 2951
	}
	return 0
}

// TypeOf is PostgreSQL's type for DuckDB's type of that name. What has no
// counterpart (structs, maps, unions, nested lists) becomes JSON.
func TypeOf(name string) Type {
	if t, ok := scalar(name); ok {
		return t
	}
	if name == "JSON" {
		return Type{OID: 114, Typmod: -1, Len: -1, Name: "json", Text: "%s::VARCHAR"}
	}
	if strings.HasPrefix(name, "ENUM") && !strings.HasSuffix(name, "]") {
		return Type{OID: 25, Typmod: -1, Len: -1, Name: "text"}
	}
	var p, s int32
	if n, _ := fmt.Sscanf(name, "DECIMAL(%d,%d)", &p, &s); n == 2 && strings.HasSuffix(name, ")") {
		return Type{OID: 1700, Typmod: (p<<16 | s) + 4, Len: -1, Name: "numeric"}
	}
	if element, ok := strings.CutSuffix(name, "]"); ok {
		if i := strings.LastIndexByte(element, '['); i > 0 {
			inner := TypeOf(element[:i])
			if oid := arrayOID(inner.OID); oid != 0 && inner.Text == "" {
				return Type{OID: oid, Typmod: inner.Typmod, Len: -1, Name: "_" + inner.Name}
			}
		}
	}
	return Type{OID: 114, Typmod: -1, Len: -1, Name: "json", Text: "to_json(%s)::VARCHAR"}
}

// DuckType is DuckDB's name for a parameter's type; "" for an unknown OID.
func DuckType(oid uint32) string {
	switch oid {
	case 16:
		return "BOOLEAN"
	case 17:
		return "BLOB"
	case 20, 26:
		return "BIGINT"
	case 21:
		return "SMALLINT"
	case 23:
		return "INTEGER"
	case 25, 1043, 1042, 19, 18, 705:
		return "VARCHAR"
	case 114, 3802:
		return "JSON"
	case 700:
		return "FLOAT"
	case 701, 1700:
		return "DOUBLE"
	case 1082:
		return "DATE"
	case 1083:
		return "TIME"
	case 1114:
		return "TIMESTAMP"
	case 1184:
		return "TIMESTAMPTZ"
	case 1186:
		return "INTERVAL"
	case 1266:
		return "TIMETZ"
	case 2950:
		return "UUID"
	}
	if element := elementOID(oid); element != 0 {
		return DuckType(element) + "[]"
	}
	return ""
}

func elementOID(array uint32) uint32 {
	switch array {
	case 1014, 1015, 1002, 1003:
		return 25
	case 1028:
		return 20
	}
	for _, e := range []uint32{16, 17, 20, 21, 23, 25, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950} {
		if arrayOID(e) == array {
			return e
		}
	}
	return 0
}

//go:embed types.csv
var typesCSV []byte

// Types are the rows of pg_type that clients ask for, the header first, as
// PostgreSQL 15 has them.
func Types() ([][]string, error) { return csv.NewReader(bytes.NewReader(typesCSV)).ReadAll() }

// ListLiteral turns PostgreSQL's text of a one-level array, {a,"b c",NULL},
// into DuckDB's.
func ListLiteral(array string) (string, error) {
	elements, err := arrayElements(array)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range elements {
		if i > 0 {
			b.WriteString(", ")
		}
		if e == nil {
			b.WriteString("NULL")
			continue
		}
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*e))
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.String(), nil
}

// arrayElements reads {a,"b c",NULL}; null is nil.
func arrayElements(text string) ([]*string, error) {
	s := strings.TrimSpace(text)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, errorf("22P02", "malformed array literal")
	}
	s = s[1 : len(s)-1]
	var out []*string
	for strings.TrimSpace(s) != "" || len(out) > 0 && s != "" {
		e, rest, quoted, err := arrayElement(s)
		if err != nil {
			return nil, err
		}
		if !quoted && strings.EqualFold(e, "null") {
			out = append(out, nil)
		} else {
			out = append(out, &e)
		}
		if rest == "" {
			break
		}
		if s = rest[1:]; s == "" {
			return nil, errorf("22P02", "malformed array literal")
		}
	}
	return out, nil
}

func arrayElement(s string) (element, rest string, quoted bool, err error) {
	var b strings.Builder
	s = strings.TrimLeft(s, " ")
	inside := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			inside, quoted = !inside, true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == ',' && !inside:
			return finishElement(b.String(), quoted), s[i:], quoted, nil
		case (c == '{' || c == '}') && !inside:
			return "", "", false, errorf(CodeNotSupported, "arrays of arrays are not supported")
		default:
			b.WriteByte(c)
		}
	}
	if inside {
		return "", "", false, errorf("22P02", "malformed array literal")
	}
	return finishElement(b.String(), quoted), "", quoted, nil
}

func finishElement(s string, quoted bool) string {
	if quoted {
		return s
	}
	return strings.TrimSpace(s)
}
