package text

import (
	"bytes"
	"unicode/utf8"
)

// logLevel says what a line of a log is worth.
type logLevel uint8

const (
	notLog logLevel = iota
	logNoise
	logError // its message tells what happened, and stays
)

// logLine tells whether a line was written by a program's log: it starts with
// a time of day and seconds, or with a level in brackets. It gives where the
// message starts.
func logLine(t []byte) (level logLevel, from int) {
	i := 0
	for i < len(t) && i < 48 && (isDigit(t[i]) || bytes.IndexByte([]byte("-/:.,[]()TZ +"), t[i]) >= 0) {
		i++
	}
	stamp := bytes.Count(t[:i], []byte{':'}) >= 2 && i >= 8
	if i == 0 && len(t) > 16 && isUpper(t[0]) && t[3] == ' ' && bytes.Count(t[:16], []byte{':'}) == 2 { // "Apr 24 12:04:05"
		stamp, i = true, 15
	}
	bracketed := t[0] == '['
	if !stamp && !bracketed {
		return notLog, 0
	}
	word, end := levelWord(t[i:])
	switch {
	case word == notLog && !stamp:
		return notLog, 0
	case word != logError:
		return logNoise, 0
	}
	from = i + end
	for from < len(t) && !isWord(t[from]) && t[from] < utf8.RuneSelf {
		if t[from] == '[' || t[from] == '(' { // a thread, a class
			from += max(0, bytes.IndexAny(t[from:], "])"))
		}
		from++
	}
	if from == len(t) || endsCode(t) || isFrame(t[from:]) {
		return logNoise, 0
	}
	return logError, from
}

// levelWord finds the level among the first words of a log line, and where it
// ends.
func levelWord(t []byte) (level logLevel, end int) {
	const near = 48 // bytes in which the level stands
	t = t[:min(len(t), near)]
	for i := 0; i < len(t); {
		if !isAlpha(t[i]) {
			i++
			continue
		}
		j := i
		for j < len(t) && isAlpha(t[j]) {
			j++
		}
		switch string(bytes.ToUpper(t[i:j])) {
		case "ERROR", "FATAL", "SEVERE", "CRITICAL", "ERR":
			return logError, j
		case "INFO", "DEBUG", "TRACE", "WARN", "WARNING", "NOTICE", "VERBOSE":
			return logNoise, j
		}
		i = j
	}
	return notLog, 0
}

// isCode tells whether a line is source code or output rather than prose. A
// line after code, or indented after an empty one, needs fewer signs.
func isCode(t []byte, indent int, blank, after bool) bool {
	if len(t) <= longLine && (endsCode(t) || t[0] == '<' && t[len(t)-1] == '>' ||
		hasAnyPrefix(t, "//", "/*", "*/", "#include", "<?xml", "<?php", "$ ", "@@ ", "diff --git")) {
		return true
	}
	signs, chars := 0, 0
	for _, c := range t {
		switch {
		case c >= utf8.RuneSelf:
			return false
		case isBlank(c):
		case isWord(c):
			chars++
		default:
			chars++
			if bytes.IndexByte([]byte("{}()[];=<>|&\\/+*$#@%^~\""), c) >= 0 {
				signs++
			}
		}
	}
	switch {
	case chars >= 12 && signs*4 >= chars:
		return true
	case len(t) > longLine:
		return false
	case after && (t[len(t)-1] == ',' || signs*8 >= chars):
		return true
	case indent >= 4 || indent > 0 && t[0] != '*' && blank:
		return (blank || after) && signs*10 >= chars
	}
	return false
}

// endsCode tells whether a line ends as statements and blocks do.
func endsCode(t []byte) bool {
	switch t[len(t)-1] {
	case '{':
		return true
	case '}':
		return len(t) < 4 || bytes.IndexByte(t, '{') < 0
	case ';':
		return bytes.ContainsAny(t, "()=[]{}")
	}
	return bytes.HasSuffix(t, []byte("});")) || bytes.HasSuffix(t, []byte("})")) || bytes.HasSuffix(t, []byte("},"))
}

func hasAnyPrefix(t []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if bytes.HasPrefix(t, []byte(p)) {
			return true
		}
	}
	return false
}
