package text

import (
	"bytes"
	"unicode/utf8"
)

const (
	maxLine      = 2000 // bytes: longer lines are prose or blobs, never a trace or a header
	longLine     = 200  // bytes: longer lines are prose unless most of them is not
	maxHeadlines = 4    // error messages kept from code, traces and logs
)

// line is a stretch of the flattened body that stays.
type line struct {
	start, end int
	kind       lineKind
}

type lineKind uint8

const (
	prose    lineKind = iota
	message           // an error message cut out of a trace or a log
	dashes            // "--", above a signature
	codeLike          // not kept; what the line before may be
	quoted            // likewise
)

// splitter walks over the lines of a body and keeps those that somebody wrote
// for this ticket.
type splitter struct {
	b           []byte
	boilerplate map[string]bool
	letters     int  // bytes of prose kept so far
	blank       bool // the line before was empty
	before      lineKind
	trace       traceKind
	kept        []line
	messages    [][]byte // error messages kept so far
	key         []byte   // buffer for boilerplate
	low         []byte   // buffer for a short line in lower case
}

// run gives the lines of b that stay. They are valid until the next call.
func (s *splitter) run(b []byte, boilerplate map[string]bool) []line {
	*s = splitter{b: b, boilerplate: boilerplate, blank: true, kept: s.kept[:0], messages: s.messages[:0], key: s.key, low: s.low}
	if start, end, ok := onlyLine(b); ok { // line breaks were lost, or never were
		s.keep(start, end, prose)
		return s.kept
	}
	for i := 0; i < len(b); {
		end := lineEnd(b, i)
		next, more := s.line(i, end)
		if !more {
			break
		}
		i = max(next, end+1)
	}
	s.cutSignature()
	return s.kept
}

// onlyLine gives the line of b with text if there is no other.
func onlyLine(b []byte) (start, end int, ok bool) {
	t := bytes.TrimLeft(b, " \t\n")
	start = len(b) - len(t)
	t = bytes.TrimRight(t, " \t\n")
	return start, start + len(t), len(t) > 0 && bytes.IndexByte(t, '\n') < 0
}

// lineEnd gives the end of the line of b that starts at i.
func lineEnd(b []byte, i int) int {
	if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
		return i + j
	}
	return len(b)
}

// line decides about b[start:end]. It returns where to go on if that is beyond
// the next line, and false when all that follows is quoted.
func (s *splitter) line(start, end int) (next int, more bool) {
	indent := start
	for start < end && isBlank(s.b[start]) {
		start++
	}
	for end > start && isBlank(s.b[end-1]) {
		end--
	}
	t := s.b[start:end]
	if len(t) == 0 {
		s.blank, s.trace = true, noTrace
		return 0, true
	}
	kind := prose
	if len(t) <= maxLine {
		if mark, next, ok := s.mailMark(start, end); ok {
			return next, mark
		}
		kind = s.classify(t, start, end, start-indent)
	}
	if kind == prose || kind == dashes {
		s.keep(start, end, kind)
	}
	s.before, s.blank = kind, false
	return 0, true
}

// classify tells what the line t at start:end is, which is not a mail header.
// Error messages are kept right here.
func (s *splitter) classify(t []byte, start, end, indent int) lineKind {
	switch {
	case t[0] == '>' || bytes.HasPrefix(t, []byte("bq. ")):
		return quoted
	case string(t) == "--" || string(t) == "—":
		return dashes
	case t[0] == '|' || len(t) <= longLine && bytes.Count(t, []byte{'|'}) >= 3: // a table
		return codeLike
	case s.inTrace(t, indent):
		return codeLike
	}
	if level, from := logLine(t); level != notLog {
		if level == logError {
			s.message(start+from, end)
		}
		return codeLike
	}
	if from, ok := exceptionHead(t); ok {
		s.message(start+from, end)
		return message
	}
	if isCode(t, indent, s.blank, s.before == codeLike && !s.blank) {
		if from, to, ok := headline(t); ok {
			s.message(start+from, start+to)
		}
		return codeLike
	}
	return prose
}

// message keeps an error message, unless it was seen or there are enough.
func (s *splitter) message(start, end int) {
	if len(s.messages) >= maxHeadlines {
		return
	}
	for _, m := range s.messages {
		if bytes.Equal(m, s.b[start:end]) {
			return
		}
	}
	s.messages = append(s.messages, s.b[start:end])
	s.kept = append(s.kept, line{start, end, message})
}

