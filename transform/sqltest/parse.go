package sqltest

import (
	"fmt"
	"regexp"
	"strings"
)

// File is one parsed case file.
type File struct {
	Path  string
	Given []*Given // before the first case: they hold for all of them
	Cases []*Case

	lines []string // the text as read, for Update
}

// Case is one story: some tables are given, some are made, some are looked at.
type Case struct {
	Title string
	Line  int
	Given []*Given
	Make  []Name // tables and checks to make, in order
	Want  []*Want
}

// Name is a name in a case file and where it stands.
type Name struct {
	Name string
	Line int
}

// Given is a table that the case brings along: either Table or, for a table of
// landing, Files is set.
type Given struct {
	Name
	Table *Table
	Files []LandingFile
}

// Want is a table and what should be in it.
type Want struct {
	Name
	Table *Table // nil where the block is empty: Update fills it
	last  int    // the block's last line
}

// block is a directive and the indented lines under it.
type block struct {
	verb, rest string
	line       int
	body       []line
}

type line struct {
	text string
	no   int
}

// tableName is schema.table, or checks.name for a check.
var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)

// Parse reads a case file. Every error names path and line.
func Parse(path, text string) (*File, error) {
	f := &File{Path: path, lines: strings.Split(text, "\n")}
	blocks, err := f.blocks()
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		if err := f.add(b); err != nil {
			return nil, err
		}
	}
	for _, c := range f.Cases {
		if len(c.Want) == 0 {
			return nil, f.errorf(c.Line, "the case %q wants nothing", c.Title)
		}
	}
	return f, nil
}

func (f *File) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", f.Path, line, fmt.Errorf(format, args...))
}

// blocks splits the file at the lines that are not indented.
func (f *File) blocks() ([]block, error) {
	var blocks []block
	for i, text := range f.lines {
		text = strings.TrimRight(text, " \t\r")
		trimmed := strings.TrimLeft(text, " ")
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if trimmed[0] == '\t' {
			return nil, f.errorf(i+1, "indent with spaces, not tabs")
		}
		if trimmed != text {
			if len(blocks) == 0 {
				return nil, f.errorf(i+1, "an indented line belongs under a line that is not indented, and there is none")
			}
			last := &blocks[len(blocks)-1]
			last.body = append(last.body, line{text, i + 1})
			continue
		}
		verb, rest, _ := strings.Cut(text, " ")
		blocks = append(blocks, block{verb: verb, rest: strings.TrimSpace(rest), line: i + 1})
	}
	return blocks, nil
}

func (f *File) add(b block) error {
	var c *Case
	if len(f.Cases) > 0 {
		c = f.Cases[len(f.Cases)-1]
	}
	switch {
	case b.verb == "case":
		return f.addCase(b)
	case b.verb == "given":
		return f.addGiven(b, c)
	case c == nil && (b.verb == "run" || b.verb == "want"):
		return f.errorf(b.line, "%q belongs in a case; begin one with a line \"case TITLE\"", b.verb)
	case b.verb == "run":
		return f.addRun(b, c)
	case b.verb == "want":
		return f.addWant(b, c)
	}
	return f.errorf(b.line, "a line begins with case, given, run or want, not %q", b.verb)
}

func (f *File) addCase(b block) error {
	if b.rest == "" {
		return f.errorf(b.line, "a case needs a title")
	}
	if len(b.body) > 0 {
		return f.errorf(b.body[0].no, "nothing is written under a case's title; begin the line with #, or indent it under given or want")
	}
	for _, c := range f.Cases {
		if c.Title == b.rest {
			return f.errorf(b.line, "line %d has a case of the same title", c.Line)
		}
	}
	f.Cases = append(f.Cases, &Case{Title: b.rest, Line: b.line})
	return nil
}

func (f *File) addGiven(b block, c *Case) error {
	g := &Given{Name: Name{b.rest, b.line}}
	if !tableName.MatchString(b.rest) {
		return f.errorf(b.line, "given needs a table's name such as core.ticket, not %q", b.rest)
	}
	list := &f.Given
	if c != nil {
		list = &c.Given
	}
	for _, other := range *list {
		if other.Name.Name == b.rest {
			return f.errorf(b.line, "%s is given on line %d already", b.rest, other.Line)
		}
	}
	var err error
	if strings.HasPrefix(b.rest, "landing.") {
		g.Files, err = f.parseLanding(b)
	} else {
		g.Table, err = f.parseTable(b.body)
		if err == nil && g.Table == nil {
			err = f.errorf(b.line, "given %s has no header", b.rest)
		}
	}
	*list = append(*list, g)
	return err
}

func (f *File) addRun(b block, c *Case) error {
	if len(b.body) > 0 {
		return f.errorf(b.body[0].no, "nothing is written under run")
	}
	for _, name := range strings.Split(b.rest, ",") {
		name = strings.TrimSpace(name)
		if !tableName.MatchString(name) {
			return f.errorf(b.line, "run needs tables' names such as core.ticket or checks.backlog_balance, not %q", name)
		}
		c.Make = append(c.Make, Name{name, b.line})
	}
	return nil
}

func (f *File) addWant(b block, c *Case) error {
	if !tableName.MatchString(b.rest) {
		return f.errorf(b.line, "want needs a table's name such as core.ticket, not %q", b.rest)
	}
	w := &Want{Name: Name{b.rest, b.line}, last: b.line}
	if len(b.body) > 0 {
		w.last = b.body[len(b.body)-1].no
	}
	var err error
	w.Table, err = f.parseTable(b.body)
	c.Want = append(c.Want, w)
	return err
}
