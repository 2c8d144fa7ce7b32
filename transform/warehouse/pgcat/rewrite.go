package pgcat

import (
	"slices"
	"strconv"
	"strings"
)

// Session is what a statement may ask about its session.
type Session struct {
	User string
	PID  uint32
	// Setting answers SHOW name and current_setting('name').
	Setting func(name string) (string, bool)
	// Params are the types that the client declared for $1, $2 …; 0 and what
	// is missing is for the engine to infer.
	Params []uint32
}

// Database is the one database there is.
const Database = "ticketmill"

// SearchPath lists the schemas whose tables need no schema in a statement.
func SearchPath() []string { return []string{defaultSchema, "ops"} }

const defaultSchema = "marts"

// Rewrite turns a statement of PostgreSQL's dialect into DuckDB's. It works on
// tokens and never looks into literals, except where a literal is the name of
// something.
func Rewrite(s Statement, session Session) ([]Token, error) {
	r := &rewriter{in: s.Tokens, session: session, frames: []frame{{}}}
	for r.pos < len(r.in) {
		if err := r.step(); err != nil {
			return nil, err
		}
	}
	return r.out, nil
}

// rewriter reads tokens from in and appends to out.
type rewriter struct {
	in      []Token
	pos     int
	out     []Token
	session Session
	frames  []frame // of open parentheses
}

// frame is what the rewriter knows of the innermost parenthesis.
type frame struct {
	clause string // SELECT, FROM or ""
	cast   bool   // CAST( … AS type)
	start  int    // in out: the first token of what was called, or the parenthesis
	alias  bool   // a function in FROM that must get a column name with its alias
	scalar bool   // … and that DuckDB does not take there at all
	toChar bool   // to_char( … , 'format')
}

func (r *rewriter) at(i int) Token {
	if j := r.pos + i; j >= 0 && j < len(r.in) {
		return r.in[j]
	}
	return Token{}
}

func (r *rewriter) last() Token {
	if len(r.out) == 0 {
		return Token{}
	}
	return r.out[len(r.out)-1]
}

func (r *rewriter) top() *frame { return &r.frames[len(r.frames)-1] }

func (r *rewriter) emit(tokens ...Token) { r.out = append(r.out, tokens...) }

func word(s string) Token   { return Token{Word, s} }
func symbol(s string) Token { return Token{Symbol, s} }
func text(s string) Token   { return Token{String, s} }

// step rewrites what stands at pos.
func (r *rewriter) step() error {
	t := r.at(0)
	switch {
	case t.Kind == Symbol:
		return r.symbol(t)
	case t.Kind == Param:
		return r.param(t)
	case t.Kind == String && r.last().is("(") && len(r.out) > 1 && r.out[len(r.out)-2].oneOf("ANY", "ALL", "SOME") && r.at(1).is(")"):
		return r.arrayLiteral(t, Token{})
	case t.name() != "":
		return r.name(t)
	}
	r.emit(t)
	r.pos++
	return nil
}

func (r *rewriter) symbol(t Token) error {
	switch t.Text {
	case "(":
		r.open()
	case ")":
		r.close()
	case "::":
		return r.cast()
	case "~", "~*", "!~", "!~*":
		// DuckDB's ~ must match the whole text; these are macros.
		r.emit(symbol("@" + t.Text))
		r.pos++
	default:
		r.emit(t)
		r.pos++
	}
	return nil
}

func (r *rewriter) open() {
	f := frame{start: len(r.out)}
	if r.last().name() != "" {
		f.start--
		for f.start > 1 && r.out[f.start-1].is(".") {
			f.start -= 2
		}
		switch r.last().name() {
		case "cast", "try_cast":
			f.cast = r.last().Kind == Word
		case "to_char":
			f.toChar = true
		case "unnest", "generate_series", "string_to_array", "parse_ident", "current_schemas":
			before := Token{}
			if f.start > 0 {
				before = r.out[f.start-1]
			}
			f.alias = r.top().clause == "FROM" && before.oneOf("FROM", "JOIN", ",", "LATERAL")
			f.scalar = f.alias && !slices.Contains([]string{"unnest", "generate_series"}, r.last().name())
		}
	}
	r.emit(symbol("("))
	r.frames = append(r.frames, f)
	r.pos++
}

func (r *rewriter) close() {
	f := *r.top()
	if len(r.frames) > 1 {
		r.frames = r.frames[:len(r.frames)-1]
	}
	if n := len(r.out); f.toChar && n > 1 && r.out[n-1].Kind == String && r.out[n-2].is(",") {
		r.out[f.start] = word("strftime")
		r.out[n-1] = text(timeFormat(r.out[n-1].Text))
	}
	r.emit(symbol(")"))
	r.pos++
	if f.alias {
		r.aliasColumn(f)
	}
}

