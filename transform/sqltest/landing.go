package sqltest

import (
	"regexp"
	"strings"
)

// LandingFile is one file of landing: its rows in the order of landing.
type LandingFile struct {
	Rows []LandingRow
}

// LandingRow is one landed record.
type LandingRow struct {
	Columns map[string]string // of landingColumns, without the underscore
	Payload string
	Line    int
}

// landingColumns are what a row may set before its payload, and what each is
// where it does not.
var landingColumns = map[string]string{
	"source": "", "stream": "", "key": "", "version": "", "run": "r1",
	"deleted": "false", "schema": "", "observed": "", "landed": "",
}

var setting = regexp.MustCompile(`^([a-z]+)=(\S*)(?:\s+|$)`)

// parseLanding reads rows of JSON. A line indented deeper than the block's
// first one goes on with the row before it; a line "file [NAME=VALUE …]"
// begins a further file whose rows share the settings.
func (f *File) parseLanding(b block) ([]LandingFile, error) {
	var files []LandingFile
	shared := map[string]string{}
	for _, l := range joinDeeper(b.body) {
		rest, isFile := strings.CutPrefix(l.text, "file")
		isFile = isFile && (rest == "" || rest[0] == ' ')
		if !isFile {
			rest = l.text
		}
		columns, payload, err := f.settings(line{strings.TrimSpace(rest), l.no})
		if err != nil {
			return nil, err
		}
		if isFile {
			if payload != "" {
				return nil, f.errorf(l.no, "after file come settings such as run=r2, not %q", payload)
			}
			shared = columns
			files = append(files, LandingFile{})
			continue
		}
		if len(files) == 0 {
			files = append(files, LandingFile{})
		}
		if payload == "" {
			return nil, f.errorf(l.no, "a landed row has a payload; that of a deletion is {}")
		}
		row := LandingRow{Columns: map[string]string{}, Payload: payload, Line: l.no}
		for name, value := range shared {
			row.Columns[name] = value
		}
		for name, value := range columns {
			row.Columns[name] = value
		}
		last := &files[len(files)-1]
		last.Rows = append(last.Rows, row)
	}
	return files, nil
}

func (f *File) settings(l line) (columns map[string]string, payload string, err error) {
	columns = map[string]string{}
	for {
		m := setting.FindStringSubmatch(l.text)
		if m == nil {
			return columns, l.text, nil
		}
		if _, ok := landingColumns[m[1]]; !ok {
			return nil, "", f.errorf(l.no, "a landed row has no %q", m[1])
		}
		columns[m[1]] = m[2]
		l.text = l.text[len(m[0]):]
	}
}

// joinDeeper puts lines that are indented deeper than the first one at the end
// of the line before them, without the indentation.
func joinDeeper(body []line) []line {
	var out []line
	indent := -1
	for _, l := range body {
		text := strings.TrimLeft(l.text, " ")
		depth := len(l.text) - len(text)
		switch {
		case indent < 0:
			indent = depth
			out = append(out, line{text, l.no})
		case depth > indent:
			out[len(out)-1].text += " " + text
		default:
			out = append(out, line{text, l.no})
		}
	}
	return out
}
