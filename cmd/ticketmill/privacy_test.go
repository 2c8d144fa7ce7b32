package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// TestNoPersonalData: after a run with pseudonyms nothing that identifies a
// person of the sources is anywhere in the data folder, in the exports or in
// the logs.
func TestNoPersonalData(t *testing.T) {
	t.Parallel()
	for _, flavour := range []string{"cloud", "server"} {
		t.Run(flavour, func(t *testing.T) {
			t.Parallel()
			rec := &recorder{}
			w := newWorld(t, worldOptions{server: simulate.ServerOptions{JiraFlavour: flavour}, wrap: func(h http.Handler) http.Handler {
				rec.next = h
				return rec
			}})
			r := must(t, w.call(t, "run", "--verbose", w.asOf()))
			people := peopleIn(t, rec.all)
			t.Logf("%d names, logins, ids and addresses", len(people))
			if len(people) < 100 {
				t.Fatalf("only %d identities found in what the sources said", len(people))
			}
			find := func(where, text string) {
				for _, p := range people {
					if i := strings.Index(text, p); i >= 0 {
						t.Errorf("%s: %q is in …%q…", where, p, text[max(0, i-60):min(len(text), i+60+len(p))])
					}
				}
			}
			find("log", r.stderr)
			landed := duck(t, "SELECT _source || ' ' || _key || ' ' || _version || ' ' || payload FROM read_parquet('"+
				strings.ReplaceAll(w.home, "'", "''")+"/landing/*/*/*.parquet')")
			if len(landed.Values) < 500 {
				t.Fatalf("%d records landed", len(landed.Values))
			}
			for _, row := range landed.Values {
				find("landed", row[0].(string))
			}
			// Files as they are: journals, manifests, names inside databases.
			for _, f := range w.files(t) {
				b, err := os.ReadFile(filepath.Join(w.home, f))
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(f, ".duckdb") || strings.HasSuffix(f, ".parquet") {
					b = bytes.ReplaceAll(b, []byte{0}, []byte(" "))
				}
				find(f, string(b))
			}
			// And what the database holds in compressed form.
			for _, table := range w.query(t, "SELECT table_name FROM ops.dictionary") {
				if strings.HasPrefix(table[0].(string), "texts.") { // only served, to analysts
					find(table[0].(string), fmt.Sprint(w.query(t, "SELECT * FROM "+table[0].(string))))
					continue
				}
				find(table[0].(string), must(t, w.call(t, "export", table[0].(string), "--format", "json")).stdout)
			}
		})
	}
}

// peopleIn collects what identifies people in the sources' answers.
func peopleIn(t *testing.T, answers [][]byte) []string {
	t.Helper()
	found := map[string]bool{}
	var visit func(v any)
	visit = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			isPerson := x["displayName"] != nil || x["login"] != nil || x["emailAddress"] != nil
			for key, child := range x {
				text, ok := child.(string)
				if ok && isPerson && slices.Contains([]string{"displayName", "login", "emailAddress", "accountId", "name", "key"}, key) {
					found[text] = true
				}
				visit(child)
			}
		case []any:
			for _, child := range x {
				visit(child)
			}
		}
	}
	for _, b := range answers {
		var v any
		if json.Unmarshal(b, &v) == nil {
			visit(v)
		}
		for _, a := range address.FindAll(b, -1) {
			found[string(a)] = true
		}
	}
	var people []string
	for p := range found {
		// Machines keep their names; one or two letters are in every text.
		machine := strings.Contains(p, "[bot]") || strings.Contains(p, "jenkins") || strings.Contains(p, "acme-bot")
		if !machine && len(p) > 3 && strings.ContainsFunc(p, unicode.IsLetter) {
			people = append(people, p)
		}
	}
	slices.Sort(people)
	return people
}

var address = regexp.MustCompile(`[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.example(\.com)?`)
