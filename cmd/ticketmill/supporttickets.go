package main

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/models/text"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// supportTickets are the tickets as the comparison of the support models takes
// them.
type supportTickets struct {
	types    []string // ids of the demand types, sorted
	examples []string // by type: a ticket that the type's usual answer closed
	adjusted string   // what the adjustment takes into account, in words
	table    support.Table
	judged   support.Config
}

// supportQuery gives a row a ticket, by id: the same order makes the same sums.
const supportQuery = `
WITH kept AS (
	SELECT ticket_id,
		CASE WHEN bool_or(state = 'breached') THEN 0 WHEN bool_and(state = 'met') THEN 1 ELSE -1 END AS sla_met
	FROM marts.sla
	GROUP BY ticket_id
)
SELECT
	md5_number_lower(t.ticket_id), coalesce(t.demand_type_id, 'none'), t.support_model, epoch(t.created_at)::BIGINT,
	coalesce(t.first_response_seconds, seconds_between(t.created_at, c.as_of))::DOUBLE, t.first_response_at IS NOT NULL,
	-- resolved, but nobody knows when: censored at the latest it can have been
	coalesce(t.resolution_seconds, CASE WHEN NOT t.is_open THEN t.open_seconds END,
		seconds_between(t.created_at, c.as_of))::DOUBLE,
	t.resolved_at IS NOT NULL,
	t.is_reopened, t.is_one_touch, t.agent_reply_count, t.satisfaction_score::DOUBLE, coalesce(k.sla_met, -1)::INTEGER,
	nullif(t.priority, 'none'), lower(t.component), t.language,
	(coalesce(length(x.title), 0) + coalesce(length(x.body), 0))::INTEGER,
	CASE WHEN t.reporter_id IS NULL THEN 0
		ELSE row_number() OVER (PARTITION BY t.reporter_id ORDER BY t.created_at, t.ticket_id) - 1 END::INTEGER
FROM marts.ticket AS t
CROSS JOIN config.setting AS c
INNER JOIN core.ticket_text AS x ON t.ticket_id = x.ticket_id
LEFT JOIN kept AS k ON t.ticket_id = k.ticket_id
WHERE NOT t.is_deleted
ORDER BY t.ticket_id`

// codes numbers texts in the order of their first appearance.
type codes map[string]int32

func (c codes) of(v any) int32 {
	s, ok := v.(string)
	if !ok {
		return -1
	}
	n, known := c[s]
	if !known {
		n = int32(len(c))
		c[s] = n
	}
	return n
}

// readSupport reads the tickets of a warehouse, and what closed them.
func readSupport(ctx context.Context, db *warehouse.DB, c *Config, asOf time.Time) (*supportTickets, error) {
	t := &supportTickets{}
	names, err := t.readTypes(ctx, db)
	if err != nil {
		return nil, err
	}
	t.judged = support.Config{
		Types: names, Models: c.judgedModels(), Weights: c.judgedWeights(), Now: asOf.Unix(), Seed: 1, Threads: c.threads(),
	}
	if err := t.readTickets(ctx, db); err != nil {
		return nil, err
	}
	t.adjusted = strings.Join(t.table.LeaveOutUnrecorded(), ", ")
	return t, t.readAnswers(ctx, db)
}

// readTypes numbers the demand types by id and returns their names.
func (t *supportTickets) readTypes(ctx context.Context, db *warehouse.DB) (names []string, err error) {
	err = db.Each(ctx, `
		SELECT DISTINCT coalesce(t.demand_type_id, 'none') AS id, coalesce(d.name, 'all tickets') AS name
		FROM marts.ticket AS t
		LEFT JOIN models.demand_type AS d ON t.demand_type_id = d.demand_type_id
		ORDER BY id`, func(row []any) error {
		t.types, names = append(t.types, value[string](row[0])), append(names, value[string](row[1]))
		return nil
	})
	return names, err
}

