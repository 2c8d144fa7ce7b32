// Package pgcat lets PostgreSQL's clients talk to DuckDB: it reads their SQL,
// rewrites what DuckDB says differently, refuses what a reader must not do, and
// writes the catalogue that they look into. It only handles text; package
// warehouse runs it.
package pgcat

import "strings"

// Statement is one statement of a client's text.
type Statement struct {
	Tokens []Token
}

// Split reads a text of statements separated by semicolons. Empty ones are
// dropped, so that a comment alone gives none.
func Split(sql string) ([]Statement, error) {
	if len(sql) > MaxBytes {
		return nil, errorf(CodeTooLarge, "the text has %d bytes; %d are the most", len(sql), MaxBytes)
	}
	tokens, err := Lex(sql)
	if err != nil {
		return nil, err
	}
	var out []Statement
	start := 0
	for i := 0; i <= len(tokens); i++ {
		if i < len(tokens) && !tokens[i].is(";") {
			continue
		}
		if i > start {
			out = append(out, Statement{Tokens: tokens[start:i]})
		}
		start = i + 1
	}
	return out, nil
}

// Verb is the first word in upper case; "" if the statement begins otherwise,
// such as with a parenthesis.
func (s Statement) Verb() string {
	if s.Tokens[0].Kind != Word {
		return ""
	}
	return strings.ToUpper(s.Tokens[0].Text)
}

// Words are the texts of the tokens: identifiers without quotes, strings their
// value.
func (s Statement) Words() []string {
	words := make([]string, len(s.Tokens))
	for i, t := range s.Tokens {
		words[i] = t.Text
	}
	return words
}

// SQL renders the statement.
func (s Statement) SQL() string { return Render(s.Tokens) }

// Masked renders the statement with a question mark for each literal.
func (s Statement) Masked() string {
	masked := make([]Token, len(s.Tokens))
	for i, t := range s.Tokens {
		if t.Kind == String || t.Kind == Number || t.Kind == Bits {
			t = Token{Symbol, "?"}
		}
		masked[i] = t
	}
	return Render(masked)
}

// Mask renders a text with a question mark for each literal; one that cannot be
// read is not shown at all.
func Mask(sql string) string {
	statements, err := Split(sql)
	if err != nil {
		return "(unreadable)"
	}
	parts := make([]string, len(statements))
	for i, s := range statements {
		parts[i] = s.Masked()
	}
	return strings.Join(parts, "; ")
}
