package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is the embedded description, parsed.
func description(t *testing.T) map[string]any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPIText))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

// TestOpenAPI: the description has the routes, all of them and no others.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	ids := map[string]bool{}
	for path, item := range description(t)["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			operation := op.(map[string]any)
			described[strings.ToUpper(method)+" "+path] = true
			id := fmt.Sprint(operation["operationId"])
			if ids[id] || operation["summary"] == nil || operation["responses"].(map[string]any)["200"] == nil {
				t.Errorf("%s %s: no id of its own, no summary or no answer", method, path)
			}
			ids[id] = true
			open := fmt.Sprint(operation["security"]) == "[map[]]"
			for _, r := range routes() {
				if r.method+" "+strings.TrimSuffix(r.pattern, "{$}") == strings.ToUpper(method)+" "+path && r.open != open {
					t.Errorf("%s: the description errs about who may ask", path)
				}
			}
		}
	}
	for _, r := range routes() {
		name := r.method + " " + strings.TrimSuffix(r.pattern, "{$}")
		if !described[name] {
			t.Errorf("%s is not described", name)
		}
		delete(described, name)
	}
	for name := range described {
		t.Errorf("%s is described and not served", name)
	}
}

// TestReferences: every $ref points at something.
func TestReferences(t *testing.T) {
	t.Parallel()
	root := description(t)
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			if ref, ok := x["$ref"].(string); ok {
				at := any(root)
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					m, _ := at.(map[string]any)
					at = m[part]
				}
				if at == nil {
					t.Errorf("%s points nowhere", ref)
				}
			}
			for _, child := range x {
				walk(child)
			}
		case []any:
			for _, child := range x {
				walk(child)
			}
		}
	}
	walk(root)
}

// TestAnswersAreAsDescribed checks real answers against the schemas.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", any(description(t))); err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	for schema, q := range map[string]*http.Request{
		"MartList": request("GET", "/v1/marts", ""),
		"MartPage": request("GET", "/v1/marts/ticket?limit=1", ""),
		"Match":    request("POST", "/v1/match", `{"text":"x"}`),
		"Problem":  request("GET", "/nope", ""),
	} {
		compiled, err := c.Compile("openapi.json#/components/schemas/" + schema)
		if err != nil {
			t.Fatal(err)
		}
		var answer any
		if err := json.NewDecoder(s.do(q).Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(answer); err != nil {
			t.Errorf("%s: %v", schema, err)
		}
	}
}
