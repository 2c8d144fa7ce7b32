package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// hostile is a feed of n tickets that a build has to make sense of, alternating
// between a phone and a chat that have support models of their own.
type hostile struct {
	n     int
	say   func(i int, ticket map[string]any)
	extra string // configuration
}

// hostileNow is what the feeds are seen at.
var hostileNow = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func (h hostile) messages(t *testing.T) []simulate.Message {
	t.Helper()
	var out []simulate.Message
	for i := range h.n {
		at := hostileNow.Add(-time.Duration(i+50) * 6 * time.Hour)
		ticket := map[string]any{
			"type": "ticket", "source": []string{"phone", "chat"}[i%2], "key": fmt.Sprint("T-", i), "at": at,
			"title": "login fails after the upgrade", "status_category": "open", "reporter": fmt.Sprint("u", i%7),
		}
		h.say(i, ticket)
		b, err := json.Marshal(ticket)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, simulate.Message{Key: ticket["key"].(string), At: at, Value: b})
	}
	return out
}

// TestHostileFeeds: whatever the tickets are like, the scores are published, and
// no number in any mart is none.
func TestHostileFeeds(t *testing.T) {
	t.Parallel()
	notInShort(t)
	for name, h := range map[string]hostile{
		"one ticket": {1, func(int, map[string]any) {}, ""},
		"none closed, nothing known": {120, func(_ int, ticket map[string]any) {
			delete(ticket, "title")
			delete(ticket, "reporter")
		}, ""},
		"all at once, for nothing": {120, func(_ int, ticket map[string]any) {
			at := hostileNow.Add(-60 * 24 * time.Hour)
			ticket["at"], ticket["created_at"], ticket["resolved_at"], ticket["status_category"] = at, at, at, "resolved"
		}, "weights: {cost: 1}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStreamWorld(t, true, "")
			b, err := os.ReadFile(w.config)
			if err != nil {
				t.Fatal(err)
			}
			w.writeConfig(strings.Replace(string(b), "demand: {off: true}", "demand: {off: false}", 1) + "rules: [{when: {source: phone}, support_model: paid}]\n" +
				"support_models: {paid: {cost_per_touch: 0}, hybrid: {cost_per_touch: 0, targets: {resolution: 5d}}}\n" + h.extra)
			w.produce(t, h.messages(t))
			must(t, w.call(t, "run", "--quiet", "--as-of="+hostileNow.Format(time.RFC3339)))
			if n := w.query(t, "SELECT count(*) FROM marts.ticket")[0][0]; n != int64(h.n) {
				t.Fatalf("%v tickets", n)
			}
			if n := w.query(t, "SELECT sum(tickets)::BIGINT FROM marts.support_model_score WHERE demand_type_id = 'all'")[0][0]; n != int64(h.n) {
				t.Errorf("the scores are of %v tickets", n)
			}
			w.noStrangeNumbers(t)
			must(t, w.call(t, "score"))
		})
	}
}

// noStrangeNumbers looks for numbers in the marts that are none.
func (w *world) noStrangeNumbers(t *testing.T) {
	t.Helper()
	var each []string
	for _, c := range w.query(t, `SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = 'marts' AND data_type IN ('DOUBLE', 'FLOAT')`) {
		each = append(each, fmt.Sprintf(`SELECT '%s.%s', count(*) FROM marts.%[1]s WHERE NOT isfinite("%[2]s") HAVING count(*) > 0`, c...))
	}
	for _, found := range w.query(t, strings.Join(each, " UNION ALL ")) {
		t.Errorf("marts.%v: %v numbers that are none", found[0], found[1])
	}
}