// keep keeps a line of prose without bullets and headings, and without what
// the template asks.
func (s *splitter) keep(start, end int, kind lineKind) {
	if kind == dashes {
		s.kept = append(s.kept, line{start, end, kind})
		return
	}
	start += bullet(s.b[start:end])
	t := bytes.TrimRight(s.b[start:end], " \t*_#=")
	end = start + len(t)
	if !hasText(t) || s.letters == 0 && isGreeting(s.lowered(t)) || isFooter(s.lowered(t)) {
		return
	}
	if len(s.boilerplate) > 0 && len(t) <= maxTemplate {
		s.key = templateKey(s.key[:0], t)
		if s.boilerplate[string(s.key)] {
			return
		}
		if at := labelEnd(t); at > 0 {
			s.key = templateKey(s.key[:0], t[:at])
			s.key = append(s.key, ':')
			if s.boilerplate[string(s.key)] {
				start += at
			}
		}
	}
	s.letters += end - start
	s.kept = append(s.kept, line{start, end, prose})
}

// lowered gives a short line in lower case; "" stands for longer ones.
func (s *splitter) lowered(t []byte) []byte {
	if len(t) > signatureBytes {
		return nil
	}
	s.low = appendLower(s.low[:0], t)
	return s.low
}

// appendLower appends b in lower case.
func appendLower(dst, b []byte) []byte {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return append(dst, bytes.ToLower(b[i:])...)
		}
		dst = append(dst, lower(c))
	}
	return dst
}

// hasText tells whether a line holds a letter or a digit.
func hasText(t []byte) bool {
	for _, c := range t {
		if isWord(c) && c != '_' || c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// bullet gives the length of what stands before the text of a heading or list
// item: "## ", "h3. ", "* ", "1) ".
func bullet(t []byte) int {
	i := 0
	if len(t) > 3 && t[0] == 'h' && isDigit(t[1]) && t[2] == '.' {
		i = 3
	}
	for i < len(t) && (isBlank(t[i]) || bytes.IndexByte([]byte("#*-+=~_>"), t[i]) >= 0) {
		i++
	}
	d := i
	for d < len(t) && d-i < 3 && isDigit(t[d]) {
		d++
	}
	if d > i && d+1 < len(t) && (t[d] == '.' || t[d] == ')') && isBlank(t[d+1]) {
		return d + 2
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// appendTitle appends a title without the marks of answered and forwarded
// mail, as one line.
func appendTitle(dst, title []byte) []byte {
	t := bytes.TrimSpace(title)
	for again := true; again; {
		again = false
		for _, p := range [...]string{"re:", "fw:", "fwd:", "aw:", "wg:", "tr:", "rv:", "sv:", "vs:", "antw:", "res:", "enc:", "rif:", "回复:", "回复：", "答复:", "答复：", "转发:", "转发：", "返信:", "転送:"} {
			if len(t) >= len(p) && hasFold(string(t[:len(p)]), p) {
				t, again = bytes.TrimSpace(t[len(p):]), true
			}
		}
	}
	for len(t) > 0 {
		end := lineEnd(t, 0)
		if l := bytes.TrimSpace(t[:end]); len(l) > 0 {
			dst = appendLine(dst, l)
		}
		t = t[min(end+1, len(t)):]
	}
	return dst
}

// appendLine appends a kept line without blobs and without the folders of
// paths, its blanks folded.
func appendLine(dst, t []byte) []byte {
	if len(dst) > 0 && dst[len(dst)-1] != '\n' {
		dst = append(dst, '\n')
	}
	from := len(dst)
	for len(t) > 0 {
		n, odd := 0, false
		for n < len(t) && !isBlank(t[n]) {
			odd = odd || t[n] == '/' || t[n] == '\\'
			n++
		}
		field := t[:n]
		if odd || n > blob {
			field = shorten(field)
		}
		if len(field) > 0 {
			if len(dst) > from {
				dst = append(dst, ' ')
			}
			dst = append(dst, field...)
		}
		for n < len(t) && isBlank(t[n]) {
			n++
		}
		t = t[n:]
	}
	return dst
}

// blob is how many bytes without a break nobody types.
const blob = 40

// shorten cuts the folders off a path and drops blobs: base64, digests.
func shorten(field []byte) []byte {
	slashes, backslashes, breaks, last := 0, 0, 0, 0
	for i, c := range field {
		switch c {
		case '/':
			slashes, last = slashes+1, i
		case '\\':
			backslashes, last = backslashes+1, i
		case '.', ',', ';', ':', '(', ')':
			breaks++
		default:
			if c >= utf8.RuneSelf {
				return field
			}
		}
	}
	if slashes >= 3 || backslashes >= 2 || slashes == 2 && field[0] == '/' {
		field = field[last+1:]
	}
	if len(field) > blob && breaks == 0 {
		return nil
	}
	return field
}
