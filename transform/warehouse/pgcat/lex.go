package pgcat

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind says what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Word   Kind = iota + 1 // identifier or keyword, as written
	Quoted                 // "identifier"; Text is without its quotes
	String                 // 'text', E'text' or $$text$$; Text is its value
	Bits                   // x'ff' or b'01'; Text is as written
	Number                 // 1, 1.5e3, 0xff
	Param                  // $1; Text is the number
	Symbol                 // operators and punctuation
)

// Token is a word of SQL. Comments and spaces are not kept.
type Token struct {
	Kind Kind
	Text string
}

// is tells whether the token is the unquoted word, in any case, or the symbol.
func (t Token) is(text string) bool {
	return t.Kind == Symbol && t.Text == text || t.Kind == Word && strings.EqualFold(t.Text, text)
}

// oneOf tells whether the token is one of the unquoted words or symbols.
func (t Token) oneOf(texts ...string) bool {
	for _, s := range texts {
		if t.is(s) {
			return true
		}
	}
	return false
}

// name is the identifier that the token stands for, folded to lower case where
// it is not quoted; "" if it is none.
func (t Token) name() string {
	switch t.Kind {
	case Word:
		return strings.ToLower(t.Text)
	case Quoted:
		return t.Text
	}
	return ""
}

// append writes the token as SQL that DuckDB reads the same way.
func (t Token) append(b *strings.Builder) {
	switch t.Kind {
	case Quoted:
		quoteInto(b, t.Text, '"')
	case String:
		quoteInto(b, t.Text, '\'')
	case Param:
		b.WriteByte('$')
		b.WriteString(t.Text)
	default:
		b.WriteString(t.Text)
	}
}

func quoteInto(b *strings.Builder, s string, quote byte) {
	b.WriteByte(quote)
	b.WriteString(strings.ReplaceAll(s, string(quote), string(quote)+string(quote)))
	b.WriteByte(quote)
}

// Render writes tokens as SQL, with single spaces between them.
func Render(tokens []Token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		t.append(&b)
	}
	return b.String()
}

