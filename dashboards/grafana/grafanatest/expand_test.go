package grafanatest

import (
	"strings"
	"testing"
	"time"
)

func TestExpand(t *testing.T) {
	day := Range{From: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	chosen := map[string]Choice{
		"topic": {Values: []string{"login", "it's"}, IsMulti: true},
		"one":   {Values: []string{"it's"}},
		"none":  {IsMulti: true},
	}
	for in, want := range map[string]string{
		"x IN ($topic)":                    "x IN ('login','it''s')",
		"x = '$one' OR x = '${one:raw}'":   "x = 'it''s' OR x = 'it''s'",
		"x IN ($none)":                     "x IN ()",
		"$__timeFilter(c::TIMESTAMP) AND":  "c::TIMESTAMP BETWEEN '2026-11-20T00:00:00Z' AND '2026-11-21T00:00:00Z' AND",
		"$__timeFrom()::DATE, $__timeTo()": "'2026-11-20T00:00:00Z'::DATE, '2026-11-21T00:00:00Z'",
		"$__unixEpochTo() - 1":             "1795219200 - 1",
		"$unknown stays":                   "$unknown stays",
	} {
		if got, err := Expand(in, chosen, day); err != nil || got != want {
			t.Errorf("%s became %s, %v; want %s", in, got, err, want)
		}
	}
	if got, err := Expand("$topic(1)$f(2)", map[string]Choice{}, day); err == nil {
		t.Errorf("no macro, but %s", got)
	}
}

// FuzzExpand: whatever is written in a query, a chosen text cannot end its quotes.
func FuzzExpand(f *testing.F) {
	f.Add("it's", "x IN ($v)")
	f.Add("", "$__timeFilter(a) $__timeFrom( ${v:raw} $(")
	f.Fuzz(func(t *testing.T, value, query string) {
		chosen := map[string]Choice{"v": {Values: []string{value}, IsMulti: true}}
		if _, err := Expand(query, chosen, Range{}); err != nil {
			return
		}
		got := chosen["v"].text()
		if inner := got[1 : len(got)-1]; strings.Count(inner, "'")%2 != 0 {
			t.Errorf("%q became %s", value, got)
		}
	})
}
