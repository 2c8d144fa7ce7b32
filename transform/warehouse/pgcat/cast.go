package pgcat

import (
	"slices"
	"strconv"
)

// cast rewrites ::type behind an operand.
func (r *rewriter) cast() error {
	operand := r.last()
	if operand.Kind == String {
		if to, ok := r.castsToName(); ok {
			r.out = r.out[:len(r.out)-1]
			r.emit(to, symbol("("), operand, symbol(")"))
			return nil
		}
		if element, n := r.arrayType(); n > 0 {
			r.out = r.out[:len(r.out)-1]
			r.pos += n - 1
			return r.arrayLiteral(operand, element)
		}
	}
	start := r.operandStart()
	r.pos++
	if r.at(0).name() == "pg_catalog" && r.at(1).is(".") {
		r.pos += 2
	}
	switch r.at(0).name() {
	case "regclass", "regtype", "regnamespace", "regproc", "regprocedure", "regrole", "regoper", "regoperator":
		// An OID that is to be shown by its name.
		show := word(r.at(0).name() + "_name")
		r.out = slices.Insert(r.out, start, show, symbol("("))
		r.emit(symbol(")"))
		r.pos++
		return nil
	}
	r.emit(symbol("::"))
	r.emit(r.typeName()...)
	return nil
}

// arrayType reads ::name[] and says how many tokens that is; 0 if it is not.
func (r *rewriter) arrayType() (Token, int) {
	n := 1
	if r.at(1).name() == "pg_catalog" && r.at(2).is(".") {
		n = 3
	}
	if r.at(n).name() == "" || !r.at(n+1).is("[") || !r.at(n+2).is("]") {
		return Token{}, 0
	}
	return engineWord(r.at(n)), n + 3
}

// arrayLiteral writes '{a,b}' as a list.
func (r *rewriter) arrayLiteral(t, element Token) error {
	elements, err := arrayElements(t.Text)
	if err != nil {
		return err
	}
	r.emit(symbol("["))
	for i, e := range elements {
		if i > 0 {
			r.emit(symbol(","))
		}
		switch {
		case e == nil:
			r.emit(word("NULL"))
		case isNumber(*e):
			r.emit(Token{Number, *e})
		default:
			r.emit(text(*e))
		}
	}
	r.emit(symbol("]"))
	if element.Kind != 0 {
		r.emit(symbol("::"), element, symbol("["), symbol("]"))
	}
	r.pos++
	return nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil && s[0] != '+'
}

// operandStart finds in out where the operand that ends there begins: a name, a
// literal, a call, a subscript, something in parentheses.
func (r *rewriter) operandStart() int {
	i := len(r.out) - 1
	for i >= 0 {
		switch {
		case r.out[i].oneOf(")", "]"):
			i = r.matching(i)
			if i > 0 && (r.out[i-1].name() != "" || r.out[i-1].oneOf(")", "]")) && !r.out[i-1].oneOf("SELECT", "IN", "AND", "OR", "NOT", "ANY", "ALL", "WHERE", "ON", "WHEN", "THEN", "ELSE", "FROM", "AS") {
				i--
				continue
			}
		case r.out[i].Kind == Symbol && !r.out[i].is("."):
			return i + 1
		}
		if i > 1 && r.out[i-1].is(".") {
			i -= 2
			continue
		}
		return max(i, 0)
	}
	return 0
}

// matching is where the parenthesis or bracket that closes at i opens.
func (r *rewriter) matching(i int) int {
	depth := 0
	for ; i >= 0; i-- {
		switch {
		case r.out[i].oneOf(")", "]"):
			depth++
		case r.out[i].oneOf("(", "["):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return 0
}

// typeName reads the type at pos and gives DuckDB's. Only its first word is
// looked at; what follows, such as (10,2) or [], is copied by itself.
func (r *rewriter) typeName() []Token {
	if (r.at(0).name() == "pg_catalog" || r.at(0).name() == "information_schema") && r.at(1).is(".") {
		r.pos += 2
	}
	t := r.at(0)
	if t.name() == "" {
		return nil
	}
	r.pos++
	if slices.Contains([]string{"numeric", "decimal", "dec"}, t.name()) && r.at(0).is("(") {
		return []Token{t}
	}
	return []Token{engineWord(t)}
}

// engineWord is a type's name in DuckDB, or the token itself.
func engineWord(t Token) Token {
	if mapped := typeWord(t.name()); mapped != "" {
		return word(mapped)
	}
	return t
}

// typeWord names DuckDB's type for PostgreSQL's, where that differs. A numeric
// without digits is a double: DuckDB would cut it to three decimals.
func typeWord(name string) string {
	switch name {
	case "numeric", "decimal", "dec":
		return "DOUBLE"
	case "name", "char", "text", "citext", "xml", "inet", "cidr", "macaddr", "sql_identifier", "character_data", "yes_or_no",
		"pg_node_tree", "regproc", "aclitem", "regconfig", "regdictionary", "unknown", "cstring":
		return "VARCHAR"
	case "oid", "xid", "xid8", "cid", "cardinal_number":
		return "BIGINT"
	case "jsonb":
		return "JSON"
	case "int2vector", "oidvector":
		return "BIGINT[]"
	}
	return ""
}