// Lex reads PostgreSQL's tokens. What it returns is rendered anew before any
// engine reads it, so a disagreement between two lexers cannot hide anything.
func Lex(sql string) ([]Token, error) {
	if !utf8.ValidString(sql) || strings.ContainsRune(sql, 0) {
		return nil, errorf(CodeEncoding, "invalid byte sequence for encoding \"UTF8\"")
	}
	l := &lexer{rest: sql}
	var out []Token
	for {
		if err := l.skip(); err != nil {
			return nil, err
		}
		if l.rest == "" {
			return out, nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		if out = append(out, t); len(out) > MaxTokens {
			return nil, errorf(CodeTooComplex, "the statement has more than %d words", MaxTokens)
		}
	}
}

type lexer struct{ rest string }

// skip passes spaces and comments; block comments nest.
func (l *lexer) skip() error {
	for {
		l.rest = strings.TrimLeft(l.rest, " \t\r\n\f\v\ufeff\u00a0")
		switch {
		case strings.HasPrefix(l.rest, "--"):
			i := strings.IndexAny(l.rest, "\r\n")
			if i < 0 {
				i = len(l.rest)
			}
			l.rest = l.rest[i:]
		case strings.HasPrefix(l.rest, "/*"):
			n := commentEnd(l.rest)
			if n < 0 {
				return errorf(CodeSyntax, "unterminated /* comment")
			}
			l.rest = l.rest[n:]
		default:
			return nil
		}
	}
}

func commentEnd(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); {
		switch s[i : i+2] {
		case "/*":
			depth, i = depth+1, i+2
		case "*/":
			if depth, i = depth-1, i+2; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return -1
}

func (l *lexer) next() (Token, error) {
	s := l.rest
	switch c := s[0]; {
	case c == '\'':
		return l.quoted(String, 0, '\'')
	case c == '"':
		t, err := l.quoted(Quoted, 0, '"')
		if err == nil && t.Text == "" {
			err = errorf(CodeSyntax, "zero-length delimited identifier")
		}
		return t, err
	case c == '$':
		return l.dollar()
	case isDigit(c), c == '.' && len(s) > 1 && isDigit(s[1]):
		return l.take(Number, numberEnd(s)), nil
	case isWordStart(c):
		return l.word()
	case strings.IndexByte("()[]{},;.", c) >= 0:
		return l.take(Symbol, 1), nil
	case strings.HasPrefix(s, "::"), strings.HasPrefix(s, ":="):
		return l.take(Symbol, 2), nil
	case c == ':':
		return l.take(Symbol, 1), nil
	case strings.IndexByte(operators, c) >= 0:
		return l.take(Symbol, operatorEnd(s)), nil
	default:
		r, _ := utf8.DecodeRuneInString(s)
		return Token{}, errorf(CodeSyntax, "syntax error at or near %q", string(r))
	}
}

const operators = "+-*/<>=~!@#%^&|`"

// operatorEnd follows PostgreSQL: an operator ends where a comment begins, and
// does not end in + or - unless it has a sign that standard SQL has not.
func operatorEnd(s string) int {
	n := 0
	for n < len(s) && strings.IndexByte(operators, s[n]) >= 0 {
		if rest := s[n:]; n > 0 && (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*")) {
			break
		}
		n++
	}
	for n > 1 && (s[n-1] == '+' || s[n-1] == '-') && !strings.ContainsAny(s[:n-1], "~!@#%^&|`") {
		n--
	}
	return n
}

func (l *lexer) take(k Kind, n int) Token {
	t := Token{k, l.rest[:n]}
	l.rest = l.rest[n:]
	return t
}

// quoted reads a text whose closing quote is the first one not doubled.
func (l *lexer) quoted(k Kind, prefix int, quote byte) (Token, error) {
	s := l.rest[prefix+1:]
	var b strings.Builder
	for {
		i := strings.IndexByte(s, quote)
		if i < 0 {
			return Token{}, errorf(CodeSyntax, "unterminated quoted text")
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; s == "" || s[0] != quote {
			l.rest = s
			return Token{k, b.String()}, nil
		}
		b.WriteByte(quote)
		s = s[1:]
	}
}

func (l *lexer) word() (Token, error) {
	s := l.rest
	if len(s) > 1 && s[1] == '\'' {
		switch s[0] {
		case 'e', 'E':
			return l.escaped()
		case 'n', 'N':
			return l.quoted(String, 1, '\'')
		case 'b', 'B', 'x', 'X':
			return l.bits()
		}
	}
	n := 1
	for n < len(s) && (isWordStart(s[n]) || isDigit(s[n]) || s[n] == '$') {
		n++
	}
	return l.take(Word, n), nil
}

func (l *lexer) bits() (Token, error) {
	prefix := l.rest[:1]
	t, err := l.quoted(Bits, 1, '\'')
	if strings.Trim(t.Text, "0123456789abcdefABCDEF") != "" {
		return t, errorf(CodeSyntax, "a binary literal holds digits only")
	}
	return Token{Bits, prefix + "'" + t.Text + "'"}, err
}

// dollar reads $1 and $tag$text$tag$.
func (l *lexer) dollar() (Token, error) {
	s := l.rest
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n > 1 {
		number := s[1:n]
		if i, err := strconv.Atoi(number); err != nil || i < 1 || i > MaxParams {
			return Token{}, errorf(CodeUndefinedParameter, "there is no parameter $%s", number)
		}
		l.rest = s[n:]
		return Token{Param, number}, nil
	}
	for n < len(s) && (isWordStart(s[n]) || isDigit(s[n])) {
		n++
	}
	if n == len(s) || s[n] != '$' {
		return Token{}, errorf(CodeSyntax, "syntax error at or near \"$\"")
	}
	tag := s[:n+1]
	end := strings.Index(s[n+1:], tag)
	if end < 0 {
		return Token{}, errorf(CodeSyntax, "unterminated dollar-quoted text")
	}
	l.rest = s[n+1+end+len(tag):]
	return Token{String, s[n+1 : n+1+end]}, nil
}

// escaped reads E'text' with C's escapes.
func (l *lexer) escaped() (Token, error) {
	s := l.rest[2:]
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\'' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i += 2
		case c == '\'':
			l.rest = s[i+1:]
			if text := b.String(); utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
				return Token{String, text}, nil
			}
			return Token{}, errorf(CodeEncoding, "invalid byte sequence for encoding \"UTF8\"")
		case c == '\\' && i+1 < len(s):
			n, err := escape(&b, s[i+1:])
			if err != nil {
				return Token{}, err
			}
			i += 1 + n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return Token{}, errorf(CodeSyntax, "unterminated quoted text")
}

// escape writes what stands behind a backslash and returns its length.
func escape(b *strings.Builder, s string) (int, error) {
	if i := strings.IndexByte("bfnrt", s[0]); i >= 0 {
		b.WriteByte("\b\f\n\r\t"[i])
		return 1, nil
	}
	digits, base, skip, limit := "01234567", 8, 0, 3
	switch s[0] {
	case 'x':
		digits, base, skip, limit = hexDigits, 16, 1, 2
	case 'u':
		digits, base, skip, limit = hexDigits, 16, 1, 4
	case 'U':
		digits, base, skip, limit = hexDigits, 16, 1, 8
	}
	n := skip
	for n < len(s) && n-skip < limit && strings.IndexByte(digits, s[n]) >= 0 {
		n++
	}
	if n == skip { // any other sign stands for itself
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		return size, nil
	}
	v, err := strconv.ParseUint(s[skip:n], base, 32)
	if err != nil {
		return 0, errorf(CodeSyntax, "invalid escape")
	}
	if s[0] == 'u' || s[0] == 'U' {
		b.WriteRune(rune(v))
	} else {
		b.WriteByte(byte(v))
	}
	return n, nil
}

const hexDigits = "0123456789abcdefABCDEF"

func numberEnd(s string) int {
	n := 0
	digits := func() {
		for n < len(s) && (isDigit(s[n]) || s[n] == '_') {
			n++
		}
	}
	if len(s) > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		n = 2
		for n < len(s) && strings.IndexByte(hexDigits, s[n]) >= 0 {
			n++
		}
		return n
	}
	digits()
	if n < len(s) && s[n] == '.' {
		n++
		digits()
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		mark := n
		if n++; n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		if n == len(s) || !isDigit(s[n]) {
			return mark
		}
		digits()
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

// Error is why a statement fails, for its sender.
type Error struct {
	Code    string // SQLSTATE
	Message string
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// SQLState is PostgreSQL's code for the error.
func (e *Error) SQLState() string { return e.Code }

// SQLSTATEs, from PostgreSQL's appendix A.
const (
	CodeEncoding           = "22021"
	CodeReadOnly           = "25006"
	CodeDenied             = "42501"
	CodeSyntax             = "42601"
	CodeUndefinedParameter = "42P02"
	CodeUndefinedTable     = "42P01"
	CodeTooLarge           = "54000"
	CodeTooComplex         = "54001"
	CodeNotSupported       = "0A000"
)

// Bounds of a statement. DuckDB's planner cannot be interrupted, and these keep
// it under a second (5,900 ANDs: 0.3 s).
const (
	MaxBytes  = 128 << 10
	MaxTokens = 12_000
	MaxParams = 1_000
)

func errorf(code, format string, args ...any) error {
	return &Error{code, fmt.Sprintf(format, args...)}
}
