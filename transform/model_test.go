package transform_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ticketmill/ticketmill/sql"
	"github.com/ticketmill/ticketmill/transform"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// TestModel: a model reads what it needs once it is there, and what it fills
// reaches the marts.
func TestModel(t *testing.T) {
	t.Parallel()
	h := realHome(t)
	h.landReal(0, 20, "r1")
	h.inputs = realInputs(h)
	plan, err := transform.Load(t.Context(), sql.Files)
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	m := &transform.Model{
		Name: "half", Needs: []string{"core.ticket_text"}, Fills: []string{"models.ticket_demand", "models.demand_type"},
		Run: func(ctx context.Context, db *warehouse.DB) (map[string][][]driver.Value, error) {
			runs++
			out := map[string][][]driver.Value{"models.demand_type": {
				{"d1", "the first", []string{"a", "b"}, nil, nil, 0.5, []string{}, nil, false, false, "active"},
				{"other", "other", nil, nil, nil, nil, nil, nil, false, false, "active"},
			}}
			n := 0
			err := db.Each(ctx, "SELECT ticket_id FROM core.ticket_text ORDER BY ticket_id", func(row []any) error {
				id := []string{"d1", "other"}[n%2]
				out["models.ticket_demand"] = append(out["models.ticket_demand"], []driver.Value{row[0], id, 0.9, "en"})
				n++
				return nil
			})
			return out, err
		},
	}
	if err := plan.AddModel(m); err != nil {
		t.Fatal(err)
	}
	if _, err := transform.Build(t.Context(), h.job(plan)); err != nil {
		t.Fatal(err)
	}
	if runs != 1 {
		t.Errorf("the model ran %d times", runs)
	}
	got := h.query("SELECT string_agg(demand_type_id || ' ' || size || ' ' || coalesce(array_to_string(keywords, '+'), ''), ', ' ORDER BY demand_type_id) FROM marts.demand_type")
	if got != "d1 19 a+b, other 18 " {
		t.Errorf("marts.demand_type holds %q", got)
	}
}

func TestModelErrors(t *testing.T) {
	t.Parallel()
	plan := func() *transform.Plan {
		p, err := transform.Load(t.Context(), sql.Files)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	fill := func(name string, fills, needs []string) *transform.Model {
		return &transform.Model{Name: name, Fills: fills, Needs: needs, Run: func(context.Context, *warehouse.DB) (map[string][][]driver.Value, error) {
			return nil, errors.New("no luck")
		}}
	}
	p := plan()
	if err := p.AddModel(fill("a", []string{"models.nothing"}, nil)); err == nil || !strings.Contains(err.Error(), "models.nothing") {
		t.Errorf("a table without a shape: %v", err)
	}
	if err := p.AddModel(fill("a", []string{"models.ticket_demand"}, []string{"marts.ticket"})); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("a circle: %v", err)
	}
	p = plan()
	if err := p.AddModel(fill("a", []string{"models.ticket_demand"}, []string{"core.ticket_text"})); err != nil {
		t.Fatal(err)
	}
	if err := p.AddModel(fill("b", []string{"models.ticket_demand"}, nil)); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("two fillers: %v", err)
	}
	h := realHome(t)
	if _, err := transform.Build(t.Context(), h.job(p)); err == nil || !strings.Contains(fmt.Sprint(err), "model a: no luck") {
		t.Errorf("a failing model: %v", err)
	}
}
