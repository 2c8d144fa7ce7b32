package text

import "strings"

// tagKind says what becomes of an HTML tag or a Jira macro.
type tagKind uint8

const (
	tagUnknown tagKind = iota // stays: generics, addresses
	tagInline                 // goes without a trace
	tagBlock                  // becomes a line break
	tagCode                   // goes with its contents, except for error messages
	tagMaybe                  // goes, with its contents if they are a block
	tagSkip                   // goes with its contents
)

// markup holds the tables of the flattener.
type markup struct {
	trigger [256]bool
	tags    map[string]tagKind
	macros  map[string]tagKind
}

func newMarkup() *markup {
	m := &markup{tags: map[string]tagKind{}, macros: map[string]tagKind{}}
	for c := range 0x20 {
		m.trigger[c] = c != '\n' && c != '\t'
	}
	for _, c := range []byte("<{`~&[!:@_\x7f") {
		m.trigger[c] = true
	}
	fill := func(to map[string]tagKind, kind tagKind, names string) {
		for name := range strings.FieldsSeq(names) {
			to[name] = kind
		}
	}
	fill(m.tags, tagInline, "a abbr acronym b bdi bdo big cite del dfn em font i img input ins kbd label mark o:p q s samp small span strike strong sub sup tt u var wbr svg path")
	fill(m.tags, tagBlock, "address article aside body br button caption center col colgroup dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe li link main meta nav ol option p section select summary table tbody td tfoot th thead title tr ul video")
	fill(m.tags, tagCode, "pre textarea")
	fill(m.tags, tagMaybe, "code")
	fill(m.tags, tagSkip, "blockquote script style")
	fill(m.macros, tagCode, "code noformat")
	fill(m.macros, tagSkip, "quote")
	fill(m.macros, tagBlock, "panel html expand info note tip warning section column anchor toc")
	fill(m.macros, tagInline, "color *")
	return m
}

// tag steps over an HTML tag or comment.
func (f *flattener) tag() bool {
	if strings.HasPrefix(f.s[f.i:], "<!--") {
		if end := f.find(f.i+4, "-->"); end >= 0 {
			f.i = end + 3
		} else {
			f.i += 4
		}
		return true
	}
	name, closing, next := f.tagName()
	kind := f.m.tags[name]
	if kind == tagUnknown {
		return false
	}
	if closing {
		if kind != tagInline && kind != tagMaybe {
			f.put('\n')
		}
		f.i = next
		return true
	}
	switch kind {
	case tagInline:
	case tagBlock:
		f.put('\n')
	default:
		return f.element(name, kind, next)
	}
	f.i = next
	return true
}

// tagName reads the name of the tag at f.i, in lower case, and where the tag
// ends. The name is "" when there is no tag.
func (f *flattener) tagName() (name string, closing bool, next int) {
	const longest = 2000 // bytes of one tag with its attributes
	rest := f.s[f.i+1 : min(len(f.s), f.i+longest)]
	closing = strings.HasPrefix(rest, "/")
	start := 0
	if closing {
		start = 1
	}
	n := start
	for n < len(rest) && n < start+12 && (isWord(rest[n]) || rest[n] == ':') {
		n++
	}
	if n == start || n == len(rest) || strings.IndexByte(" \t\r\n/>", rest[n]) < 0 {
		return "", false, 0
	}
	end := strings.IndexByte(rest[n:], '>')
	if end < 0 {
		return "", false, 0
	}
	return strings.ToLower(rest[start:n]), closing, f.i + 1 + n + end + 1
}

// element steps over an element whose contents are not prose; they start at
// start. Without a closing tag only the opening one goes.
func (f *flattener) element(name string, kind tagKind, start int) bool {
	end := f.find(start, "</"+name)
	if end < 0 {
		f.i = start
		return true
	}
	next := end
	if gt := strings.IndexByte(f.s[end:min(len(f.s), end+40)], '>'); gt >= 0 {
		next += gt + 1
	} else {
		next += len(name) + 2
	}
	const inline = 80 // bytes: a longer <code> is a block
	switch {
	case kind == tagSkip:
		f.put('\n')
		f.i = next
	case kind == tagMaybe && end-start <= inline && strings.IndexByte(f.s[start:end], '\n') < 0:
		f.i = start // the contents are scanned as prose
	default:
		f.code(start, end, next)
	}
	return true
}

// bracket steps over "[text](url)", "[text|url]", "[~login]", "[^file]", check
// boxes and placeholders; link texts stay.
func (f *flattener) bracket() bool {
	const longest = 400 // bytes of a link
	rest := f.s[f.i:min(len(f.s), f.i+longest)]
	end := strings.IndexByte(rest, ']')
	if end < 0 {
		return false
	}
	inner := rest[1:end]
	switch {
	case isPlaceholder(inner), strings.HasPrefix(inner, "~"), strings.HasPrefix(inner, "^"),
		inner == " ", inner == "x", inner == "X":
		f.i += end + 1
		return true
	case strings.ContainsAny(inner, "[\n"):
		return false
	}
	if strings.HasPrefix(rest[end+1:], "(") {
		if paren := strings.IndexByte(rest[end:], ')'); paren > 0 && !strings.Contains(rest[end:end+paren], "\n") {
			f.out = append(f.out, inner...)
			f.i += end + paren + 1
			return true
		}
	}
	if label, target, ok := strings.Cut(inner, "|"); ok && strings.ContainsAny(target, ":#/-") {
		f.out = append(f.out, label...)
		f.i += end + 1
		return true
	}
	return false
}

// isPlaceholder tells whether a word in brackets stands for something that may
// not land.
func isPlaceholder(s string) bool {
	switch s {
	case "email", "phone", "ip", "secret", "profile", "person", "url":
		return true
	}
	return false
}

// image steps over "![alt](url)" and Jira's "!screenshot.png|thumbnail!".
func (f *flattener) image() bool {
	const longest = 300 // bytes of an image reference
	rest := f.s[f.i:min(len(f.s), f.i+longest)]
	if nl := strings.IndexByte(rest, '\n'); nl >= 0 {
		rest = rest[:nl]
	}
	if strings.HasPrefix(rest, "![") {
		mid := strings.Index(rest, "](")
		if mid < 0 {
			return false
		}
		end := strings.IndexByte(rest[mid:], ')')
		if end < 0 {
			return false
		}
		f.i += mid + end + 1
		return true
	}
	end := strings.IndexByte(rest[1:], '!')
	if end < 0 {
		return false
	}
	name, _, _ := strings.Cut(rest[1:1+end], "|")
	dot := strings.LastIndexByte(name, '.')
	if dot < 1 || !isPicture(strings.ToLower(name[dot+1:])) {
		return false
	}
	f.i += end + 2
	return true
}

func isPicture(ext string) bool {
	switch ext {
	case "png", "jpg", "jpeg", "gif", "bmp", "svg", "webp", "tif", "tiff", "mov", "mp4":
		return true
	}
	return false
}
