package text

import "bytes"

// traceKind is the kind of stack trace whose lines follow one another.
type traceKind uint8

const (
	noTrace     traceKind = iota
	pythonTrace           // until the line that names the error
	goTrace               // until an empty line
)

// inTrace tells whether a line belongs to a stack trace and tells nothing but
// places in the code. Java, C#, JavaScript, Python, Go, Ruby, PHP, Rust and
// native traces are known.
func (s *splitter) inTrace(t []byte, indent int) bool {
	switch s.trace {
	case goTrace:
		return true
	case pythonTrace:
		if indent > 0 || bytes.HasPrefix(t, []byte("File \"")) {
			return true
		}
		s.trace = noTrace
		return false
	}
	switch {
	case bytes.HasPrefix(t, []byte("Traceback (most recent call last)")):
		s.trace = pythonTrace
		return true
	case bytes.HasPrefix(t, []byte("goroutine ")) && t[len(t)-1] == ':':
		s.trace = goTrace
		return true
	}
	return isFrame(t)
}

// isFrame tells whether a line is one frame of a stack trace, or stands
// between frames.
func isFrame(t []byte) bool {
	switch t[0] {
	case 'a':
		return isAtFrame(t)
	case 'F':
		return bytes.HasPrefix(t, []byte("File \"")) && bytes.Contains(t, []byte("\", line "))
	case 'f':
		return bytes.HasPrefix(t, []byte("from ")) && bytes.Contains(t, []byte(":in "))
	case 't':
		return bytes.HasPrefix(t, []byte("thrown in ")) && bytes.Contains(t, []byte(" on line "))
	case 'n':
		return bytes.HasPrefix(t, []byte("note: run with ")) || bytes.HasPrefix(t, []byte("note: Run with "))
	case 's', 'S':
		return hasFold(string(t[:min(len(t), 16)]), "stack trace:") || hasFold(string(t[:min(len(t), 16)]), "stack backtrace:") || string(t) == "stacktrace:"
	case '.':
		return bytes.HasPrefix(t, []byte("... ")) && bytes.HasSuffix(t, []byte(" more"))
	case '-':
		return bytes.HasPrefix(t, []byte("--- End of "))
	case '#':
		return len(t) > 3 && isDigit(t[1]) && (bytes.Contains(t, []byte("): ")) || bytes.Contains(t, []byte("{main}")) || bytes.Contains(t, []byte(" in ")) && bytes.Contains(t, []byte("0x")))
	}
	if isDigit(t[0]) { // "12   CoreFoundation   0x01c9 …" and "3: std::panicking::begin"
		n := 0
		for n < len(t) && isDigit(t[n]) {
			n++
		}
		rest := t[n:]
		return bytes.HasPrefix(rest, []byte("  ")) && bytes.Contains(rest, []byte(" 0x")) ||
			bytes.HasPrefix(rest, []byte(": ")) && (bytes.Contains(rest, []byte("::")) || bytes.Contains(rest, []byte("0x")))
	}
	return false
}

// isAtFrame tells whether a line is a frame that starts with "at": one word
// with a bracket, or a place in a file.
func isAtFrame(t []byte) bool {
	rest, ok := bytes.CutPrefix(t, []byte("at "))
	if !ok {
		return false
	}
	rest = bytes.TrimPrefix(rest, []byte("async "))
	rest = bytes.TrimPrefix(rest, []byte("new "))
	if bytes.HasPrefix(rest, []byte("/")) {
		return true
	}
	paren := bytes.IndexByte(rest, '(')
	if paren < 0 {
		colon := bytes.LastIndexByte(rest, ':')
		return colon > 0 && colon+1 < len(rest) && isDigit(rest[colon+1]) && bytes.IndexByte(rest, ' ') < 0
	}
	name := bytes.TrimRight(rest[:paren], " ")
	if at := bytes.Index(name, []byte(" [as ")); at > 0 {
		name = name[:at]
	}
	return bytes.IndexByte(name, ' ') < 0 && bytes.IndexByte(rest[paren:], ')') > 0 &&
		(bytes.IndexByte(name, '.') >= 0 || bytes.IndexByte(rest[paren:], ':') >= 0)
}

// exceptionHead recognises the first line of a trace and gives where its
// message starts: at the bare name of the exception, without its package.
func exceptionHead(t []byte) (from int, ok bool) {
	for _, p := range [...]string{"Caused by: ", "Exception in thread ", "Unhandled exception. ", "Unhandled Exception: ", "Uncaught ", "---> ", "PHP Fatal error: ", "PHP Warning: ", "PHP Notice: ", "thread '"} {
		if rest, found := bytes.CutPrefix(t, []byte(p)); found {
			if p == "thread '" {
				at := bytes.Index(rest, []byte("panicked"))
				return len(p) + at, at >= 0
			}
			if start, _, named := exceptionName(t); named {
				return start, true
			}
			return len(t) - len(bytes.TrimLeft(rest, " ")), true
		}
	}
	start, end, named := exceptionName(t)
	if !named || bytes.IndexByte(t[:start], ' ') >= 0 { // in the middle of a sentence
		return 0, false
	}
	return start, end == len(t) || t[end] == ':'
}

// exceptionName finds the first name of an exception or error class and gives
// it without its package.
func exceptionName(t []byte) (start, end int, ok bool) {
	for from := 0; from < len(t); {
		at := bytes.Index(t[from:], []byte("Exception"))
		n := len("Exception")
		if e := bytes.Index(t[from:], []byte("Error")); at < 0 || e >= 0 && e < at {
			at, n = e, len("Error")
		}
		if at < 0 {
			return 0, 0, false
		}
		start, end = from+at, from+at+n
		for start > 0 && isWord(t[start-1]) {
			start--
		}
		for end < len(t) && isWord(t[end]) {
			end++
		}
		if end == from+at+n && isUpper(t[start]) && end-start > n {
			return start, end, true
		}
		from = end
	}
	return 0, 0, false
}

// headline finds the error message in a line of code or output.
func headline(t []byte) (start, end int, ok bool) {
	const longest = 300 // bytes kept
	t = bytes.TrimRight(t, " \t\r")
	if len(t) == 0 || endsCode(t) {
		return 0, 0, false
	}
	if level, from := logLine(t); level == logError {
		return from, cutLine(t, from, longest), true
	}
	if s, e, named := exceptionName(t); named && (e == len(t) || t[e] == ':' || t[e] == '\'') {
		return s, cutLine(t, s, longest), true
	}
	for _, p := range [...]string{"error: ", "Error: ", "ERROR: ", "error[", "fatal: ", "FATAL: ", "panic: ", "panicked at ", "Segmentation fault", "assertion failed"} {
		at := bytes.Index(t, []byte(p))
		if at < 0 || at > 0 && isWord(t[at-1]) {
			continue
		}
		if p == "error[" && !bytes.Contains(t[at:], []byte("]: ")) {
			continue
		}
		return at, cutLine(t, at, longest), true
	}
	return 0, 0, false
}

// cutLine gives the end of a line of at most n bytes that starts at from.
func cutLine(t []byte, from, n int) int {
	return boundary(t, from+n)
}
