package pgwire

import (
	"io"
	"slices"
	"strings"
)

// utility answers a statement without the engine. With rows, tag is their verb.
type utility func(x *session, words []string) (rows Rows, tag string, err error)

// utilities are the statements about the session itself. They never reach the
// engine, whose connections are shared.
func utilities(verb string) (utility, bool) {
	switch verb {
	case "BEGIN", "START":
		return (*session).begin, true
	case "COMMIT", "END":
		return (*session).commit, true
	case "ROLLBACK", "ABORT":
		return (*session).rollback, true
	case "SAVEPOINT", "RELEASE":
		return (*session).savepoint, true
	case "SET":
		return (*session).setCommand, true
	case "RESET":
		return (*session).resetCommand, true
	case "SHOW":
		return (*session).show, true
	case "DISCARD":
		return (*session).discard, true
	case "DEALLOCATE":
		return (*session).deallocateCommand, true
	case "CLOSE":
		return (*session).closeCommand, true
	case "UNLISTEN":
		return func(*session, []string) (Rows, string, error) { return nil, "UNLISTEN", nil }, true
	}
	return nil, false
}

func endsTransaction(verb string) bool {
	return slices.Contains([]string{"COMMIT", "END", "ROLLBACK", "ABORT"}, verb)
}

// refused is the allow-list of statements: what may go to the engine. The
// engine checks anew what it is given.
func refused(verb string) error {
	switch verb {
	case "SELECT", "WITH", "VALUES", "TABLE", "FROM", "EXPLAIN", "":
		return nil
	case "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "REINDEX",
		"CLUSTER", "REFRESH", "LOCK", "VACUUM", "ANALYZE", "REASSIGN", "SECURITY":
		return &Error{Code: "25006", Message: "cannot execute " + verb + " in a read-only transaction"}
	case "COPY", "ATTACH", "DETACH", "INSTALL", "LOAD", "PRAGMA", "CALL", "EXPORT", "IMPORT", "CHECKPOINT", "FORCE", "USE", "DO", "UPDATE_EXTENSIONS":
		return &Error{Code: "42501", Message: "permission denied for " + verb}
	case "PREPARE", "EXECUTE", "DECLARE", "FETCH", "MOVE", "LISTEN", "NOTIFY", "DESCRIBE", "SUMMARIZE", "PIVOT", "UNPIVOT":
		return &Error{Code: "0A000", Message: verb + " is not supported"}
	}
	return &Error{Code: "42601", Message: "syntax error at or near \"" + verb + "\""}
}

func (x *session) begin([]string) (Rows, string, error) {
	x.tx = 'T'
	return nil, "BEGIN", nil
}

func (x *session) commit([]string) (Rows, string, error) {
	tag := "COMMIT"
	if x.tx == 'E' {
		tag = "ROLLBACK"
	}
	x.tx = 'I'
	return nil, tag, nil
}

func (x *session) rollback(words []string) (Rows, string, error) {
	if len(words) > 1 && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "TO") }) {
		if x.tx == 'E' {
			x.tx = 'T'
		}
		return nil, "ROLLBACK", nil
	}
	x.tx = 'I'
	return nil, "ROLLBACK", nil
}

func (x *session) savepoint(words []string) (Rows, string, error) {
	if x.tx == 'I' {
		return nil, "", &Error{Code: "25P01", Message: strings.ToUpper(words[0]) + " can only be used in transaction blocks"}
	}
	return nil, strings.ToUpper(words[0]), nil
}