// timeFormat turns to_char's patterns for times into strftime's. (PostgreSQL's
// table 9.27; what is not in it stands for itself.)
func timeFormat(format string) string {
	return strings.NewReplacer(
		"%", "%%", "YYYY", "%Y", "IYYY", "%G", "YY", "%y", "IW", "%V", "Month", "%B", "Mon", "%b", "MM", "%m", "DDD", "%j", "DD", "%d",
		"ID", "%u", "Day", "%A", "Dy", "%a", "HH24", "%H", "HH12", "%I", "HH", "%I", "MI", "%M", "SS", "%S", "MS", "%g", "US", "%f",
		"AM", "%p", "PM", "%p", "TZ", "%Z", "FM", "", `"`, "",
	).Replace(format)
}

// aliasColumn names the column of a function in FROM after its alias, as
// PostgreSQL does: DuckDB would make the alias a struct.
func (r *rewriter) aliasColumn(f frame) {
	n := 0
	if r.at(0).is("AS") {
		n = 1
	}
	alias := r.at(n)
	if alias.name() == "" || n == 0 && alias.Kind == Word && isClauseWord(alias.Text) || r.at(n+1).is("(") {
		return
	}
	if f.scalar {
		call := append([]Token{symbol("("), word("SELECT")}, r.out[f.start:]...)
		r.out = append(r.out[:f.start], append(call, symbol(")"))...)
	}
	r.emit(word("AS"), alias, symbol("("), alias, symbol(")"))
	r.pos += n + 1
}

func isClauseWord(s string) bool {
	return slices.Contains([]string{
		"WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "JOIN", "LEFT", "RIGHT",
		"FULL", "INNER", "CROSS", "NATURAL", "ON", "USING", "WITH", "WINDOW", "FETCH", "QUALIFY", "LATERAL",
	}, strings.ToUpper(s))
}

// param gives a declared parameter its type; the engine infers the others.
func (r *rewriter) param(t Token) error {
	n, err := strconv.Atoi(t.Text)
	if err != nil {
		return errorf(CodeUndefinedParameter, "there is no parameter $%s", t.Text)
	}
	r.pos++
	if r.at(0).is("::") { // it says itself what it is; a cast of a cast would take it twice
		if to, ok := r.castsToName(); ok {
			r.emit(to, symbol("("), word("CAST"), symbol("("), t, word("AS"), word("VARCHAR"), symbol(")"), symbol(")"))
			return nil
		}
	}
	if n > len(r.session.Params) || r.session.Params[n-1] == 0 {
		r.emit(t)
		if k := len(r.out); r.at(0).is(")") && k > 2 && r.out[k-2].is("(") && r.out[k-3].oneOf("ANY", "ALL", "SOME") {
			r.emit(symbol("::"), word("VARCHAR"), symbol("["), symbol("]")) // the engine does not infer this
		}
		return nil
	}
	duck := DuckType(r.session.Params[n-1])
	if duck == "" {
		return errorf(CodeNotSupported, "parameter $%d has a type that is not supported (OID %d)", n, r.session.Params[n-1])
	}
	r.emit(word("CAST"), symbol("("), t, word("AS"), word(duck), symbol(")"))
	return nil
}

// castsToName reads ::regclass and the like behind a literal, which look up a
// name.
func (r *rewriter) castsToName() (function Token, ok bool) {
	n := 1
	if r.at(n).name() == "pg_catalog" && r.at(n+1).is(".") {
		n += 2
	}
	switch name := r.at(n).name(); name {
	case "regclass", "regtype", "regnamespace", "regproc", "regprocedure", "regrole":
		r.pos += n + 1
		return word("to_" + name), true
	}
	return Token{}, false
}

// name rewrites identifiers and keywords.
func (r *rewriter) name(t Token) error {
	if r.last().is(".") { // a part of a longer name
		r.emit(t)
		r.pos++
		return nil
	}
	if r.qualified(t) {
		return nil
	}
	if t.Kind == Word {
		if done := r.keyword(t); done {
			return nil
		}
	}
	if r.at(1).is("(") {
		if done := r.call(t); done {
			return nil
		}
	}
	r.emit(t)
	r.pos++
	return nil
}

