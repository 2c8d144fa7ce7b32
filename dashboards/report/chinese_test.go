package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestChinese: every phrase has a translation with the same values in it, and
// there is no translation that nobody says.
func TestChinese(t *testing.T) {
	t.Parallel()
	said := phrases(t)
	for phrase := range said {
		text, ok := chinese()[phrase]
		if !ok {
			t.Errorf("there is no Chinese for %q", phrase)
			continue
		}
		if strings.Count(phrase, "%s") != strings.Count(text, "%s") || strings.Count(phrase, "%d") != strings.Count(text, "%d") {
			t.Errorf("%q and %q differ in their values", phrase, text)
		}
	}
	for phrase := range chinese() {
		if !said[phrase] {
			t.Errorf("nobody says %q", phrase)
		}
	}
}

// phrases are the texts given to tr and trf, and those of the functions that
// list phrases.
func phrases(t *testing.T) map[string]bool {
	t.Helper()
	lists := map[string]bool{"terms": true, "words": true, "cards": true, "sheetName": true}
	said := map[string]bool{}
	packages, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0) //nolint:staticcheck // build tags do not matter here
	if err != nil {
		t.Fatal(err)
	}
	say := func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && text != "" {
				said[text] = true
			}
		}
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			ast.Inspect(kv.Value, func(n ast.Node) bool { return sayLiteral(n, said) })
			return false
		}
		return true
	}
	for _, file := range packages["report"].Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				if lists[x.Name.Name] {
					ast.Inspect(x.Body, say)
				}
			case *ast.CallExpr:
				if f, ok := x.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "tr" || f.Sel.Name == "trf") && len(x.Args) > 0 {
					ast.Inspect(x.Args[0], say)
				}
			}
			return true
		})
	}
	return said
}

func sayLiteral(n ast.Node, said map[string]bool) bool {
	if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if text, err := strconv.Unquote(lit.Value); err == nil && text != "" {
			said[text] = true
		}
	}
	return true
}
