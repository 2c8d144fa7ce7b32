package grafanatest

import (
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
