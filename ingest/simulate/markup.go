package simulate

import (
	"regexp"
	"strconv"
	"strings"
)

// Texts are kept in one plain form (see writer) and rendered per API.

var (
	mention = regexp.MustCompile(`<@(\d+)>`)
	inline  = regexp.MustCompile(`<@\d+>|https://[^\s]+`)
)

// block is a paragraph, a piece of code, a quotation or a list.
type block struct {
	kind  string // paragraph, code, quote, list
	lines []string
}

func blocks(text string) []block {
	var out []block
	code := false
	kindOf := func(line string) string {
		switch {
		case strings.HasPrefix(line, "> "):
			return "quote"
		case strings.HasPrefix(line, "- "):
			return "list"
		}
		return "paragraph"
	}
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "```":
			if code = !code; code {
				out = append(out, block{kind: "code"})
			}
			open = false
		case code:
			out[len(out)-1].lines = append(out[len(out)-1].lines, line)
		case line == "":
			open = false
		default:
			k := kindOf(line)
			if !open || out[len(out)-1].kind != k {
				out = append(out, block{kind: k})
				open = true
			}
			if k != "paragraph" {
				line = line[2:]
			}
			out[len(out)-1].lines = append(out[len(out)-1].lines, line)
		}
	}
	return out
}

// markdown is the text as GitHub has it.
func (ps *people) markdown(text string) string {
	return mention.ReplaceAllStringFunc(text, func(m string) string { return "@" + ps.mentioned(m).login })
}

// wiki is the text as Jira Server has it.
func (ps *people) wiki(text string, cloud bool) string {
	var out []string
	for _, b := range blocks(text) {
		switch b.kind {
		case "code":
			out = append(out, "{code}\n"+strings.Join(b.lines, "\n")+"\n{code}")
			continue
		case "quote":
			out = append(out, "{quote}\n"+strings.Join(b.lines, "\n")+"\n{quote}")
		case "list":
			out = append(out, "* "+strings.Join(b.lines, "\n* "))
		default:
			out = append(out, strings.Join(b.lines, "\n"))
		}
		last := &out[len(out)-1]
		*last = mention.ReplaceAllStringFunc(*last, func(m string) string {
			if cloud {
				return "[~accountid:" + ps.mentioned(m).accountID + "]"
			}
			return "[~" + ps.mentioned(m).login + "]"
		})
	}
	return strings.Join(out, "\r\n\r\n")
}

func (ps *people) mentioned(m string) *person {
	n, err := strconv.Atoi(m[2 : len(m)-1])
	if err != nil || n >= len(ps.all) {
		return ps.all[0]
	}
	return ps.all[n]
}

// adf is the text as Jira Cloud's version 3 has it: an Atlassian document.
func (ps *people) adf(text string) object {
	content := []any{}
	para := func(lines []string) object {
		var in []any
		for i, line := range lines {
			if i > 0 {
				in = append(in, object{"type": "hardBreak"})
			}
			in = append(in, ps.inline(line)...)
		}
		return object{"type": "paragraph", "content": in}
	}
	for _, b := range blocks(text) {
		switch b.kind {
		case "code":
			content = append(content, object{"type": "codeBlock", "attrs": object{}, "content": []any{object{"type": "text", "text": strings.Join(b.lines, "\n")}}})
		case "quote":
			content = append(content, object{"type": "blockquote", "content": []any{para(b.lines)}})
		case "list":
			var items []any
			for _, l := range b.lines {
				items = append(items, object{"type": "listItem", "content": []any{para([]string{l})}})
			}
			content = append(content, object{"type": "bulletList", "content": items})
		default:
			content = append(content, para(b.lines))
		}
	}
	return object{"type": "doc", "version": 1, "content": content}
}

func (ps *people) inline(line string) []any {
	var out []any
	text := func(s string) {
		if s != "" {
			out = append(out, object{"type": "text", "text": s})
		}
	}
	from := 0
	for _, m := range inline.FindAllStringIndex(line, -1) {
		text(line[from:m[0]])
		tok := line[m[0]:m[1]]
		if strings.HasPrefix(tok, "<@") {
			p := ps.mentioned(tok)
			out = append(out, object{"type": "mention", "attrs": object{"id": p.accountID, "text": "@" + p.name, "accessLevel": ""}})
		} else {
			out = append(out, object{"type": "text", "text": tok, "marks": []any{object{"type": "link", "attrs": object{"href": tok}}}})
		}
		from = m[1]
	}
	text(line[from:])
	return out
}