// setCommand takes SET [SESSION|LOCAL] name {TO|=} value and its relatives.
func (x *session) setCommand(words []string) (Rows, string, error) {
	rest := words[1:]
	if len(rest) > 1 && (strings.EqualFold(rest[0], "SESSION") || strings.EqualFold(rest[0], "LOCAL")) {
		rest = rest[1:]
	}
	upper := func(i int) string {
		if i < len(rest) {
			return strings.ToUpper(rest[i])
		}
		return ""
	}
	switch {
	case upper(0) == "TRANSACTION", upper(0) == "CHARACTERISTICS":
		return nil, "SET", nil // every statement is read-only and sees one snapshot
	case upper(0) == "AUTHORIZATION", upper(0) == "ROLE":
		return nil, "", &Error{Code: "42501", Message: "permission denied to set role"}
	case upper(0) == "TIME" && upper(1) == "ZONE":
		return nil, "SET", x.settings.set("timezone", strings.Join(rest[2:], " "))
	case upper(0) == "NAMES":
		return nil, "SET", x.settings.set("client_encoding", strings.Join(rest[1:], ""))
	}
	at := slices.IndexFunc(rest, func(w string) bool { return w == "=" || strings.EqualFold(w, "TO") })
	if at < 1 || at+1 >= len(rest) {
		return nil, "", &Error{Code: "42601", Message: "syntax error in SET"}
	}
	name, value := strings.Join(rest[:at], ""), strings.ReplaceAll(strings.Join(rest[at+1:], " "), " , ", ", ")
	if strings.EqualFold(value, "DEFAULT") {
		x.settings.reset(name)
		return nil, "SET", nil
	}
	return nil, "SET", x.settings.set(name, value)
}

func (x *session) resetCommand(words []string) (Rows, string, error) {
	name := strings.Join(words[1:], "")
	if name == "" {
		return nil, "", &Error{Code: "42601", Message: "syntax error at end of input"}
	}
	if strings.EqualFold(name, "ALL") {
		clear(x.settings.values)
	} else {
		x.settings.reset(name)
	}
	return nil, "RESET", nil
}

// settingName is what SHOW asks for.
func settingName(words []string) string {
	name := strings.ToLower(strings.Join(words[1:], ""))
	switch name {
	case "timezone", "transactionisolationlevel":
		return map[string]string{"timezone": "TimeZone", "transactionisolationlevel": "transaction_isolation"}[name]
	}
	return name
}

func (x *session) show(words []string) (Rows, string, error) {
	rows := &fixedRows{columns: utilityColumns(words)}
	name := settingName(words)
	if name == "all" {
		for _, k := range x.settings.all {
			value, _ := x.settings.get(k.name)
			rows.rows = append(rows.rows, []any{k.name, value, ""})
		}
		return rows, "SHOW", nil
	}
	value, ok := x.settings.get(name)
	if !ok {
		return nil, "", &Error{Code: "42704", Message: "unrecognized configuration parameter \"" + name + "\""}
	}
	rows.rows = [][]any{{value}}
	return rows, "SHOW", nil
}

// utilityColumns are the columns of what a utility gives: only SHOW has any.
func utilityColumns(words []string) []Column {
	if !strings.EqualFold(words[0], "SHOW") {
		return nil
	}
	names := []string{settingName(words)}
	if names[0] == "all" {
		names = []string{"name", "setting", "description"}
	}
	columns := make([]Column, len(names))
	for i, n := range names {
		columns[i] = Column{Name: n, OID: oidText, Typmod: -1, Len: -1}
	}
	return columns
}

func (x *session) discard(words []string) (Rows, string, error) {
	if len(words) > 1 && strings.EqualFold(words[1], "ALL") {
		x.closePortals()
		x.deallocateAll()
		clear(x.settings.values)
		return nil, "DISCARD ALL", nil
	}
	return nil, strings.ToUpper(strings.Join(words, " ")), nil
}

func (x *session) deallocateCommand(words []string) (Rows, string, error) {
	name := words[len(words)-1]
	if strings.EqualFold(name, "ALL") {
		x.deallocateAll()
		return nil, "DEALLOCATE ALL", nil
	}
	if !x.deallocate(name) {
		return nil, "", &Error{Code: "26000", Message: "prepared statement \"" + name + "\" does not exist"}
	}
	return nil, "DEALLOCATE", nil
}

func (x *session) closeCommand(words []string) (Rows, string, error) {
	if len(words) == 2 && strings.EqualFold(words[1], "ALL") {
		return nil, "CLOSE CURSOR ALL", nil
	}
	return nil, "", &Error{Code: "34000", Message: "there is no such cursor"}
}

// fixedRows is a result made here.
type fixedRows struct {
	columns []Column
	rows    [][]any
}

// Columns implements Rows.
func (r *fixedRows) Columns() []Column { return r.columns }

// Next implements Rows.
func (r *fixedRows) Next() ([]any, error) {
	if len(r.rows) == 0 {
		return nil, io.EOF
	}
	row := r.rows[0]
	r.rows = r.rows[1:]
	return row, nil
}

// Close implements Rows.
func (r *fixedRows) Close() {}