// qualified rewrites names that begin with a schema of PostgreSQL's own, or
// with the database.
func (r *rewriter) qualified(t Token) bool {
	if !r.at(1).is(".") {
		return false
	}
	switch t.name() {
	case Database:
		if r.at(3).is(".") { // database.schema.table
			r.pos += 2
			return true
		}
	case "pg_catalog":
		next := r.at(2)
		r.pos += 2
		if !r.at(1).is("(") && isRelation(next.name()) {
			r.emit(word("pgcat"), symbol("."))
		}
		return true
	case "information_schema":
		next := r.at(2)
		if r.at(3).is("(") { // a function
			r.pos += 2
			return true
		}
		r.pos += 3
		r.emit(word("pgcat"), symbol("."), Token{Quoted, "is_" + strings.ToLower(next.Text)})
		if !r.at(0).is(".") && !r.at(0).is("AS") && (r.at(0).name() == "" || r.at(0).Kind == Word && isClauseWord(r.at(0).Text)) {
			// columns may be named after the table
			r.emit(word("AS"), Token{Quoted, strings.ToLower(next.Text)})
		}
		return true
	}
	return false
}

// keyword follows the clauses and replaces what asks about the session.
func (r *rewriter) keyword(t Token) bool {
	switch upper := strings.ToUpper(t.Text); upper {
	case "SELECT":
		r.top().clause = "SELECT"
	case "FROM":
		if r.top().clause == "SELECT" && !r.last().is("DISTINCT") {
			r.top().clause = "FROM"
		}
	case "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "EXCEPT", "INTERSECT":
		r.top().clause = ""
	case "COLLATE":
		return r.collate()
	case "OPERATOR":
		return r.operator()
	case "AS":
		if r.top().cast {
			r.emit(t)
			r.pos++
			r.emit(r.typeName()...)
			return true
		}
	case "CURRENT_USER", "SESSION_USER", "USER", "CURRENT_ROLE", "CURRENT_CATALOG":
		if !r.at(1).is(".") && !r.at(1).is("(") && !r.last().is("AS") {
			value := r.session.User
			if upper == "CURRENT_CATALOG" {
				value = Database
			}
			r.emit(text(value))
			r.pos++
			return true
		}
	case "CURRENT_SCHEMA":
		if !r.at(1).is("(") {
			r.emit(text(defaultSchema))
			r.pos++
			return true
		}
	}
	return false
}

// collate drops the collations that mean nothing here.
func (r *rewriter) collate() bool {
	n := 1
	if r.at(1).name() == "pg_catalog" && r.at(2).is(".") {
		n = 3
	}
	switch r.at(n).name() {
	case "default", "C", "c", "POSIX", "ucs_basic":
		r.pos += n + 1
		return true
	}
	return false
}

// operator rewrites OPERATOR(pg_catalog.~).
func (r *rewriter) operator() bool {
	if !r.at(1).is("(") {
		return false
	}
	n := 2
	if r.at(3).is(".") {
		n = 4
	}
	if r.at(n).Kind != Symbol || !r.at(n+1).is(")") {
		return false
	}
	op := r.at(n)
	r.pos += n + 2
	if slices.Contains([]string{"~", "~*", "!~", "!~*"}, op.Text) {
		op.Text = "@" + op.Text
	}
	r.emit(op)
	return true
}

// call replaces functions whose answer the session knows.
func (r *rewriter) call(t Token) bool {
	switch t.name() {
	case "current_setting":
		return r.currentSetting()
	case "set_config":
		if r.at(2).Kind != String || !r.at(3).is(",") || r.at(4).Kind != String || !r.at(5).is(",") || !r.at(7).is(")") {
			return false
		}
		r.emit(r.at(4)) // answered, without an effect
		r.pos += 8
	case "current_database", "current_catalog":
		return r.answer(text(Database))
	case "current_schema":
		return r.answer(text(defaultSchema))
	case "pg_backend_pid":
		return r.answer(Token{Number, strconv.FormatUint(uint64(r.session.PID), 10)})
	default:
		return false
	}
	return true
}

// currentSetting answers for a literal name; others are looked up in
// pg_settings. The engine's own function would tell about the engine.
func (r *rewriter) currentSetting() bool {
	end := 3
	if r.at(3).is(",") {
		end = 5
	}
	if r.at(2).Kind == String && r.at(end).is(")") {
		if v, ok := r.session.Setting(r.at(2).Text); ok || end == 5 {
			if !ok {
				r.emit(word("NULL"))
			} else {
				r.emit(text(v))
			}
			r.pos += end + 1
			return true
		}
	}
	r.emit(word("pg_setting"))
	r.pos++
	return true
}

// answer replaces a call without arguments.
func (r *rewriter) answer(t Token) bool {
	if !r.at(2).is(")") {
		return false
	}
	r.emit(t)
	r.pos += 3
	return true
}