func (t *supportTickets) readTickets(ctx context.Context, db *warehouse.DB) error {
	types, models := codes{}, codes{}
	for _, id := range t.types {
		types.of(id)
	}
	for _, m := range t.judged.Models {
		models.of(m.Name)
	}
	priorities, products, languages := codes{}, codes{}, codes{}
	b := &t.table
	return db.Each(ctx, supportQuery, func(row []any) error {
		b.Key = append(b.Key, value[uint64](row[0]))
		b.Type, b.Model = append(b.Type, types.of(row[1])), append(b.Model, models.of(row[2]))
		b.Created = append(b.Created, value[int64](row[3]))
		b.ResponseSeconds, b.Responded = append(b.ResponseSeconds, value[float64](row[4])), append(b.Responded, value[bool](row[5]))
		b.ResolutionSeconds, b.Resolved = append(b.ResolutionSeconds, value[float64](row[6])), append(b.Resolved, value[bool](row[7]))
		b.Reopened, b.OneTouch = append(b.Reopened, value[bool](row[8])), append(b.OneTouch, value[bool](row[9]))
		b.Touches = append(b.Touches, int32(value[int64](row[10])))
		satisfaction := math.NaN()
		if row[11] != nil {
			satisfaction = value[float64](row[11])
		}
		b.Satisfaction = append(b.Satisfaction, satisfaction)
		b.SLAMet = append(b.SLAMet, int8(value[int32](row[12])))
		b.Priority, b.Product = append(b.Priority, priorities.of(row[13])), append(b.Product, products.of(row[14]))
		b.Language = append(b.Language, languages.of(row[15]))
		b.TextLength, b.ReporterTickets = append(b.TextLength, value[int32](row[16])), append(b.ReporterTickets, value[int32](row[17]))
		return nil
	})
}

// value is what a query gave as its type, or the type's zero for null.
func value[T any](from any) T {
	v, _ := from.(T)
	return v
}

// answersQuery samples the solved tickets of each type with what closed them.
const answersQuery = `
WITH closed AS (
	SELECT t.demand_type_id, t.ticket_id,
		row_number() OVER (PARTITION BY t.demand_type_id ORDER BY md5(t.ticket_id)) AS place
	FROM marts.ticket AS t
	INNER JOIN core.closing_answer AS a ON t.ticket_id = a.ticket_id AND a.place = 1
	WHERE NOT t.is_deleted AND t.demand_type_id IS NOT NULL
)
SELECT c.demand_type_id, c.ticket_id, x.body
FROM closed AS c
INNER JOIN core.closing_text AS x ON c.ticket_id = x.ticket_id
WHERE c.place <= 500
ORDER BY c.demand_type_id, c.place`

// readAnswers finds out how alike the answers are that closed a type's tickets.
func (t *supportTickets) readAnswers(ctx context.Context, db *warehouse.DB) error {
	analyzer, err := text.New(text.Options{})
	if err != nil {
		return err
	}
	t.judged.Answers, t.examples = make([]support.Answer, len(t.types)), make([]string, len(t.types))
	usual := make([][]string, len(t.types))
	var tickets []string
	var answers [][]string
	at := -1
	finish := func() {
		if at < 0 {
			return
		}
		same := support.SameAnswer(answers)
		t.judged.Answers[at] = support.Answer{Sampled: len(answers), Same: len(same)}
		if len(same) > 0 {
			t.examples[at], usual[at] = tickets[same[0]], answers[same[0]]
		}
		tickets, answers = nil, nil
	}
	err = db.Each(ctx, answersQuery, func(row []any) error {
		if d, found := slices.BinarySearch(t.types, value[string](row[0])); found && d != at {
			finish()
			at = d
		}
		tickets = append(tickets, value[string](row[1]))
		answers = append(answers, stems(analyzer.Analyze("", value[string](row[2]))))
		return nil
	})
	finish()
	for d, everywhere := range support.Commonplaces(usual) {
		if everywhere {
			t.judged.Answers[d].Same, t.examples[d] = 0, ""
		}
	}
	return err
}

func stems(d text.Doc) []string {
	out := make([]string, len(d.Tokens))
	for i, token := range d.Tokens {
		out[i] = token.Stem
	}
	return out
}
